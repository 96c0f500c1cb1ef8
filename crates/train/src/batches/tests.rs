#![allow(clippy::unwrap_used)]
use super::*;
use crate::config::Recipe;
use base::IMAGE_PIXELS;
use data::synthetic::SyntheticConfig;

/// Image `i` is filled with the value `i` and has the label `i % 10`.
fn images(count: u8) -> LabeledImages {
    let pixels = (0..count).flat_map(|image| [image; IMAGE_PIXELS]).collect();
    LabeledImages::new(pixels, (0..count).map(|image| image % 10).collect()).unwrap()
}

fn loader(order: Order) -> ResidentLoader {
    ResidentLoader::new(&images(25), 10, order, &Device::flex())
}

/// The images of a pass, by their fill value, after checking that the labels went along.
fn pass(batches: impl Iterator<Item = Result<Batch, DatasetError>>) -> Vec<u8> {
    let mut seen = Vec::new();
    for batch in batches {
        let batch = batch.unwrap();
        let labels: Vec<i32> = batch.targets.try_to_vec_as().unwrap();
        let pixels: Vec<f32> = batch.images_np().try_to_vec_as().unwrap();
        for (image, label) in pixels.chunks(IMAGE_PIXELS).zip(labels) {
            assert_eq!(image[0] as i32 % 10, label);
            assert!(
                image
                    .iter()
                    .all(|&pixel| pixel.to_bits() == image[0].to_bits())
            );
            seen.push(image[0] as u8);
        }
    }
    seen
}

#[test]
fn unpacked_pixels_are_what_was_packed() {
    let pixels: Vec<u8> = (0..2 * IMAGE_PIXELS)
        .map(|index| (index * 73 % 256) as u8)
        .collect();
    let images = LabeledImages::new(pixels.clone(), vec![0, 1]).unwrap();
    let loader = ResidentLoader::new(&images, 2, Order::Sequential, &Device::flex());
    let batch = loader.iter().next().unwrap().unwrap();
    let found: Vec<f32> = batch.images_np().try_to_vec_as().unwrap();
    let expected: Vec<f32> = pixels.iter().map(|&pixel| f32::from(pixel)).collect();
    assert_eq!(found, expected);
}

#[test]
fn every_pass_has_every_image_once() {
    let loader = loader(Order::Shuffled { seed: 3 });
    let (first, second) = (pass(loader.pass(1)), pass(loader.pass(2)));
    assert_ne!(first, second);
    for mut order in [first, second] {
        order.sort_unstable();
        assert_eq!(order, (0..25).collect::<Vec<u8>>());
    }
    assert_eq!(
        pass(self::loader(Order::Sequential).pass(1)),
        (0..25).collect::<Vec<u8>>()
    );
}

#[test]
fn the_order_is_a_function_of_seed_and_pass() {
    let (one, other) = (
        loader(Order::Shuffled { seed: 3 }),
        loader(Order::Shuffled { seed: 3 }),
    );
    for number in [2, 1, 3] {
        assert_eq!(pass(one.pass(number)), pass(other.pass(number)));
    }
    assert_eq!(pass(one.iter()), pass(one.pass(1)));
    let another = loader(Order::Shuffled { seed: 4 });
    assert_ne!(pass(one.pass(1)), pass(another.pass(1)));
}

#[test]
fn steps_are_counted_over_all_passes() {
    let loader = loader(Order::Sequential);
    let steps = |number| -> Vec<u64> {
        loader
            .pass(number)
            .map(|batch| batch.unwrap().step)
            .collect()
    };
    assert_eq!(steps(1), [0, 1, 2]);
    assert_eq!(steps(2), [3, 4, 5]);
}

#[test]
fn a_slice_stays_inside() {
    let loader = loader(Order::Sequential);
    assert_eq!(pass(loader.slice(3, 7).iter()), [3, 4, 5, 6]);
    assert_eq!(loader.slice(20, 99).num_items(), 5);
    assert_eq!(pass(loader.slice(10, 20).slice(2, 4).iter()), [12, 13]);
}

/// Twenty drawn digits and their additions, drawn anew every two of six epochs.
fn refreshed() -> (Recipe, TrainingData) {
    let mut recipe = Recipe::default();
    recipe.additions.pens = 0.3;
    recipe.additions.touching = 0.2;
    recipe.additions.refresh_every = 2;
    let config = SyntheticConfig {
        num_train: 20,
        num_test: 0,
        seed: 1,
    };
    let set = data::synthetic::draw(&config);
    let to_draw = recipe.additions.to_draw();
    let (additions, _) = data::additions::draw(&set.train, &to_draw, recipe.seed, None, &|_, _| {});
    let data = TrainingData {
        additions,
        ..TrainingData::to_train_on(set.train, set.class_names, &set.name)
    };
    (recipe, data)
}

/// Pixels and labels of a pass, in the order of the images.
fn shown(loader: &ResidentLoader, number: usize) -> (Vec<f32>, Vec<i32>) {
    let (mut pixels, mut labels) = (Vec::new(), Vec::new());
    for batch in loader.pass(number) {
        let batch = batch.unwrap();
        pixels.extend(batch.images_np().try_to_vec_as::<f32>().unwrap());
        labels.extend(batch.targets.try_to_vec_as::<i32>().unwrap());
    }
    (pixels, labels)
}

#[test]
fn additions_are_drawn_anew_and_the_sets_own_images_stay() {
    let (recipe, data) = refreshed();
    let loader = || {
        let refresh = Refresh::new(&recipe, &data, 6);
        assert!(refresh.is_some());
        ResidentLoader::for_training(&data, 10, refresh, 7, Order::Sequential, &Device::flex())
    };
    let one = loader();
    let passes: Vec<_> = (1..=6).map(|number| shown(&one, number)).collect();
    let fixed =
        ResidentLoader::for_training(&data, 10, None, 7, Order::Sequential, &Device::flex());
    assert_eq!(passes[0], shown(&fixed, 1));
    let num_own = data.train.len() * IMAGE_PIXELS;
    for pair in [0, 2, 4] {
        assert_eq!(passes[pair], passes[pair + 1]);
        let next = &passes[(pair + 2) % 6];
        assert_eq!(passes[pair].0[..num_own], next.0[..num_own]);
        assert_ne!(passes[pair].0[num_own..], next.0[num_own..]);
        assert_eq!(passes[pair].1.len(), data.num_shown());
    }
    // Whoever goes on in the fifth epoch, or goes back to the first, sees the same.
    assert_eq!(shown(&loader(), 5), passes[4]);
    assert_eq!(shown(&one, 1), passes[0]);
    let moved = one.to_device(&Device::flex());
    assert_eq!(shown(&one, 3), passes[2]);
    assert_eq!(moved.num_items(), data.num_shown());
}

#[test]
fn pairs_are_labelled_behind_the_classes_and_none_behind_the_pairs() {
    let (_, mut data) = refreshed();
    let config = data::additions::AdditionsConfig {
        touching: 0.5,
        pairs: 0.4,
        letters: 0.25,
        ..Default::default()
    };
    data.additions = data::additions::draw(&data.train, &config, 3, None, &|_, _| {}).0;
    let [_, num_cut, num_pairs, num_none, _, num_letters] = data.additions.counts();
    assert!(num_pairs >= 8 && num_none > 0 && num_letters == 5);
    let loader =
        ResidentLoader::for_training(&data, 110, None, 7, Order::Sequential, &Device::flex());
    let labels = shown(&loader, 1).1;
    let (digits, rest) = labels.split_at(data.train.len() + num_cut);
    let (pairs, none) = rest.split_at(num_pairs);
    assert!(digits.iter().all(|label| (0..10).contains(label)));
    let expected = data.additions.cuttings.pairs.labels().iter();
    let expected: Vec<i32> = expected.map(|&label| 10 + i32::from(label)).collect();
    assert_eq!(pairs, expected);
    assert!(none.len() == num_none + num_letters && none.iter().all(|&label| label == 110));
    let num_labelled: usize = loader
        .pass(1)
        .map(|batch| batch.unwrap().num_labelled)
        .sum();
    assert_eq!(num_labelled, digits.len() + num_pairs);
}

#[test]
fn nothing_is_drawn_anew_that_no_epoch_would_show() {
    let (mut recipe, mut data) = refreshed();
    assert!(Refresh::new(&recipe, &data, 3).is_some());
    assert!(Refresh::new(&recipe, &data, 2).is_none());
    recipe.additions.refresh_every = 0;
    assert!(Refresh::new(&recipe, &data, 3).is_none());
    recipe.additions.refresh_every = 1;
    data.additions = Additions::default();
    assert!(Refresh::new(&recipe, &data, 3).is_none());
}
