//! `values * factor - shift` as one pass, in place.

use crate::flex::{contiguous, floats_mut};
use crate::fusion::is_fused_on;
use crate::simd::{InstructionSet, Kernel, Simd};
use crate::stopwatch::timed;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, backend_extension};
use burn::tensor::Tensor;
use rayon::prelude::*;

/// Values that are worth a task of their own.
const TASK: usize = 1 << 14;

/// `values * factor - shift`, in any shape.
#[must_use]
pub fn standardize<const D: usize>(values: Tensor<D>, factor: f32, shift: f32) -> Tensor<D> {
    if !is_fused_on(&values) {
        return values * factor - shift;
    }
    let values = timed(
        || "normalisation of the pixels".into(),
        || <Dispatch as StandardizeBackend>::standardize(values.into_dispatch(), factor, shift),
    );
    Tensor::from_dispatch(values)
}

/// Backends that have the operation.
#[backend_extension(Autodiff, Flex)]
pub(crate) trait StandardizeBackend: Backend {
    fn standardize(values: FloatTensor<Self>, factor: f32, shift: f32) -> FloatTensor<Self>;
}

impl StandardizeBackend for Flex {
    fn standardize(values: FloatTensor<Self>, factor: f32, shift: f32) -> FloatTensor<Self> {
        let mut values = contiguous(values);
        let tasks = floats_mut(&mut values).par_chunks_mut(TASK);
        tasks.for_each(|values| {
            InstructionSet::best().run(Pass {
                values,
                factor,
                shift,
            });
        });
        values
    }
}

/// Some of the values.
struct Pass<'a> {
    values: &'a mut [f32],
    factor: f32,
    shift: f32,
}

impl Kernel for Pass<'_> {
    type Output = ();

    #[inline(always)]
    #[allow(unsafe_code)] // Of the trait; nothing here needs it.
    unsafe fn run<S: Simd>(self) {
        for value in self.values {
            // Rounded twice, as the plain operations are.
            *value = *value * self.factor - self.shift;
        }
    }
}

#[derive(Debug)]
struct Standardize;

impl Backward<Flex, 1> for Standardize {
    /// The factor.
    type State = f32;

    fn backward(
        self,
        ops: Ops<f32, 1>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let gradient = gradients.consume::<Flex>(&ops.node);
        if let [Some(node)] = ops.parents {
            gradients.register::<Flex>(node.id, Flex::standardize(gradient, ops.state, 0.0));
        }
    }
}

impl<C: CheckpointStrategy> StandardizeBackend for Autodiff<Flex, C> {
    fn standardize(values: FloatTensor<Self>, factor: f32, shift: f32) -> FloatTensor<Self> {
        let node = values.node();
        let result = Flex::standardize(values.into_primitive(), factor, shift);
        match Standardize.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(preparation) => preparation.finish(factor, result),
            OpsKind::UnTracked(preparation) => preparation.finish(result),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::drawn::normal;
    use crate::with_fusing;

    #[test]
    fn is_the_plain_operations_to_the_last_bit() {
        let values = Tensor::from_inner(normal([70, 784], 1) * 60.0 + 127.0).require_grad();
        let results = || {
            let found = standardize(values.clone(), 0.013, 0.42);
            let gradients = found.clone().square().sum().backward();
            let gradient = values.grad(&gradients).unwrap();
            let found: Vec<f32> = found.inner().try_to_vec_as().unwrap();
            (found, gradient.try_to_vec_as::<f32>().unwrap())
        };
        assert_eq!(results(), with_fusing(false, results));
    }
}
