//! A classifier in training: what Burn's `Learner` calls for each batch.

use crate::batches::Batch;
use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{Device, ExecutionError, Tensor};
use burn::train::{InferenceStep, ItemLazy, TrainOutput, TrainStep};
use kernels::{NetworkStep, StepFound, cross_entropy};
use model::{Classifier, TrainingContext};
use std::sync::Arc;

/// A classifier with the loss it is trained on.
#[derive(Module, Debug)]
pub struct Trainee {
    classifier: Classifier,
    #[module(skip)]
    label_smoothing: f64,
    /// What dropout is drawn from.
    #[module(skip)]
    seed: u64,
    /// How a GPU trains it in one piece, where it can.
    #[module(skip)]
    in_one_piece: Option<Arc<NetworkStep>>,
}

/// What a training step leaves behind, on the device.
pub struct StepOutput {
    /// Mean loss of the batch, `[1]`.
    pub loss: Tensor<1>,
    /// Images of the batch whose most probable class is their label, `[1]`.
    pub num_correct: Tensor<1>,
    /// Images of the batch.
    pub num_images: usize,
    /// Those of them that are of a class.
    pub num_labelled: usize,
}

/// What an evaluation step leaves behind, on the device.
pub struct LogitsOutput {
    /// `[batch, NUM_CLASSES]`.
    pub logits: Tensor<2>,
}

impl Trainee {
    /// For training with cross-entropy, `label_smoothing` of whose target is spread over all
    /// classes, and with dropout drawn from `seed`.
    #[must_use]
    pub fn new(classifier: Classifier, label_smoothing: f64, seed: u64) -> Self {
        Self {
            classifier,
            label_smoothing,
            seed,
            in_one_piece: None,
        }
    }

    /// The same, trained in one piece for batches of at most so many images, where `device` is a GPU that can.
    #[must_use]
    pub fn in_one_piece(mut self, batch_size: usize, device: &Device) -> Self {
        let shape = self.classifier.step_shape();
        let step = shape.and_then(|shape| NetworkStep::new(&shape, batch_size, device));
        self.in_one_piece = step.map(Arc::new);
        self
    }

    /// A step by the network's layers and automatic differentiation.
    fn step_by_layers(&self, batch: Batch, smoothing: f32) -> StepFound {
        let context = TrainingContext {
            seed: self.seed,
            step: batch.step,
        };
        let logits = self.classifier.forward_training(batch.images_np(), context);
        let found = cross_entropy(logits, batch.targets, smoothing);
        let gradients = found.loss.backward();
        StepFound {
            gradients: GradientsParams::from_grads(gradients, self),
            loss: found.loss.inner(),
            num_correct: found.num_correct,
        }
    }

    /// The classifier.
    #[must_use]
    pub fn classifier(&self) -> &Classifier {
        &self.classifier
    }
}

impl TrainStep for Trainee {
    type Input = Batch;
    type Output = StepOutput;

    fn step(&self, batch: Batch) -> TrainOutput<StepOutput> {
        let (num_images, num_labelled) = (batch.num_images(), batch.num_labelled);
        let smoothing = self.label_smoothing as f32;
        let step = self.in_one_piece.as_ref();
        let found =
            step.and_then(|step| step.run(self, batch.step_images(), &batch.targets, smoothing));
        let found = found.unwrap_or_else(|| self.step_by_layers(batch, smoothing));
        TrainOutput {
            grads: found.gradients,
            item: StepOutput {
                loss: found.loss,
                num_correct: found.num_correct,
                num_images,
                num_labelled,
            },
        }
    }
}

impl InferenceStep for Trainee {
    type Input = Batch;
    type Output = LogitsOutput;

    fn step(&self, batch: Batch) -> LogitsOutput {
        let step = self.in_one_piece.as_ref();
        let logits = step.and_then(|step| step.logits(self, batch.step_images()));
        LogitsOutput {
            logits: logits.unwrap_or_else(|| self.classifier.forward(batch.images_np())),
        }
    }
}

impl ItemLazy for StepOutput {
    fn sync(self) -> Result<Self, ExecutionError> {
        Ok(self)
    }
}

impl ItemLazy for LogitsOutput {
    fn sync(self) -> Result<Self, ExecutionError> {
        Ok(self)
    }
}
