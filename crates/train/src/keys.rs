//! The command `train keys`: every key of a recipe.

use crate::cli::{Format, KeysArguments};
use crate::config::{KeyDescription, all_keys};
use console::{Exit, Failure, print_result};
use std::fmt::Write as _;

/// Widest line.
const WIDTH: usize = 80;
/// What meanings are indented by.
const INDENT: &str = "    ";

/// Prints the keys.
///
/// # Errors
///
/// Where none fits, or standard output refuses.
pub fn list(arguments: &KeysArguments) -> Result<Exit, Failure> {
    let part = arguments.part.as_deref().unwrap_or_default();
    let keys: Vec<KeyDescription> = all_keys()
        .into_iter()
        .filter(|key| key.key.contains(part))
        .collect();
    if keys.is_empty() {
        let failure = Failure::usage(format!("no key has `{part}` in its path"));
        return Err(failure.with_hint(Some("train keys")));
    }
    let text = match arguments.format {
        Format::Text => keys.iter().map(to_text).collect::<Vec<_>>().join("\n"),
        Format::Json => serde_json::to_string_pretty(&keys).map_err(Failure::new)?,
    };
    print_result(text.trim_end()).map_err(Failure::new)?;
    Ok(Exit::Done)
}

/// The key with its type on one line, its meaning below.
fn to_text(key: &KeyDescription) -> String {
    let facts = [
        Some(key.kind.clone()),
        key.range.clone(),
        key.default
            .as_ref()
            .map(|default| format!("default {default}")),
    ];
    let facts: Vec<String> = facts.into_iter().flatten().collect();
    let mut text = wrapped(&format!("{}: {}", key.key, facts.join("; ")), "", INDENT);
    text.push_str(&wrapped(&key.meaning, INDENT, INDENT));
    if let Some(needs) = key.only_with {
        text.push_str(&wrapped(&format!("Only with {needs}."), INDENT, INDENT));
    }
    text
}

/// A text in lines of at most [`WIDTH`] columns.
fn wrapped(text: &str, first: &str, others: &str) -> String {
    let mut lines = String::new();
    let mut line = String::from(first);
    for word in text.split_whitespace() {
        let is_begun = !line.trim().is_empty();
        if is_begun && line.chars().count() + 1 + word.chars().count() > WIDTH {
            let _ = writeln!(lines, "{line}");
            line = String::from(others);
        }
        if !line.trim().is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.trim().is_empty() {
        let _ = writeln!(lines, "{line}");
    }
    lines
}
