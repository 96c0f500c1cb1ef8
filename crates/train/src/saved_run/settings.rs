//! A recipe's settings as text, key by key, and in which of them runs differ.

use super::SavedRun;
use crate::config::Recipe;
use std::collections::{BTreeMap, BTreeSet};

/// Every value of a table by its dotted key, as `--set` names it; tables in a list by their number.
pub(super) fn flatten(prefix: &str, table: &toml::Table, settings: &mut BTreeMap<String, String>) {
    for (key, value) in table {
        flatten_value(format!("{prefix}{key}"), value, settings);
    }
}

fn flatten_value(key: String, value: &toml::Value, settings: &mut BTreeMap<String, String>) {
    match value {
        toml::Value::Table(table) => flatten(&format!("{key}."), table, settings),
        toml::Value::Array(list) if list.iter().any(toml::Value::is_table) => {
            for (index, value) in list.iter().enumerate() {
                flatten_value(format!("{key}.{index}"), value, settings);
            }
        }
        toml::Value::String(text) => {
            settings.insert(key, text.clone());
        }
        other => {
            settings.insert(key, other.to_string());
        }
    }
}

/// The keys, by their dotted names, in which two recipes differ.
pub(crate) fn differing_keys(one: &Recipe, other: &Recipe) -> Result<Vec<String>, String> {
    let settings = |recipe: &Recipe| {
        let text = recipe.to_toml().map_err(|error| error.to_string())?;
        let table: toml::Table = text.parse().map_err(|error| format!("{error}"))?;
        let mut settings = BTreeMap::new();
        flatten("", &table, &mut settings);
        Ok::<_, String>(settings)
    };
    let (one, other) = (settings(one)?, settings(other)?);
    let keys: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    let differ = keys
        .into_iter()
        .filter(|key| one.get(*key) != other.get(*key));
    Ok(differ.cloned().collect())
}

/// The settings that are not the same in all runs, each with its value in each run.
pub(crate) fn differing_settings(runs: &[SavedRun]) -> Vec<(String, Vec<Option<String>>)> {
    let keys: BTreeSet<&String> = runs.iter().flat_map(|run| run.settings.keys()).collect();
    keys.into_iter()
        .filter(|key| key.as_str() != "name")
        .map(|key| {
            let values = runs.iter().map(|run| run.settings.get(key).cloned());
            (key.clone(), values.collect::<Vec<_>>())
        })
        .filter(|(_, values)| values.iter().any(|value| *value != values[0]))
        .collect()
}
