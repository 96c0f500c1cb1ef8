//! What readers have to say beside what they read: what they passed over, and what they understood in an unusual way.
//!
//! Owns [`Remarks`]: counted by kind, never a line a file. Whether and how loudly it is said is the program's.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::foreign::Foreign;
use crate::unpack::Contents;
use base::with_separators;

/// So many kinds of files are named.
const MAX_KINDS: usize = 12;
/// So many unusable images are named.
const MAX_NAMED: usize = 10;
/// So much of a file is looked at to say what it is.
const START_BYTES: u64 = 2_048;

/// Gathers remarks; copies of it gather together.
#[derive(Clone, Debug, Default)]
pub struct Remarks(Arc<Mutex<Gathered>>);

#[derive(Debug, Default)]
struct Gathered {
    /// The files that were passed over, by the end of their names.
    kinds: BTreeMap<String, Kind>,
    num_unusable: usize,
    /// What is wrong with the first of them.
    unusable: Vec<String>,
    said: Vec<String>,
}

#[derive(Debug, Default)]
struct Kind {
    num_files: usize,
    foreign: Option<Foreign>,
}

impl Remarks {
    fn gathered(&self) -> MutexGuard<'_, Gathered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A file was passed over. The first one of each kind is looked into.
    pub fn pass_over(&self, path: &Path) {
        let foreign = || {
            let start = Contents::open(path).and_then(|mut file| file.read_up_to(START_BYTES));
            Foreign::of_start(&start.ok()?)
        };
        self.count(&path.to_string_lossy(), foreign);
    }

    /// A member of an archive was passed over.
    pub(crate) fn pass_over_member(&self, name: &str) {
        self.count(name, || None);
    }

    fn count(&self, name: &str, foreign: impl FnOnce() -> Option<Foreign>) {
        let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
        let kind = match file.rsplit_once('.') {
            Some((stem, end)) if !stem.is_empty() && end.len() <= 8 => {
                format!(".{}", end.to_ascii_lowercase())
            }
            _ => "without an ending".to_owned(),
        };
        let mut gathered = self.gathered();
        let kind = gathered.kinds.entry(kind).or_default();
        kind.num_files += 1;
        if kind.num_files == 1 {
            kind.foreign = foreign();
        }
    }

    /// An image was left out because it cannot be used.
    pub(crate) fn leave_out(&self, reason: &str) {
        let mut gathered = self.gathered();
        gathered.num_unusable += 1;
        if gathered.unusable.len() < MAX_NAMED {
            gathered.unusable.push(reason.to_owned());
        }
    }

    /// Something else, once.
    pub fn say(&self, text: String) {
        let mut gathered = self.gathered();
        if !gathered.said.contains(&text) {
            gathered.said.push(text);
        }
    }

    /// Forgets all: what they are about is read anew.
    pub fn clear(&self) {
        *self.gathered() = Gathered::default();
    }

    /// How many images were left out because they cannot be used.
    #[must_use]
    pub fn num_left_out(&self) -> usize {
        self.gathered().num_unusable
    }

    /// What was understood in an unusual way, a remark each.
    #[must_use]
    pub fn said(&self) -> Vec<String> {
        self.gathered().said.clone()
    }

    /// What is missing in what was read, in words: files passed over by kind, with the way out of those that are
    /// known, and images left out.
    #[must_use]
    pub fn losses(&self) -> Vec<String> {
        let gathered = self.gathered();
        let mut losses = Vec::new();
        if !gathered.kinds.is_empty() {
            losses.push(passed_over(&gathered.kinds));
        }
        losses.extend(gathered.unusable.iter().cloned());
        if gathered.num_unusable > 0 {
            let number = with_separators(gathered.num_unusable);
            let images = if gathered.num_unusable == 1 {
                "image"
            } else {
                "images"
            };
            losses.push(format!("{number} {images} could not be used: left out"));
        }
        losses
    }
}

/// `80 files passed over: 40 .heic, 40 .tga; .heic: a HEIC picture, convert it with …`
fn passed_over(kinds: &BTreeMap<String, Kind>) -> String {
    let total: usize = kinds.values().map(|kind| kind.num_files).sum();
    let mut sorted: Vec<(&String, &Kind)> = kinds.iter().collect();
    sorted.sort_by_key(|(_, kind)| std::cmp::Reverse(kind.num_files));
    let named = sorted.iter().take(MAX_KINDS);
    let named: Vec<String> = named
        .map(|(end, kind)| format!("{} {end}", with_separators(kind.num_files)))
        .collect();
    let files = if total == 1 { "file" } else { "files" };
    let mut text = format!(
        "{} {files} passed over: {}",
        with_separators(total),
        named.join(", ")
    );
    if sorted.len() > MAX_KINDS {
        let _ = write!(text, " and {} other kinds", sorted.len() - MAX_KINDS);
    }
    for (end, kind) in sorted.iter().take(MAX_KINDS) {
        if let Some(Foreign { what, way_out }) = kind.foreign {
            let _ = write!(text, "; {end} is {what}: {way_out}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_passed_over_is_counted_by_kind() {
        let folder = tempfile::tempdir().unwrap();
        let remarks = Remarks::default();
        for name in ["a.heic", "b.HEIC", "c.tga", "notes"] {
            let path = folder.path().join(name);
            std::fs::write(&path, b"\0\0\0\x18ftypheic").unwrap();
            if name.starts_with(['c', 'n']) {
                std::fs::write(&path, b"x").unwrap();
            }
            remarks.clone().pass_over(&path);
        }
        assert_eq!(
            remarks.losses(),
            [
                "4 files passed over: 2 .heic, 1 .tga, 1 without an ending; .heic is a HEIC picture: \
              convert it with `heif-convert in.heic out.png`"
            ]
        );
        remarks.leave_out("a.png: damaged");
        assert_eq!(
            remarks.losses()[1..],
            ["a.png: damaged", "1 image could not be used: left out"]
        );
        assert!(Remarks::default().losses().is_empty());
    }
}
