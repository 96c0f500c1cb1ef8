#![allow(clippy::unwrap_used)]
use super::*;
use crate::with_fusing;
use burn::tensor::{Device, TensorData};

/// Pooled images and the gradient of the images.
fn results(shape: [usize; 4], kind: FusedPool) -> [Vec<f32>; 2] {
    let device = Device::flex().autodiff();
    // Some of each 2×2 are equal, and some are not numbers' usual sign.
    let values: Vec<f32> = (0..shape.iter().product::<usize>())
        .map(|index| ((index * 37 % 19) as f32 - 9.0) / 4.0)
        .collect();
    let images = Tensor::<4>::from_data(TensorData::new(values, shape), &device).require_grad();
    let pooled = pool(images.clone(), kind);
    let count = pooled.shape().num_elements();
    let factors: Vec<f32> = (0..count).map(|index| index as f32 % 7.0 - 3.0).collect();
    let factors = Tensor::from_data(TensorData::new(factors, pooled.dims()), &device);
    let gradients = (pooled.clone() * factors).sum().backward();
    let gradient = images.grad(&gradients).unwrap();
    [
        pooled.inner().try_to_vec_as().unwrap(),
        gradient.try_to_vec_as().unwrap(),
    ]
}

#[test]
fn agrees_with_burns_own() {
    for shape in [[2, 3, 6, 8], [3, 1, 5, 7], [70, 16, 10, 10], [1, 2, 2, 3]] {
        for kind in [FusedPool::Max, FusedPool::Average] {
            let expected = with_fusing(false, || results(shape, kind));
            assert_eq!(results(shape, kind), expected, "{shape:?}, {kind:?}");
        }
    }
}
