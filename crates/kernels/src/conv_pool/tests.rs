#![allow(clippy::unwrap_used)]
use super::backward::{BackwardInput, backward};
use super::backward_full::backward_full;
use super::forward::{ForwardInput, forward};
use super::geometry::INACTIVE;
use super::*;
use crate::drawn::normal;
use crate::simd::InstructionSet;
use crate::{DropoutKey, with_fusing};
use burn::tensor::{Device, TensorData};
use std::mem::MaybeUninit;

const RELU: ConvPoolOptions = ConvPoolOptions {
    same_padding: true,
    activation: FusedActivation::Relu,
    pool: FusedPool::Max,
};

const ACTIVATIONS: [FusedActivation; 4] = [
    FusedActivation::Relu,
    FusedActivation::Identity,
    FusedActivation::Gelu,
    FusedActivation::Tanh,
];

fn dropout() -> Dropout {
    let (seed, step, layer) = (42, 11, 0);
    let key = DropoutKey { seed, step, layer };
    Dropout {
        probability: 0.3,
        key,
    }
}

/// Outputs and the gradients of images, weights and bias.
fn results(
    tensors: &(Tensor<4>, Tensor<4>, Tensor<1>),
    options: ConvPoolOptions,
    dropout: Option<Dropout>,
) -> [Vec<f32>; 4] {
    results_on(&Device::flex(), tensors, options, dropout)
}

/// The same on a device.
fn results_on(
    device: &Device,
    tensors: &(Tensor<4>, Tensor<4>, Tensor<1>),
    options: ConvPoolOptions,
    dropout: Option<Dropout>,
) -> [Vec<f32>; 4] {
    let device = device.clone().autodiff();
    let (images, weight, bias) = tensors.clone();
    let images = Tensor::from_inner(images.to_device(&device.clone().inner())).require_grad();
    let weight = Tensor::from_inner(weight.to_device(&device.clone().inner())).require_grad();
    let bias = Tensor::from_inner(bias.to_device(&device.clone().inner())).require_grad();
    let outputs = conv_pool(
        images.clone(),
        weight.clone(),
        bias.clone(),
        options,
        dropout,
    );
    let factors = TensorData::new(factors(outputs.shape().num_elements()), outputs.dims());
    let factors = Tensor::from_data(factors, &device);
    let gradients = (outputs.clone() * factors).sum().backward();
    [
        outputs.inner().try_to_vec_as().unwrap(),
        images.grad(&gradients).unwrap().try_to_vec_as().unwrap(),
        weight.grad(&gradients).unwrap().try_to_vec_as().unwrap(),
        bias.grad(&gradients).unwrap().try_to_vec_as().unwrap(),
    ]
}

/// The gradient of the outputs: every one counts differently, of both signs, but so that their sum is no
/// small difference of large numbers.
fn factors(count: usize) -> Vec<f32> {
    (0..count)
        .map(|index| ((index * 37 % 101) as f32 - 25.0) / 50.0)
        .collect()
}

/// The same by the kernels themselves, compiled for an instruction set.
fn results_with(
    set: InstructionSet,
    (images, weight, bias): &(Tensor<4>, Tensor<4>, Tensor<1>),
    options: ConvPoolOptions,
    dropout: Option<Dropout>,
) -> [Vec<f32>; 4] {
    let mask = dropout.map(Dropout::mask);
    let geometry = Geometry::new(images.dims(), weight.dims(), options);
    let num_images = images.dims()[0];
    let [images, weights] = [images, weight].map(|tensor| tensor.try_to_vec_as::<f32>().unwrap());
    let bias: Vec<f32> = bias.try_to_vec_as().unwrap();
    let len = num_images * geometry.output_len();
    let mut outputs = vec![MaybeUninit::new(f32::NAN); len];
    let mut choices = vec![MaybeUninit::new(u8::MAX); len];
    let to_choices = Some(choices.as_mut_slice());
    let input = ForwardInput {
        geometry: &geometry,
        images: &images,
        weights: &weights,
        bias: &bias,
        mask,
    };
    forward(set, input, &mut outputs, to_choices);
    #[allow(unsafe_code)]
    // SAFETY: every one was something from the start.
    let (outputs, choices): (Vec<f32>, Vec<u8>) = unsafe {
        let outputs = outputs.into_iter().map(|value| value.assume_init());
        let choices = choices.into_iter().map(|value| value.assume_init());
        (outputs.collect(), choices.collect())
    };
    assert!(choices.iter().all(|&choice| choice <= INACTIVE));
    let input = BackwardInput {
        geometry: &geometry,
        images: &images,
        weights: &weights,
        choices: &choices,
        outputs: &factors(len),
        scale: mask.map_or(1.0, |mask| mask.scale),
    };
    let gradients = match geometry.turned_round().filter(|_| mask.is_none()) {
        Some(turned) => backward_full(set, &turned, input, true),
        None => backward(set, input, true),
    };
    [
        outputs,
        gradients.images.unwrap(),
        gradients.weights,
        gradients.bias,
    ]
}

fn random(
    images: [usize; 4],
    channels_out: usize,
    kernel: usize,
) -> (Tensor<4>, Tensor<4>, Tensor<1>) {
    // So that what is activated is neither tiny nor huge.
    let fan_in = (images[1] * kernel * kernel) as f32;
    (
        normal(images, 1),
        normal([channels_out, images[1], kernel, kernel], 2) / fan_in.sqrt(),
        normal([channels_out], 3),
    )
}

fn assert_agree(images: [usize; 4], channels_out: usize, kernel: usize, options: ConvPoolOptions) {
    for dropout in [None, Some(dropout())] {
        let tensors = random(images, channels_out, kernel);
        let expected = with_fusing(false, || results(&tensors, options, dropout));
        let found = results(&tensors, options, dropout);
        let shape = format!("{images:?}, {channels_out} channels, kernel {kernel}, {options:?}");
        let geometry = Geometry::new(images, tensors.1.dims(), options);
        let tolerance = tolerance(options, &geometry);
        assert_near(&found, &expected, tolerance, &shape);
        if !is_one_operation(options) {
            continue;
        }
        for set in InstructionSet::all() {
            let found = results_with(set, &tensors, options, dropout);
            let shape = format!("{set:?}: {shape}");
            assert_near(&found, &expected, tolerance, &shape);
        }
    }
}

/// Largest difference relative to the largest value: of the order of sums, of points instead of positions, or of an
/// activation that is computed in another way.
fn tolerance(options: ConvPoolOptions, geometry: &Geometry) -> f32 {
    let is_alike = is_one_operation(options) || options.activation == FusedActivation::Relu;
    if is_alike && !winograd::is_quicker(geometry) {
        1e-5
    } else {
        5e-5
    }
}

fn assert_near(found: &[Vec<f32>; 4], expected: &[Vec<f32>; 4], tolerance: f32, of: &str) {
    let names = ["outputs", "images", "weights", "bias"];
    for ((expected, found), name) in expected.iter().zip(found).zip(names) {
        assert_eq!(expected.len(), found.len());
        let largest = expected
            .iter()
            .fold(0.1_f32, |largest, value| largest.max(value.abs()));
        for (expected, found) in expected.iter().zip(found) {
            assert!(
                (expected - found).abs() <= tolerance * largest,
                "{name} of {of}: {found} instead of {expected}"
            );
        }
    }
}

#[test]
fn agrees_with_the_plain_operations_on_many_shapes() {
    let mut state = 1_u32;
    let mut draw = |low: usize, high: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        low + (state >> 8) as usize % (high - low + 1)
    };
    for _ in 0..80 {
        let kernel = draw(1, 7);
        let options = ConvPoolOptions {
            same_padding: draw(0, 1) == 1,
            activation: ACTIVATIONS[draw(0, 3)],
            pool: [FusedPool::None, FusedPool::Max, FusedPool::Average][draw(0, 2)],
        };
        let images = [
            draw(1, 40),
            draw(1, 9),
            draw(kernel + 1, 17),
            draw(kernel + 1, 17),
        ];
        assert_agree(images, draw(1, 20), kernel, options);
    }
}

#[test]
fn agrees_on_lenets_layers() {
    let valid = ConvPoolOptions {
        same_padding: false,
        ..RELU
    };
    assert_agree([37, 1, 28, 28], 6, 5, RELU);
    assert_agree([37, 6, 14, 14], 16, 5, valid);
    assert_agree([3, 40, 8, 8], 70, 3, valid);
}

#[test]
fn agrees_on_wide_layers_without_a_pool() {
    let wide = ConvPoolOptions {
        same_padding: false,
        pool: FusedPool::None,
        ..RELU
    };
    assert_agree([19, 1, 28, 28], 32, 3, wide);
    assert_agree([17, 32, 10, 10], 64, 3, wide);
    let same = ConvPoolOptions {
        same_padding: true,
        activation: FusedActivation::Identity,
        ..wide
    };
    assert_agree([17, 16, 14, 14], 32, 3, same);
    assert_agree([3, 48, 7, 7], 33, 1, same);
    assert_agree([40, 24, 3, 3], 17, 3, same);
    assert_agree([9, 2, 3, 2], 5, 7, same);
}

/// Patches of 4×4 at once: whole ones and such that reach beyond the edge, few channels more than whole vectors, one image,
/// and so many that their gradients are summed up in several parts. Of many values that are pooled, some are so nearly
/// equal that either may be the largest.
#[test]
fn agrees_where_patches_are_computed() {
    let linear = ConvPoolOptions {
        activation: FusedActivation::Identity,
        pool: FusedPool::None,
        ..RELU
    };
    let valid = ConvPoolOptions {
        same_padding: false,
        ..RELU
    };
    for options in [linear, RELU, valid] {
        let many = if options.pool == FusedPool::Max {
            9
        } else {
            70
        };
        for (images, channels_out) in [
            ([many, 24, 14, 14], 48),
            ([1, 33, 7, 7], 20),
            ([18, 48, 9, 13], 17),
            ([5, 20, 12, 8], 64),
        ] {
            let weight = [channels_out, images[1], 3, 3];
            assert!(winograd::is_quicker(&Geometry::new(
                images, weight, options
            )));
            assert_agree(images, channels_out, 3, options);
        }
    }
}

#[test]
fn one_thread_and_three_give_the_same_bits() {
    let linear = ConvPoolOptions {
        activation: FusedActivation::Identity,
        pool: FusedPool::None,
        ..RELU
    };
    let few = random([70, 3, 12, 12], 10, 5);
    let many = random([70, 24, 12, 12], 20, 3);
    for (tensors, options, dropout) in [
        (&few, RELU, Some(dropout())),
        (&few, linear, None),
        (&many, RELU, Some(dropout())),
        (&many, linear, None),
    ] {
        let with_threads = |count| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(count)
                .build()
                .unwrap();
            pool.install(|| results(tensors, options, dropout))
        };
        assert_eq!(with_threads(1), with_threads(3), "{options:?}");
    }
}

#[test]
fn what_is_no_number_stays_so() {
    let (images, weight, bias) = random([2, 1, 6, 6], 2, 3);
    let outputs = conv_pool(images, weight * f32::NAN, bias, RELU, None);
    let values: Vec<f32> = outputs.try_to_vec_as().unwrap();
    assert!(values.iter().all(|value| value.is_nan()));
}

#[test]
fn gpus_agree_with_the_cpu() {
    let Some(gpu) = crate::cube::test_device("a convolution on a GPU") else {
        return;
    };
    let shapes = [
        ([3, 1, 28, 28], 6, 5),
        ([2, 6, 14, 14], 16, 5),
        ([5, 3, 9, 7], 8, 3),
        ([1, 2, 6, 8], 3, 2),
    ];
    for (images, channels_out, kernel) in shapes {
        let tensors = random(images, channels_out, kernel);
        for (same_padding, pool) in [
            (true, FusedPool::Max),
            (false, FusedPool::Max),
            (true, FusedPool::None),
            (false, FusedPool::None),
        ] {
            for (activation, dropout) in [
                (FusedActivation::Relu, None),
                (FusedActivation::Identity, Some(dropout())),
                (FusedActivation::Relu, Some(dropout())),
            ] {
                let options = ConvPoolOptions {
                    same_padding,
                    activation,
                    pool,
                };
                let expected = results(&tensors, options, dropout);
                let found = results_on(&gpu, &tensors, options, dropout);
                for (number, (expected, found)) in expected.iter().zip(&found).enumerate() {
                    assert_eq!(expected.len(), found.len());
                    let largest = expected
                        .iter()
                        .fold(1e-3_f32, |most, value| most.max(value.abs()));
                    for (expected, found) in expected.iter().zip(found) {
                        let difference = (expected - found).abs() / largest;
                        let text = format!("{images:?} {options:?} {number}");
                        assert!(difference < 1e-5, "{text}: {found} instead of {expected}");
                    }
                }
            }
        }
    }
}
