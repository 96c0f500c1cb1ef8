#![allow(clippy::unwrap_used)]
use super::*;
use crate::cube::test_device;
use crate::drawn::with_drawn_parameters;
use crate::{
    ConvPoolOptions, FusedActivation, FusedPool, LossOptions, conv_pool, cross_entropy, dense,
    pack_bytes, standardize,
};
use burn::module::{Module, ModuleVisitor, Param};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{Linear, LinearConfig};
use burn::tensor::TensorData;

/// Convolutions and dense layers with the parameters of a shape.
#[derive(Module, Debug)]
struct Network {
    convolutions: Vec<Conv2d>,
    dense: Vec<Linear>,
}

impl Network {
    fn new(shape: &NetworkShape, device: &Device) -> Self {
        let (mut channels, mut side) = (1, 28);
        let mut convolutions = Vec::new();
        for layer in &shape.convolutions {
            let config = Conv2dConfig::new([channels, layer.channels_out], [layer.kernel; 2]);
            convolutions.push(config.init(device));
            channels = layer.channels_out;
            side = if layer.same_padding {
                side
            } else {
                side + 1 - layer.kernel
            };
            side /= if layer.is_pooled { 2 } else { 1 };
        }
        let mut num_inputs = channels * side * side;
        let mut dense = Vec::new();
        for layer in &shape.dense {
            dense.push(LinearConfig::new(num_inputs, layer.num_outputs).init(device));
            num_inputs = layer.num_outputs;
        }
        with_drawn_parameters(Self {
            convolutions,
            dense,
        })
    }

    /// Logits by the operations that this is to agree with.
    fn forward(&self, shape: &NetworkShape, pixels: Tensor<2>) -> Tensor<2> {
        let activation = |is_relu| {
            if is_relu {
                FusedActivation::Relu
            } else {
                FusedActivation::Identity
            }
        };
        let [num_images, _] = pixels.dims();
        let pixels = standardize(pixels, shape.factor, shape.shift);
        let mut images = pixels.reshape([num_images, 1, 28, 28]);
        for (layer, own) in shape.convolutions.iter().zip(&self.convolutions) {
            let options = ConvPoolOptions {
                same_padding: layer.same_padding,
                activation: activation(layer.is_relu),
                pool: if layer.is_pooled {
                    FusedPool::Max
                } else {
                    FusedPool::None
                },
            };
            let bias = own.bias.as_ref().unwrap().val();
            images = conv_pool(images, own.weight.val(), bias, options, None);
        }
        let mut values = images.flatten(1, 3);
        for (index, (layer, own)) in shape.dense.iter().zip(&self.dense).enumerate() {
            let is_relu = layer.is_relu && index + 1 < shape.dense.len();
            let bias = own.bias.as_ref().unwrap().val();
            values = dense(values, own.weight.val(), bias, activation(is_relu), None);
        }
        values
    }
}

fn convolution(
    channels_out: usize,
    kernel: usize,
    same_padding: bool,
    is_pooled: bool,
) -> StepConvolution {
    StepConvolution {
        channels_out,
        kernel,
        same_padding,
        is_relu: true,
        is_pooled,
    }
}

fn shape(convolutions: &[StepConvolution], dense: &[usize]) -> NetworkShape {
    NetworkShape {
        convolutions: convolutions.to_vec(),
        dense: dense
            .iter()
            .map(|&num_outputs| StepDense {
                num_outputs,
                is_relu: true,
                dropout: 0.0,
            })
            .collect(),
        factor: 1.0 / (255.0 * 0.3081),
        shift: 0.1307 / 0.3081,
    }
}

fn lenet() -> NetworkShape {
    let convolutions = [
        convolution(6, 5, true, true),
        convolution(16, 5, false, true),
    ];
    shape(&convolutions, &[120, 84, 10])
}

/// Digits of noise: strokes of ink on paper.
fn bytes(num_images: usize) -> Vec<u8> {
    let mut state = 7_u32;
    let draw = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let value = state >> 24;
        if value < 180 { 0 } else { value as u8 }
    };
    (0..784 * num_images).map(draw).collect()
}

/// Collects all gradients in order.
struct Collect<'a> {
    gradients: &'a GradientsParams,
    list: Vec<Vec<f32>>,
}

impl ModuleVisitor for Collect<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let gradient = self.gradients.get::<D>(param.id).unwrap();
        self.list.push(gradient.try_to_vec_as().unwrap());
    }
}

struct Results {
    figures: [f32; 2],
    gradients: Vec<Vec<f32>>,
}

fn results<M: Module>(
    module: &M,
    loss: Tensor<1>,
    num_correct: Tensor<1>,
    gradients: &GradientsParams,
) -> Results {
    let mut collect = Collect {
        gradients,
        list: Vec::new(),
    };
    module.visit(&mut collect);
    let value = |tensor: Tensor<1>| tensor.try_to_vec_as::<f32>().unwrap()[0];
    Results {
        figures: [value(loss), value(num_correct)],
        gradients: collect.list,
    }
}

/// Of ten classes, the 10 stands for none of them.
fn options(shape: &NetworkShape) -> LossOptions {
    LossOptions {
        smoothing: 0.1,
        has_none: shape.dense.last().unwrap().num_outputs == 10,
    }
}

fn labels(num_images: usize) -> Vec<i32> {
    (0..num_images)
        .zip((0..11).cycle().step_by(7))
        .map(|(_, label)| label)
        .collect()
}

fn on_cpu(network: &Network, shape: &NetworkShape, num_images: usize) -> Results {
    let device = Device::flex().autodiff();
    let network = network.clone().train();
    let pixels: Vec<f32> = bytes(num_images)
        .iter()
        .map(|&byte| f32::from(byte))
        .collect();
    let pixels = Tensor::from_data(TensorData::new(pixels, [num_images, 784]), &device);
    let labels = Tensor::from_ints(&labels(num_images)[..], &device);
    let found = cross_entropy(network.forward(shape, pixels), labels, options(shape));
    let gradients = GradientsParams::from_grads(found.loss.backward(), &network);
    results(&network, found.loss.inner(), found.num_correct, &gradients)
}

fn on_gpu(
    network: &Network,
    step: (&NetworkStep, LossOptions),
    num_images: usize,
    is_packed: bool,
    device: &Device,
) -> Results {
    let (step, options) = step;
    let network = network.clone().to_device(device).train();
    let bytes = bytes(num_images);
    let labels = Tensor::from_ints(&labels(num_images)[..], device);
    let found = if is_packed {
        // The other way round, and taken the other way round.
        let turned: Vec<u8> = bytes.chunks(784).rev().flatten().copied().collect();
        let packed = pack_bytes(&[&turned], 784, device);
        let indices: Vec<i32> = (0..)
            .take(num_images)
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .collect();
        let indices = Tensor::from_ints(&indices[..], device);
        let images = StepImages::Packed(&packed, &indices);
        step.run(&network, images, &labels, options)
    } else {
        let pixels: Vec<f32> = bytes.iter().map(|&byte| f32::from(byte)).collect();
        let pixels = Tensor::from_data(TensorData::new(pixels, [num_images, 784]), device);
        step.run(&network, StepImages::Pixels(&pixels), &labels, options)
    };
    let found = found.unwrap();
    results(&network, found.loss, found.num_correct, &found.gradients)
}

/// The largest difference of two lists, by the largest value.
fn difference(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len());
    let largest = expected
        .iter()
        .fold(0.0_f32, |largest, value| largest.max(value.abs()));
    let differences = found
        .iter()
        .zip(expected)
        .map(|(found, expected)| (found - expected).abs());
    differences.fold(0.0, f32::max) / largest
}

/// Compares a step, images packed or not, with the operations one by one.
fn check(shape: &NetworkShape, num_images: usize, is_packed: bool, device: &Device) {
    let network = Network::new(shape, &Device::flex());
    let expected = on_cpu(&network, shape, num_images);
    let client = client(device).unwrap();
    let step = NetworkStep::on_any_gpu(shape, num_images, client).unwrap();
    let run = || {
        on_gpu(
            &network,
            (&step, options(shape)),
            num_images,
            is_packed,
            device,
        )
    };
    let found = run();
    let losses = [found.figures[0], expected.figures[0]];
    assert!((losses[0] - losses[1]).abs() < 1e-5, "{losses:?}");
    assert!((found.figures[1] - expected.figures[1]).abs() < 0.5);
    let pairs = found.gradients.iter().zip(&expected.gradients);
    for (number, (found, expected)) in pairs.enumerate() {
        let difference = difference(found, expected);
        assert!(difference < 1e-5, "parameter {number}: {difference}");
    }
    let pixels: Vec<f32> = bytes(num_images)
        .iter()
        .map(|&byte| f32::from(byte))
        .collect();
    let pixels = |device: &Device| {
        let data = TensorData::new(pixels.clone(), [num_images, 784]);
        Tensor::<2>::from_data(data, device)
    };
    let answers = |logits: Tensor<2>| logits.try_to_vec_as::<f32>().unwrap();
    let expected_logits = answers(network.forward(shape, pixels(&Device::flex())));
    let on_device = network.clone().to_device(device);
    let logits = step
        .logits(&on_device, StepImages::Pixels(&pixels(device)))
        .unwrap();
    let difference = difference(&answers(logits), &expected_logits);
    assert!(difference < 1e-5, "logits: {difference}");
    let again = run();
    assert_eq!(found.figures, again.figures, "the same bits");
    assert_eq!(found.gradients, again.gradients, "the same bits");
}

#[test]
fn agrees_with_the_operations_one_by_one() {
    let Some(device) = test_device("a network's step") else {
        return;
    };
    check(&lenet(), 37, true, &device);
}

#[test]
fn three_convolutions_agree_too() {
    let Some(device) = test_device("a step of three convolutions") else {
        return;
    };
    let identity = StepConvolution {
        is_relu: false,
        ..convolution(4, 3, true, true)
    };
    let three = [
        identity,
        convolution(4, 2, true, false),
        convolution(3, 3, false, true),
    ];
    // With more classes than digits.
    check(&shape(&three, &[47]), 8, false, &device);
}

#[test]
fn only_networks_that_fit_have_a_step() {
    let Some(device) = test_device("networks without a step") else {
        return;
    };
    let client = client(&device).unwrap();
    let step = |shape: &NetworkShape| NetworkStep::on_any_gpu(shape, 8, client.clone());
    assert!(step(&lenet()).is_some());
    assert!(step(&shape(&[], &[10])).is_none());
    // More classes than threads.
    assert!(step(&shape(&lenet().convolutions, &[2_000])).is_none());
    assert!(step(&shape(&[convolution(64, 5, true, false)], &[10])).is_none());
    assert!(NetworkStep::new(&lenet(), 8, &Device::flex()).is_none());
}
