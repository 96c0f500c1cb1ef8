//! Names that stand for many files.

use glob::{MatchOptions, Pattern, PatternError};
use std::path::{Path, PathBuf};
use walkdir::{DirEntry, WalkDir};

const PATTERN_CHARACTERS: [char; 3] = ['*', '?', '['];

/// Whether a name is one for many.
#[must_use]
pub fn is_pattern(path: &Path) -> bool {
    path.to_string_lossy().contains(PATTERN_CHARACTERS)
}

/// What has a name of this pattern, in no order. A name that begins with a dot only fits a pattern that does. Links are
/// followed, but not round in a circle; names need not be Unicode.
///
/// # Errors
///
/// Where it is no pattern.
pub fn matched(
    text: &str,
) -> Result<impl Iterator<Item = walkdir::Result<PathBuf>> + 'static, PatternError> {
    let pattern = Pattern::new(text)?;
    let options = MatchOptions {
        require_literal_separator: true,
        require_literal_leading_dot: true,
        ..MatchOptions::new()
    };
    let root = plain_start(Path::new(text));
    let is_here = root.as_os_str().is_empty();
    let walked = if is_here { Path::new(".") } else { &root };
    let num_parts = Path::new(text).components().count() - root.components().count();
    let depth = if text.contains("**") {
        usize::MAX
    } else {
        num_parts
    };
    let entries = WalkDir::new(walked).follow_links(true).max_depth(depth);
    let may_hide = text.starts_with('.') || text.contains("/.");
    let entries = entries
        .into_iter()
        .filter_entry(move |entry| entry.depth() == 0 || may_hide || !is_hidden(entry));
    Ok(entries.filter_map(move |entry| {
        let entry = match entry {
            Ok(entry) => entry,
            // A root that is not there has nothing of that name.
            Err(error) if error.depth() == 0 => return None,
            Err(error) => return Some(Err(error)),
        };
        let path = entry.into_path();
        let path = if is_here {
            path.strip_prefix(".").ok()?.to_path_buf()
        } else {
            path
        };
        let is_match = pattern.matches_with(&path.to_string_lossy(), options);
        is_match.then_some(Ok(path))
    }))
}

/// The folders at the start of a pattern in which nothing stands for anything else.
fn plain_start(pattern: &Path) -> PathBuf {
    let mut parts = pattern.components();
    parts.next_back();
    parts
        .take_while(|part| !is_pattern(Path::new(part.as_os_str())))
        .collect()
}

/// Whether a name begins with a dot.
#[must_use]
pub fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().to_string_lossy().starts_with('.')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::fs;

    #[test]
    fn patterns_name_what_a_shell_would() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a/1.png", "a/2.png", "a/.3.png", "a/b/4.png", ".c/5.png"] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let names = |pattern: &str| {
            let text = folder.path().join(pattern).display().to_string();
            let paths = matched(&text).unwrap().map(|path| path.unwrap());
            let names = paths.map(|path| path.file_name().unwrap().to_owned());
            let mut names: Vec<_> = names.collect();
            names.sort();
            names
        };
        assert_eq!(names("a/*.png"), ["1.png", "2.png"]);
        assert_eq!(names("a/.*"), [".3.png"]);
        assert_eq!(names("*/[12].png"), ["1.png", "2.png"]);
        assert_eq!(names("**/*.png"), ["1.png", "2.png", "4.png"]);
        assert!(names("nowhere/*").is_empty());
        assert!(matched("a/[").is_err());
    }
}
