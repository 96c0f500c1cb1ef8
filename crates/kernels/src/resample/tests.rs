#![allow(clippy::unwrap_used)]
use super::*;
use burn::tensor::{Device, TensorData};

/// `count` images of noise, `[count * PIXELS]`, with values 0–255.
fn noise(count: usize) -> Vec<f32> {
    let pixel = |index: usize| (index * 7_919 % 10_007) % 256;
    (0..count * PIXELS)
        .map(|index| pixel(index) as f32)
        .collect()
}

fn tensor(images: &[f32], device: &Device) -> Tensor<2> {
    let data = TensorData::new(images.to_vec(), [images.len() / PIXELS, PIXELS]);
    Tensor::from_data(data, device)
}

fn values(images_np: &Tensor<2>) -> Vec<f32> {
    images_np.try_to_vec_as().unwrap()
}

/// An image with one black pixel.
fn dot(column: usize, row: usize) -> Vec<f32> {
    let mut image = vec![0.0; PIXELS];
    image[row * SIDE + column] = 255.0;
    image
}

fn resampled(
    images_np: &Tensor<2>,
    warps: &[Warp],
    displacement: Option<(&Smoothing, &[f32])>,
) -> Tensor<2> {
    resample(StepImages::Pixels(images_np), warps, displacement)
}

/// `image` after `warp`, on the host.
fn warped(image: &[f32], warp: Warp) -> Vec<f32> {
    values(&resampled(&tensor(image, &Device::flex()), &[warp], None))
}

fn by_affine(affine: [f32; 6]) -> Warp {
    Warp {
        affine,
        ..Warp::default()
    }
}

/// Warps that turn, shrink, shift, leave the image and blank, and values for their displacement.
fn all_kinds(smoothing: &Smoothing) -> (Vec<Warp>, Vec<f32>) {
    let blank = Rectangle {
        left: 3,
        top: 10,
        right: 9,
        bottom: 28,
    };
    let warps = vec![
        Warp::default(),
        by_affine([0.9, 0.3, 1.5, -0.3, 0.9, -2.25]),
        by_affine([1.4, 0.0, 0.0, 0.2, 1.3, 0.0]),
        by_affine([1.0, 0.0, 40.0, 0.0, 1.0, -1e9]),
        Warp {
            affine: [0.7, -0.1, 0.3, 0.0, 0.8, 0.1],
            blank,
        },
    ];
    let num_values = warps.len() * smoothing.num_values();
    let value = |index: usize| (index * 37 % 101) as f32 / 25.0 - 2.0;
    let values = (0..num_values).map(value).collect();
    (warps, values)
}

#[test]
fn nothing_to_do_is_the_same_to_the_last_bit() {
    let images = noise(20);
    let device = Device::flex();
    let warps = vec![Warp::default(); 20];
    let smoothing = Smoothing::new(4.0);
    let still = vec![0.0; 20 * smoothing.num_values()];
    for displacement in [None, Some((&smoothing, &still[..]))] {
        let found = resampled(&tensor(&images, &device), &warps, displacement);
        assert_eq!(values(&found), images);
        let found = on_device::resample(tensor(&images, &device), &warps, displacement);
        assert_eq!(values(&found), images);
    }
}

#[test]
fn pixels_go_where_the_map_says() {
    // (20, 13) is 6.5 to the right of the middle and half a pixel above it.
    let image = dot(20, 13);
    let shifted = by_affine([1.0, 0.0, -3.0, 0.0, 1.0, 2.0]);
    assert_eq!(warped(&image, shifted), dot(23, 11));
    // Each pixel (x, y) comes from (y, -x): what was to the right is below.
    let turned = by_affine([0.0, 1.0, 0.0, -1.0, 0.0, 0.0]);
    assert_eq!(warped(&image, turned), dot(14, 20));
    let half = warped(&image, by_affine([1.0, 0.0, 0.25, 0.0, 1.0, 0.0]));
    assert_eq!(half[13 * SIDE + 20].to_bits(), 191.25_f32.to_bits());
    assert_eq!(half[13 * SIDE + 19].to_bits(), 63.75_f32.to_bits());
}

#[test]
fn outside_is_paper() {
    let all_black = vec![255.0; PIXELS];
    let away = warped(&all_black, by_affine([1.0, 0.0, 30.0, 0.0, 1.0, 0.0]));
    assert_eq!(away, vec![0.0; PIXELS]);
    let shifted = warped(&all_black, by_affine([1.0, 0.0, 2.0, 0.0, 1.0, 0.0]));
    for (pixel, value) in shifted.into_iter().enumerate() {
        let is_outside = pixel % SIDE >= SIDE - 2;
        assert_eq!(value > 0.0, !is_outside, "pixel {pixel}: {value}");
    }
}

#[test]
fn a_rectangle_is_blank() {
    let blank = Rectangle {
        left: 2,
        top: 5,
        right: 6,
        bottom: 8,
    };
    let warp = Warp {
        blank,
        ..Warp::default()
    };
    let found = warped(&vec![255.0; PIXELS], warp);
    for (pixel, value) in found.into_iter().enumerate() {
        let (column, row) = (pixel % SIDE, pixel / SIDE);
        let is_blank = (2..6).contains(&column) && (5..8).contains(&row);
        assert_eq!(value > 0.0, !is_blank, "column {column}, row {row}");
    }
}

#[test]
fn smoothing_keeps_the_variance_and_makes_neighbours_alike() {
    for length in [1.0, 2.5, 4.0, 9.0, 28.0] {
        let smoothing = Smoothing::new(length);
        assert!(smoothing.side() <= PADDED_SIDE);
        let product = |pixel: usize, other: usize| {
            let weights = smoothing.weights.iter();
            weights.map(|row| row[pixel] * row[other]).sum::<f32>()
        };
        for pixel in 0..SIDE {
            assert!((product(pixel, pixel) - 1.0).abs() < 1e-5);
        }
        // Gaussians that far apart: exp(-(distance / length)² / 4).
        for pixel in 0..SIDE - 1 {
            let expected = (-0.25 / (length * length)).exp();
            assert!((product(pixel, pixel + 1) - expected).abs() < 0.05);
        }
    }
}

#[test]
fn tensor_operations_agree_with_the_loop() {
    let smoothing = Smoothing::new(3.0);
    let (warps, moves) = all_kinds(&smoothing);
    let images = noise(warps.len());
    let device = Device::flex();
    for displacement in [None, Some((&smoothing, &moves[..]))] {
        let expected = values(&resampled(&tensor(&images, &device), &warps, displacement));
        let is_close = |found: Tensor<2>| {
            let found = values(&found);
            let pairs = found.iter().zip(&expected);
            let largest = pairs.map(|(found, expected)| (found - expected).abs());
            let largest = largest.fold(0.0, f32::max) / 255.0;
            assert!(largest < 1e-3, "{largest}");
        };
        is_close(on_device::resample(
            tensor(&images, &device),
            &warps,
            displacement,
        ));
        let training = device.clone().autodiff();
        let found = resampled(&tensor(&images, &training), &warps, displacement);
        assert!(found.is_autodiff());
        is_close(found.inner());
    }
}

/// From pixels, and from packed ones.
#[test]
fn a_gpu_agrees_with_the_loop() {
    let Some(device) = crate::cube::test_device("resampling") else {
        return;
    };
    let smoothing = Smoothing::new(3.0);
    let (warps, moves) = all_kinds(&smoothing);
    let images = noise(warps.len());
    let bytes: Vec<u8> = images.iter().rev().map(|&value| value as u8).collect();
    let packed = |device: &Device| crate::pack_bytes(&[&bytes], PIXELS, device);
    let chosen = [4, 0, 3, 1, 1];
    let indices = |device: &Device| Tensor::from_ints(chosen, device);
    for displacement in [None, Some((&smoothing, &moves[..]))] {
        let of_pixels = |device: &Device| {
            let images_np = tensor(&images, device);
            values(&resampled(&images_np, &warps, displacement))
        };
        let of_packed = |device: &Device| {
            let (packed, indices) = (packed(device), indices(device));
            let images = StepImages::Packed(&packed, &indices);
            values(&resample(images, &warps, displacement))
        };
        let host = Device::flex();
        for (found, expected) in [
            (of_pixels(&device), of_pixels(&host)),
            (of_packed(&device), of_packed(&host)),
        ] {
            let pairs = found.iter().zip(&expected);
            let largest = pairs.map(|(found, expected)| (found - expected).abs());
            let largest = largest.fold(0.0, f32::max) / 255.0;
            assert!(largest < 1e-4, "{largest}");
        }
        assert_eq!(of_packed(&device), of_packed(&device));
    }
    let training = device.autodiff();
    let images_np = tensor(&images, &training);
    assert!(resampled(&images_np, &warps, None).is_autodiff());
}
