//! From what a user calls a recipe to its text: a file, a run folder, or the name of a recipe that
//! comes along.

use super::ConfigError;
use super::wording::nearest_of;
use base::files::open_file;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

include!(concat!(env!("OUT_DIR"), "/recipes.rs"));

/// The folders with recipes that come along, below the folder where the program runs.
const FOLDERS: [&str; 2] = ["configs", "configs/tutorials"];
/// Largest recipe that is read, in bytes.
const MAX_BYTES: u64 = 1 << 20;
/// The recipe of a run folder.
const RUN_RECIPE: &str = "config.toml";

/// A recipe's text, and where it is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecipeFile {
    /// How messages call it: its path, as far as there is one.
    pub label: String,
    /// What a run of it is called, where the recipe itself does not say.
    pub name: String,
    /// The TOML.
    pub text: String,
}

/// The names of the recipes that come along.
#[must_use]
pub fn recipe_names() -> Vec<&'static str> {
    BUILT_IN.iter().map(|(path, _)| stem(path)).collect()
}

fn stem(path: &str) -> &str {
    let file = path.rsplit('/').next().unwrap_or(path);
    file.trim_end_matches(".toml")
}

impl RecipeFile {
    /// Finds a recipe: the file of that name, the recipe of the run folder of that name, or a recipe
    /// that comes along, from `configs/` here or from within the program.
    ///
    /// # Errors
    ///
    /// Where there is none.
    pub fn find(called: &Path) -> Result<Self, ConfigError> {
        let here = Self::candidates(called);
        if let Some(path) = here.iter().find(|path| path.is_file()) {
            return Self::read(path);
        }
        if let Some(file) = Self::built_in(called) {
            return Ok(file);
        }
        Self::read(called).map_err(|error| error.with_suggestion(suggestion(called)))
    }

    /// The files that may be meant.
    fn candidates(called: &Path) -> Vec<PathBuf> {
        let mut paths = vec![called.to_path_buf(), called.join(RUN_RECIPE)];
        if is_bare(called) {
            let file = format!("{}.toml", stem(&called.to_string_lossy()));
            paths.extend(FOLDERS.map(|folder| Path::new(folder).join(&file)));
        }
        paths
    }

    /// A recipe from within the program: by its name, or by its path below `configs`.
    fn built_in(called: &Path) -> Option<Self> {
        let text = called.to_string_lossy();
        let path = text.trim_start_matches("./");
        let is_meant = |of: &str| of == path || (is_bare(called) && stem(of) == stem(path));
        let (of, text) = BUILT_IN.iter().find(|(of, _)| is_meant(of))?;
        Some(Self {
            label: format!("{of} (built in)"),
            name: stem(of).to_string(),
            text: (*text).to_string(),
        })
    }

    fn read(path: &Path) -> Result<Self, ConfigError> {
        let read = || {
            let mut text = String::new();
            let mut file = open_file(path)?.take(MAX_BYTES + 1);
            if file.read_to_string(&mut text)? as u64 > MAX_BYTES {
                let problem = format!("it is larger than {MAX_BYTES} bytes: is it a recipe?");
                return Err(io::Error::other(problem));
            }
            Ok(text)
        };
        let text = read().map_err(|error| ConfigError::Unreadable {
            path: path.to_path_buf(),
            reason: error.to_string(),
            suggestion: None,
        })?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        Ok(Self {
            label: path.display().to_string(),
            name: folder_safe(&name),
            text,
        })
    }
}

/// Whether there is a name alone, without a folder.
fn is_bare(called: &Path) -> bool {
    called.components().count() == 1
}

/// The nearest recipe that comes along, or all of them.
fn suggestion(called: &Path) -> String {
    let text = called.to_string_lossy();
    let names = recipe_names();
    match nearest_of(stem(&text), names.iter().copied()) {
        Some(name) => format!("did you mean `train {name}`?"),
        None => format!("recipes that come along: {}", names.join(", ")),
    }
}

/// A file's name as the name of a run folder: what may not be in one becomes `-`.
fn folder_safe(name: &str) -> String {
    let safe = |c: char| if is_plain(c) { c } else { '-' };
    let name: String = name.chars().map(safe).collect();
    let name = name.trim_start_matches(['.', '-']);
    if name.is_empty() {
        "run".into()
    } else {
        name.into()
    }
}

/// Whether a character may be in the name of a run.
pub(super) fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_.".contains(c)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::fs;

    #[test]
    fn recipes_that_come_along_are_found_by_name_and_path() {
        for called in ["lenet", "lenet.toml", "configs/tutorials/lenet.toml"] {
            let file = RecipeFile::find(Path::new(called)).unwrap();
            assert_eq!(file.name, "lenet");
            assert!(file.text.contains("kind = \"cnn\""));
        }
        let error = RecipeFile::find(Path::new("cmn")).unwrap_err();
        assert_eq!(error.hint().unwrap(), "did you mean `train cnn`?");
        let error = RecipeFile::find(Path::new("zzzzzz")).unwrap_err();
        assert!(error.hint().unwrap().contains("linear-csv"));
    }

    #[test]
    fn a_run_folder_names_its_recipe_and_odd_names_become_plain() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("config.toml"), "seed = 3").unwrap();
        fs::write(folder.path().join("my recipe.toml"), "seed = 4").unwrap();
        let file = RecipeFile::find(folder.path()).unwrap();
        assert_eq!(file.text, "seed = 3");
        let file = RecipeFile::find(&folder.path().join("my recipe.toml")).unwrap();
        assert_eq!(
            (file.name.as_str(), file.text.as_str()),
            ("my-recipe", "seed = 4")
        );
        assert_eq!(folder_safe("..."), "run");
    }
}
