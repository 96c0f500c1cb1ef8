#![allow(clippy::unwrap_used, clippy::expect_used)]
use super::super::OptimizerKind;
use super::*;
use std::fs;

/// Loads `text` as `r.toml`, with `--set` for each of `sets`.
fn load_text(text: &str, sets: &[&str]) -> Result<Recipe, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.toml");
    fs::write(&path, text).unwrap();
    let overrides: Vec<Override> = sets
        .iter()
        .map(|set| Override::parse(set).unwrap())
        .collect();
    load(&path, &overrides).map(|loaded| loaded.recipe)
}

fn message(text: &str, sets: &[&str]) -> (String, Option<String>) {
    let error = load_text(text, sets).expect_err("a wrong recipe was taken");
    (error.to_string(), error.hint())
}

const SHORT: &str = "[training]\nepochs = 3\n";

#[test]
fn file_over_defaults_and_set_over_file() {
    let sets = [
        "training.batch_size=16",
        "training.optimizer.kind=sgd",
        "seed=7",
    ];
    let recipe = load_text(SHORT, &sets).unwrap();
    assert_eq!(recipe.training.epochs, Some(3));
    assert_eq!(recipe.training.batch_size, 16);
    assert_eq!(recipe.training.optimizer.kind, OptimizerKind::Sgd);
    assert_eq!((recipe.seed, recipe.name.as_deref()), (7, Some("r")));
}

#[test]
fn a_misspelt_key_shows_its_line_a_caret_and_the_nearest_key() {
    let (message, hint) = message("[training]\nepochs = 3\nbatch_sise = 4\n", &[]);
    assert!(
        message.contains("r.toml") && message.contains("line 3"),
        "{message}"
    );
    assert!(
        message.contains("batch_sise = 4") && message.contains('^'),
        "{message}"
    );
    assert_eq!(hint.unwrap(), "did you mean `batch_size`?");
}

#[test]
fn a_misspelt_key_inside_the_network_shows_its_line_too() {
    let text = "[training]\nepochs = 1\n[model]\nkind = \"dense\"\nhiden = [5]\n";
    let (message, hint) = message(text, &[]);
    assert!(
        message.contains("line 5") && message.contains("hiden"),
        "{message}"
    );
    assert_eq!(hint.unwrap(), "did you mean `hidden`?");
}

#[test]
fn wrong_types_and_misspelt_values_are_named() {
    let (wrong_type, _) = message("[training]\nepochs = \"many\"\n", &[]);
    assert!(
        wrong_type.contains("line 2") && wrong_type.contains("invalid type"),
        "{wrong_type}"
    );
    let text = "[training]\nepochs = 1\noptimizer = { kind = \"adan\" }\n";
    let (_, hint) = message(text, &[]);
    assert!(hint.unwrap().starts_with("did you mean `adam"));
}

#[test]
fn a_wrong_flag_is_named_not_the_file() {
    let (unknown, hint) = message(SHORT, &["training.epoch=3"]);
    assert!(
        unknown.starts_with("--set training.epoch=3: unknown field"),
        "{unknown}"
    );
    assert_eq!(hint.unwrap(), "did you mean `epochs`?");
    let (value, _) = message(SHORT, &["training.batch_size=0"]);
    assert_eq!(
        value,
        "--set training.batch_size=0: training.batch_size must be at least 1"
    );
    let (list, _) = message(SHORT, &["seed.a=1"]);
    assert!(list.contains("--set seed.a=1"), "{list}");
}

#[test]
fn elements_of_lists_can_be_set() {
    let text = "[training]\nepochs = 1\n[model]\nkind = \"dense\"\nhidden = [8, 9]\n";
    let recipe = load_text(text, &["model.hidden.1=4"]).unwrap();
    assert_eq!(recipe.model.summarize(10).unwrap().layers[1].output, [4]);
    let (message, _) = message(text, &["model.hidden.2=4"]);
    assert!(message.contains("the list has 2 elements"), "{message}");
}

#[test]
fn values_that_make_no_run_name_file_and_line() {
    let (message, _) = message("[training]\nepochs = 1\nlabel_smoothing = 1.5\n", &[]);
    assert!(message.ends_with("r.toml:3: training.label_smoothing must be at least 0 and below 1"));
}

#[test]
fn a_missing_budget_is_named() {
    let (message, _) = message("seed = 1\n", &[]);
    assert!(message.contains("training.epochs must be set"), "{message}");
}

#[test]
fn what_is_written_is_read_back() {
    let sets = [
        "training.steps=9",
        "data.fallback=synthetic",
        "training.ema_decay=0.9",
    ];
    let recipe = load_text(SHORT, &sets).unwrap();
    let text = recipe.to_toml().unwrap();
    assert_eq!(load_text(&text, &[]).unwrap(), recipe);
}

#[test]
fn set_needs_a_key_and_an_equals_sign() {
    assert!(
        Override::parse("training.epochs")
            .unwrap_err()
            .contains("key=value")
    );
    assert!(Override::parse("=3").is_err() && Override::parse("a..b=3").is_err());
    assert_eq!(
        Override::parse("a=[1, 2]")
            .unwrap()
            .value
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(
        Override::parse("a=1 2").unwrap().value.as_str(),
        Some("1 2")
    );
}

#[test]
fn validation_is_a_number_or_the_test_images() {
    use super::super::Validation;
    let load = |value: &str| load_text(SHORT, &[&format!("data.validation={value}")]);
    assert_eq!(
        load("100").unwrap().data.validation,
        Validation::Images(100)
    );
    let recipe = load("test").unwrap();
    assert_eq!(recipe.data.validation, Validation::Test);
    let text = recipe.to_toml().unwrap();
    assert_eq!(load_text(&text, &[]).unwrap(), recipe);
    for wrong in ["tests", "-1", "0.5"] {
        let message = load(wrong).unwrap_err().to_string();
        assert!(
            message.contains("a number of training images, or \"test\""),
            "{message}"
        );
    }
}

#[test]
fn augmentation_that_makes_no_sense_names_line_and_key() {
    for (value, expected) in [
        ("rotation_degrees = -5", "between 0 and 180"),
        ("shift_pixels = nan", "between 0 and 28"),
        ("scale = [0, 1]", "between 0.1 and 10"),
        ("scale = [1.1, 0.9]", "a least and a largest factor"),
        ("shear_degrees = 90", "between 0 and 60"),
        ("elastic_pixels = inf", "between 0 and 28"),
        ("elastic_smoothing_pixels = 0.5", "between 1 and 28"),
        ("erase_probability = 1.5", "between 0 and 1"),
        ("erase_pixels = [0, 4]", "a least and a largest side"),
        ("erase_pixels = [4, 29]", "a least and a largest side"),
        ("taper = 1.1", "between 0 and 1"),
    ] {
        let text = format!("{SHORT}[augmentation]\n{value}\n");
        let key = value.split(' ').next().unwrap();
        let (message, _) = message(&text, &[]);
        let place = format!("r.toml:4: augmentation.{key} must be ");
        assert!(
            message.contains(&place) && message.contains(expected),
            "{message}"
        );
    }
    let (message, hint) = message(SHORT, &["augmentation.rotation=5"]);
    assert!(message.contains("unknown field"), "{message}");
    assert!(hint.is_none_or(|hint| hint.contains("rotation_degrees")));
}

#[test]
fn whole_numbers_do_for_augmentation() {
    let sets = ["augmentation.shift_pixels=2", "augmentation.scale=[0.9, 1]"];
    let recipe = load_text(SHORT, &sets).unwrap();
    assert!(recipe.augmentation.changes_images());
    let text = recipe.to_toml().unwrap();
    assert_eq!(load_text(&text, &[]).unwrap(), recipe);
    assert!(!load_text(SHORT, &[]).unwrap().augmentation.changes_images());
}
