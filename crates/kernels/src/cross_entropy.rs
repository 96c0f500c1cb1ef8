//! Softmax, cross-entropy and the count of right answers as one operation. This file has it on the CPU, `gpu` on
//! GPUs.

pub(crate) mod gpu;

use crate::flex::{contiguous, floats, floats_mut, integers, tensor};
use crate::fusion::{is_fused_on, is_fused_on_gpu};
use crate::stopwatch::timed;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{
    Autodiff, AutodiffBackend as _, Backend, Dispatch, Flex, TensorMetadata as _, backend_extension,
};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Int, Tensor};

/// What [`cross_entropy`] finds.
#[derive(Clone, Debug)]
pub struct CrossEntropy {
    /// Mean over the batch, `[1]`.
    pub loss: Tensor<1>,
    /// Rows whose largest logit (the first, where several share it) is the target's, `[1]`, without
    /// automatic differentiation.
    pub num_correct: Tensor<1>,
}

/// What a loss asks for beside the targets.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LossOptions {
    /// Share of a target that is a class which is spread over all classes.
    pub smoothing: f32,
    /// Whether an image may show none of the classes. Then the softmax has one answer more, "none of them", whose logit
    /// is always 0; its target is the number of classes. So the logarithm of the sum of the exponentials of an image's
    /// logits (its energy: Liu et al., 2020) becomes the log-odds that it shows one of the classes.
    pub has_none: bool,
}

impl LossOptions {
    /// Logits of all answers there are, `[batch, classes]`, or `[batch, classes + 1]` where an image may show none of
    /// the classes: theirs, and behind them the 0 of "none of them".
    #[must_use]
    pub fn answers(self, logits: Tensor<2>) -> Tensor<2> {
        if !self.has_none {
            return logits;
        }
        let [num_rows, _] = logits.dims();
        let none = Tensor::zeros([num_rows, 1], &logits.device());
        Tensor::cat(vec![logits, none], 1)
    }
}

/// Cross-entropy of the softmax of `logits` `[batch, classes]` with `targets` `[batch]`, which are classes, or that
/// for none of them where the options have it.
#[must_use]
pub fn cross_entropy(
    logits: Tensor<2>,
    targets: Tensor<1, Int>,
    options: LossOptions,
) -> CrossEntropy {
    if !is_fused_on(&logits) && !is_fused_on_gpu(&logits) {
        return cross_entropy_unfused(logits, targets, options);
    }
    let (loss, num_correct) = timed(
        || "loss".into(),
        || {
            <Dispatch as CrossEntropyBackend>::cross_entropy(
                logits.into_dispatch(),
                targets.into_dispatch(),
                options,
            )
        },
    );
    CrossEntropy {
        loss: Tensor::from_dispatch(loss),
        num_correct: Tensor::<1>::from_dispatch(num_correct).inner(),
    }
}

/// The same by Burn's own operations, one after another.
fn cross_entropy_unfused(
    logits: Tensor<2>,
    targets: Tensor<1, Int>,
    options: LossOptions,
) -> CrossEntropy {
    let [_, num_classes] = logits.dims();
    let logs = log_softmax(options.answers(logits.clone()), 1);
    let own = logs.clone().gather(1, targets.clone().unsqueeze_dim(1));
    let own = own.squeeze_dim::<1>(1);
    let of_classes = logs.narrow(1, 0, num_classes);
    let all = of_classes.mean_dim(1).squeeze_dim::<1>(1);
    let none = i64::try_from(num_classes).unwrap_or(i64::MAX);
    let spread = targets.clone().lower_elem(none).float() * options.smoothing;
    let log_likelihood = own * (-spread.clone() + 1.0) + all * spread;
    let predictions = logits.inner().argmax(1).squeeze_dim::<1>(1);
    CrossEntropy {
        loss: -log_likelihood.mean(),
        num_correct: predictions.equal(targets.inner()).float().sum(),
    }
}

/// Backends that have the operation.
#[backend_extension(Autodiff, Cube, Flex)]
pub(crate) trait CrossEntropyBackend: Backend {
    fn cross_entropy(
        logits: FloatTensor<Self>,
        targets: IntTensor<Self>,
        options: LossOptions,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
}

impl CrossEntropyBackend for Flex {
    fn cross_entropy(
        logits: FloatTensor<Self>,
        targets: IntTensor<Self>,
        options: LossOptions,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let found = run(&contiguous(logits), &targets, options);
        (
            tensor(vec![found.loss], &[1]),
            tensor(vec![found.num_correct], &[1]),
        )
    }
}

/// Loss, right answers, and the gradient of the loss.
struct Found {
    loss: f32,
    num_correct: f32,
    gradient: FloatTensor<Flex>,
}

fn run(
    logits: &FloatTensor<Flex>,
    targets: &IntTensor<Flex>,
    LossOptions {
        smoothing,
        has_none,
    }: LossOptions,
) -> Found {
    let [num_rows, num_classes] = logits.shape().dims();
    let targets = integers(targets);
    let share = 1.0 / num_rows as f32;
    let mut gradient = Vec::with_capacity(num_rows * num_classes);
    let (mut loss, mut num_correct) = (0.0_f64, 0.0);
    for (logits, &target) in floats(logits).chunks_exact(num_classes).zip(&targets) {
        let mut largest = 0;
        for (class, &logit) in logits.iter().enumerate() {
            if logit > logits[largest] {
                largest = class;
            }
        }
        num_correct += f32::from(u8::from(largest == target));
        let mut top = logits[largest];
        let mut none = 0.0;
        if has_none {
            top = top.max(0.0);
            none = (-top).exp();
        }
        let first = gradient.len();
        gradient.extend(logits.iter().map(|&logit| (logit - top).exp()));
        let row = &mut gradient[first..];
        let sum: f32 = row.iter().sum::<f32>() + none;
        let log_sum = sum.ln();
        let own = logits.get(target);
        let smoothing = own.map_or(0.0, |_| smoothing);
        let spread = smoothing / num_classes as f32;
        // The cross-entropy with the spread part of the target, and with the rest.
        let all: f32 = logits.iter().map(|&logit| log_sum - (logit - top)).sum();
        let own = log_sum - (own.copied().unwrap_or_default() - top);
        loss += f64::from((1.0 - smoothing) * own + spread * all);
        for value in row.iter_mut() {
            *value = (*value / sum - spread) * share;
        }
        if let Some(value) = row.get_mut(target) {
            *value -= (1.0 - smoothing) * share;
        }
    }
    Found {
        loss: (loss / num_rows as f64) as f32,
        num_correct,
        gradient: tensor(gradient, &[num_rows, num_classes]),
    }
}

#[derive(Debug)]
struct Step;

impl Backward<Flex, 1> for Step {
    /// The gradient for a loss that counts once.
    type State = FloatTensor<Flex>;

    fn backward(
        self,
        ops: Ops<FloatTensor<Flex>, 1>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let factor = contiguous(gradients.consume::<Flex>(&ops.node));
        let factor = floats(&factor)[0];
        let [Some(node)] = ops.parents else {
            return;
        };
        let mut gradient = ops.state;
        if (factor - 1.0).abs() > 0.0 {
            for value in floats_mut(&mut gradient) {
                *value *= factor;
            }
        }
        gradients.register::<Flex>(node.id, gradient);
    }
}

impl<C: CheckpointStrategy> CrossEntropyBackend for Autodiff<Flex, C> {
    fn cross_entropy(
        logits: FloatTensor<Self>,
        targets: IntTensor<Self>,
        options: LossOptions,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let node = logits.node();
        let found = run(&contiguous(logits.into_primitive()), &targets, options);
        let loss = tensor(vec![found.loss], &[1]);
        let preparation = Backward::<Flex, 1>::prepare::<C>(Step, [node]);
        let loss = match preparation.compute_bound().stateful() {
            OpsKind::Tracked(preparation) => preparation.finish(found.gradient, loss),
            OpsKind::UnTracked(preparation) => preparation.finish(loss),
        };
        (
            loss,
            Self::from_inner(tensor(vec![found.num_correct], &[1])),
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::drawn::normal;
    use burn::tensor::Device;

    type Operation = fn(Tensor<2>, Tensor<1, Int>, LossOptions) -> CrossEntropy;

    /// With smoothing and without, and of images that may be of none of the classes or not.
    const OPTIONS: [LossOptions; 4] = [
        options(0.0, false),
        options(0.1, false),
        options(0.0, true),
        options(0.1, true),
    ];

    const fn options(smoothing: f32, has_none: bool) -> LossOptions {
        LossOptions {
            smoothing,
            has_none,
        }
    }

    /// Loss, right answers and the gradient of three times the loss.
    fn results(
        operation: Operation,
        logits: &Tensor<2>,
        targets: &[i32],
        options: LossOptions,
    ) -> Vec<f32> {
        let logits = Tensor::from_inner(logits.clone()).require_grad();
        let targets = Tensor::from_ints(targets, &logits.device());
        let found = operation(logits.clone(), targets, options);
        let gradients = (found.loss.clone() * 3.0).backward();
        let mut all: Vec<f32> = found.loss.inner().try_to_vec_as().unwrap();
        all.extend::<Vec<f32>>(found.num_correct.try_to_vec_as().unwrap());
        all.extend::<Vec<f32>>(logits.grad(&gradients).unwrap().try_to_vec_as().unwrap());
        all
    }

    #[test]
    fn agrees_with_the_plain_operations() {
        let logits = normal([7, 10], 1) * 3.0;
        for options in OPTIONS {
            let targets = [0, 9, 3, 3, 9 + i32::from(options.has_none), 1, 0];
            let expected = results(cross_entropy_unfused, &logits, &targets, options);
            let found = results(cross_entropy, &logits, &targets, options);
            assert_eq!(expected.len(), found.len());
            for (expected, found) in expected.iter().zip(&found) {
                assert!(
                    (expected - found).abs() < 1e-5,
                    "{found} instead of {expected}"
                );
            }
        }
    }

    #[test]
    fn gpus_agree_with_the_cpu() {
        let Some(gpu) = crate::cube::test_device("cross-entropy on a GPU") else {
            return;
        };
        let logits = normal([300, 10], 1) * 3.0;
        for options in OPTIONS {
            let num_answers = 10 + i32::from(options.has_none);
            let targets: Vec<i32> = (0..num_answers).cycle().take(300).collect();
            let expected = results(cross_entropy, &logits, &targets, options);
            let there = logits.clone().to_device(&gpu);
            let found = results(cross_entropy, &there, &targets, options);
            assert_eq!(expected.len(), found.len());
            for (expected, found) in expected.iter().zip(&found) {
                let difference = (expected - found).abs();
                assert!(difference < 1e-5, "{found} instead of {expected}");
            }
        }
    }

    #[test]
    fn large_logits_stay_finite_and_what_is_no_number_shows() {
        let logits = Tensor::from_floats([[1e30, -1e30, 0.0]], &Device::flex());
        for options in OPTIONS {
            let found = results(cross_entropy, &logits, &[0], options);
            assert!(found.iter().all(|value| value.is_finite()));
            assert!(found[1] > 0.0 && (options.smoothing > 0.0 || found[0] <= 0.0));
        }
        let logits = Tensor::from_floats([[f32::NAN, 1.0, 0.0]], &Device::flex());
        for options in OPTIONS {
            assert!(results(cross_entropy, &logits, &[1], options)[0].is_nan());
        }
    }

    /// Where all logits are far below 0 none of the classes is the answer, and far above one of them is.
    #[test]
    fn energy_is_the_odds_of_a_class() {
        let loss = |logit: f32, target: i32| {
            let logits = Tensor::from_floats([[logit, logit - 9.0]], &Device::flex());
            results(cross_entropy, &logits, &[target], options(0.0, true))[0]
        };
        let energy = |logit: f32| logit + (-9.0_f32).exp().ln_1p();
        for logit in [-1e30, -5.0, -0.5, 0.0, 2.0, 30.0] {
            let of_none = energy(logit).max(0.0) + (-energy(logit).abs()).exp().ln_1p();
            assert!((loss(logit, 2) - of_none).abs() < 1e-5, "{logit}");
            let of_class = of_none - logit;
            assert!((loss(logit, 0) - of_class).abs() <= 1e-5 * of_class.max(1.0));
        }
    }
}
