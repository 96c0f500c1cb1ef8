//! Whether augmentation means the same on every device.
#![allow(clippy::unwrap_used)]

use burn::tensor::{Device, Tensor};
use model::{DeviceChoice, INPUT_PIXELS, open_device, pixels_to_tensor};
use std::io::Write as _;
use train::augment::{Augmenter, Showing};
use train::config::AugmentationConfig;

/// `a_gpu_changes_images_like_the_cpu`: what becomes of noise, whose every pixel tells.
fn augmented(device: &Device) -> Vec<f32> {
    const COUNT: u32 = 50;
    let config = AugmentationConfig {
        rotation_degrees: 20.0,
        shift_pixels: 3.0,
        scale: [0.7, 1.3],
        shear_degrees: 15.0,
        elastic_pixels: 1.0,
        elastic_smoothing_pixels: 3.0,
        erase_probability: 0.5,
        ..AugmentationConfig::default()
    };
    let augmenter = Augmenter::new(config, 3, 100, 1000).unwrap();
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
