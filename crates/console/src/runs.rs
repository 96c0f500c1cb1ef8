//! Which run folders a user means.
//!
//! Owns what may be said instead of a run folder's path, and what is answered where nothing fits. What
//! makes a folder a run is for the caller to say.

use crate::failure::Failure;
use base::files::{is_pattern, matched};
use std::fs;
use std::path::{Path, PathBuf};

/// Where runs are, unless somebody wanted them elsewhere.
pub const RUNS_FOLDER: &str = "artifacts";
/// At most so many runs are named in a message.
const MAX_NAMED: usize = 5;
/// Names are alike from this part of their letters on.
const LEAST_LIKENESS: f64 = 0.6;

/// The run folders that `given` names, mostly one: a run folder, something in one, its name below
/// `artifacts`, a name without its number where there is only one such run, a folder of one run, or a
/// quoted pattern. What is there and is none of these is returned as it is: whoever opens it says best
/// what it lacks.
///
/// # Errors
///
/// Where nothing is there, or several runs are and one was meant.
pub fn find_runs(given: &Path, is_run: &dyn Fn(&Path) -> bool) -> Result<Vec<PathBuf>, Failure> {
    Runs {
        folder: Path::new(RUNS_FOLDER),
        is_run,
    }
    .find(given)
}

/// The one run folder that `given` names: [`find_runs`], where several are one too many.
///
/// # Errors
///
/// Where it names none, or several.
pub fn find_run(given: &Path, is_run: &dyn Fn(&Path) -> bool) -> Result<PathBuf, Failure> {
    let mut found = only_one(given, find_runs(given, is_run)?)?;
    match found.pop() {
        Some(run) if is_run(&run) => Ok(run),
        _ => Err(
            Failure::usage(format!("{}: there is no run there", given.display()))
                .with_hint(Some("`ls artifacts` shows the runs")),
        ),
    }
}

/// The last run below `artifacts`, by its name.
#[must_use]
pub fn last_run(is_run: &dyn Fn(&Path) -> bool) -> Option<PathBuf> {
    let folder = Path::new(RUNS_FOLDER);
    Runs { folder, is_run }.within(folder).pop()
}

struct Runs<'a> {
    /// Where runs are looked for that are named without a folder.
    folder: &'a Path,
    is_run: &'a dyn Fn(&Path) -> bool,
}

impl Runs<'_> {
    fn find(&self, given: &Path) -> Result<Vec<PathBuf>, Failure> {
        if (self.is_run)(given) {
            return Ok(vec![given.to_path_buf()]);
        }
        if given.exists() {
            return self.find_around(given);
        }
        // By its name alone, or as it is written.
        let below = self.folder.join(given);
        for path in [given, &below] {
            if (self.is_run)(path) {
                return Ok(vec![path.to_path_buf()]);
            }
            let matched = self.matching(path);
            if !matched.is_empty() {
                return Ok(matched);
            }
            let numbered = self.numbered(path);
            if !numbered.is_empty() {
                return only_one(given, numbered);
            }
        }
        Err(self.not_found(given))
    }

    /// What is there and is no run: something inside a run, or a folder of runs.
    fn find_around(&self, given: &Path) -> Result<Vec<PathBuf>, Failure> {
        let around = given.ancestors().skip(1).take(2);
        let around = around.map(|folder| {
            let is_here = folder.as_os_str().is_empty();
            if is_here { Path::new(".") } else { folder }
        });
        if let Some(run) = around.into_iter().find(|folder| (self.is_run)(folder)) {
            return Ok(vec![run.to_path_buf()]);
        }
        match self.within(given) {
            runs if runs.is_empty() => Ok(vec![given.to_path_buf()]),
            runs => only_one(given, runs),
        }
    }

    /// The runs in a folder, by their names.
    fn within(&self, folder: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let paths = entries.map(|entry| entry.path());
        sorted(paths.filter(|path| (self.is_run)(path)).collect())
    }

    /// The runs whose names fit a pattern.
    fn matching(&self, pattern: &Path) -> Vec<PathBuf> {
        let Some(text) = pattern.to_str().filter(|_| is_pattern(pattern)) else {
            return Vec::new();
        };
        let paths = matched(text).into_iter().flatten().flatten();
        sorted(paths.filter(|path| (self.is_run)(path)).collect())
    }

    /// `artifacts/cnn-001` and so on for `artifacts/cnn`.
    fn numbered(&self, path: &Path) -> Vec<PathBuf> {
        let (Some(name), Some(folder)) = (name_of(path), path.parent()) else {
            return Vec::new();
        };
        let start = format!("{name}-");
        let mut runs = self.within(folder);
        runs.retain(|run| {
            let number = name_of(run).and_then(|name| name.strip_prefix(&start).map(String::from));
            number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
        });
        runs
    }

    fn not_found(&self, given: &Path) -> Failure {
        let failure = Failure::new(format!("{}: there is no such run", given.display()));
        let mut known = self.within(self.folder);
        if let Some(folder) = given.parent().filter(|folder| *folder != self.folder) {
            known.extend(self.within(folder));
        }
        let wanted = name_of(given).unwrap_or_default();
        let likeness = |run: &PathBuf| strsim::jaro(&name_of(run).unwrap_or_default(), &wanted);
        let nearest = known
            .iter()
            .max_by(|left, right| likeness(left).total_cmp(&likeness(right)));
        let hint = match nearest {
            Some(run) if likeness(run) >= LEAST_LIKENESS => {
                format!("did you mean {}?", run.display())
            }
            Some(_) => format!("there are {}", list(&known)),
            None => {
                let folder = self.folder.display();
                format!("give a run folder that `train` wrote: there is none in {folder}")
            }
        };
        failure.with_hint(Some(hint))
    }
}

fn name_of(path: &Path) -> Option<String> {
    Some(path.file_name()?.to_string_lossy().into_owned())
}

fn sorted(mut paths: Vec<PathBuf>) -> Vec<PathBuf> {
    paths.sort_by(|left, right| {
        base::natural_order(&left.to_string_lossy(), &right.to_string_lossy())
    });
    paths
}

fn list(runs: &[PathBuf]) -> String {
    let names = runs.iter().take(MAX_NAMED);
    let names = names.map(|run| run.display().to_string());
    let mut text = names.collect::<Vec<_>>().join(", ");
    if runs.len() > MAX_NAMED {
        text.push_str(", …");
    }
    text
}

fn only_one(given: &Path, runs: Vec<PathBuf>) -> Result<Vec<PathBuf>, Failure> {
    match runs.as_slice() {
        [_, .., last] => {
            let given = given.display();
            let message = format!("{given} stands for several runs: {}", list(&runs));
            let hint = format!("name one, such as the last: {}", last.display());
            Err(Failure::usage(message).with_hint(Some(hint)))
        }
        _ => Ok(runs),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// What is found in a folder with the runs `cnn-001`, `cnn-002`, `cnn-010` and `dense-001`.
    fn find(given: &str) -> Result<Vec<String>, String> {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("artifacts");
        for run in ["cnn-001", "cnn-002", "cnn-010", "dense-001"] {
            fs::create_dir_all(folder.join(run).join("model")).unwrap();
            fs::write(folder.join(run).join("model/manifest.json"), "{}").unwrap();
        }
        fs::create_dir_all(root.path().join("empty")).unwrap();
        let runs = Runs {
            folder: &folder,
            is_run: &|path| path.join("model/manifest.json").is_file(),
        };
        // A bare name is looked for below `artifacts` only.
        let path = if given.contains('/') || given == "artifacts" || given == "empty" {
            root.path().join(given)
        } else {
            given.into()
        };
        let root = format!("{}/", root.path().display());
        let shown = |path: &PathBuf| path.display().to_string().replace(&root, "");
        match runs.find(&path) {
            Ok(found) => Ok(found.iter().map(shown).collect()),
            Err(failure) => {
                let hint = failure.hint().unwrap_or_default();
                Err(format!("{failure}; {hint}").replace(&root, ""))
            }
        }
    }

    #[test]
    fn first_guesses_are_understood_where_they_are_clear() {
        for (given, expected) in [
            ("artifacts/cnn-001", vec!["artifacts/cnn-001"]),
            ("artifacts/cnn-001/", vec!["artifacts/cnn-001/"]),
            ("artifacts/cnn-001/model", vec!["artifacts/cnn-001"]),
            (
                "artifacts/cnn-001/model/manifest.json",
                vec!["artifacts/cnn-001"],
            ),
            ("cnn-001", vec!["artifacts/cnn-001"]),
            ("dense", vec!["artifacts/dense-001"]),
            ("artifacts/dense", vec!["artifacts/dense-001"]),
            (
                "artifacts/cnn-00*",
                vec!["artifacts/cnn-001", "artifacts/cnn-002"],
            ),
            ("cnn-0?0", vec!["artifacts/cnn-010"]),
            ("empty", vec!["empty"]),
        ] {
            assert_eq!(
                find(given),
                Ok(expected.into_iter().map(String::from).collect())
            );
        }
    }

    #[test]
    fn others_are_answered_with_what_is_there() {
        let several =
            "stands for several runs: artifacts/cnn-001, artifacts/cnn-002, artifacts/cnn-010";
        for (given, expected) in [
            (
                "cnn",
                format!("cnn {several}; name one, such as the last: artifacts/cnn-010"),
            ),
            (
                "artifacts/cnn-003",
                "artifacts/cnn-003: there is no such run; did you mean artifacts/cnn-0".into(),
            ),
            (
                "cnm-001",
                "cnm-001: there is no such run; did you mean artifacts/cnn-001?".into(),
            ),
            (
                "zzz",
                "zzz: there is no such run; there are artifacts/cnn-001, ".into(),
            ),
            ("artifacts", "artifacts stands for several runs: ".into()),
        ] {
            let error = find(given).unwrap_err();
            assert!(error.starts_with(&expected), "{error}");
        }
    }
}
