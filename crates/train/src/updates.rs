//! This project's own rules for Burn's `ModuleOptimizer`: on the CPU a step is one pass over each parameter.

use burn::optim::{AdamState, AdaptiveMomentumState, LearningRate, Optimizer};
use burn::tensor::{Device, Tensor};
use kernels::{Rule, Updated, update};

/// An optimizer by one of these rules.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OnePass(pub Rule);

impl Optimizer for OnePass {
    /// The moments of [`Updated`], whatever the rule.
    type State<const D: usize> = AdamState<D>;

    fn step<const D: usize>(
        &self,
        learning_rate: LearningRate,
        value: Tensor<D>,
        gradient: Tensor<D>,
        state: Option<AdamState<D>>,
    ) -> (Tensor<D>, Option<AdamState<D>>) {
        let state = state.map_or_else(
            || AdaptiveMomentumState::new(0, gradient.zeros_like(), gradient.zeros_like()),
            |state| state.momentum,
        );
        let time = state.time + 1;
        let parameter = Updated {
            value,
            moment_1: state.moment_1,
            moment_2: state.moment_2,
        };
        let found = update(parameter, gradient, self.0, learning_rate, time);
        let state = AdaptiveMomentumState::new(time, found.moment_1, found.moment_2);
        (found.value, Some(AdamState::new(state)))
    }

    fn to_device<const D: usize>(state: AdamState<D>, device: &Device) -> AdamState<D> {
        AdamState::new(state.momentum.to_device(device))
    }
}
