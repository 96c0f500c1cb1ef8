//! Paths of keys, and which line of a recipe's file sets a key.

use super::RecipeFile;

/// The path of a key in a table.
pub(super) fn below(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_string()
    } else {
        format!("{path}.{name}")
    }
}

/// A key with `*` for the numbers of elements.
pub(super) fn pattern(key: &str) -> String {
    let parts = key.split('.').map(|part| match part.parse::<usize>() {
        Ok(_) => "*",
        Err(_) => part,
    });
    parts.collect::<Vec<_>>().join(".")
}

/// Whether a key is the other one, or in a table of that name.
pub(crate) fn is_below(key: &str, table: &str) -> bool {
    let rest = key.strip_prefix(table);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The file and, where just one line sets a key of that name, the line.
pub(super) fn line_of(file: &RecipeFile, key: &str) -> String {
    let last = key
        .rsplit('.')
        .find(|part| part.parse::<usize>().is_err())
        .unwrap_or(key);
    let lines: Vec<usize> = file
        .text
        .lines()
        .enumerate()
        .filter(|(_, line)| sets_key(line, last))
        .map(|(index, _)| index + 1)
        .collect();
    match lines.as_slice() {
        [line] => format!("{}:{line}", file.label),
        _ => file.label.clone(),
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
