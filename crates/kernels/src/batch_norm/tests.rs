#![allow(clippy::unwrap_used)]
use super::*;
use crate::drawn::normal;
use crate::with_fusing;
use burn::tensor::TensorData;

const ACTIVATIONS: [FusedActivation; 4] = [
    FusedActivation::Identity,
    FusedActivation::Relu,
    FusedActivation::Gelu,
    FusedActivation::Tanh,
];

/// Images, scale and shift.
fn random(shape: [usize; 4]) -> (Tensor<4>, Tensor<1>, Tensor<1>) {
    (
        normal(shape, 1) * 1.5 + 0.7,
        normal([shape[1]], 2) * 1.5 + 0.7,
        normal([shape[1]], 3) * 1.5 + 0.7,
    )
}

/// Outputs, mean, variance, and the gradients of images, scale and shift.
fn results(
    tensors: &(Tensor<4>, Tensor<1>, Tensor<1>),
    activation: FusedActivation,
) -> [Vec<f32>; 6] {
    let images = Tensor::from_inner(tensors.0.clone()).require_grad();
    let gamma = Tensor::from_inner(tensors.1.clone()).require_grad();
    let beta = Tensor::from_inner(tensors.2.clone()).require_grad();
    let (outputs, mean, variance) = batch_norm(
        images.clone(),
        gamma.clone(),
        beta.clone(),
        1e-5,
        activation,
    );
    // Not the sum of the squares: normalisation passes no gradient on that grows with the output alone.
    let count = outputs.shape().num_elements();
    let factors: Vec<f32> = (0..count)
        .map(|index| (index * 37 % 101) as f32 / 50.0 - 0.5)
        .collect();
    let factors = TensorData::new(factors, outputs.dims());
    let factors = Tensor::from_data(factors, &outputs.device());
    let gradients = (outputs.clone() * factors).mean().backward();
    let read = |tensor: Option<Tensor<1>>| tensor.unwrap().try_to_vec_as().unwrap();
    [
        outputs.inner().try_to_vec_as().unwrap(),
        mean.inner().try_to_vec_as().unwrap(),
        variance.inner().try_to_vec_as().unwrap(),
        images.grad(&gradients).unwrap().try_to_vec_as().unwrap(),
        read(gamma.grad(&gradients)),
        read(beta.grad(&gradients)),
    ]
}

#[test]
fn agrees_with_the_plain_operations() {
    let shapes = [
        [40, 2, 1, 1],
        [3, 5, 2, 3],
        [37, 16, 14, 14],
        [1, 3, 9, 9],
        [70, 6, 28, 28],
    ];
    for shape in shapes {
        for activation in ACTIVATIONS {
            let tensors = random(shape);
            let expected = with_fusing(false, || results(&tensors, activation));
            let found = results(&tensors, activation);
            let names = ["outputs", "mean", "variance", "images", "scale", "shift"];
            for ((found, expected), name) in found.iter().zip(&expected).zip(names) {
                assert_eq!(found.len(), expected.len());
                let largest = expected
                    .iter()
                    .fold(1e-3_f32, |largest, value| largest.max(value.abs()));
                for (found, expected) in found.iter().zip(expected) {
                    assert!(
                        (found - expected).abs() <= 2e-5 * largest,
                        "{name} of {shape:?}, {activation:?}: {found} instead of {expected}"
                    );
                }
            }
        }
    }
}

#[test]
fn one_thread_and_three_give_the_same_bits() {
    let tensors = random([70, 6, 15, 15]);
    let with_threads = |count| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(count);
        let pool = pool.build().unwrap();
        pool.install(|| results(&tensors, FusedActivation::Relu))
    };
    assert_eq!(with_threads(1), with_threads(3));
}

#[test]
fn a_mean_far_from_zero_leaves_the_variance_exact() {
    let (images, gamma, beta) = random([40, 3, 12, 12]);
    let near = batch_norm(
        images.clone(),
        gamma.clone(),
        beta.clone(),
        1e-5,
        ACTIVATIONS[0],
    );
    let far = batch_norm(images + 4096.0, gamma, beta, 1e-5, ACTIVATIONS[0]);
    let [near, far] = [near.2, far.2].map(|variance| variance.try_to_vec_as::<f32>().unwrap());
    for (near, far) in near.iter().zip(far) {
        assert!((near - far).abs() < 1e-3 * near, "{far} instead of {near}");
    }
}

#[test]
fn gpus_agree_with_the_cpu() {
    let Some(gpu) = crate::cube::test_device("batch normalisation on a GPU") else {
        return;
    };
    for shape in [[5, 3, 2, 3], [37, 4, 10, 9], [300, 2, 1, 1]] {
        let tensors = random(shape);
        let there = (
            tensors.0.clone().to_device(&gpu),
            tensors.1.clone().to_device(&gpu),
            tensors.2.clone().to_device(&gpu),
        );
        for activation in ACTIVATIONS {
            let expected = results(&tensors, activation);
            let found = results(&there, activation);
            assert_eq!(found, results(&there, activation), "the same bits twice");
            for (found, expected) in found.iter().zip(&expected) {
                assert_eq!(found.len(), expected.len());
                let largest = expected
                    .iter()
                    .fold(1e-3_f32, |most, value| most.max(value.abs()));
                for (found, expected) in found.iter().zip(expected) {
                    let difference = (found - expected).abs() / largest;
                    assert!(
                        difference < 1e-4,
                        "{activation:?} {shape:?}: {found} instead of {expected}"
                    );
                }
            }
        }
    }
}
