//! Cross-entropy on GPUs: a thread a row, then the sums over all rows in a fixed order.
#![allow(
    clippy::float_cmp,
    clippy::needless_pass_by_value,
    clippy::too_many_arguments,
    reason = "a kernel is given its buffers and numbers one by one"
)]

use super::{CrossEntropyBackend, LossOptions, Step};
use crate::cube::{
    CubeTensor, THREADS, argument, contiguous, elements, tensor, workgroup, workgroups,
};
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Autodiff, AutodiffBackend as _, Cube, TensorMetadata as _};
use cubecl::prelude::*;

/// Loss, right answers, and the gradient of the loss.
pub(crate) struct Found {
    pub loss: CubeTensor,
    pub num_correct: CubeTensor,
    gradient: CubeTensor,
}

fn run(logits: CubeTensor, targets: IntTensor<Cube>, options: LossOptions) -> Found {
    let (logits, targets) = (contiguous(logits), contiguous(targets));
    let gradient = tensor(&logits, logits.shape().dims::<2>());
    run_into(&logits, &targets, options, gradient)
}

/// The same with the gradient in a tensor that is there.
pub(crate) fn run_into(
    logits: &CubeTensor,
    targets: &CubeTensor,
    options: LossOptions,
    gradient: CubeTensor,
) -> Found {
    let [num_rows, num_classes] = logits.shape().dims();
    let figures = tensor(logits, [2, num_rows]);
    let (loss, num_correct) = (tensor(logits, [1]), tensor(logits, [1]));
    let client = &logits.client;
    #[allow(unsafe_code)]
    // SAFETY: all buffers are as long as the kernels take them to be, and no thread goes beyond.
    unsafe {
        rows::launch_unchecked(
            client,
            workgroups(num_rows),
            workgroup(),
            argument(&logits.handle, num_rows * num_classes),
            argument(&targets.handle, num_rows),
            argument(&gradient.handle, num_rows * num_classes),
            argument(&figures.handle, 2 * num_rows),
            num_rows as u32,
            num_classes as u32,
            options.smoothing,
            options.has_none,
        );
        sums::launch_unchecked(
            client,
            workgroups(1),
            workgroup(),
            argument(&figures.handle, 2 * num_rows),
            argument(&loss.handle, 1),
            argument(&num_correct.handle, 1),
            num_rows as u32,
        );
    }
    Found {
        loss,
        num_correct,
        gradient,
    }
}

impl CrossEntropyBackend for Cube {
    fn cross_entropy(
        logits: FloatTensor<Self>,
        targets: IntTensor<Self>,
        options: LossOptions,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let found = run(logits, targets, options);
        (found.loss, found.num_correct)
    }
}

impl Backward<Cube, 1> for Step {
    /// The gradient for a loss that counts once.
    type State = CubeTensor;

    fn backward(
        self,
        ops: Ops<CubeTensor, 1>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let factor = contiguous(gradients.consume::<Cube>(&ops.node));
        let [Some(node)] = ops.parents else {
            return;
        };
        let gradient = ops.state;
        let [num_rows, num_classes] = gradient.shape().dims();
        let result = tensor(&gradient, [num_rows, num_classes]);
        let length = elements(&gradient);
        #[allow(unsafe_code)]
        // SAFETY: both are of that length, and no thread goes beyond.
        unsafe {
            scale::launch_unchecked(
                &gradient.client,
                workgroups(length),
                workgroup(),
                argument(&gradient.handle, length),
                argument(&factor.handle, 1),
                argument(&result.handle, length),
                length as u32,
            );
        }
        gradients.register::<Cube>(node.id, result);
    }
}

impl<C: CheckpointStrategy> CrossEntropyBackend for Autodiff<Cube, C> {
    fn cross_entropy(
        logits: FloatTensor<Self>,
        targets: IntTensor<Self>,
        options: LossOptions,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let node = logits.node();
        let found = run(logits.into_primitive(), targets, options);
        let preparation = Backward::<Cube, 1>::prepare::<C>(Step, [node]);
        let loss = match preparation.compute_bound().stateful() {
            OpsKind::Tracked(preparation) => preparation.finish(found.gradient, found.loss),
            OpsKind::UnTracked(preparation) => preparation.finish(found.loss),
        };
        (loss, Self::from_inner(found.num_correct))
    }
}

/// The gradient of every row, its loss, and whether it is right; both by the number of rows.
#[cube(launch_unchecked)]
fn rows(
    logits: &[f32],
    targets: &[i32],
    gradient: &mut [f32],
    figures: &mut [f32],
    num_rows: u32,
    num_classes: u32,
    smoothing: f32,
    #[comptime] has_none: bool,
) {
    let row = ABSOLUTE_POS;
    let num_classes = num_classes as usize;
    if row < num_rows as usize {
        let first = row * num_classes;
        let target = targets[row] as usize;
        let scale = 1.0 / f32::cast_from(num_rows);
        let share = 1.0 / f32::cast_from(num_classes as u32);
        let mut largest = logits[first];
        for class in 1..num_classes {
            largest = max(largest, logits[first + class]);
        }
        // "None of them" has the logit 0.
        let mut top = largest;
        let mut sum = 0.0f32;
        if comptime!(has_none) {
            top = max(largest, 0.0f32);
            sum = (-top).exp();
        }
        let mut mean = 0.0f32;
        let mut own = -top;
        // Where many are the largest, the first is the answer.
        let mut answer = num_classes;
        for class in 0..num_classes {
            let logit = logits[first + class];
            sum += (logit - top).exp();
            mean += (logit - top) * share;
            if class == target {
                own = logit - top;
            }
            if logit == largest && answer == num_classes {
                answer = class;
            }
        }
        let spread = select(target < num_classes, smoothing, 0.0f32);
        for class in 0..num_classes {
            let probability = (logits[first + class] - top).exp() / sum;
            let rest = select(class == target, 1.0 - spread, 0.0f32);
            gradient[first + class] = (probability - spread * share - rest) * scale;
        }
        figures[row] = sum.ln() - (1.0 - spread) * own - spread * mean;
        figures[num_rows as usize + row] = select(answer == target, 1.0f32, 0.0f32);
    }
}

/// The mean of the losses, and the sum of the right answers.
#[cube(launch_unchecked)]
fn sums(figures: &[f32], loss: &mut [f32], num_correct: &mut [f32], num_rows: u32) {
    let unit = UNIT_POS as usize;
    let mut memory = Shared::<[f32]>::new_slice(comptime!(2 * THREADS));
    let mut loss_sum = 0.0f32;
    let mut right = 0.0f32;
    let mut row = unit;
    while row < num_rows as usize {
        loss_sum += figures[row];
        right += figures[num_rows as usize + row];
        row += THREADS;
    }
    memory[unit] = loss_sum;
    memory[THREADS + unit] = right;
    sync_cube();
    if unit == 0usize {
        for k in 1..THREADS {
            loss_sum += memory[k];
            right += memory[THREADS + k];
        }
        loss[0] = loss_sum / f32::cast_from(num_rows);
        num_correct[0] = right;
    }
}

#[cube(launch_unchecked)]
fn scale(gradient: &[f32], factor: &[f32], result: &mut [f32], length: u32) {
    if ABSOLUTE_POS < length as usize {
        result[ABSOLUTE_POS] = gradient[ABSOLUTE_POS] * factor[0];
    }
}
