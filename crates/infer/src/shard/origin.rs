//! What the rows of a shard depend on: shards of one job agree in all of it.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// So many letters of a sum are shown.
const SHOWN_LETTERS: usize = 12;

/// What rows depend on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// For each model the SHA-256 of its weights, in hexadecimal, and its temperature.
    pub models: Vec<String>,
    /// What was named as inputs, in order.
    pub inputs: Vec<NamedInput>,
    /// How many inputs there were, as far as they were counted before: the shares are cut by that.
    pub num_inputs: u64,
    /// How many go through a network at once.
    pub batch_size: u64,
    /// Options that change rows, and their values.
    pub settings: BTreeMap<String, String>,
}

/// What was named as an input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedInput {
    /// As it was named: rows have that name.
    pub path: String,
    /// Of a file.
    pub num_bytes: Option<u64>,
}

impl Origin {
    /// In what another one differs, for people; `None` where it does not.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Option<String> {
        if self.models != other.models {
            let (ours, theirs) = (shown(&self.models), shown(&other.models));
            return Some(format!("other models: weights {ours} and {theirs}"));
        }
        self.difference_of_inputs(other)
            .or_else(|| self.difference_of_settings(other))
    }

    fn difference_of_inputs(&self, other: &Self) -> Option<String> {
        let named = |origin: &Self| {
            let paths = origin.inputs.iter().map(|input| input.path.as_str());
            paths.collect::<Vec<_>>().join(", ")
        };
        let (ours, theirs) = (named(self), named(other));
        if ours != theirs {
            return Some(format!("other inputs: {ours} and {theirs}"));
        }
        let mut pairs = self.inputs.iter().zip(&other.inputs);
        if let Some((ours, theirs)) = pairs.find(|(ours, theirs)| ours != theirs) {
            let size = |input: &NamedInput| match input.num_bytes {
                Some(num_bytes) => format!("{num_bytes} bytes"),
                None => "no file".into(),
            };
            let (path, ours, theirs) = (&ours.path, size(ours), size(theirs));
            return Some(format!("{path} has changed: {ours} and {theirs}"));
        }
        for (what, ours, theirs) in [
            ("number of inputs", self.num_inputs, other.num_inputs),
            ("--batch-size", self.batch_size, other.batch_size),
        ] {
            if ours != theirs {
                return Some(format!("another {what}: {ours} and {theirs}"));
            }
        }
        None
    }

    fn difference_of_settings(&self, other: &Self) -> Option<String> {
        let of = |origin: &Self, name: &String| {
            let value = origin.settings.get(name).map(String::as_str);
            value.unwrap_or("none").to_owned()
        };
        let mut names = self.settings.keys().chain(other.settings.keys());
        let name = names.find(|name| of(self, name) != of(other, name))?;
        let (ours, theirs) = (of(self, name), of(other, name));
        Some(format!("another {name}: {ours} and {theirs}"))
    }
}

fn shown(models: &[String]) -> String {
    let short = models
        .iter()
        .map(|model| model.chars().take(SHOWN_LETTERS).collect::<String>());
    short.collect::<Vec<_>>().join(" + ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_said() {
        let input = |num_bytes| NamedInput {
            path: "a.tar".into(),
            num_bytes,
        };
        let one = Origin {
            models: vec!["ab".into()],
            inputs: vec![input(Some(3))],
            num_inputs: 7,
            batch_size: 1_000,
            settings: [("--top-k".to_owned(), "3".to_owned())].into(),
        };
        assert_eq!(one.difference(&one.clone()), None);
        let check = |change: &dyn Fn(&mut Origin), expected: &str| {
            let mut other = one.clone();
            change(&mut other);
            let said = one.difference(&other).unwrap_or_default();
            assert!(said.contains(expected), "{said}");
        };
        check(
            &|other| other.models.push("cd".into()),
            "weights ab and ab + cd",
        );
        check(
            &|other| other.inputs[0].path = "b.tar".into(),
            "a.tar and b.tar",
        );
        check(
            &|other| other.inputs[0] = input(Some(4)),
            "3 bytes and 4 bytes",
        );
        check(&|other| other.num_inputs = 8, "7 and 8");
        check(&|other| other.batch_size = 8, "--batch-size: 1000 and 8");
        check(
            &|other| other.settings.clear(),
            "another --top-k: 3 and none",
        );
    }
}
