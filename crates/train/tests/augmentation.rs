//! Whether augmentation means the same on every device, and what it costs.
#![allow(clippy::unwrap_used)]

use burn::tensor::{Device, Tensor};
use burn::train::Interrupter;
use data::LabeledImages;
use data::synthetic::SyntheticConfig;
use model::{DatasetProvenance, DeviceChoice, INPUT_PIXELS, open_device, pixels_to_tensor};
use std::io::Write as _;
use std::time::Instant;
use train::augment::{Augmenter, Showing};
use train::config::{AugmentationConfig, Recipe};
use train::dataset::TrainingData;
use train::observer::{EvaluationRecord, Observer, StepReport};
use train::training::{augmenter, fit};

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

/// `a_gpu_changes_images_like_the_cpu`: what becomes of noise, whose every pixel tells.
fn augmented(device: &Device) -> Vec<f32> {
    const COUNT: u32 = 50;
    let augmenter = Augmenter::new(everything(), 3, 100, 1000).unwrap();
    let noise: Vec<u8> = (0..COUNT as usize * INPUT_PIXELS)
        .map(|index| (index * 7_919 % 10_007) as u8)
        .collect();
    let showings: Vec<Showing> = (0..COUNT)
        .map(|image| Showing { image, position: 0 })
        .collect();
    let images: Tensor<2> = augmenter.apply(pixels_to_tensor(&noise, device), &showings);
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
    let expected = augmented(&Device::flex());
    let found = augmented(&gpu.device);
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        let difference = (found - expected).abs() / 255.0;
        assert!(difference < 1e-3, "{found} instead of {expected}");
    }
}

/// Not a test: prints what augmentation costs beside a training step of LeNet at batch 128.
/// `cargo test --workspace --test augmentation -- --ignored --nocapture`
#[test]
#[ignore = "a measurement"]
fn cost() {
    const BATCH: usize = 128;
    let mut say = std::io::stderr();
    let config = SyntheticConfig {
        num_train: 100 * BATCH,
        num_test: 0,
        seed: 1,
    };
    let set = data::synthetic::draw(&config);
    let data = TrainingData {
        train: set.train,
        validation: LabeledImages::default(),
        test: LabeledImages::default(),
        class_names: set.class_names,
        provenance: DatasetProvenance {
            name: set.name,
            sha256: String::new(),
            origin: set.origin,
            stands_in_for: None,
        },
    };
    let mut plain = Recipe::default();
    plain.training.epochs = Some(1);
    let mut changed = plain.clone();
    changed.augmentation = everything();
    let augmenter = augmenter(&changed, data.train.len()).unwrap();
    let device = Device::flex();
    let images = pixels_to_tensor(&data.train.pixels()[..BATCH * INPUT_PIXELS], &device);
    let showings: Vec<Showing> = (0..BATCH as u32)
        .map(|image| Showing { image, position: 0 })
        .collect();
    let [mut alone, mut without, mut with] = [const { Vec::new() }; 3];
    for _ in 0..9 {
        let started = Instant::now();
        for _ in 0..100 {
            let _ = augmenter.apply(images.clone(), &showings);
        }
        alone.push(started.elapsed().as_secs_f64() * 1e6 / (100 * BATCH) as f64);
        for (recipe, times) in [(&plain, &mut without), (&changed, &mut with)] {
            let folder = tempfile::tempdir().unwrap();
            let (_, outcome) = fit(
                recipe,
                &data,
                &device,
                folder.path(),
                &Interrupter::new(),
                Box::new(Nobody),
            )
            .unwrap();
            times.push(1e6 / outcome.unwrap().images_per_second);
        }
    }
    for (name, mut times) in [
        ("augmentation alone", alone),
        ("training without", without),
        ("training with", with),
    ] {
        times.sort_by(f64::total_cmp);
        let (least, median, most) = (times[0], times[times.len() / 2], times[times.len() - 1]);
        let _ = writeln!(
            say,
            "{name}: {median:.1} µs an image ({least:.1} to {most:.1})"
        );
    }
}

struct Nobody;

impl Observer for Nobody {
    fn steps(&mut self, _: &StepReport) {}

    fn evaluation(&mut self, _: &EvaluationRecord) -> Result<(), String> {
        Ok(())
    }
}
