//! How many inputs there are, for progress, where that is found out without reading them all. Owns
//! nothing that a result depends on.

use super::elsewhere::objects;
use super::names::{LIST_MARK, STANDARD_INPUT, has_known_name, is_left_by_a_system};
use crate::remote::install;
use base::files::{is_pattern, matched};
use data::decode::has_picture_name;
use data::remote::address;
use data::{DecodeLimits, Records, Remarks, may_have_pages};
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// How many images the arguments name; `None` where only reading them all would tell. May take long:
/// folders may be large.
#[must_use]
pub fn count_all(arguments: &[PathBuf]) -> Option<u64> {
    arguments.iter().map(|argument| count(argument)).sum()
}

/// How many images an argument names; `None` where only reading them all would tell.
fn count(argument: &Path) -> Option<u64> {
    let text = argument.to_string_lossy();
    if text == STANDARD_INPUT || (text.starts_with(LIST_MARK) && !argument.exists()) {
        return None;
    }
    if let Some(address) = address(argument) {
        return elsewhere(address);
    }
    if argument.is_dir() {
        return in_folder(argument);
    }
    if argument.is_file() {
        return in_file(argument);
    }
    if !is_pattern(argument) {
        return Some(1);
    }
    matched(&text)
        .ok()?
        .map(|path| path.map_or(Some(1), |path| count(&path)))
        .sum()
}

fn elsewhere(address: &str) -> Option<u64> {
    install();
    if !address.ends_with('/') {
        return in_file(Path::new(address));
    }
    let objects = objects(address, &Remarks::default()).ok()?;
    objects
        .map(|object| object.map_or(Some(1), |object| in_file(Path::new(&object))))
        .sum()
}

fn in_folder(folder: &Path) -> Option<u64> {
    let entries = WalkDir::new(folder).follow_links(true).into_iter();
    entries
        .filter_entry(|entry| entry.depth() == 0 || !is_left_by_a_system(entry))
        .map(|entry| match entry {
            Ok(entry) if entry.file_type().is_dir() || !has_known_name(&entry) => Some(0),
            Ok(entry) => in_file(entry.path()),
            Err(_) => Some(1),
        })
        .sum()
}

fn in_file(path: &Path) -> Option<u64> {
    let name = path.to_string_lossy();
    if has_picture_name(&name) && !may_have_pages(&name) {
        return Some(1);
    }
    match Records::open(path, &DecodeLimits::default(), false, &Remarks::default()) {
        Ok(Some(records)) => records.num_records(),
        Ok(None) | Err(_) => Some(1),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::fs;

    #[test]
    fn what_is_known_is_counted_and_the_rest_is_not_guessed() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("sub")).unwrap();
        for name in ["a.png", "b.png", "sub/c.jpg", "notes.txt", ".d.png"] {
            fs::write(at(name), "").unwrap();
        }
        let idx = [0x803_u32, 30, 28, 28].map(u32::to_be_bytes).concat();
        fs::write(at("x-idx3-ubyte"), [idx, vec![0; 30 * 784]].concat()).unwrap();
        assert_eq!(count(folder.path()), Some(33));
        assert_eq!(count(&at("*.png")), Some(2));
        assert_eq!(count(&at("absent.png")), Some(1));
        assert_eq!(count(Path::new("-")), None);
        fs::write(at("some.tar"), [0; 1024]).unwrap();
        assert_eq!(count(folder.path()), None);
    }
}
