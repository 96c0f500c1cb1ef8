//! An activation, then dropout, on every value of a tensor: one pass forward and one backward. This file has it on the
//! CPU, `gpu` on GPUs.

mod gpu;

use crate::activation::{Activation, activate_unfused, needs_input, with_activation};
use crate::dropout::{Dropout, Mask, dropout_unfused};
use crate::flex::{contiguous, floats, floats_mut};
use crate::fusion::{FusedActivation, is_fused_on, is_fused_on_gpu};
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
use std::marker::PhantomData;

/// `values`, of which a share is zero and the others are made larger, so that the mean stays: dropout
/// alone, for what no fused layer does itself.
#[must_use]
pub fn dropout<const D: usize>(values: Tensor<D>, dropout: Dropout) -> Tensor<D> {
    pointwise(values, FusedActivation::Identity, Some(dropout))
}

/// Values that are worth a task of their own.
const TASK: usize = 1 << 14;

/// `values`, in any shape, activated, then dropped out.
#[must_use]
pub(crate) fn pointwise<const D: usize>(
    values: Tensor<D>,
    activation: FusedActivation,
    dropout: Option<Dropout>,
) -> Tensor<D> {
    if activation == FusedActivation::Identity && dropout.is_none() {
        return values;
    }
    let is_on_gpu = || is_fused_on_gpu(&values) && values.shape().num_elements() > 0;
    if !is_fused_on(&values) && !is_on_gpu() {
        let values = activate_unfused(values, activation);
        return match dropout {
            Some(dropout) => dropout_unfused(values, dropout),
            None => values,
        };
    }
    let values =
        <Dispatch as PointwiseBackend>::pointwise(values.into_dispatch(), activation, dropout);
    Tensor::from_dispatch(values)
}

/// Backends that have the operation.
#[backend_extension(Autodiff, Cube, Flex)]
pub(crate) trait PointwiseBackend: Backend {
    fn pointwise(
        values: FloatTensor<Self>,
        activation: FusedActivation,
        dropout: Option<Dropout>,
    ) -> FloatTensor<Self>;
}

impl PointwiseBackend for Flex {
    fn pointwise(
        values: FloatTensor<Self>,
        activation: FusedActivation,
        dropout: Option<Dropout>,
    ) -> FloatTensor<Self> {
        let mut values = contiguous(values);
        let mask = dropout.map(Dropout::mask);
        timed(
            || name(activation, mask, "forward"),
            || activate(floats_mut(&mut values), activation, mask),
        );
        values
    }
}

/// Activates and drops out all values of a tensor, in place.
pub(crate) fn activate(values: &mut [f32], activation: FusedActivation, mask: Option<Mask>) {
    let tasks = values.par_chunks_mut(TASK).enumerate();
    tasks.for_each(|(index, values)| {
        let first = (index * TASK) as u32;
        with_activation!(activation, A => InstructionSet::best().run(Forward::<A> {
            values,
            mask,
            first,
            kind: PhantomData,
        }));
    });
}

/// Some values, the first of which is at place `first` of the tensor.
struct Forward<'a, A> {
    values: &'a mut [f32],
    mask: Option<Mask>,
    first: u32,
    kind: PhantomData<A>,
}

impl<A: Activation> Kernel for Forward<'_, A> {
    type Output = ();

    #[inline(always)]
    #[allow(unsafe_code)] // Of the trait; nothing here needs it.
    unsafe fn run<S: Simd>(self) {
        activate_row::<A>(self.values, self.mask, self.first);
    }
}

/// Activates and drops out values that lie side by side, the first at place `first`.
#[inline(always)]
pub(crate) fn activate_row<A: Activation>(values: &mut [f32], mask: Option<Mask>, first: u32) {
    for value in values.iter_mut() {
        *value = A::value(*value);
    }
    if let Some(mask) = mask {
        for (index, value) in values.iter_mut().enumerate() {
            // A product, so that what is not a number stays so.
            *value *= mask.factor(first.wrapping_add(index as u32));
        }
    }
}

/// Takes a gradient of the outputs back to one of the inputs; `saved` is what was before the activation
/// for those that [`needs_input`] names, else the outputs.
#[inline(always)]
pub(crate) fn gradient_row<A: Activation>(
    gradient: &mut [f32],
    saved: &[f32],
    mask: Option<Mask>,
    first: u32,
) {
    let pairs = gradient.iter_mut().zip(saved);
    match mask {
        None => {
            for (value, &saved) in pairs {
                *value = A::gradient(*value, saved, saved);
            }
        }
        Some(mask) if A::IS_ZERO_FINAL => {
            for (value, &saved) in pairs {
                *value = A::gradient(*value * mask.scale, saved, saved);
            }
        }
        Some(mask) => {
            let back = 1.0 / mask.scale;
            for (index, (value, &saved)) in pairs.enumerate() {
                let passed = A::gradient(*value * mask.scale, saved, saved * back);
                let is_kept = mask.keeps(first.wrapping_add(index as u32));
                *value = if is_kept { passed } else { 0.0 };
            }
        }
    }
}

/// What the backward pass needs of the forward pass.
#[derive(Clone, Debug)]
struct State {
    activation: FusedActivation,
    mask: Option<Mask>,
    /// The values before the activation, or the outputs; see [`gradient_row`].
    saved: FloatTensor<Flex>,
}

#[derive(Debug)]
struct Pointwise;

impl Backward<Flex, 1> for Pointwise {
    type State = State;

    fn backward(
        self,
        ops: Ops<State, 1>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let State {
            activation,
            mask,
            saved,
        } = ops.state;
        let mut gradient = contiguous(gradients.consume::<Flex>(&ops.node));
        let [Some(node)] = ops.parents else {
            return;
        };
        let work = || take_back(floats_mut(&mut gradient), floats(&saved), activation, mask);
        timed(|| name(activation, mask, "gradient"), work);
        gradients.register::<Flex>(node.id, gradient);
    }
}

/// Takes a gradient back to one of the inputs, in place; see [`gradient_row`].
fn take_back(gradient: &mut [f32], saved: &[f32], activation: FusedActivation, mask: Option<Mask>) {
    let tasks = gradient.par_chunks_mut(TASK).enumerate();
    tasks
        .zip(saved.par_chunks(TASK))
        .for_each(|((index, gradient), saved)| {
            let first = (index * TASK) as u32;
            with_activation!(activation, A => InstructionSet::best().run(Back::<A> {
                gradient,
                saved,
                mask,
                first,
                kind: PhantomData,
            }));
        });
}

/// What the operation is called on a stopwatch.
fn name(activation: FusedActivation, mask: Option<Mask>, part: &str) -> String {
    let dropout = if mask.is_some() { "dropout " } else { "" };
    format!("{activation:?} {dropout}alone: {part}")
}

/// Some values of a gradient, the first of which is at place `first` of the tensor.
struct Back<'a, A> {
    gradient: &'a mut [f32],
    saved: &'a [f32],
    mask: Option<Mask>,
    first: u32,
    kind: PhantomData<A>,
}

impl<A: Activation> Kernel for Back<'_, A> {
    type Output = ();

    #[inline(always)]
    #[allow(unsafe_code)] // Of the trait; nothing here needs it.
    unsafe fn run<S: Simd>(self) {
        gradient_row::<A>(self.gradient, self.saved, self.mask, self.first);
    }
}

impl<C: CheckpointStrategy> PointwiseBackend for Autodiff<Flex, C> {
    fn pointwise(
        values: FloatTensor<Self>,
        activation: FusedActivation,
        dropout: Option<Dropout>,
    ) -> FloatTensor<Self> {
        let node = values.node();
        let values = values.into_primitive();
        let preparation = Backward::<Flex, 1>::prepare::<C>(Pointwise, [node]);
        match preparation.compute_bound().stateful() {
            OpsKind::Tracked(preparation) => {
                let input = needs_input(activation).then(|| contiguous(values.clone()));
                let result = Flex::pointwise(values, activation, dropout);
                let state = State {
                    activation,
                    mask: dropout.map(Dropout::mask),
                    saved: input.unwrap_or_else(|| result.clone()),
                };
                preparation.finish(state, result)
            }
            OpsKind::UnTracked(preparation) => {
                preparation.finish(Flex::pointwise(values, activation, dropout))
            }
        }
    }
}

#[cfg(test)]
mod tests;
