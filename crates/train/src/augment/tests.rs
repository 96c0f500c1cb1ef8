#![allow(clippy::unwrap_used)]
use super::*;
use crate::batches::{Batch, Order, ResidentLoader};
use base::IMAGE_PIXELS;
use burn::tensor::{Device, TensorData};
use data::LabeledImages;
use data::synthetic::SyntheticConfig;

const SIDE: usize = RESAMPLED_SIDE;

/// Some of everything.
fn strong() -> AugmentationConfig {
    AugmentationConfig {
        rotation_degrees: 15.0,
        shift_pixels: 2.0,
        scale: [0.8, 1.2],
        shear_degrees: 10.0,
        elastic_pixels: 1.0,
        erase_probability: 0.5,
        taper: 0.25,
        ..AugmentationConfig::default()
    }
}

fn augmenter(config: AugmentationConfig, seed: u64) -> Augmenter {
    Augmenter::new(config, seed, 100, 1000).unwrap()
}

fn tensor(images: &[f32]) -> Tensor<2> {
    let data = TensorData::new(images.to_vec(), [images.len() / IMAGE_PIXELS, IMAGE_PIXELS]);
    Tensor::from_data(data, &Device::flex())
}

fn values(images_np: &Tensor<2>) -> Vec<f32> {
    images_np.try_to_vec_as().unwrap()
}

/// The showings of images 0 to `count` in the epoch that starts at `position`.
fn showings(count: u32, position: u64) -> Vec<Showing> {
    let showing = |image: u32| Showing {
        image,
        position: position + u64::from(image),
    };
    (0..count).map(showing).collect()
}

/// An image with one black pixel.
fn dot(column: usize, row: usize) -> Vec<f32> {
    let mut image = vec![0.0; IMAGE_PIXELS];
    image[row * SIDE + column] = 255.0;
    image
}

const UNMOVED: Affine = Affine {
    angle: 0.0,
    slant: 0.0,
    shift: [0.0; 2],
    scale: [1.0; 2],
};

/// Where the middle of the ink of `dot(column, row)` is after `affine`, in pixels from the first.
fn moved(affine: &Affine, column: usize, row: usize) -> (f32, f32) {
    let warp = Warp {
        affine: affine.inverse(),
        ..Warp::default()
    };
    let found = values(&resample(
        StepImages::Pixels(&tensor(&dot(column, row))),
        &[warp],
        None,
    ));
    let ink: f32 = found.iter().sum();
    let mean = |place: fn(usize) -> usize| {
        let weighted = found.iter().enumerate();
        weighted
            .map(|(pixel, value)| value * place(pixel) as f32)
            .sum::<f32>()
            / ink
    };
    (mean(|pixel| pixel % SIDE), mean(|pixel| pixel / SIDE))
}

fn assert_near(found: (f32, f32), expected: (f32, f32)) {
    let distance = (found.0 - expected.0).hypot(found.1 - expected.1);
    assert!(distance < 0.05, "{found:?} instead of {expected:?}");
}

#[test]
fn each_change_goes_its_way() {
    let shift = [3.0, -2.0];
    assert_near(moved(&Affine { shift, ..UNMOVED }, 20, 13), (23.0, 11.0));
    // A quarter turn clockwise: right of the middle goes below it.
    let angle = 90.0_f64.to_radians();
    assert_near(moved(&Affine { angle, ..UNMOVED }, 20, 13), (14.0, 20.0));
    // 7 up goes 7 to the left by 45 degrees, what is level with the middle stays.
    let slant = 45.0_f64.to_radians();
    assert_near(moved(&Affine { slant, ..UNMOVED }, 14, 7), (7.5, 7.0));
    let scale = [2.0, 1.5];
    assert_near(moved(&Affine { scale, ..UNMOVED }, 10, 7), (6.5, 3.75));
    // First wider, then turned, then shifted.
    let all = Affine {
        angle,
        slant: 0.0,
        shift: [0.0, 1.0],
        scale: [2.0, 1.0],
    };
    assert_near(moved(&all, 17, 13), (14.0, 21.5));
}

fn digits() -> LabeledImages {
    let config = SyntheticConfig {
        num_train: 30,
        num_test: 1,
        seed: 1,
    };
    data::synthetic::draw(&config).train
}

/// All images of a pass in the order of their labels' places in the set.
fn pass(loader: &ResidentLoader, number: usize) -> Vec<Vec<f32>> {
    let mut images = Vec::new();
    for batch in loader.pass(number) {
        let batch: Batch = batch.unwrap();
        images.extend(
            values(&batch.images_np())
                .chunks(IMAGE_PIXELS)
                .map(<[f32]>::to_vec),
        );
    }
    images
}

#[test]
fn a_picture_is_a_function_of_seed_epoch_and_image_alone() {
    let images = digits();
    let loader = |batch_size, seed, device: &Device| {
        let augmenter = Augmenter::new(strong(), seed, 30, 90);
        let order = Order::Shuffled { seed: 1 };
        ResidentLoader::new(&images, batch_size, order, device).with_augmenter(augmenter)
    };
    let device = Device::flex();
    let all_at_once = loader(30, 1, &device);
    let one_by_one = loader(1, 1, &device);
    let by_seven = loader(7, 1, &device.clone().autodiff());
    let another_seed = loader(30, 2, &device);
    let one_thread = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .unwrap();
    let mut epochs = Vec::new();
    for number in 1..=3 {
        let expected = pass(&all_at_once, number);
        assert!(expected == one_thread.install(|| pass(&one_by_one, number)));
        assert!(expected == pass(&by_seven, number));
        assert!(expected != pass(&another_seed, number));
        epochs.push(expected);
    }
    assert!(epochs[0] != epochs[1] && epochs[1] != epochs[2]);
}

#[test]
fn an_image_looks_different_in_each_epoch_and_next_to_a_twin() {
    let augmenter = augmenter(strong(), 1);
    let twins = tensor(&[dot(10, 10), dot(10, 10)].concat());
    let first = values(&augmenter.apply(StepImages::Pixels(&twins), &showings(2, 0)));
    let second = values(&augmenter.apply(StepImages::Pixels(&twins), &showings(2, 100)));
    assert_ne!(first[..IMAGE_PIXELS], first[IMAGE_PIXELS..]);
    assert_ne!(first, second);
}

#[test]
fn a_recipe_that_asks_for_nothing_changes_nothing() {
    let still = AugmentationConfig {
        taper: 0.5,
        elastic_smoothing_pixels: 2.0,
        ..AugmentationConfig::default()
    };
    assert!(Augmenter::new(still, 1, 100, 1000).is_none());
}

#[test]
fn strength_falls_to_nothing_at_the_end() {
    let augmenter = augmenter(strong(), 1);
    for (position, expected) in [(0, 1.0), (749, 1.0), (874, 0.5), (999, 0.0), (5000, 0.0)] {
        assert!(
            (augmenter.strength(position) - expected).abs() < 1e-9,
            "{position}"
        );
    }
    let image: Vec<f32> = (0..IMAGE_PIXELS)
        .map(|pixel| (pixel % 256) as f32)
        .collect();
    let last = Showing {
        image: 7,
        position: 999,
    };
    let found = augmenter.apply(StepImages::Pixels(&tensor(&image)), &[last]);
    assert_eq!(values(&found), image);
    let untapered = AugmentationConfig {
        taper: 0.0,
        ..strong()
    };
    let untapered = super::Augmenter::new(untapered, 1, 100, 1000).unwrap();
    assert!((untapered.strength(999) - 1.0).abs() < 1e-9);
}

#[test]
fn amounts_stay_in_their_ranges() {
    let config = AugmentationConfig {
        shift_pixels: 2.0,
        scale: [0.8, 1.1],
        erase_probability: 0.25,
        erase_pixels: [3, 28],
        ..AugmentationConfig::default()
    };
    let augmenter = augmenter(config, 5);
    let warps: Vec<Warp> = showings(2000, 0)
        .into_iter()
        .map(|showing| {
            augmenter.draw(
                Showing {
                    position: 0,
                    ..showing
                },
                &mut [],
            )
        })
        .collect();
    let erased = warps
        .iter()
        .filter(|warp| warp.blank != Rectangle::default());
    let num_erased = erased.clone().count();
    // Five standard deviations of a binomial with n = 2000 and p = 1/4 are 97.
    assert!(num_erased.abs_diff(500) < 97, "{num_erased}");
    for warp in erased {
        let blank = warp.blank;
        let sides = [blank.right - blank.left, blank.bottom - blank.top];
        assert!(
            sides.iter().all(|side| (3..=28).contains(side)),
            "{blank:?}"
        );
        assert!(blank.right <= SIDE && blank.bottom <= SIDE, "{blank:?}");
    }
    let [mut least, mut largest] = [f32::INFINITY, 0.0_f32];
    for warp in &warps {
        let [width, _, shift, ..] = warp.affine;
        assert!((shift / width).abs() <= 2.0 + 1e-5);
        (least, largest) = (least.min(1.0 / width), largest.max(1.0 / width));
    }
    assert!((0.8..0.81).contains(&least) && (1.09..1.1 + 1e-5).contains(&largest));
}

/// Pixels of a slope tell how far they were displaced along it.
#[test]
fn elastic_displacement_is_as_long_as_asked() {
    let count = 300;
    let config = AugmentationConfig {
        elastic_pixels: 0.8,
        elastic_smoothing_pixels: 3.0,
        ..AugmentationConfig::default()
    };
    let augmenter = augmenter(config, 1);
    let (mut sum, mut num_pixels) = (0.0, 0);
    for place in [|pixel: usize| pixel % SIDE, |pixel: usize| pixel / SIDE] {
        let slope: Vec<f32> = (0..IMAGE_PIXELS).map(|pixel| place(pixel) as f32).collect();
        let slopes = tensor(&slope.repeat(count));
        let found =
            values(&augmenter.apply(StepImages::Pixels(&slopes), &showings(count as u32, 0)));
        for (index, value) in found.into_iter().enumerate() {
            let pixel = index % IMAGE_PIXELS;
            // So far from the edges that nothing comes from beyond.
            let is_inside = |place: usize| (5..SIDE - 5).contains(&place);
            if is_inside(pixel % SIDE) && is_inside(pixel / SIDE) {
                sum += (value - slope[pixel]).powi(2);
                num_pixels += 1;
            }
        }
    }
    // Each pixel was seen twice, once for either axis.
    let length = (2.0 * sum / num_pixels as f32).sqrt();
    assert!((length - 0.8).abs() < 0.08, "{length}");
}
