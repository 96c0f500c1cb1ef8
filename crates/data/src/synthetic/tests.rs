//! Tests of the drawn digits as a whole.

use super::*;
use base::IMAGE_SIDE;

fn few(seed: u64) -> Dataset {
    draw(&SyntheticConfig {
        num_train: 500,
        num_test: 100,
        seed,
    })
}

#[test]
fn same_seed_same_images() {
    assert_eq!(few(1), few(1));
    assert_ne!(few(1).train, few(2).train);
    assert_eq!(
        few(7).origin,
        "drawn by the program: 500 training and 100 test images, seed 7"
    );
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let with_threads = |num_threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(num_threads)
            .build();
        pool.map(|pool| pool.install(|| few(3))).ok()
    };
    assert!(with_threads(1).is_some());
    assert_eq!(with_threads(1), with_threads(2));
}

#[test]
fn the_number_of_images_changes_none_of_them() {
    let fewer = draw(&SyntheticConfig {
        num_train: 120,
        num_test: 0,
        seed: 1,
    });
    let first: Vec<usize> = (0..120).collect();
    assert_eq!(fewer.train, few(1).train.select(&first));
    assert_eq!(fewer.test.map(|test| test.len()), Some(0));
}

#[test]
fn every_ten_images_hold_each_digit_once() {
    let train = few(1).train;
    for ten in train.labels().chunks(NUM_DIGITS) {
        let mut digits = ten.to_vec();
        digits.sort_unstable();
        assert_eq!(digits, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }
    assert_ne!(train.labels()[..10], train.labels()[10..20]);
}

#[test]
fn training_and_test_images_differ() {
    let set = few(1);
    let test = set.test.unwrap_or_default();
    let train_images: std::collections::HashSet<_> =
        set.train.pixels().chunks_exact(IMAGE_PIXELS).collect();
    assert_eq!(train_images.len(), set.train.len(), "no image twice");
    assert!(
        test.pixels()
            .chunks_exact(IMAGE_PIXELS)
            .all(|image| !train_images.contains(image))
    );
}

#[test]
fn every_image_is_finished_like_mnist() {
    for image in few(4).train.pixels().chunks_exact(IMAGE_PIXELS) {
        let (mut mass, mut mass_x, mut mass_y) = (0.0, 0.0, 0.0);
        let (mut low, mut high) = ([usize::MAX; 2], [0; 2]);
        for (place, &pixel) in image.iter().enumerate().filter(|&(_, &pixel)| pixel > 0) {
            let at = [place % IMAGE_SIDE, place / IMAGE_SIDE];
            low = [low[0].min(at[0]), low[1].min(at[1])];
            high = [high[0].max(at[0]), high[1].max(at[1])];
            mass += f64::from(pixel);
            mass_x += f64::from(pixel) * at[0] as f64;
            mass_y += f64::from(pixel) * at[1] as f64;
        }
        let sides = [high[0] + 1 - low[0], high[1] + 1 - low[1]];
        assert!(
            sides.iter().all(|&side| side <= 20) && sides.contains(&20),
            "{sides:?}"
        );
        // Half a pixel by rounding, and a little where the box meets the edge.
        assert!((mass_x / mass - 14.0).abs() <= 1.0, "{}", mass_x / mass);
        assert!((mass_y / mass - 14.0).abs() <= 1.0, "{}", mass_y / mass);
    }
}

#[test]
fn what_is_no_digit_is_blank() {
    assert_eq!(
        draw_digit(1, SyntheticSplit::Train, 0, 10),
        [0; IMAGE_PIXELS]
    );
}

#[test]
fn what_the_cache_has_is_what_was_drawn() {
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
    let cache = Cache::in_folder(folder.path());
    let config = SyntheticConfig {
        num_train: 50,
        num_test: 20,
        seed: 9,
    };
    let told = AtomicUsize::new(0);
    let drawn = draw_watched(&config, Some(&cache), &|_, total| {
        assert_eq!(total, 70);
        told.fetch_add(1, Ordering::Relaxed);
    });
    assert_eq!((told.into_inner(), &drawn.1), (70, &CacheUse::Drawn));
    let found = draw_watched(&config, Some(&cache), &|_, _| {});
    assert_eq!((&found.0, found.1), (&drawn.0, CacheUse::Found));
    assert_eq!(drawn.0, draw(&config));
}
