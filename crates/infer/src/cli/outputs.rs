//! Files that are to be written, held against those that are read, before anything is done: no output replaces an
//! input, or another output.

use console::Failure;
use data::decode::has_picture_name;
use data::has_records_name;
use std::path::{Path, PathBuf};

/// Names that this program writes nothing for, and what it writes instead.
const SPREADSHEETS: [&str; 4] = ["xlsx", "xls", "ods", "numbers"];

/// Refuses outputs, each given with its flag, that are inputs or each other.
pub(super) fn check(
    inputs: &[PathBuf],
    outputs: &[(&str, Option<&PathBuf>)],
) -> Result<(), Failure> {
    let given: Vec<(&str, PathBuf)> = outputs
        .iter()
        .filter_map(|(flag, path)| Some((*flag, place(path.as_deref()?))))
        .collect();
    for (number, (flag, output)) in given.iter().enumerate() {
        if let Some((other, _)) = given[..number].iter().find(|(_, other)| other == output) {
            let message = format!(
                "{flag} and {other} name the same file: {}",
                output.display()
            );
            return Err(Failure::usage(message).with_hint(Some("give each a file of its own")));
        }
        if inputs.iter().any(|input| place(input) == *output) {
            let message = format!("{flag} would replace an input: {}", output.display());
            return Err(Failure::usage(message).with_hint(Some("name another file")));
        }
    }
    Ok(())
}

/// Refuses a name for a table that is one of a picture, of a data set or of a spreadsheet: with `-o *.png` a shell
/// names the first picture.
pub(super) fn check_table(flag: &str, output: Option<&PathBuf>) -> Result<(), Failure> {
    let Some(output) = output else {
        return Ok(());
    };
    let name = output.to_string_lossy();
    let extension = output.extension().unwrap_or_default().to_string_lossy();
    let extension = extension.to_ascii_lowercase();
    let hint = Some("name a .csv, .jsonl, .json, .parquet or .txt file");
    if SPREADSHEETS.contains(&extension.as_str()) {
        let message =
            format!("{flag} {name}: spreadsheets are not written, but they open .csv files");
        return Err(Failure::usage(message).with_hint(hint));
    }
    let is_table = ["csv", "parquet"].contains(&extension.as_str());
    if has_picture_name(&name) || (has_records_name(&name) && !is_table) {
        let message =
            format!("{flag} {name}: that is the name of a picture or of a file of pictures");
        return Err(Failure::usage(message).with_hint(hint));
    }
    Ok(())
}

/// Where a path leads, whether something is there or not yet.
fn place(path: &Path) -> PathBuf {
    if let Ok(place) = path.canonicalize() {
        return place;
    }
    let name = path.file_name().unwrap_or_default();
    let parent = base::files::parent(path).canonicalize();
    parent.map_or_else(|_| path.to_path_buf(), |parent| parent.join(name))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::fs;

    #[test]
    fn inputs_and_outputs_are_told_apart_by_where_they_lead() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("a.png"), "").unwrap();
        fs::create_dir(at("d")).unwrap();
        let inputs = [at("a.png")];
        let refused = |outputs: &[(&str, Option<&PathBuf>)]| check(&inputs, outputs).is_err();
        assert!(refused(&[("--out", Some(&at("d/../a.png")))]));
        let (table, same) = (at("t.csv"), at("d/../t.csv"));
        assert!(refused(&[("-o", Some(&table)), ("--errors", Some(&same))]));
        assert!(!refused(&[("-o", Some(&table)), ("--errors", None)]));
    }

    #[test]
    fn names_of_pictures_are_none_of_tables() {
        let refused = |name: &str| check_table("-o", Some(&PathBuf::from(name))).is_err();
        for name in ["a.png", "x/B.JPG", "t.tar", "images-idx3-ubyte", "out.xlsx"] {
            assert!(refused(name), "{name}");
        }
        for name in ["a.csv", "a.parquet", "a.jsonl", "answers", "a.txt"] {
            assert!(!refused(name), "{name}");
        }
    }
}
