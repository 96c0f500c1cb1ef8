#![allow(clippy::cast_possible_wrap, clippy::unwrap_used)]
use super::*;
use crate::cube::test_device;
use crate::drawn::with_drawn_parameters;
use crate::network_step::StepDense;
use crate::{FusedActivation, LossOptions, cross_entropy, dense, pack_bytes, standardize};
use burn::module::{ModuleVisitor, Param};
use burn::nn::{Linear, LinearConfig};
use burn::optim::GradientsParams;
use burn::tensor::TensorData;

const OPTIONS: LossOptions = LossOptions {
    smoothing: 0.1,
    has_none: true,
};
const SEED: u64 = 5;

#[derive(Module, Debug)]
struct Network {
    layers: Vec<Linear>,
}

impl Network {
    fn new(shape: &NetworkShape, device: &Device) -> Self {
        let mut num_inputs = PIXELS;
        let mut layers = Vec::new();
        for layer in &shape.dense {
            layers.push(LinearConfig::new(num_inputs, layer.num_outputs).init(device));
            num_inputs = layer.num_outputs;
        }
        with_drawn_parameters(Self { layers }).train()
    }

    /// Loss and gradients by the layers one after another and automatic differentiation.
    fn by_layers(
        &self,
        shape: &NetworkShape,
        pixels: Tensor<2>,
        labels: Tensor<1, Int>,
        step: u64,
    ) -> (Vec<f32>, Vec<f32>) {
        let mut values = standardize(pixels, shape.factor, shape.shift);
        for ((number, layer), own) in (0..).zip(&shape.dense).zip(&self.layers) {
            let is_last = number as usize + 1 == self.layers.len();
            let activation = if layer.is_relu && !is_last {
                FusedActivation::Relu
            } else {
                FusedActivation::Identity
            };
            let key = DropoutKey {
                seed: SEED,
                step,
                layer: number,
            };
            let probability = layer.dropout;
            let dropout = (probability > 0.0 && !is_last).then_some(Dropout { probability, key });
            let bias = own.bias.as_ref().unwrap().val();
            values = dense(values, own.weight.val(), bias, activation, dropout);
        }
        let found = cross_entropy(values, labels, OPTIONS);
        let gradients = GradientsParams::from_grads(found.loss.backward(), self);
        let loss = [found.loss.inner(), found.num_correct].map(|figure| numbers(&figure)[0]);
        (loss.to_vec(), all(self, &gradients))
    }

    fn as_a_whole(
        &self,
        step: &DenseStep,
        images: StepImages<'_>,
        labels: &Tensor<1, Int>,
        number: u64,
    ) -> (Vec<f32>, Vec<f32>) {
        let found = step
            .run(self, images, labels, OPTIONS, (SEED, number))
            .unwrap();
        let loss = [found.loss, found.num_correct].map(|figure| numbers(&figure)[0]);
        (loss.to_vec(), all(self, &found.gradients))
    }
}

fn numbers<const D: usize>(tensor: &Tensor<D>) -> Vec<f32> {
    tensor.try_to_vec_as().unwrap()
}

/// All gradients, in the order of the parameters.
fn all(network: &Network, gradients: &GradientsParams) -> Vec<f32> {
    struct Collect<'a>(&'a GradientsParams, Vec<f32>);
    impl ModuleVisitor for Collect<'_> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let gradient = self.0.get::<D>(param.id).unwrap();
            self.1.extend(numbers(&gradient));
        }
    }
    let mut collect = Collect(gradients, Vec::new());
    network.visit(&mut collect);
    collect.1
}

fn shape(layers: &[(usize, f32)], is_relu: bool) -> NetworkShape {
    let dense = layers.iter().map(|&(num_outputs, dropout)| StepDense {
        num_outputs,
        is_relu,
        dropout,
    });
    NetworkShape {
        convolutions: Vec::new(),
        dense: dense.collect(),
        factor: 1.0 / (255.0 * 0.3081),
        shift: 0.1307 / 0.3081,
    }
}

fn bytes(count: usize) -> Vec<u8> {
    let ink = |index: usize| (index * 7_919 % 10_007) as u8;
    (0..count * PIXELS)
        .map(|index| if index / 11 % 4 == 0 { ink(index) } else { 0 })
        .collect()
}

fn labels(count: usize, device: &Device) -> Tensor<1, Int> {
    // The last is of none of the classes.
    let labels: Vec<i32> = (0..count)
        .map(|image| {
            if image + 1 == count {
                10
            } else {
                image as i32 * 7 % 10
            }
        })
        .collect();
    Tensor::from_data(TensorData::new(labels, [count]), device)
}

fn assert_near(found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len());
    let largest = expected
        .iter()
        .fold(0.0_f32, |most, value| most.max(value.abs()));
    for (place, (found, expected)) in found.iter().zip(expected).enumerate() {
        let difference = (found - expected).abs() / largest;
        assert!(difference < 1e-5, "{place}: {found} instead of {expected}");
    }
}

#[test]
fn a_step_is_that_of_the_layers_one_after_another() {
    let Some(gpu) = test_device("dense steps") else {
        return;
    };
    let gpu = gpu.autodiff();
    let host = Device::flex().autodiff();
    for shape in [
        shape(&[(70, 0.25), (33, 0.5), (10, 0.0)], true),
        shape(&[(21, 0.3), (10, 0.0)], false),
        shape(&[(10, 0.0)], true),
    ] {
        // Fewer than a batch may have, too.
        for count in [37, 9] {
            let on_host = Network::new(&shape, &host);
            let network = on_host.clone().to_device(&gpu);
            let step = DenseStep::new(&shape, 37, &gpu).unwrap();
            let bytes = bytes(count);
            let packed = pack_bytes(&[&bytes], PIXELS, &gpu);
            let order: Vec<i32> = (0..count as i32).rev().collect();
            let indices = Tensor::from_ints(order.as_slice(), &gpu);
            let images = StepImages::Packed(&packed, &indices);
            let labels_of = |device: &Device| labels(count, device);
            let found = network.as_a_whole(&step, images, &labels_of(&gpu), 3);
            let pixels = images.pixels();
            let again = network.as_a_whole(&step, StepImages::Pixels(&pixels), &labels_of(&gpu), 3);
            assert_eq!(found, again);
            let pixels = TensorData::new(numbers(&pixels.inner()), [count, PIXELS]);
            let pixels = Tensor::from_data(pixels, &host);
            let (figures, gradients) = on_host.by_layers(&shape, pixels, labels_of(&host), 3);
            assert_near(&found.0, &figures);
            assert_near(&found.1, &gradients);
            if shape.dense.len() > 1 {
                let other = network.as_a_whole(&step, images, &labels_of(&gpu), 4);
                assert_ne!(found.1, other.1, "the same dropout in another step");
            }
        }
    }
}

#[test]
fn it_is_not_for_all_networks_and_batches() {
    let shape = shape(&[(10, 0.0)], true);
    assert!(DenseStep::new(&shape, 4, &Device::flex()).is_none());
    let Some(gpu) = test_device("dense steps") else {
        return;
    };
    let gpu = gpu.autodiff();
    let step = DenseStep::new(&shape, 4, &gpu).unwrap();
    let network = Network::new(&shape, &gpu);
    let packed = pack_bytes(&[&bytes(5)], PIXELS, &gpu);
    let run = |order: &[i32], network: &Network| {
        let indices = Tensor::from_ints(order, &gpu);
        let labels = labels(order.len(), &gpu);
        let images = StepImages::Packed(&packed, &indices);
        step.run(network, images, &labels, OPTIONS, (1, 1))
            .is_some()
    };
    assert!(run(&[0, 1, 2, 3], &network));
    assert!(!run(&[0, 1, 2, 3, 4], &network), "more than a batch");
    let wider = Network {
        layers: vec![LinearConfig::new(PIXELS, 11).init(&gpu)],
    };
    assert!(!run(&[0], &wider), "another network");
    assert!(!crate::with_fusing(false, || run(&[0], &network)));
}
