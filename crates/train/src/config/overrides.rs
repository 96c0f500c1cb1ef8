//! What the command line puts over a recipe. Owns `--set` and how a short key finds its place.

use super::KeyDescription;
use super::origin::pattern;
use super::wording::nearest_of;
use toml::{Table, Value};

/// Parts of a key, at most: no recipe is deeper.
const MAX_PARTS: usize = 16;
/// Other names of keys, as people know them.
const SYNONYMS: [(&str, &str); 2] = [("lr", "learning_rate"), ("batch", "batch_size")];

/// A value that the command line puts over the file's.
#[derive(Clone, Debug, PartialEq)]
pub struct Override {
    /// The path of the key, such as `training.batch_size`; elements of lists by their number.
    pub key: String,
    /// The value.
    pub value: Value,
    /// How the user wrote it, for messages.
    pub source: String,
    /// A key of the file that this one takes the place of.
    pub instead_of: Option<&'static str>,
}

impl Override {
    /// From the text after `--set`: `key=value`. The value is read as TOML; what is no TOML is a
    /// string, so that `optimizer.kind=sgd` needs no quotes.
    ///
    /// # Errors
    ///
    /// Where there is no `=` or no key.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (key, value) = text
            .split_once('=')
            .ok_or("expected key=value, such as training.epochs=3")?;
        let key = key.trim();
        if key.is_empty() || key.split('.').any(str::is_empty) {
            return Err("the key before `=` is missing or has an empty part".into());
        }
        if key.split('.').count() > MAX_PARTS {
            return Err(format!("a key has at most {MAX_PARTS} parts"));
        }
        Ok(Self {
            key: key.into(),
            value: parse_value(value.trim()),
            source: format!("--set {text}"),
            instead_of: None,
        })
    }

    /// From a named flag.
    #[must_use]
    pub fn flag(flag: &str, key: &str, value: impl Into<Value>) -> Self {
        Self {
            key: key.into(),
            value: value.into(),
            source: flag.into(),
            instead_of: None,
        }
    }

    /// In the place of another key of the file.
    #[must_use]
    pub fn instead_of(mut self, key: &'static str) -> Self {
        self.instead_of = Some(key);
        self
    }

    /// With the whole path of its key, where the key given is a known one or the end of just one.
    ///
    /// # Errors
    ///
    /// The keys that may be meant, where there are several.
    pub(super) fn resolved(mut self, known: &[KeyDescription]) -> Result<Self, Vec<String>> {
        self.key = place_of(&self.key, known)?;
        // `model=dense` and the like: what is meant is the kind.
        let kind = format!("{}.kind", self.key);
        if self.value.is_str() && known.iter().any(|one| one.key == kind) {
            self.key = kind;
        }
        Ok(self)
    }
}

fn parse_value(text: &str) -> Value {
    let document = format!("value = {text}").parse::<Table>();
    let value = document.ok().filter(|table| table.len() == 1);
    value
        .and_then(|mut table| table.remove("value"))
        .unwrap_or_else(|| Value::String(text.to_string()))
}

/// Whether a key, or a table of keys, is known by this path.
fn is_place(pattern: &str, known: &[KeyDescription]) -> bool {
    known.iter().any(|one| {
        let rest = one.key.strip_prefix(pattern);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}

/// The path of the one known key that ends like the given one and has its other parts, in their
/// order; the given key itself, where there is none.
fn place_of(given: &str, known: &[KeyDescription]) -> Result<String, Vec<String>> {
    let pattern = pattern(given);
    if is_place(&pattern, known) || is_place(pattern.trim_end_matches(".*"), known) {
        return Ok(given.to_string());
    }
    let parts: Vec<&str> = given.split('.').map(full_name).collect();
    let mut places: Vec<&str> = Vec::new();
    for one in known {
        let path: Vec<&str> = one.key.split('.').collect();
        // Tables too: `optimizer` is the end of `training.optimizer`.
        for length in 1..=path.len() {
            let is_end = path[length - 1] == parts[parts.len() - 1];
            let place = path[..length].join(".");
            let place = &one.key[..place.len()];
            if is_end && is_within(&parts, &path[..length]) && !places.contains(&place) {
                places.push(place);
            }
        }
    }
    // What is one for each element of a list was hardly meant.
    places.sort_by_key(|place| place.contains('*'));
    match places[..] {
        [] => Ok(given.to_string()),
        [place] => Ok(place.to_string()),
        _ => Err(places.into_iter().map(String::from).collect()),
    }
}

fn full_name(part: &str) -> &str {
    let synonym = SYNONYMS.iter().find(|(short, _)| *short == part);
    synonym.map_or(part, |(_, full)| full)
}

/// Whether all parts are in the path, in this order.
fn is_within(parts: &[&str], path: &[&str]) -> bool {
    let mut path = path.iter();
    parts.iter().all(|part| path.any(|one| one == part))
}

/// The known key that an unknown one may mean: one of the same table, where there is such a table,
/// that begins like it or has a name near to its own.
pub(super) fn nearest_key(given: &str, known: &[KeyDescription]) -> Option<String> {
    let (table, last) = given.rsplit_once('.').unwrap_or(("", given));
    let parts = |key: &str| {
        let (table, last) = key.rsplit_once('.').unwrap_or(("", key));
        (table.to_string(), last.to_string())
    };
    let is_table = known.iter().any(|one| parts(&one.key).0 == table);
    let candidates: Vec<(&str, String)> = known
        .iter()
        .map(|one| (one.key.as_str(), parts(&one.key)))
        .filter(|(_, (of, _))| table.is_empty() || !is_table || of == table)
        .map(|(key, (_, last))| (key, last))
        .collect();
    let begins = |name: &&(&str, String)| last.len() > 2 && name.1.starts_with(last);
    let near = || {
        let name = nearest_of(last, candidates.iter().map(|(_, name)| name.as_str()))?;
        candidates.iter().find(|(_, one)| one == name)
    };
    let found = candidates.iter().find(begins).or_else(near);
    found.map(|(key, _)| (*key).to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::all_keys;
    use super::*;

    fn place(given: &str) -> Result<String, Vec<String>> {
        let change = Override::parse(given).unwrap();
        change.resolved(&all_keys()).map(|change| change.key)
    }

    #[test]
    fn short_keys_find_their_place() {
        for (given, expected) in [
            ("training.epochs=3", "training.epochs"),
            ("epochs=3", "training.epochs"),
            ("lr=0.1", "training.optimizer.learning_rate"),
            (
                "training.learning_rate=1",
                "training.optimizer.learning_rate",
            ),
            ("optimizer.kind=sgd", "training.optimizer.kind"),
            ("optimizer=sgd", "training.optimizer.kind"),
            ("model=dense", "model.kind"),
            ("schedule={kind=\"cosine\"}", "training.schedule"),
            ("model.hidden.1=4", "model.hidden.1"),
            ("training.batchsize=3", "training.batchsize"),
            ("no.such.key=3", "no.such.key"),
        ] {
            assert_eq!(place(given).unwrap(), expected, "{given}");
        }
        let several = place("kind=sgd").unwrap_err();
        assert!(
            several.contains(&"training.optimizer.kind".to_string()),
            "{several:?}"
        );
        assert!(several.len() >= 3, "{several:?}");
    }

    #[test]
    fn a_key_of_thousands_of_parts_is_none() {
        let text = format!("{}a=1", "a.".repeat(60_000));
        assert!(
            Override::parse(&text)
                .unwrap_err()
                .contains("at most 16 parts")
        );
    }
}
