//! Adam, AdamW and `RMSprop` for Burn's `ModuleOptimizer`, by this project's own step, which is one pass over
//! each parameter on the CPU.

use burn::optim::{AdamState, AdaptiveMomentumState, LearningRate, Optimizer};
use burn::tensor::{Device, Tensor};
use kernels::{AdamStep, RmsPropStep, Rule, Updated, update};

/// Adam (Kingma and Ba, 2014), with an L2 penalty or with decoupled weight decay (Loshchilov and
/// Hutter, 2017).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Adam {
    pub beta_1: f32,
    pub beta_2: f32,
    pub epsilon: f32,
    /// The L2 penalty.
    pub penalty: f32,
    /// The decoupled weight decay.
    pub decay: f32,
}

impl Optimizer for Adam {
    type State<const D: usize> = AdamState<D>;

    fn step<const D: usize>(
        &self,
        learning_rate: LearningRate,
        value: Tensor<D>,
        gradient: Tensor<D>,
        state: Option<AdamState<D>>,
    ) -> (Tensor<D>, Option<AdamState<D>>) {
        let state = moments(state, &gradient);
        let step = AdamStep {
            learning_rate,
            beta_1: self.beta_1,
            beta_2: self.beta_2,
            epsilon: self.epsilon,
            penalty: self.penalty,
            decay: self.decay,
            time: state.time + 1,
        };
        apply(Rule::Adam(step), value, gradient, state)
    }

    fn to_device<const D: usize>(state: AdamState<D>, device: &Device) -> AdamState<D> {
        AdamState::new(state.momentum.to_device(device))
    }
}

/// `RMSprop` (Hinton, 2012), with an L2 penalty.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RmsProp {
    pub alpha: f32,
    pub momentum: f32,
    pub epsilon: f32,
    /// The L2 penalty.
    pub penalty: f32,
}

impl Optimizer for RmsProp {
    /// The step before is the first moment.
    type State<const D: usize> = AdamState<D>;

    fn step<const D: usize>(
        &self,
        learning_rate: LearningRate,
        value: Tensor<D>,
        gradient: Tensor<D>,
        state: Option<AdamState<D>>,
    ) -> (Tensor<D>, Option<AdamState<D>>) {
        let step = RmsPropStep {
            learning_rate,
            alpha: self.alpha,
            momentum: self.momentum,
            epsilon: self.epsilon,
            penalty: self.penalty,
        };
        let state = moments(state, &gradient);
        apply(Rule::RmsProp(step), value, gradient, state)
    }

    fn to_device<const D: usize>(state: AdamState<D>, device: &Device) -> AdamState<D> {
        AdamState::new(state.momentum.to_device(device))
    }
}

/// The moments so far, zeros at first.
fn moments<const D: usize>(
    state: Option<AdamState<D>>,
    gradient: &Tensor<D>,
) -> AdaptiveMomentumState<D> {
    state.map_or_else(
        || AdaptiveMomentumState::new(0, gradient.zeros_like(), gradient.zeros_like()),
        |state| state.momentum,
    )
}

/// The parameter after a step, and its moments.
fn apply<const D: usize>(
    rule: Rule,
    value: Tensor<D>,
    gradient: Tensor<D>,
    state: AdaptiveMomentumState<D>,
) -> (Tensor<D>, Option<AdamState<D>>) {
    let parameter = Updated {
        value,
        moment_1: state.moment_1,
        moment_2: state.moment_2,
    };
    let found = update(parameter, gradient, rule);
    let state = AdaptiveMomentumState::new(state.time + 1, found.moment_1, found.moment_2);
    (found.value, Some(AdamState::new(state)))
}
