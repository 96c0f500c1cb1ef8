//! `train preview`.

use super::{outcome, succeeds, train, workplace};
use std::fs;

const TURNED: [&str; 4] = [
    "-c",
    "tiny.toml",
    "--set",
    "augmentation.rotation_degrees=20",
];

/// The command line of a preview of turned digits.
fn preview<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["preview"][..], &TURNED, more].concat()
}

#[test]
fn a_picture_is_written_once_and_the_same_again() {
    let place = workplace();
    let (code, stdout, stderr) = outcome(&mut train(place.path(), &preview(&["--count", "3"])));
    assert_eq!((code, stdout.as_str()), (0, ""), "{stderr}");
    let expected = "wrote preview.png: each image as it is, then in epoch 1, 2";
    assert!(stderr.contains(expected), "{stderr}");
    assert!(!place.path().join("artifacts").exists());
    let first = fs::read(place.path().join("preview.png")).unwrap();
    let picture = image::load_from_memory(&first).unwrap();
    assert!(picture.width() >= 3 * 28 && picture.height() >= 3 * 28);

    let (code, _, stderr) = outcome(&mut train(place.path(), &preview(&[])));
    assert_eq!(code, 1);
    let is_refused = stderr.contains("preview.png: is there already") && stderr.contains("--force");
    assert!(is_refused, "{stderr}");
    assert_eq!(fs::read(place.path().join("preview.png")).unwrap(), first);

    succeeds(place.path(), &preview(&["--count", "3", "--force"]));
    assert_eq!(fs::read(place.path().join("preview.png")).unwrap(), first);
    let another = ["--count", "3", "--out", "other.png", "--seed", "7"];
    succeeds(place.path(), &preview(&another));
    assert_ne!(fs::read(place.path().join("other.png")).unwrap(), first);
}

#[test]
fn what_cannot_be_shown_is_refused() {
    let place = workplace();
    for (arguments, code, expected) in [
        (&["preview"][..], 2, "no recipe given"),
        (
            &["preview", "-c", "tiny.toml", "--count", "0"],
            2,
            "--count",
        ),
        (
            &[
                "preview",
                "-c",
                "tiny.toml",
                "--set",
                "augmentation.taper=2",
            ],
            2,
            "--set augmentation.taper=2: augmentation.taper must be between 0 and 1",
        ),
        (
            &["preview", "-c", "tiny.toml", "--out", "no/such/folder.png"],
            1,
            "no/such/folder.png",
        ),
        (
            &["preview", "-c", "tiny.toml", "--out", ".", "--force"],
            1,
            ".: is there already",
        ),
    ] {
        let (found, stdout, stderr) = outcome(&mut train(place.path(), arguments));
        assert_eq!((found, stdout.as_str()), (code, ""), "{stderr}");
        assert!(stderr.contains(expected), "{stderr}");
        assert!(!stderr.contains("internal error"), "{stderr}");
    }
}

#[test]
fn a_recipe_without_augmentation_is_said_to_have_none() {
    let place = workplace();
    let arguments = ["preview", "-c", "tiny.toml", "--count", "2"];
    let (code, _, stderr) = outcome(&mut train(place.path(), &arguments));
    assert_eq!(code, 0, "{stderr}");
    assert!(stderr.contains("changes no images"), "{stderr}");
}
