//! A classifier in training: what Burn's `Learner` calls for each batch.

use crate::batches::Batch;
use burn::module::Module;
use burn::nn::loss::CrossEntropyLossConfig;
use burn::tensor::{ExecutionError, Int, Tensor};
use burn::train::{InferenceStep, ItemLazy, TrainOutput, TrainStep};
use model::Classifier;

/// A classifier with the loss it is trained on.
#[derive(Module, Debug)]
pub struct Trainee {
    classifier: Classifier,
    #[module(skip)]
    label_smoothing: f64,
}

/// What a training step leaves behind, on the device.
pub struct StepOutput {
    /// Mean loss of the batch, `[1]`.
    pub loss: Tensor<1>,
    /// Images of the batch whose most probable class is their label, `[1]`.
    pub num_correct: Tensor<1, Int>,
    /// Images of the batch.
    pub num_images: usize,
}

/// What an evaluation step leaves behind, on the device.
pub struct LogitsOutput {
    /// `[batch, NUM_CLASSES]`.
    pub logits: Tensor<2>,
}

impl Trainee {
    /// For training with cross-entropy, `label_smoothing` of whose target is spread over all
    /// classes.
    #[must_use]
    pub fn new(classifier: Classifier, label_smoothing: f64) -> Self {
        Self {
            classifier,
            label_smoothing,
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
        let [num_images, _] = batch.images_np.dims();
        let logits = self.classifier.forward(batch.images_np);
        let smoothing = Some(self.label_smoothing as f32).filter(|&smoothing| smoothing > 0.0);
        let loss = CrossEntropyLossConfig::new()
            .with_smoothing(smoothing)
            .init(&logits.device())
            .forward(logits.clone(), batch.targets.clone());
        let gradients = loss.backward();
        let predictions = logits.inner().argmax(1).squeeze_dim::<1>(1);
        let output = StepOutput {
            loss: loss.inner(),
            num_correct: predictions.equal(batch.targets.inner()).int().sum(),
            num_images,
        };
        TrainOutput::new(self, gradients, output)
    }
}

impl InferenceStep for Trainee {
    type Input = Batch;
    type Output = LogitsOutput;

    fn step(&self, batch: Batch) -> LogitsOutput {
        LogitsOutput {
            logits: self.classifier.forward(batch.images_np),
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
