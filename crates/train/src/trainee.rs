//! A classifier in training: what Burn's `Learner` calls for each batch.

use crate::batches::Batch;
use crate::teachers::Teachers;
use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{Device, ExecutionError, Tensor};
use burn::train::{InferenceStep, ItemLazy, TrainOutput, TrainStep};
use kernels::{LossOptions, StepFound, WholeStep, cross_entropy};
use model::{Classifier, TrainingContext};
use std::sync::Arc;

/// A classifier with the loss it is trained on.
#[derive(Module, Debug)]
pub struct Trainee {
    classifier: Classifier,
    #[module(skip)]
    options: LossOptions,
    /// What dropout is drawn from.
    #[module(skip)]
    seed: u64,
    /// How a GPU takes a step without automatic differentiation, where it can.
    #[module(skip)]
    whole_step: Option<Arc<WholeStep>>,
    #[module(skip)]
    teachers: Option<Arc<Teachers>>,
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
    /// `[batch, num_classes]`.
    pub logits: Tensor<2>,
}

impl Trainee {
    /// For training with cross-entropy by these options, and with dropout drawn from `seed`.
    #[must_use]
    pub fn new(classifier: Classifier, options: LossOptions, seed: u64) -> Self {
        Self {
            classifier,
            options,
            seed,
            whole_step: None,
            teachers: None,
        }
    }

    /// The same, whose steps are taken as a whole for batches of at most so many images, where `device` is a GPU that
    /// can.
    #[must_use]
    pub fn by_whole_steps(mut self, batch_size: usize, device: &Device) -> Self {
        let shape = self.classifier.step_shape();
        let step = shape.and_then(|shape| WholeStep::new(&shape, batch_size, device));
        self.whole_step = step.map(Arc::new);
        self
    }

    /// The same, which learns from these too.
    #[must_use]
    pub fn taught_by(mut self, teachers: Arc<Teachers>) -> Self {
        self.teachers = Some(teachers);
        self
    }

    /// A step by the network's layers and automatic differentiation.
    fn step_by_layers(&self, batch: Batch) -> StepFound {
        let context = TrainingContext {
            seed: self.seed,
            step: batch.step,
        };
        let images_np = batch.images_np();
        // Kept for teachers alone: what nobody else holds is changed in place.
        let teachers = self.teachers.as_ref();
        let taught = teachers.map(|teachers| (teachers, images_np.clone()));
        let logits = self.classifier.forward_training(images_np, context);
        let taught = taught.map(|(teachers, images_np)| (teachers, images_np, logits.clone()));
        let found = cross_entropy(logits, batch.targets, self.options);
        let loss = match taught {
            Some((teachers, images_np, logits)) => {
                teachers.loss(found.loss.clone(), logits, &images_np)
            }
            None => found.loss.clone(),
        };
        let gradients = loss.backward();
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
        let found = self.whole_step.as_ref().and_then(|step| {
            let of_training = (self.seed, batch.step);
            step.run(
                self,
                batch.step_images(),
                &batch.targets,
                self.options,
                of_training,
            )
        });
        let found = found.unwrap_or_else(|| self.step_by_layers(batch));
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
        let step = self.whole_step.as_ref();
        let logits = step.and_then(|step| step.logits(self, batch.step_images()));
        let outputs = logits.unwrap_or_else(|| self.classifier.outputs(batch.images_np()));
        LogitsOutput {
            logits: self.classifier.of_classes(outputs),
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
