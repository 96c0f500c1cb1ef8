//! What the program says of itself: keys, help, completions, manual pages.

use super::{outcome, train, workplace};

#[test]
fn keys_are_listed() {
    let place = workplace();
    let (code, stdout, _) = outcome(&mut train(place.path(), &["keys"]));
    assert_eq!(code, 0);
    for part in [
        "training.optimizer.learning_rate: number; above 0; default 0.001",
        "Passes over the training images",
        "Only with training.schedule.kind = \"step\".",
    ] {
        assert!(stdout.contains(part), "{part}");
    }
    assert!(
        stdout.lines().all(|line| line.chars().count() <= 80),
        "{stdout}"
    );
    let (_, stdout, _) = outcome(&mut train(place.path(), &["keys", "--format", "json"]));
    let keys: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert!(keys.as_array().unwrap().len() > 60);
    let (code, _, stderr) = outcome(&mut train(place.path(), &["keys", "nothing-like-this"]));
    assert_eq!(code, 2, "{stderr}");
}

#[test]
fn help_fits_a_terminal() {
    let place = workplace();
    for arguments in [
        &["--help"][..],
        &["preview", "--help"],
        &["write", "--help"],
    ] {
        let (code, stdout, _) = outcome(&mut train(place.path(), arguments));
        assert_eq!(code, 0);
        let wide: Vec<&str> = stdout
            .lines()
            .filter(|line| line.chars().count() > 80)
            .collect();
        assert!(wide.is_empty(), "{wide:#?}");
    }
}

#[test]
fn help_lists_the_exit_codes_and_shells_are_completed() {
    let place = workplace();
    let (_, stdout, _) = outcome(&mut train(place.path(), &["--help"]));
    for code in ["0 ", "2 ", "4 ", "130 ", "143 "] {
        assert!(
            stdout.lines().any(|line| line.trim().starts_with(code)),
            "{code}: {stdout}"
        );
    }
    let (code, stdout, _) = outcome(&mut train(place.path(), &["completions", "bash"]));
    assert!(code == 0 && stdout.contains("--batch-size"), "{stdout}");
    let (code, stdout, _) = outcome(&mut train(place.path(), &["man", "man1"]));
    assert!(code == 0 && stdout.contains("train-keys.1"), "{stdout}");
}
