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

/// Cross-entropy of the softmax of `logits` `[batch, classes]` with `targets` `[batch]`, `smoothing` of
/// which is spread over all classes.
///
/// A target that is the number of classes stands for none of them: all are to be equally probable, and
/// the loss is the divergence from that (Hendrycks, Mazeika and Dietterich, 2019). Greater ones are not
/// allowed.
#[must_use]
pub fn cross_entropy(logits: Tensor<2>, targets: Tensor<1, Int>, smoothing: f32) -> CrossEntropy {
    if !is_fused_on(&logits) && !is_fused_on_gpu(&logits) {
        return cross_entropy_unfused(logits, targets, smoothing);
    }
    let (loss, num_correct) = timed(
        || "loss".into(),
        || {
            <Dispatch as CrossEntropyBackend>::cross_entropy(
                logits.into_dispatch(),
                targets.into_dispatch(),
                smoothing,
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
    smoothing: f32,
) -> CrossEntropy {
    let [_, num_classes] = logits.dims();
    let none = i64::try_from(num_classes).unwrap_or(i64::MAX);
    let logs = log_softmax(logits.clone(), 1);
    let is_class = targets.clone().lower_elem(none).float();
    let classes = targets.clone().clamp_max(none - 1);
    let own = logs
        .clone()
        .gather(1, classes.unsqueeze_dim(1))
        .squeeze_dim::<1>(1);
    let all = logs.mean_dim(1).squeeze_dim::<1>(1);
    let of_class = own * (1.0 - smoothing) + all.clone() * smoothing;
    let of_none = all + (num_classes as f32).ln();
    let log_likelihood = of_class * is_class.clone() + of_none * (-is_class + 1.0);
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
        smoothing: f32,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
}

impl CrossEntropyBackend for Flex {
    fn cross_entropy(
        logits: FloatTensor<Self>,
        targets: IntTensor<Self>,
        smoothing: f32,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let found = run(&contiguous(logits), &targets, smoothing);
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

fn run(logits: &FloatTensor<Flex>, targets: &IntTensor<Flex>, smoothing: f32) -> Found {
    let [num_rows, num_classes] = logits.shape().dims();
    let targets = integers(targets);
    let share = 1.0 / num_rows as f32;
    let spread = smoothing / num_classes as f32;
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
        let top = logits[largest];
        let first = gradient.len();
        gradient.extend(logits.iter().map(|&logit| (logit - top).exp()));
        let row = &mut gradient[first..];
        let sum: f32 = row.iter().sum();
        let log_sum = sum.ln();
        // The cross-entropy with the spread part of the target, and with the rest.
        let all: f32 = logits.iter().map(|&logit| log_sum - (logit - top)).sum();
        let Some(&own) = logits.get(target) else {
            let even = 1.0 / num_classes as f32;
            loss += f64::from(even * all + even.ln());
            for value in row.iter_mut() {
                *value = (*value / sum - even) * share;
            }
            continue;
        };
        let own = log_sum - (own - top);
        loss += f64::from((1.0 - smoothing) * own + spread * all);
        for value in row.iter_mut() {
            *value = (*value / sum - spread) * share;
        }
        row[target] -= (1.0 - smoothing) * share;
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
        smoothing: f32,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let node = logits.node();
        let found = run(&contiguous(logits.into_primitive()), &targets, smoothing);
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

    type Operation = fn(Tensor<2>, Tensor<1, Int>, f32) -> CrossEntropy;

    /// Loss, right answers and the gradient of three times the loss.
    fn results(
        operation: Operation,
        logits: &Tensor<2>,
        targets: &[i32],
        smoothing: f32,
    ) -> Vec<f32> {
        let logits = Tensor::from_inner(logits.clone()).require_grad();
        let targets = Tensor::from_ints(targets, &logits.device());
        let found = operation(logits.clone(), targets, smoothing);
        let gradients = (found.loss.clone() * 3.0).backward();
        let mut all: Vec<f32> = found.loss.inner().try_to_vec_as().unwrap();
        all.extend::<Vec<f32>>(found.num_correct.try_to_vec_as().unwrap());
        all.extend::<Vec<f32>>(logits.grad(&gradients).unwrap().try_to_vec_as().unwrap());
        all
    }

    #[test]
    fn agrees_with_the_plain_operations() {
        // The 10 stands for none.
        let targets = [0, 9, 3, 3, 10, 1, 0];
        let logits = normal([targets.len(), 10], 1) * 3.0;
        for smoothing in [0.0, 0.1] {
            let expected = results(cross_entropy_unfused, &logits, &targets, smoothing);
            let found = results(cross_entropy, &logits, &targets, smoothing);
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
        let targets: Vec<i32> = (0..11).cycle().take(300).collect();
        let logits = normal([targets.len(), 10], 1) * 3.0;
        for smoothing in [0.0, 0.1] {
            let expected = results(cross_entropy, &logits, &targets, smoothing);
            let there = logits.clone().to_device(&gpu);
            let found = results(cross_entropy, &there, &targets, smoothing);
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
        let found = results(cross_entropy, &logits, &[0], 0.0);
        assert_eq!(found[..2], [0.0, 1.0]);
        assert!(found.iter().all(|value| value.is_finite()));
        let logits = Tensor::from_floats([[f32::NAN, 1.0, 0.0]], &Device::flex());
        assert!(results(cross_entropy, &logits, &[1], 0.0)[0].is_nan());
    }
}
