//! The kernels beside Burn's own operations on LeNet's and the dense network's layers, 128 images at once:
//! time, GFLOP/s, and the share of the peak of multiply-adds that this machine was just measured to have.
//!
//! Counted is the arithmetic of the plain algorithm. Where ours leaves some of it out, as the gradients of
//! pooled convolutions do, it may seem to exceed the peak.
#![allow(missing_docs)]

use burn::tensor::{Device, Distribution, Int, Tensor};
use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use criterion::{Criterion, Throughput};
use kernels::{
    Adam, ConvPoolOptions, FusedActivation, FusedPool, LossOptions, Rule, Updated, conv_pool,
    cross_entropy, dense, measure_peak, update, with_fusing,
};
use std::hint::black_box;
use std::time::{Duration, Instant};

const BATCH: usize = 128;

/// Time, told as arithmetic a second too.
struct Arithmetic {
    time: WallTime,
    peak: f64,
}

impl Measurement for Arithmetic {
    type Intermediate = Instant;
    type Value = Duration;

    fn start(&self) -> Instant {
        self.time.start()
    }

    fn end(&self, start: Instant) -> Duration {
        self.time.end(start)
    }

    fn add(&self, one: &Duration, other: &Duration) -> Duration {
        self.time.add(one, other)
    }

    fn zero(&self) -> Duration {
        self.time.zero()
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        self.time.to_f64(value)
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        self
    }
}

/// Values are nanoseconds; throughputs are counted in floating-point operations.
impl ValueFormatter for Arithmetic {
    fn format_throughput(&self, throughput: &Throughput, nanoseconds: f64) -> String {
        let Throughput::Elements(operations) = *throughput else {
            let formatter = self.time.formatter();
            return formatter.format_throughput(throughput, nanoseconds);
        };
        let speed = operations as f64 / nanoseconds;
        let share = 100.0 * speed / (self.peak * 1e-9);
        format!("{speed:.1} GFLOP/s, {share:.1} % of the peak")
    }

    fn scale_values(&self, typical: f64, values: &mut [f64]) -> &'static str {
        self.time.formatter().scale_values(typical, values)
    }

    fn scale_throughputs(
        &self,
        typical: f64,
        throughput: &Throughput,
        values: &mut [f64],
    ) -> &'static str {
        let formatter = self.time.formatter();
        formatter.scale_throughputs(typical, throughput, values)
    }

    fn scale_for_machines(&self, values: &mut [f64]) -> &'static str {
        self.time.formatter().scale_for_machines(values)
    }
}

/// Measures `work` with the kernels and with Burn's operations.
fn compare<T>(
    criterion: &mut Criterion<Arithmetic>,
    name: &str,
    throughput: Throughput,
    mut work: impl FnMut() -> T,
) {
    let mut group = criterion.benchmark_group(name);
    group.throughput(throughput);
    group.bench_function("kernels", |bencher| bencher.iter(|| black_box(work())));
    group.bench_function("Burn", |bencher| {
        bencher.iter(|| black_box(with_fusing(false, &mut work)));
    });
    group.finish();
}

fn draw<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::random(shape, Distribution::Normal(0.0, 1.0), device)
}

/// A convolution: forward, then with its gradients. Of a 5×5 kernel it has `ReLU` and pooling, as in LeNet; of another
/// one it has neither, as in residual networks.
fn convolution(
    criterion: &mut Criterion<Arithmetic>,
    name: &str,
    [channels_in, channels_out, side, side_out, kernel]: [usize; 5],
) {
    let is_pooled = kernel == 5;
    let options = ConvPoolOptions {
        same_padding: side == side_out,
        activation: if is_pooled {
            FusedActivation::Relu
        } else {
            FusedActivation::Identity
        },
        pool: if is_pooled {
            FusedPool::Max
        } else {
            FusedPool::None
        },
    };
    let is_first = channels_in == 1;
    let area = side_out * side_out * kernel * kernel;
    let forward = 2 * BATCH * area * channels_in * channels_out;
    for with_gradients in [false, true] {
        let device = Device::flex();
        let device = if with_gradients {
            device.autodiff()
        } else {
            device
        };
        let images = draw([BATCH, channels_in, side, side], &device);
        let weight = draw([channels_out, channels_in, kernel, kernel], &device);
        let bias = draw([channels_out], &device);
        let (name, passes) = match (with_gradients, is_first) {
            (false, _) => (format!("{name} forward"), 1),
            (true, true) => (format!("{name} with gradients"), 2),
            (true, false) => (format!("{name} with gradients"), 3),
        };
        let operations = Throughput::Elements((forward * passes) as u64);
        compare(criterion, &name, operations, || {
            if !with_gradients {
                let outputs =
                    conv_pool(images.clone(), weight.clone(), bias.clone(), options, None);
                return (Some(outputs), None);
            }
            let tracked = |tensor: &Tensor<4>| tensor.clone().require_grad();
            let images = if is_first {
                images.clone()
            } else {
                tracked(&images)
            };
            let bias = bias.clone().require_grad();
            let outputs = conv_pool(images, tracked(&weight), bias, options, None);
            (None, Some(outputs.sum().backward()))
        });
    }
}

/// A dense layer with ReLU: forward, then with its gradients.
fn dense_layer(criterion: &mut Criterion<Arithmetic>, features_in: usize, features_out: usize) {
    let forward = 2 * BATCH * features_in * features_out;
    for with_gradients in [false, true] {
        let device = Device::flex();
        let device = if with_gradients {
            device.autodiff()
        } else {
            device
        };
        let inputs = draw([BATCH, features_in], &device);
        let weight = draw([features_in, features_out], &device);
        let bias = draw([features_out], &device);
        let name = format!("dense {features_in}-{features_out}");
        let (name, passes) = if with_gradients {
            (format!("{name} with gradients"), 3)
        } else {
            (format!("{name} forward"), 1)
        };
        let operations = Throughput::Elements((forward * passes) as u64);
        compare(criterion, &name, operations, || {
            let relu = FusedActivation::Relu;
            if !with_gradients {
                let outputs = dense(inputs.clone(), weight.clone(), bias.clone(), relu, None);
                return (Some(outputs), None);
            }
            let tracked = |tensor: &Tensor<2>| tensor.clone().require_grad();
            let bias = bias.clone().require_grad();
            let outputs = dense(tracked(&inputs), tracked(&weight), bias, relu, None);
            (None, Some(outputs.sum().backward()))
        });
    }
}

/// The loss with its gradient, and Adam on the largest layer's weights.
fn others(criterion: &mut Criterion<Arithmetic>) {
    let device = Device::flex().autodiff();
    let logits = draw([BATCH, 10], &device);
    let targets: Vec<i32> = (0..10).cycle().take(BATCH).collect();
    let targets = Tensor::<1, Int>::from_ints(targets.as_slice(), &device);
    let bytes = Throughput::Bytes((4 * BATCH * 10) as u64);
    compare(criterion, "cross-entropy with gradient", bytes, || {
        let logits = logits.clone().require_grad();
        cross_entropy(logits, targets.clone(), LossOptions::default())
            .loss
            .backward()
    });
    let device = Device::flex();
    let shape = [784, 512];
    let zeros = || Tensor::<2>::zeros(shape, &device);
    let gradient = draw(shape, &device);
    let rule = Adam {
        beta_1: 0.9,
        beta_2: 0.999,
        epsilon: 1e-8,
        penalty: 0.0,
        decay: 0.0,
    };
    let mut parameter = Some(Updated {
        value: draw(shape, &device),
        moment_1: zeros(),
        moment_2: zeros(),
    });
    // Four numbers are read, three written.
    let bytes = Throughput::Bytes((7 * 4 * 784 * 512) as u64);
    compare(criterion, "Adam on 784×512", bytes, || {
        parameter = parameter
            .take()
            .map(|parameter| update(parameter, gradient.clone(), Rule::Adam(rule), 0.001, 1));
    });
}

fn main() {
    // As in the programs.
    kernels::keep_freed_memory();
    let _ = rayon::ThreadPoolBuilder::new()
        .use_current_thread()
        .build_global();
    let arithmetic = Arithmetic {
        time: WallTime,
        peak: measure_peak(),
    };
    let mut criterion = Criterion::default()
        .with_measurement(arithmetic)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(2))
        .sample_size(20)
        .configure_from_args();
    convolution(&mut criterion, "convolution 1-6", [1, 6, 28, 28, 5]);
    convolution(&mut criterion, "convolution 6-16", [6, 16, 14, 10, 5]);
    for [from, to, side] in [[16, 32, 14], [32, 32, 14], [64, 64, 7], [128, 128, 3]] {
        let name = format!("convolution {from}-{to}");
        convolution(&mut criterion, &name, [from, to, side, side, 3]);
        let name = format!("{name} of one tap");
        convolution(&mut criterion, &name, [from, to, side, side, 1]);
    }
    dense_layer(&mut criterion, 784, 512);
    dense_layer(&mut criterion, 400, 120);
    others(&mut criterion);
    criterion.final_summary();
}
