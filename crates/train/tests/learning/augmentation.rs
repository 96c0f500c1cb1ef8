//! Whether augmented training repeats, validates on images as they are, and means the same on every
//! device; and what augmentation costs.

use super::{digits, logits, recipe, train};
use base::IMAGE_PIXELS;
use burn::tensor::Device;
use kernels::StepImages;
use model::{DeviceChoice, Evaluation, open_device, pixels_to_tensor};
use std::io::Write as _;
use std::time::Instant;
use train::augment::{Augmenter, Showing};
use train::config::AugmentationConfig;
use train::training::augmenter;

/// Some of everything.
fn everything() -> AugmentationConfig {
    AugmentationConfig {
        rotation_degrees: 20.0,
        shift_pixels: 3.0,
        scale: [0.7, 1.3],
        shear_degrees: 15.0,
        elastic_pixels: 1.0,
        erase_probability: 0.5,
        ..AugmentationConfig::default()
    }
}

/// The showings of the first images of a run.
fn showings(count: u32) -> Vec<Showing> {
    let showing = |image| Showing { image, position: 0 };
    (0..count).map(showing).collect()
}

#[test]
fn augmented_training_repeats_and_validates_on_images_as_they_are() {
    let data = digits(256, 64);
    let mut recipe = recipe(16);
    let plain = logits(&train(&recipe, &data), &data);
    recipe.augmentation = everything();
    recipe.augmentation.taper = 0.5;
    let trained = train(&recipe, &data);
    let found = logits(&trained, &data);
    assert_eq!(found, logits(&train(&recipe, &data), &data));
    assert_ne!(found, plain);
    let (_, evaluation) = trained.outcome.kept.unwrap();
    let again = Evaluation::new(&found, data.validation.labels(), &data.class_names);
    assert!((evaluation.loss - again.loss).abs() < 1e-6);
}

/// What becomes of noise, whose every pixel tells.
fn augmented_noise(device: &Device) -> Vec<f32> {
    let noise: Vec<u8> = (0..50 * IMAGE_PIXELS)
        .map(|index| (index * 7_919 % 10_007) as u8)
        .collect();
    let augmenter = Augmenter::new(everything(), 3, 100, 1000).unwrap();
    let images = pixels_to_tensor(&noise, device);
    let images = augmenter.apply(StepImages::Pixels(&images), &showings(50));
    images.try_to_vec_as().unwrap()
}

#[test]
fn a_gpu_changes_images_like_the_cpu() {
    let Ok(gpu) = open_device(DeviceChoice::Gpu(None)) else {
        // Not by `eprintln!`, which the test harness hides where a test passes.
        let text = "a_gpu_changes_images_like_the_cpu: skipped, no GPU adapter";
        let _ = writeln!(std::io::stderr(), "{text}");
        return;
    };
    let expected = augmented_noise(&Device::flex());
    let found = augmented_noise(&gpu.device);
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        let difference = (found - expected).abs() / 255.0;
        assert!(difference < 1e-3, "{found} instead of {expected}");
    }
}

/// Not a test: prints what augmentation costs beside training steps of LeNet at batch 128.
/// `cargo test --workspace --test learning -- --ignored --nocapture`
#[test]
#[ignore = "a measurement"]
fn cost() {
    const BATCH: usize = 128;
    let data = digits(100 * BATCH, 0);
    let mut plain = recipe(100);
    plain.training.batch_size = BATCH;
    let mut changed = plain.clone();
    changed.augmentation = everything();
    let augmenter = augmenter(&changed, data.train.len()).unwrap();
    let images = pixels_to_tensor(
        &data.train.pixels()[..BATCH * IMAGE_PIXELS],
        &Device::flex(),
    );
    let showings = showings(BATCH as u32);
    let [mut alone, mut without, mut with] = [const { Vec::new() }; 3];
    for _ in 0..11 {
        let started = Instant::now();
        for _ in 0..100 {
            let _ = augmenter.apply(StepImages::Pixels(&images), &showings);
        }
        alone.push(started.elapsed().as_secs_f64() * 1e6 / (100 * BATCH) as f64);
        for (recipe, times) in [(&plain, &mut without), (&changed, &mut with)] {
            times.push(1e6 / train(recipe, &data).outcome.images_per_second);
        }
    }
    for (name, mut times) in [
        ("augmentation alone", alone),
        ("training without", without),
        ("training with", with),
    ] {
        times.sort_by(f64::total_cmp);
        let (least, median, most) = (times[0], times[times.len() / 2], times[times.len() - 1]);
        let text = format!("{name}: {median:.1} µs an image ({least:.1} to {most:.1})");
        let _ = writeln!(std::io::stderr(), "{text}");
    }
}
