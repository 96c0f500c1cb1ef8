//! Every key of a recipe with its type, default, range and meaning, from the types themselves: their
//! doc comments, defaults and `range` attributes, by way of their JSON schema.

use super::origin::below;
use super::{Recipe, effect};
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde_json::Value;

/// A key of a recipe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyDescription {
    /// Its path, such as `training.batch_size`; `*` stands for the number of an element of a list.
    pub key: String,
    /// What its value is, in words.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its value where it is left out, as TOML.
    pub default: Option<String>,
    /// What its value must be, where there are bounds.
    pub range: Option<String>,
    /// What has to be so that it has an effect.
    pub only_with: Option<&'static str>,
    /// What it does.
    pub meaning: String,
}

/// All keys, tables in the order of their names.
#[must_use]
pub fn all_keys() -> Vec<KeyDescription> {
    let mut keys = Vec::new();
    each_key(&schema(), "", &mut |path, schema| {
        keys.push(KeyDescription {
            key: path.to_string(),
            kind: kind(schema),
            default: default(schema),
            range: range(schema),
            only_with: effect::needs(path),
            meaning: text(schema, "description"),
        });
    });
    keys
}

/// The schema of a recipe, with nothing referred to elsewhere.
pub(super) fn schema() -> Value {
    let settings =
        SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    settings
        .into_generator()
        .into_root_schema_for::<Recipe>()
        .to_value()
}

/// Visits every key that is no table, with its schema.
fn each_key(schema: &Value, path: &str, visit: &mut dyn FnMut(&str, &Value)) {
    let Some(properties) = properties(schema) else {
        return;
    };
    for (name, schema) in properties {
        let path = below(path, name);
        if self::properties(schema).is_some() {
            each_key(schema, &path, visit);
        } else {
            visit(&path, schema);
        }
        if let Some(element) = element(schema) {
            each_key(element, &format!("{path}.*"), visit);
        }
    }
}

/// The keys of a table, or of one that may be left out.
pub(super) fn properties(schema: &Value) -> Option<&serde_json::Map<String, Value>> {
    let mut table = std::iter::once(schema).chain(alternatives(schema));
    table.find_map(|schema| schema.get("properties")?.as_object())
}

/// The schema of the elements of a list.
pub(super) fn element(schema: &Value) -> Option<&Value> {
    let mut list = std::iter::once(schema).chain(alternatives(schema));
    list.find_map(|schema| schema.get("items"))
}

fn alternatives(schema: &Value) -> impl Iterator<Item = &Value> {
    let lists = ["anyOf", "oneOf"].map(|word| schema.get(word).and_then(Value::as_array));
    lists.into_iter().flatten().flatten()
}

/// A text of the schema on one line.
fn text(schema: &Value, word: &str) -> String {
    let text = schema.get(word).and_then(Value::as_str).unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn kind(schema: &Value) -> String {
    if let Some(word) = schema.get("const").and_then(Value::as_str) {
        return format!("{word:?}");
    }
    let words: Vec<String> = schema
        .get("enum")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(Value::to_string)
        .chain(alternatives(schema).map(kind))
        .filter(|word| !word.is_empty())
        .collect();
    if !words.is_empty() {
        return words.join(", ");
    }
    let is_of = |name: &str| match schema.get("type") {
        Some(Value::String(one)) => one == name,
        Some(Value::Array(all)) => all.iter().any(|one| one == name),
        _ => false,
    };
    let length = schema
        .get("maxItems")
        .filter(|most| schema.get("minItems") == Some(most));
    match element(schema) {
        Some(element) if properties(element).is_some() => "list of tables".into(),
        Some(element) => match length {
            Some(length) => format!("list of {length} {}s", kind(element)),
            None => format!("list of {}s", kind(element)),
        },
        None if is_of("integer") => "whole number".into(),
        None if is_of("number") => "number".into(),
        None if is_of("boolean") => "true or false".into(),
        None if is_of("string") => "text".into(),
        None => String::new(),
    }
}

fn default(schema: &Value) -> Option<String> {
    let default = schema.get("default").filter(|default| !default.is_null())?;
    let value = toml::Value::try_from(default).ok()?;
    Some(value.to_string())
}

/// The bounds of a number in words, where there are some beside those of its type and its values are not listed.
pub(super) fn range(schema: &Value) -> Option<String> {
    if schema.get("enum").is_some() {
        return None;
    }
    let bound = |word: &str| schema.get(word).and_then(Value::as_f64);
    let (least, above) = (bound("minimum"), bound("exclusiveMinimum"));
    // The largest numbers of the file format itself need no words.
    let most = bound("maximum").filter(|most| *most < 1e15);
    let below = bound("exclusiveMaximum");
    let lower = match (least, above) {
        (Some(least), _) => Some(format!("at least {least}")),
        (None, Some(above)) => Some(format!("above {above}")),
        (None, None) => None,
    };
    match (lower, most, below) {
        (Some(_), Some(most), _) if least.is_some() => {
            Some(format!("between {} and {most}", least.unwrap_or_default()))
        }
        (Some(lower), Some(most), _) => Some(format!("{lower} and at most {most}")),
        (Some(lower), None, Some(below)) => Some(format!("{lower} and below {below}")),
        (None, Some(most), _) => Some(format!("at most {most}")),
        (None, None, Some(below)) => Some(format!("below {below}")),
        (lower, None, None) => lower,
    }
}

/// Whether a number lies within the bounds of its schema.
pub(super) fn is_within(schema: &Value, number: f64) -> bool {
    let holds = |word: &str, test: fn(f64, f64) -> bool| {
        let bound = schema.get(word).and_then(Value::as_f64);
        bound.is_none_or(|bound| test(number, bound))
    };
    number.is_finite()
        && holds("minimum", |number, bound| number >= bound)
        && holds("maximum", |number, bound| number <= bound)
        && holds("exclusiveMinimum", |number, bound| number > bound)
        && holds("exclusiveMaximum", |number, bound| number < bound)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn key(path: &str) -> KeyDescription {
        let mut keys = all_keys().into_iter();
        keys.find(|one| one.key == path).unwrap()
    }

    #[test]
    fn every_key_has_a_type_and_a_meaning() {
        let keys = all_keys();
        assert!(keys.len() > 60, "{}", keys.len());
        for key in &keys {
            assert!(!key.kind.is_empty(), "{key:?}");
            assert!(
                !key.meaning.is_empty() || key.key.starts_with("model."),
                "{key:?}"
            );
        }
    }

    #[test]
    fn types_defaults_and_ranges_are_those_of_the_recipe() {
        let rate = key("training.optimizer.learning_rate");
        assert_eq!(
            (rate.kind.as_str(), rate.default.as_deref()),
            ("number", Some("0.001"))
        );
        assert_eq!(rate.range.as_deref(), Some("above 0"));
        let kind = key("training.optimizer.kind");
        assert_eq!(kind.kind, "\"adam\", \"adamw\", \"sgd\", \"rms-prop\"");
        assert_eq!(kind.default.as_deref(), Some("\"adam\""));
        assert_eq!(key("training.epochs").range.as_deref(), Some("at least 1"));
        let views = key("views");
        assert_eq!((views.kind.as_str(), views.range), ("1, 3, 5", None));
        assert_eq!(key("augmentation.scale").kind, "list of 2 numbers");
        assert_eq!(key("data.validation").kind, "whole number, \"test\"");
        assert_eq!(
            key("training.early_stopping.patience").default.as_deref(),
            Some("5")
        );
        assert_eq!(key("model.convolutions.*.kernel").kind, "whole number");
        assert_eq!(
            key("training.label_smoothing").range.as_deref(),
            Some("at least 0 and below 1")
        );
    }
}
