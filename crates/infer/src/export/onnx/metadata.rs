//! What an ONNX file tells of itself, by the keys that Ultralytics writes where it has one.

use crate::export::about::{license, network};
use base::IMAGE_SIDE;
use model::SavedModel;
use std::fmt::Write as _;

/// What it is, in a line.
pub(super) fn description(models: &[SavedModel]) -> String {
    let networks: Vec<String> = models.iter().map(network).collect();
    networks.join("; ")
}

/// Keys and values. Of several models, values that are one a model stand one after another.
pub(super) fn properties(models: &[SavedModel]) -> Vec<(&'static str, String)> {
    let Some(first) = models.first().map(|model| &model.manifest) else {
        return Vec::new();
    };
    let each = |value: &dyn Fn(&model::Manifest) -> String| {
        let values: Vec<String> = models.iter().map(|model| value(&model.manifest)).collect();
        values.join(", ")
    };
    let once = |value: &dyn Fn(&model::Manifest) -> String| {
        let mut values: Vec<String> = models.iter().map(|model| value(&model.manifest)).collect();
        values.dedup();
        values.join(", ")
    };
    let input = &first.input_convention;
    vec![
        ("description", description(models)),
        (
            "author",
            once(&|manifest| format!("{} {}", manifest.program.name, manifest.program.version)),
        ),
        (
            "version",
            format!("{} {}", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION")),
        ),
        ("date", each(&|manifest| manifest.created.clone())),
        ("task", "classify".into()),
        ("imgsz", format!("[{IMAGE_SIDE}, {IMAGE_SIDE}]")),
        ("channels", "1".into()),
        ("names", names(&first.class_names)),
        (
            "input",
            format!(
                "[N, {IMAGE_SIDE}, {IMAGE_SIDE}], {}; {}; normalised inside",
                input.pixels, input.placement
            ),
        ),
        ("dataset", once(&|manifest| manifest.dataset.name.clone())),
        (
            "dataset_sha256",
            once(&|manifest| manifest.dataset.sha256.clone()),
        ),
        (
            "license",
            once(&|manifest| license(&manifest.dataset.name).about.to_string()),
        ),
        (
            "temperature",
            each(&|manifest| f64::from(manifest.temperature.unwrap_or_default()).to_string()),
        ),
        (
            "weights_sha256",
            each(&|manifest| manifest.weights.sha256.clone()),
        ),
    ]
}

/// As a dictionary of Python's: `{0: '0', 1: '1'}`.
fn names(names: &[String]) -> String {
    let entries = names.iter().enumerate();
    let entries: Vec<String> = entries
        .map(|(index, name)| format!("{index}: {}", python_string(name)))
        .collect();
    format!("{{{}}}", entries.join(", "))
}

fn python_string(text: &str) -> String {
    let mut quoted = String::from("'");
    for letter in text.chars() {
        match letter {
            '\'' | '\\' => quoted.extend(['\\', letter]),
            _ if letter.is_control() => {
                let code = letter as u32;
                let _ = write!(quoted, "\\u{code:04x}");
            }
            _ => quoted.push(letter),
        }
    }
    quoted.push('\'');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_literals_of_python() {
        let list = ["0", "it's", "a\\b", "two\nlines"].map(String::from);
        let expected = r"{0: '0', 1: 'it\'s', 2: 'a\\b', 3: 'two\u000alines'}";
        assert_eq!(names(&list), expected);
    }
}
