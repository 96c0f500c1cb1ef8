//! Batch normalisation (Ioffe and Szegedy, 2015) behind a convolution. In training each channel is brought to
//! mean 0 and variance 1 over the batch, and running statistics follow; in use these take the batch's place, and
//! the whole is folded into the convolution's weights.
//!
//! Burn's own module shares its running statistics with all its clones, so that a copy that was put aside follows
//! the steps that come after it. Here every clone has its own: a copy is a copy.
//! Shapes: `x_nchw` is `[batch, channels, height, width]`; all else `[channels]`.

use crate::host::InferenceError;
use crate::initializer::ParameterSource;
use crate::weights::NamedWeights;
use burn::module::{
    Content, Devices, Module, ModuleDisplay, ModuleDisplayDefault, ModuleMapper, ModuleVisitor,
    Param, ParamId,
};
use burn::tensor::{Device, Tensor};
use kernels::{FusedActivation, batch_norm};
use std::sync::{Mutex, PoisonError};

/// Added to a variance before its root is divided by.
const EPSILON: f64 = 1e-5;
/// How far a step moves the running statistics towards its batch's.
const MOMENTUM: f64 = 0.1;

/// The layer's scales and shifts, and its running statistics.
#[derive(Module, Debug)]
pub(crate) struct BatchNorm {
    gamma: Param<Tensor<1>>,
    beta: Param<Tensor<1>>,
    running_mean: RunningStatistic,
    running_var: RunningStatistic,
}

impl BatchNorm {
    /// Parameters that are trained, for so many channels.
    pub(super) fn num_parameters(num_channels: usize) -> usize {
        2 * num_channels
    }

    pub(super) fn new(num_channels: usize, source: &mut ParameterSource<'_>) -> Self {
        Self {
            gamma: source.constant(1.0, num_channels),
            beta: source.constant(0.0, num_channels),
            running_mean: RunningStatistic::new(source.untrained(0.0, num_channels)),
            running_var: RunningStatistic::new(source.untrained(1.0, num_channels)),
        }
    }

    /// A step of training: normalises over the batch, and moves the running statistics.
    pub(super) fn train(&self, x_nchw: Tensor<4>, activation: FusedActivation) -> Tensor<4> {
        let (gamma, beta) = (self.gamma.val(), self.beta.val());
        let (output, mean, variance) = batch_norm(x_nchw, gamma, beta, EPSILON, activation);
        self.running_mean.move_towards(mean);
        self.running_var.move_towards(variance);
        output
    }

    /// Weights `[channels, channels_in, kernel, kernel]` and biases of a convolution that does the normalising
    /// by itself, with the running statistics.
    pub(super) fn fold(&self, weights: Tensor<4>, biases: Tensor<1>) -> (Tensor<4>, Tensor<1>) {
        let deviation = (self.running_var.value() + EPSILON).sqrt();
        let scale = self.gamma.val() / deviation;
        let biases = (biases - self.running_mean.value()) * scale.clone() + self.beta.val();
        let [num_channels] = scale.dims();
        (weights * scale.reshape([num_channels, 1, 1, 1]), biases)
    }

    pub(super) fn tensors(&self) -> Result<Vec<NamedWeights>, InferenceError> {
        Ok(vec![
            NamedWeights::read("scales", &self.gamma.val())?,
            NamedWeights::read("shifts", &self.beta.val())?,
            NamedWeights::read_untrained("running_means", &self.running_mean.value())?,
            NamedWeights::read_untrained("running_variances", &self.running_var.value())?,
        ])
    }
}

/// Values that a forward pass moves, and that are saved but not trained. A clone has its own.
///
/// As an average of the weights is taken, so is one of these, with the same decay: to first order they are then
/// the statistics that fit the averaged weights, without another pass over the training images.
#[derive(Debug)]
struct RunningStatistic {
    id: ParamId,
    value: Mutex<Tensor<1>>,
}

impl RunningStatistic {
    fn new((id, value): (ParamId, Tensor<1>)) -> Self {
        Self {
            id,
            value: Mutex::new(value),
        }
    }

    fn value(&self) -> Tensor<1> {
        self.value
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn move_towards(&self, statistic: Tensor<1>) {
        let mut value = self.value.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = value.clone().mul_scalar(1.0 - MOMENTUM);
        *value = kept.add(statistic.detach().mul_scalar(MOMENTUM)).detach();
    }

    fn with(&self, change: impl FnOnce(Tensor<1>) -> Tensor<1>) -> Self {
        Self::new((self.id, change(self.value())))
    }

    fn as_parameter(&self) -> Param<Tensor<1>> {
        Param::initialized(self.id, self.value())
    }
}

impl Clone for RunningStatistic {
    fn clone(&self) -> Self {
        self.with(|value| value)
    }
}

impl Module for RunningStatistic {
    fn visit<V: ModuleVisitor>(&self, visitor: &mut V) {
        visitor.visit_float(&self.as_parameter());
    }

    fn map<M: ModuleMapper>(self, mapper: &mut M) -> Self {
        let (id, value, _) = mapper.map_float(self.as_parameter()).consume();
        // No optimizer's target, whatever a mapper makes of it.
        Self::new((id, value.set_require_grad(false)))
    }

    fn to_device(self, device: &Device) -> Self {
        self.with(|value| value.to_device(device))
    }

    fn fork(self, device: &Device) -> Self {
        self.to_device(device)
    }

    fn collect_devices(&self, mut devices: Devices) -> Devices {
        let device = self.value().device();
        if !devices.contains(&device) {
            devices.push(device);
        }
        devices
    }

    fn materialize(self) -> Self {
        self
    }

    fn valid(&self) -> Self {
        self.with(Tensor::without_autodiff)
    }

    fn train(self) -> Self {
        self.with(Tensor::from_inner)
    }
}

impl ModuleDisplayDefault for RunningStatistic {
    fn content(&self, content: Content) -> Option<Content> {
        content.add_formatted(&"running statistic").optional()
    }
}

impl ModuleDisplay for RunningStatistic {}
