#![allow(clippy::unwrap_used)]
use super::*;
use crate::drawn::normal;
use crate::{DropoutKey, with_fusing};

const ACTIVATIONS: [FusedActivation; 4] = [
    FusedActivation::Relu,
    FusedActivation::Identity,
    FusedActivation::Gelu,
    FusedActivation::Tanh,
];

fn dropout() -> Dropout {
    let (seed, step, layer) = (42, 9, 3);
    let key = DropoutKey { seed, step, layer };
    Dropout {
        probability: 0.25,
        key,
    }
}

/// Outputs and the gradients of inputs, weight and bias.
fn results(
    tensors: &(Tensor<2>, Tensor<2>, Tensor<1>),
    activation: FusedActivation,
    dropout: Option<Dropout>,
) -> [Vec<f32>; 4] {
    let inputs = Tensor::from_inner(tensors.0.clone()).require_grad();
    let weight = Tensor::from_inner(tensors.1.clone()).require_grad();
    let bias = Tensor::from_inner(tensors.2.clone()).require_grad();
    let outputs = dense(
        inputs.clone(),
        weight.clone(),
        bias.clone(),
        activation,
        dropout,
    );
    // The square makes every gradient another one.
    let gradients = outputs.clone().square().sum().backward();
    [
        outputs.inner().try_to_vec_as().unwrap(),
        inputs.grad(&gradients).unwrap().try_to_vec_as().unwrap(),
        weight.grad(&gradients).unwrap().try_to_vec_as().unwrap(),
        bias.grad(&gradients).unwrap().try_to_vec_as().unwrap(),
    ]
}

fn random(
    rows: usize,
    features_in: usize,
    features_out: usize,
) -> (Tensor<2>, Tensor<2>, Tensor<1>) {
    (
        normal([rows, features_in], 1),
        normal([features_in, features_out], 2) / (features_in as f32).sqrt(),
        normal([features_out], 3),
    )
}

#[test]
fn agrees_with_the_plain_operations() {
    let mut state = 1_u32;
    let mut draw = |high: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        1 + (state >> 8) as usize % high as usize
    };
    let mut shapes = vec![
        (1, 1, 1),
        (3, 17, 5),
        (16, 400, 120),
        (130, 65, 10),
        (64, 300, 200),
    ];
    shapes.extend((0..30).map(|_| (draw(150), draw(400), draw(300))));
    for (rows, features_in, features_out) in shapes {
        for (activation, dropout) in ACTIVATIONS
            .into_iter()
            .flat_map(|activation| [(activation, None), (activation, Some(dropout()))])
        {
            let tensors = random(rows, features_in, features_out);
            let expected = with_fusing(false, || results(&tensors, activation, dropout));
            let found = results(&tensors, activation, dropout);
            for (expected, found) in expected.iter().zip(&found) {
                let largest = expected
                    .iter()
                    .fold(0.1_f32, |largest, value| largest.max(value.abs()));
                assert_eq!(expected.len(), found.len());
                for (expected, found) in expected.iter().zip(found) {
                    assert!(
                        (expected - found).abs() <= 1e-5 * largest,
                        "{found} instead of {expected}"
                    );
                }
            }
        }
    }
}

#[test]
fn one_thread_and_three_give_the_same_bits() {
    let tensors = random(200, 300, 150);
    let with_threads = |count| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(count)
            .build()
            .unwrap();
        pool.install(|| results(&tensors, FusedActivation::Relu, Some(dropout())))
    };
    assert_eq!(with_threads(1), with_threads(3));
}

#[test]
fn gpus_agree_with_the_cpu() {
    let Some(gpu) = crate::cube::test_device("a dense layer on a GPU") else {
        return;
    };
    for (rows, features_in, features_out) in [(5, 7, 10), (33, 50, 64), (3, 130, 1), (1, 1, 9)] {
        let tensors = random(rows, features_in, features_out);
        let there = (
            tensors.0.clone().to_device(&gpu),
            tensors.1.clone().to_device(&gpu),
            tensors.2.clone().to_device(&gpu),
        );
        for activation in ACTIVATIONS {
            for dropout in [None, Some(dropout())] {
                let expected = results(&tensors, activation, dropout);
                let found = results(&there, activation, dropout);
                for (expected, found) in expected.iter().zip(&found) {
                    assert_eq!(expected.len(), found.len());
                    // Sums of products of about 1 each, which may be nearly nothing.
                    let largest = expected
                        .iter()
                        .fold(1.0_f32, |most, value| most.max(value.abs()));
                    for (expected, found) in expected.iter().zip(found) {
                        let difference = (expected - found).abs() / largest;
                        assert!(difference < 1e-5, "{found} instead of {expected}");
                    }
                }
            }
        }
    }
}
