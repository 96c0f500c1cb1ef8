#![allow(clippy::unwrap_used)]

use super::*;
use base::random::{Purpose, below, stream};

fn digits(number: usize) -> LabeledImages {
    let config = SyntheticConfig {
        num_train: number,
        num_test: 0,
        seed: 7,
    };
    draw(&config).train
}

fn posed(images: &LabeledImages, pose: Pose) -> LabeledImages {
    let images_of = images.pixels().as_chunks::<IMAGE_PIXELS>().0;
    let pixels = images_of
        .iter()
        .flat_map(|image| pose.undone(image))
        .collect();
    LabeledImages::new(pixels, images.labels().to_vec()).unwrap()
}

#[test]
fn digits_that_lie_as_they_should_are_left_alone_and_all_other_poses_seen() {
    let digits = digits(300);
    for pose in Pose::all() {
        let found = noticed(&posed(&digits, pose), &digit_names());
        if pose == Pose::UPRIGHT {
            assert_eq!(found, None);
        } else {
            let found = found.unwrap();
            // Undoing what was found gives back what there was.
            assert_eq!(
                posed(&posed(&digits, pose), found),
                digits,
                "{}",
                pose.describe()
            );
        }
    }
}

#[test]
fn nothing_is_said_of_what_are_no_digits() {
    let digits = digits(300);
    let mut random = stream(1, Purpose::Split, 0);
    let labels = (0..300).map(|_| below(&mut random, 10) as u8).collect();
    let mixed = LabeledImages::new(digits.pixels().to_vec(), labels).unwrap();
    assert_eq!(
        noticed(&mixed.transposed(), &digit_names()),
        None,
        "labels at random"
    );
    let names: Vec<String> = ('a'..='j').map(String::from).collect();
    assert_eq!(
        noticed(&digits.clone().transposed(), &names),
        None,
        "other classes"
    );
    assert_eq!(
        noticed(&digits.select(&[0, 1, 2]).transposed(), &digit_names()),
        None,
        "too few"
    );
    assert_eq!(noticed(&LabeledImages::default(), &digit_names()), None);
}

#[test]
fn mnist_lies_as_it_should_and_transposed_is_seen() {
    let Some(folder) = std::env::var_os(crate::MNIST_DIR) else {
        return;
    };
    let lookup = crate::Lookup {
        dir: Some(folder.into()),
        ..crate::Lookup::default()
    };
    let set = crate::load(crate::KnownSet::Mnist, &lookup, &crate::Silent).unwrap();
    let test = set.test.unwrap();
    let few = test.select(&(0..50).collect::<Vec<_>>());
    assert_eq!(noticed(&few, &digit_names()), None, "a few of them");
    for part in [set.train, test] {
        assert_eq!(noticed(&part, &digit_names()), None);
        for pose in Pose::all().filter(|pose| *pose != Pose::UPRIGHT) {
            let found = noticed(&posed(&part, pose), &digit_names());
            let what = pose.describe();
            let found = found.unwrap_or_else(|| panic!("{what} was not seen"));
            assert!(
                posed(&posed(&part, pose), found) == part,
                "{what}: {}",
                found.describe()
            );
        }
    }
}
