#![allow(clippy::unwrap_used)]
use super::*;
use crate::drawn::normal;
use crate::{DropoutKey, with_fusing};

const ACTIVATIONS: [FusedActivation; 4] = [
    FusedActivation::Identity,
    FusedActivation::Relu,
    FusedActivation::Gelu,
    FusedActivation::Tanh,
];

fn dropout() -> Dropout {
    let (seed, step, layer) = (3, 5, 2);
    let key = DropoutKey { seed, step, layer };
    Dropout {
        probability: 0.4,
        key,
    }
}

/// Outputs and the gradient of the sum of their squares.
fn results(
    values: &Tensor<2>,
    activation: FusedActivation,
    dropout: Option<Dropout>,
) -> [Vec<f32>; 2] {
    let values = Tensor::from_inner(values.clone()).require_grad();
    let found = pointwise(values.clone(), activation, dropout);
    let gradients = found.clone().square().sum().backward();
    let gradient = values.grad(&gradients).unwrap();
    [found.inner(), gradient].map(|tensor| tensor.try_to_vec_as().unwrap())
}

#[test]
fn agrees_with_the_plain_operations() {
    let values = normal([130, 301], 1) * 2.0;
    for activation in ACTIVATIONS {
        for dropout in [None, Some(dropout())] {
            let found = results(&values, activation, dropout);
            let expected = with_fusing(false, || results(&values, activation, dropout));
            for (found, expected) in found.iter().zip(&expected) {
                for (found, expected) in found.iter().zip(expected) {
                    assert!(
                        (found - expected).abs() <= 1e-5,
                        "{activation:?}: {found} instead of {expected}"
                    );
                }
            }
        }
    }
}

#[test]
fn threads_and_instruction_sets_change_no_bit() {
    let values = normal([170, 300], 1) * 2.0;
    let input: Vec<f32> = values.clone().try_to_vec_as().unwrap();
    for activation in ACTIVATIONS {
        let with_threads = |count| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(count);
            let pool = pool.build().unwrap();
            pool.install(|| results(&values, activation, Some(dropout())))
        };
        let one = with_threads(1);
        assert_eq!(one, with_threads(3));
        for set in InstructionSet::all() {
            let mut values = input.clone();
            let mask = Some(dropout().mask());
            with_activation!(activation, A => set.run(Forward::<A> {
                values: &mut values,
                mask,
                first: 0,
                kind: PhantomData,
            }));
            assert_eq!(values, one[0], "{set:?}");
        }
    }
}

#[test]
fn gpus_agree_with_the_cpu() {
    let Some(gpu) = crate::cube::test_device("activation and dropout on a GPU") else {
        return;
    };
    let values = normal([57, 31], 1) * 3.0;
    let there = values.clone().to_device(&gpu);
    for activation in ACTIVATIONS {
        for dropout in [None, Some(dropout())] {
            let expected = results(&values, activation, dropout);
            let found = results(&there, activation, dropout);
            for (found, expected) in found.iter().zip(&expected) {
                assert_eq!(found.len(), expected.len());
                let largest = expected
                    .iter()
                    .fold(0.1_f32, |most, value| most.max(value.abs()));
                for (found, expected) in found.iter().zip(expected) {
                    let difference = (found - expected).abs() / largest;
                    assert!(
                        difference < 1e-5,
                        "{activation:?}: {found} instead of {expected}"
                    );
                }
            }
        }
    }
}
