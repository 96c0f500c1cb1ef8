//! The parameters of a module as one buffer, and parts of a buffer as their gradients.

use crate::arena::gather;
use crate::cube::{CubeTensor, elements, floats, view};
use burn::backend::TensorMetadata as _;
use burn::module::{Module, ModuleVisitor, Param, ParamId};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use cubecl::client::Client;
use cubecl::server::Handle;

/// Where every parameter begins in one buffer, and how long it is, in floats.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Layout {
    /// At multiples of which one may begin.
    alignment: usize,
    end: usize,
    list: Vec<(usize, usize)>,
}

impl Layout {
    pub(crate) fn new(alignment: usize) -> Self {
        Self {
            alignment,
            end: 0,
            list: Vec::new(),
        }
    }

    /// One more of that length. Returns its place.
    pub(crate) fn add(&mut self, length: usize) -> usize {
        let place = self.end;
        self.list.push((place, length));
        self.end = (place + length).next_multiple_of(self.alignment);
        place
    }

    /// Floats of the buffer.
    pub(crate) fn length(&self) -> usize {
        self.end
    }
}

/// The parameters of a network, as far as they are on the GPU.
#[derive(Default)]
pub(crate) struct Parameters {
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
    pub(crate) fn of<M: Module>(module: &M) -> Self {
        let mut parameters = Self::default();
        module.visit(&mut parameters);
        parameters
    }

    /// One of them, for what else is to be on their device.
    pub(crate) fn first(&self) -> Option<&CubeTensor> {
        self.list.first().map(|parameter| &parameter.tensor)
    }

    /// All of them in one buffer, as the layout wants them: the one that they are parts of, or a copy. Nothing where the
    /// layout is for others.
    pub(crate) fn flat(&self, client: &Client, layout: &Layout) -> Option<Handle> {
        let lengths = self
            .list
            .iter()
            .map(|parameter| elements(&parameter.tensor));
        if !lengths.eq(layout.list.iter().map(|&(_, length)| length)) {
            return None;
        }
        let tensors: Vec<&CubeTensor> = self
            .list
            .iter()
            .map(|parameter| &parameter.tensor)
            .collect();
        let places: Vec<usize> = layout.list.iter().map(|&(place, _)| place).collect();
        Some(gather(client, &tensors, &places, layout.end))
    }

    /// Parts of a buffer as their gradients, as the layout has them.
    pub(crate) fn gradients(&self, buffer: &Handle, layout: &Layout) -> GradientsParams {
        let mut found = GradientsParams::new();
        for (parameter, &(place, _)) in self.list.iter().zip(&layout.list) {
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
