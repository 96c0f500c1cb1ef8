#![allow(clippy::unwrap_used, clippy::expect_used)]
use super::super::{LoadedRecipe, Override, Recipe, RecipeFile, all_keys, load_file};
use super::*;

/// A recipe of two lines, with `text` before or after them.
fn file(text: &str) -> RecipeFile {
    RecipeFile {
        label: "r.toml".into(),
        name: "r".into(),
        text: format!("{text}\n[training]\nepochs = 1\n"),
    }
}

fn load(text: &str, sets: &[&str]) -> Result<LoadedRecipe, String> {
    let sets: Vec<Override> = sets
        .iter()
        .map(|set| Override::parse(set).unwrap())
        .collect();
    load_file(&file(text), &sets).map_err(|error| error.to_string())
}

/// For each rule: what the command line sets so that a key has no effect, and a value for the key.
const WITHOUT: &[(&str, &str, &str)] = &[
    ("data.dir", "data.dataset=mine.csv", "x"),
    ("data.fallback", "data.dataset=mine.csv", "synthetic"),
    ("data.rows", "data.dataset=mnist", "5"),
    ("data.classes", "data.dataset=mnist", "5"),
    ("data.test", "data.dataset=mnist", "x"),
    ("data.write_from", "data.dataset=mnist", "mnist"),
    ("data.orientation", "data.dataset=mnist", "transposed"),
    ("data.on_error", "data.dataset=mnist", "skip"),
    ("data.synthetic", "data.dataset=mnist", "{train=5}"),
    ("data.split", "data.validation=0", "seeded"),
    ("additions.refresh_every", "additions.pens=0", "1"),
    ("augmentation.taper", "seed=1", "0.1"),
    (
        "augmentation.elastic_smoothing_pixels",
        "augmentation.shift_pixels=1",
        "4",
    ),
    (
        "augmentation.erase_pixels",
        "augmentation.shift_pixels=1",
        "[4, 10]",
    ),
    (
        "model.activation",
        "model={kind=\"dense\", hidden=[]}",
        "relu",
    ),
    ("model.dropout", "model={kind=\"dense\", hidden=[]}", "0.1"),
    ("model.dropout_on", "model.dropout=0.0", "last"),
    (
        "model.initializer.std",
        "model.initializer.weights=he-normal",
        "0.1",
    ),
    ("model.convolutions.*.pool_size", "seed=1", "2"),
    ("training.monitor", "data.validation=0", "loss"),
    ("training.restore_best", "data.validation=0", "false"),
    (
        "training.early_stopping",
        "data.validation=0",
        "{patience=2}",
    ),
    (
        "training.label_smoothing",
        "training.distillation={teachers=[\"cnn-001\"]}",
        "0.1",
    ),
    ("training.last_layers", "seed=1", "2"),
    ("checkpoint.every_steps", "checkpoint.keep=0", "5"),
    ("checkpoint.every_seconds", "checkpoint.keep=0", "5.0"),
    (
        "training.optimizer.momentum",
        "training.optimizer.kind=adam",
        "0.0",
    ),
    (
        "training.optimizer.nesterov",
        "training.optimizer.kind=sgd",
        "true",
    ),
    (
        "training.optimizer.beta_1",
        "training.optimizer.kind=sgd",
        "0.9",
    ),
    (
        "training.optimizer.beta_2",
        "training.optimizer.kind=rms-prop",
        "0.9",
    ),
    (
        "training.optimizer.alpha",
        "training.optimizer.kind=adam",
        "0.99",
    ),
    (
        "training.optimizer.epsilon",
        "training.optimizer.kind=sgd",
        "1e-8",
    ),
    (
        "training.schedule.warmup_steps",
        "training.schedule.kind=one-cycle",
        "5",
    ),
    (
        "training.schedule.final_share",
        "training.schedule.kind=step",
        "0.1",
    ),
    (
        "training.schedule.rise",
        "training.schedule.kind=cosine",
        "0.3",
    ),
    (
        "training.schedule.every_epochs",
        "training.schedule.kind=cosine",
        "5",
    ),
    (
        "training.schedule.factor",
        "training.schedule.kind=cosine",
        "0.1",
    ),
];

#[test]
fn every_key_without_effect_is_refused_by_name_with_its_reason() {
    let ruled: Vec<&str> = RULES.iter().flat_map(|rule| rule.keys).copied().collect();
    let tried: Vec<&str> = WITHOUT.iter().map(|(key, ..)| *key).collect();
    assert_eq!(
        ruled, tried,
        "a rule without a case, or the other way round"
    );
    for (key, setting, value) in WITHOUT {
        let change = match *key {
            "model.convolutions.*.pool_size" => {
                "model.convolutions=[{channels=4, pool_size=2}]".to_string()
            }
            key => format!("{key}={value}"),
        };
        let message = load("", &[setting, &change]).expect_err(key);
        let shown = key.replace('*', "0");
        let expected = format!(
            "{shown}{}",
            if *key == "data.synthetic" {
                ".train"
            } else {
                ""
            }
        );
        let expected = match *key {
            "training.early_stopping" => format!("{expected}.patience"),
            _ => expected,
        };
        let expected = format!("{expected} has no effect: it needs {}", needs(key).unwrap());
        assert!(message.contains(&expected), "{expected}\n{message}");
        assert!(message.starts_with("--set "), "{message}");
    }
}

#[test]
fn rules_are_about_keys_that_there_are() {
    let known = all_keys();
    for key in RULES.iter().flat_map(|rule| rule.keys) {
        let is_known = known.iter().any(|one| {
            let rest = one.key.strip_prefix(key);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        });
        assert!(is_known, "{key}");
    }
}

#[test]
fn a_key_of_the_file_is_named_with_its_line_even_where_it_equals_the_default() {
    let text = "[training.schedule]\nkind = \"cosine\"\nfactor = 0.1";
    let message = load(text, &[]).unwrap_err();
    assert!(
        message.starts_with("r.toml:3: training.schedule.factor has no effect"),
        "{message}"
    );
}

#[test]
fn all_such_keys_are_named_at_once() {
    let text = "[training.schedule]\nrise = 0.2\nfactor = 0.1";
    let message = load(text, &[]).unwrap_err();
    assert!(
        message.contains("schedule.rise") && message.contains("schedule.factor"),
        "{message}"
    );
}

#[test]
fn what_the_command_line_takes_the_effect_from_falls_away_and_is_said() {
    let text = "[data]\nfallback = \"synthetic\"\n[model]\nkind = \"cnn\"\ndense = [9]\n\
                convolutions = [{ channels = 3 }]\n[training.optimizer]\nkind = \"adamw\"\n\
                beta_1 = 0.8";
    let sets = [
        "model.kind=dense",
        "data.dataset=mine.csv",
        "optimizer.kind=sgd",
    ];
    let loaded = load(text, &sets).unwrap();
    let note = loaded.notes.concat();
    for key in [
        "model.dense",
        "model.convolutions",
        "data.fallback",
        "training.optimizer.beta_1",
    ] {
        assert!(note.contains(key), "{key}: {note}");
    }
    let written = loaded.recipe.to_toml().unwrap();
    assert!(!written.contains("beta_1"), "{written}");
    let saved = RecipeFile {
        text: written,
        ..file("")
    };
    let again = load_file(&saved, &[]).map_err(|error| error.to_string());
    assert_eq!(again.unwrap().recipe, loaded.recipe);
}

/// What a run saves, and what `--print-config` prints, is the same recipe again.
#[test]
fn what_is_written_passes_the_rule() {
    let sets: [&[&str]; 6] = [
        &[],
        &["model.kind=linear"],
        &[
            "model.kind=dense",
            "optimizer.kind=sgd",
            "schedule.kind=step",
        ],
        &[
            "data.dataset=mine.csv",
            "data.test=none",
            "data.rows=7",
            "data.classes=3",
            "validation=0",
        ],
        &[
            "schedule.kind=one-cycle",
            "elastic_pixels=1",
            "early_stopping={patience=2}",
            "training.distillation={teachers=[\"cnn-001\"], temperature=3.5}",
        ],
        &[
            "data.dataset=synthetic",
            "optimizer.kind=rms-prop",
            "model.dropout=0.1",
        ],
    ];
    for set in sets {
        let recipe = load("", set).unwrap().recipe;
        for text in [
            recipe.to_toml().unwrap(),
            recipe.to_explained_toml().unwrap(),
        ] {
            let file = RecipeFile { text, ..file("") };
            let again = load_file(&file, &[]).map_err(|error| error.to_string());
            assert_eq!(again.unwrap().recipe, recipe, "{}", file.text);
        }
    }
}

#[test]
fn every_recipe_that_comes_along_passes_the_rule_as_it_is_and_as_it_is_saved() {
    for name in super::super::recipe_names() {
        let recipe: Recipe = super::super::load(name.as_ref(), &[]).unwrap().recipe;
        let saved = RecipeFile {
            text: recipe.to_toml().unwrap(),
            ..file("")
        };
        assert_eq!(load_file(&saved, &[]).unwrap().recipe, recipe, "{name}");
    }
}

#[test]
fn everything_is_printed() {
    let recipe = load("", &[]).unwrap().recipe;
    let text = recipe.to_explained_toml().unwrap();
    for key in all_keys() {
        let name = key.key.rsplit('.').next().unwrap();
        let is_told = text.lines().any(|line| {
            line.trim_start_matches("# ")
                .starts_with(&format!("{name} ="))
        });
        assert!(
            is_told || name == "convolutions",
            "{name} is not in:\n{text}"
        );
    }
}
