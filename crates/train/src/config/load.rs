//! From defaults, a file, `--set` and named flags, in this order, to a checked [`Recipe`]. Owns the
//! messages: file, line, key, what is allowed, and the nearest known key.

use super::Recipe;
use std::fs;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// A value that the command line puts over the file's.
#[derive(Clone, Debug, PartialEq)]
pub struct Override {
    /// The path of the key, such as `training.batch_size`; elements of lists by their number.
    pub key: String,
    /// The value.
    pub value: Value,
    /// How the user wrote it, for messages.
    pub source: String,
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
        Ok(Self {
            key: key.into(),
            value: parse_value(value.trim()),
            source: format!("--set {text}"),
        })
    }

    /// From a named flag.
    #[must_use]
    pub fn flag(flag: &str, key: &str, value: impl Into<Value>) -> Self {
        Self {
            key: key.into(),
            value: value.into(),
            source: flag.into(),
        }
    }
}

fn parse_value(text: &str) -> Value {
    let document = format!("value = {text}").parse::<Table>();
    let value = document.ok().filter(|table| table.len() == 1);
    value
        .and_then(|mut table| table.remove("value"))
        .unwrap_or_else(|| Value::String(text.to_string()))
}

/// Why a recipe could not be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The file is no recipe.
    #[error("{}: {problem}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and caret where the parser knows them.
        problem: String,
        /// The nearest known key or value.
        suggestion: Option<String>,
    },
    /// The command line does not fit the recipe.
    #[error("{origin}: {problem}")]
    Override {
        /// The flag.
        origin: String,
        /// What is wrong.
        problem: String,
        /// The nearest known key or value.
        suggestion: Option<String>,
    },
    /// A value makes no run.
    #[error("{origin}: {key} {problem}")]
    Value {
        /// File and line, or flag.
        origin: String,
        /// The key.
        key: String,
        /// What is wrong, and what is allowed.
        problem: String,
    },
}

impl ConfigError {
    /// The way out.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unreadable { .. } => {
                Some("`ls configs` shows the recipes that come along".into())
            }
            Self::File { suggestion, .. } | Self::Override { suggestion, .. } => suggestion
                .as_ref()
                .map(|word| format!("did you mean `{word}`?")),
            Self::Value { .. } => None,
        }
    }
}

/// Reads the file, puts `overrides` over it in their order, and checks the whole.
///
/// # Errors
///
/// Names file and line, or flag, and the key.
pub fn load(path: &Path, overrides: &[Override]) -> Result<Recipe, ConfigError> {
    let text = fs::read_to_string(path).map_err(|error| ConfigError::Unreadable {
        path: path.to_path_buf(),
        reason: error.to_string(),
    })?;
    let file_error = |error: &toml::de::Error| ConfigError::File {
        path: path.to_path_buf(),
        problem: error.to_string().trim_end().to_string(),
        suggestion: nearest(error.message()),
    };
    // On its own first: only then does the parser know lines and columns.
    toml::from_str::<Recipe>(&text).map_err(|error| file_error(&error))?;
    let mut table: Table = text.parse().map_err(|error| file_error(&error))?;
    let mut recipe = parse(&table, "the recipe")?;
    for change in overrides {
        put(&mut table, change)?;
        recipe = parse(&table, &change.source)?;
    }
    recipe
        .check()
        .map_err(|(key, problem)| ConfigError::Value {
            origin: origin_of(&key, path, &text, overrides),
            key,
            problem,
        })?;
    if recipe.name.is_none() {
        recipe.name = path
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned());
    }
    Ok(recipe)
}

fn parse(table: &Table, source: &str) -> Result<Recipe, ConfigError> {
    Value::Table(table.clone())
        .try_into()
        .map_err(|error: toml::de::Error| ConfigError::Override {
            origin: source.to_string(),
            problem: error.to_string().trim().replace('\n', " "),
            suggestion: nearest(error.message()),
        })
}

/// Puts one value into the table, making the tables on the way.
fn put(table: &mut Table, change: &Override) -> Result<(), ConfigError> {
    let refuse = |problem: String| ConfigError::Override {
        origin: change.source.clone(),
        problem,
        suggestion: None,
    };
    let (parents, last) = match change.key.rsplit_once('.') {
        Some((parents, last)) => (parents.split('.').collect(), last),
        None => (Vec::new(), change.key.as_str()),
    };
    let mut root = Value::Table(std::mem::take(table));
    let result = (|| {
        let mut place = &mut root;
        for part in parents {
            place = step_into(place, part).ok_or_else(|| {
                refuse(format!(
                    "`{part}` in `{}` is neither a table nor a list",
                    change.key
                ))
            })?;
        }
        match place {
            Value::Table(table) => {
                table.insert(last.to_string(), change.value.clone());
                Ok(())
            }
            Value::Array(elements) => {
                let length = elements.len();
                let element = last
                    .parse()
                    .ok()
                    .and_then(|index: usize| elements.get_mut(index));
                let element = element
                    .ok_or_else(|| refuse(format!("the list has {length} elements, from 0")))?;
                *element = change.value.clone();
                Ok(())
            }
            _ => Err(refuse(format!("`{}` is not below a table", change.key))),
        }
    })();
    if let Value::Table(changed) = root {
        *table = changed;
    }
    result
}

fn step_into<'a>(place: &'a mut Value, part: &str) -> Option<&'a mut Value> {
    match place {
        Value::Table(table) => Some(
            table
                .entry(part)
                .or_insert_with(|| Value::Table(Table::new())),
        ),
        Value::Array(list) => list.get_mut(part.parse::<usize>().ok()?),
        _ => None,
    }
}

/// Where the value of `key` came from: the last flag that set it, or its line in the file.
fn origin_of(key: &str, path: &Path, text: &str, overrides: &[Override]) -> String {
    let plain = key.replace('[', ".").replace(']', "");
    if let Some(change) = overrides.iter().rev().find(|change| change.key == plain) {
        return change.source.clone();
    }
    let last = plain
        .rsplit('.')
        .find(|part| part.parse::<usize>().is_err())
        .unwrap_or(&plain);
    let lines: Vec<usize> = text
        .lines()
        .enumerate()
        .filter(|(_, line)| sets_key(line, last))
        .map(|(index, _)| index + 1)
        .collect();
    match lines.as_slice() {
        [line] => format!("{}:{line}", path.display()),
        _ => path.display().to_string(),
    }
}

fn sets_key(line: &str, key: &str) -> bool {
    let code = line.split('#').next().unwrap_or("");
    code.match_indices(key).any(|(start, _)| {
        let before = code[..start].chars().next_back();
        let after = code[start + key.len()..].trim_start();
        after.starts_with('=') && before.is_none_or(|c| !(c.is_alphanumeric() || c == '_'))
    })
}

/// The known word nearest to the unknown one in a message of serde's, such as "unknown field `a`,
/// expected one of `b`, `c`".
fn nearest(message: &str) -> Option<String> {
    if !message.starts_with("unknown") {
        return None;
    }
    let mut words = message.split('`').skip(1).step_by(2);
    let unknown = words.next()?;
    let known = words.map(|word| (strsim::damerau_levenshtein(unknown, word), word));
    known
        .filter(|(distance, word)| *distance <= 1 + word.len() / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word.to_string())
}

#[cfg(test)]
mod tests;
