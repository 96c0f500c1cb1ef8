//! The parameters of a module as one buffer, and parts of a buffer as their gradients.

use super::plan::Plan;
use crate::arena::gather;
use crate::cube::{CubeTensor, elements, floats, view};
use burn::backend::TensorMetadata as _;
use burn::module::{Module, ModuleVisitor, Param, ParamId};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use cubecl::client::Client;
use cubecl::server::Handle;

/// The parameters of a network, as far as they are on the GPU.
#[derive(Default)]
pub(super) struct Parameters {
    list: Vec<Parameter>,
}

struct Parameter {
    id: ParamId,
    tensor: CubeTensor,
    /// [`register`] for this many axes.
    register: fn(&Parameter, &mut GradientsParams, &Handle, usize),
}

/// Registers a part of a buffer, from float `place` on, as a parameter's gradient.
fn register<const D: usize>(
    parameter: &Parameter,
    gradients: &mut GradientsParams,
    buffer: &Handle,
    place: usize,
) {
    let shape: [usize; D] = parameter.tensor.shape().dims();
    gradients.register(parameter.id, view(&parameter.tensor, buffer, place, shape));
}

impl Parameters {
    pub(super) fn of<M: Module>(module: &M) -> Self {
        let mut parameters = Self::default();
        module.visit(&mut parameters);
        parameters
    }

    /// One of them, for what else is to be on their device.
    pub(super) fn first(&self) -> Option<&CubeTensor> {
        self.list.first().map(|parameter| &parameter.tensor)
    }

    /// All of them in one buffer, as the plan wants them: the one that they are parts of, or a copy. Nothing where the
    /// plan is for others.
    pub(super) fn flat(&self, client: &Client, plan: &Plan) -> Option<Handle> {
        let lengths = self
            .list
            .iter()
            .map(|parameter| elements(&parameter.tensor));
        if !lengths.eq(plan.parameters.iter().map(|&(_, length)| length)) {
            return None;
        }
        let tensors: Vec<&CubeTensor> = self
            .list
            .iter()
            .map(|parameter| &parameter.tensor)
            .collect();
        let places: Vec<usize> = plan.parameters.iter().map(|&(place, _)| place).collect();
        Some(gather(client, &tensors, &places, plan.num_parameters))
    }

    /// Parts of a buffer as their gradients, as the plan has them.
    pub(super) fn gradients(&self, buffer: &Handle, plan: &Plan) -> GradientsParams {
        let mut found = GradientsParams::new();
        for (parameter, &(place, _)) in self.list.iter().zip(&plan.parameters) {
            (parameter.register)(parameter, &mut found, buffer, place);
        }
        found
    }
}

impl ModuleVisitor for Parameters {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(tensor) = floats(&param.val().inner()) {
            self.list.push(Parameter {
                id: param.id,
                tensor,
                register: register::<D>,
            });
        }
    }
}
