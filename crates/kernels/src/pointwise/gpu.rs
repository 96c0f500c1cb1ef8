//! Activation and dropout on GPUs: a thread a value.

use super::{Pointwise, PointwiseBackend};
use crate::activation::needs_input;
use crate::cube::{CubeTensor, contiguous};
use crate::dropout::{Dropout, Mask};
use crate::following::{before_following, follow};
use crate::fusion::FusedActivation;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Cube};

impl PointwiseBackend for Cube {
    fn pointwise(
        values: FloatTensor<Self>,
        activation: FusedActivation,
        dropout: Option<Dropout>,
    ) -> FloatTensor<Self> {
        follow(&contiguous(values), activation, dropout.map(Dropout::mask))
    }
}

/// What the backward pass needs of the forward pass.
#[derive(Clone, Debug)]
pub(super) struct State {
    activation: FusedActivation,
    mask: Option<Mask>,
    /// See [`before_following`].
    saved: CubeTensor,
}

impl Backward<Cube, 1> for Pointwise {
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
        let gradient = contiguous(gradients.consume::<Cube>(&ops.node));
        if let [Some(node)] = ops.parents {
            let found = before_following(&gradient, &saved, activation, mask);
            gradients.register::<Cube>(node.id, found);
        }
    }
}

impl<C: CheckpointStrategy> PointwiseBackend for Autodiff<Cube, C> {
    fn pointwise(
        values: FloatTensor<Self>,
        activation: FusedActivation,
        dropout: Option<Dropout>,
    ) -> FloatTensor<Self> {
        let node = values.node();
        let values = contiguous(values.into_primitive());
        let mask = dropout.map(Dropout::mask);
        let result = follow(&values, activation, mask);
        let preparation = Backward::<Cube, 1>::prepare::<C>(Pointwise, [node]);
        match preparation.compute_bound().stateful() {
            OpsKind::Tracked(preparation) => {
                let saved = if needs_input(activation) {
                    values
                } else {
                    result.clone()
                };
                let state = State {
                    activation,
                    mask,
                    saved,
                };
                preparation.finish(state, result)
            }
            OpsKind::UnTracked(preparation) => preparation.finish(result),
        }
    }
}
