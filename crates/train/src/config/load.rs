//! From defaults, a file, `--set` and named flags, in this order, to a checked [`Recipe`]. Owns the
//! order, and which place an error names: file and line, or flag.

use super::check::Problem;
use super::effect::{Whole, given_keys, lack};
use super::find::RecipeFile;
use super::keys::{KeyDescription, all_keys};
use super::origin::{is_below, line_of};
use super::overrides::{Override, nearest_key};
use super::put::{drop_other_kinds_keys, name_the_kind, put, remove};
use super::wording::{did_you_mean, nearest, plain};
use super::{ConfigError, Recipe};
use std::path::Path;
use toml::{Table, Value};

/// Keys that have another place now: where they were, and where they are.
const MOVED: [(&str, &str); 2] = [
    ("pens", "additions.pens"),
    ("touching", "additions.touching"),
];

/// A recipe, and what is to be said of how it came about.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadedRecipe {
    /// Checked.
    pub recipe: Recipe,
    /// Keys of the file that the command line took the effect from.
    pub notes: Vec<String>,
    /// Whether it says itself what the network is like: with `[model]` or `[input]`.
    pub names_network: bool,
}

/// Finds a recipe, puts `overrides` over it in their order, and checks the result.
///
/// # Errors
///
/// Where the file, a flag or a value is wrong.
pub fn load(called: &Path, overrides: &[Override]) -> Result<LoadedRecipe, ConfigError> {
    load_file(&RecipeFile::find(called)?, overrides)
}

/// As [`load`], from a file that was read already.
///
/// # Errors
///
/// As [`load`].
pub fn load_file(file: &RecipeFile, overrides: &[Override]) -> Result<LoadedRecipe, ConfigError> {
    let loading = Loading {
        file,
        known: all_keys(),
    };
    loading.load(overrides)
}

/// The recipe of a saved run, whenever that was: keys that had another place then are put where they
/// belong, and keys without effect stay.
///
/// # Errors
///
/// Where it is no recipe all the same.
pub fn load_saved(path: &Path) -> Result<Recipe, ConfigError> {
    let file = RecipeFile::find(path)?;
    let loading = Loading {
        file: &file,
        known: Vec::new(),
    };
    let wrong = |error: toml::de::Error| loading.wrong(&error.to_string(), None);
    let mut table: Table = file.text.parse().map_err(wrong)?;
    for (key, place) in MOVED {
        let augmentation = table.get_mut("augmentation").and_then(Value::as_table_mut);
        if let Some(value) = augmentation.and_then(|table| table.remove(key)) {
            put(&mut table, &Override::flag(&file.label, place, value))?;
        }
    }
    let recipe = loading.parse(&table, &file.label)?;
    let whole = loading.whole(&recipe)?;
    let refused = |(key, problem): Problem| ConfigError::Value {
        origin: loading.origin_of(&key, &[]),
        key,
        problem,
    };
    recipe.check(&whole).map_err(&refused)?;
    recipe.check_network().map_err(&refused)?;
    Ok(recipe)
}

struct Loading<'a> {
    file: &'a RecipeFile,
    known: Vec<KeyDescription>,
}

impl Loading<'_> {
    fn load(&self, overrides: &[Override]) -> Result<LoadedRecipe, ConfigError> {
        let mut table = self.read()?;
        let of_file = self.parse_file()?;
        let from_file = given_keys(&table);
        let overrides = self.resolve(overrides)?;
        let mut fallen = Vec::new();
        let mut recipe = of_file.clone();
        for change in &overrides {
            if let Some(key) = change.instead_of {
                fallen.extend(remove(&mut table, key).then(|| key.to_string()));
            }
            if change.key == "model.kind" {
                fallen.extend(drop_other_kinds_keys(&mut table, change)?);
            }
            if is_below(&change.key, "model") && change.key != "model" {
                name_the_kind(&mut table);
            }
            put(&mut table, change)?;
            recipe = self.parse(&table, &change.source)?;
        }
        let whole = self.whole(&recipe)?;
        let refused = |(key, problem): Problem| ConfigError::Value {
            origin: self.origin_of(&key, &overrides),
            key,
            problem,
        };
        recipe.check(&whole).map_err(&refused)?;
        let without = self.without_effect(&table, &whole, &of_file, &from_file, &overrides)?;
        if !without.is_empty() {
            for key in &without {
                remove(&mut table, key);
            }
            recipe = self.parse(&table, &self.file.label)?;
        }
        fallen.extend(without);
        recipe.check_network().map_err(&refused)?;
        let notes = notes(fallen);
        if recipe.name.is_none() {
            recipe.name = Some(self.file.name.clone());
        }
        let names_network = ["model", "input"]
            .iter()
            .any(|key| table.contains_key(*key));
        Ok(LoadedRecipe {
            recipe,
            notes,
            names_network,
        })
    }

    fn wrong(&self, problem: &str, suggestion: Option<String>) -> ConfigError {
        ConfigError::Wrong {
            origin: self.file.label.clone(),
            problem: plain(problem.trim()),
            suggestion,
        }
    }

    /// The file as a table, without keys of other times.
    fn read(&self) -> Result<Table, ConfigError> {
        let table: Table = self
            .file
            .text
            .parse()
            .map_err(|error: toml::de::Error| self.wrong(&error.to_string(), None))?;
        let augmentation = table.get("augmentation").and_then(Value::as_table);
        for (key, place) in MOVED {
            if augmentation.is_some_and(|table| table.contains_key(key)) {
                let (new_table, _) = place.split_once('.').unwrap_or_default();
                let problem = format!("`augmentation.{key}` is `{place}` now");
                let hint = format!("write `{key} = …` below `[{new_table}]`");
                return Err(ConfigError::Wrong {
                    origin: self.origin_of(key, &[]),
                    problem,
                    suggestion: Some(hint),
                });
            }
        }
        Ok(table)
    }

    /// From the text itself, for the line and the caret of an error.
    fn parse_file(&self) -> Result<Recipe, ConfigError> {
        toml::from_str(&self.file.text).map_err(|error: toml::de::Error| {
            let suggestion = nearest(error.message()).map(did_you_mean);
            self.wrong(&error.to_string(), suggestion)
        })
    }

    fn parse(&self, table: &Table, source: &str) -> Result<Recipe, ConfigError> {
        Value::Table(table.clone())
            .try_into()
            .map_err(|error: toml::de::Error| {
                let message = error.message();
                let near = self
                    .nearest_known(message, source)
                    .or_else(|| nearest(message));
                ConfigError::Wrong {
                    origin: source.to_string(),
                    problem: plain(&error.to_string().trim().replace('\n', " ")),
                    suggestion: near.map(did_you_mean),
                }
            })
    }

    /// The nearest key of all, where a flag has an unknown one without any table.
    fn nearest_known(&self, message: &str, source: &str) -> Option<String> {
        let key = source.strip_prefix("--set ")?.split('=').next()?;
        let is_unknown = message.starts_with("unknown field") && !key.contains('.');
        is_unknown.then(|| nearest_key(key, &self.known)).flatten()
    }

    fn resolve(&self, overrides: &[Override]) -> Result<Vec<Override>, ConfigError> {
        let resolve = |change: &Override| {
            let moved = MOVED
                .iter()
                .find(|(key, _)| change.key == format!("augmentation.{key}"));
            if let Some((key, place)) = moved {
                return Err(ConfigError::Wrong {
                    origin: change.source.clone(),
                    problem: format!("`augmentation.{key}` is `{place}` now"),
                    suggestion: Some(format!("--set {place}={}", change.value)),
                });
            }
            let resolved = change.clone().resolved(&self.known);
            resolved.map_err(|places| ConfigError::Wrong {
                origin: change.source.clone(),
                problem: format!("`{}` may be any of {}", change.key, places.join(", ")),
                suggestion: places.first().map(|place| format!("--set {place}=…")),
            })
        };
        overrides.iter().map(resolve).collect()
    }

    fn whole(&self, recipe: &Recipe) -> Result<Table, ConfigError> {
        recipe
            .to_table()
            .map_err(|error| self.wrong(&error.to_string(), None))
    }

    /// The keys of the file that the command line took the effect from.
    ///
    /// # Errors
    ///
    /// Where keys have none for another reason.
    fn without_effect(
        &self,
        table: &Table,
        whole: &Table,
        of_file: &Recipe,
        from_file: &[String],
        overrides: &[Override],
    ) -> Result<Vec<String>, ConfigError> {
        let file_alone = self.whole(of_file)?;
        let (mut fallen, mut refused) = (Vec::new(), Vec::new());
        for key in given_keys(table) {
            let Some(needs) = lack(&key, &Whole(whole)) else {
                continue;
            };
            let is_of_flag = overrides.iter().any(|change| is_below(&key, &change.key));
            let had_effect = lack(&key, &Whole(&file_alone)).is_none();
            if !is_of_flag && had_effect && from_file.contains(&key) {
                fallen.push(key);
            } else {
                let origin = self.origin_of(&key, overrides);
                refused.push(format!("{origin}: {key} has no effect: it needs {needs}"));
            }
        }
        if refused.is_empty() {
            Ok(fallen)
        } else {
            Err(ConfigError::NoEffect { keys: refused })
        }
    }

    /// Where the value of `key` came from: the last flag that set it, or its line in the file.
    fn origin_of(&self, key: &str, overrides: &[Override]) -> String {
        let plain = key.replace('[', ".").replace(']', "");
        let setter = overrides
            .iter()
            .rev()
            .find(|change| is_below(&plain, &change.key));
        if let Some(change) = setter {
            return change.source.clone();
        }
        line_of(self.file, &plain)
    }
}

/// What is said of keys of the file that fell away.
fn notes(fallen: Vec<String>) -> Vec<String> {
    let mut tables: Vec<String> = Vec::new();
    for key in fallen {
        if !tables.contains(&key) {
            tables.push(key);
        }
    }
    if tables.is_empty() {
        return Vec::new();
    }
    vec![format!(
        "left out of the recipe, as they have no effect with what the command line asks for: {}",
        tables.join(", ")
    )]
}

#[cfg(test)]
mod tests;
