//! What names stand for: lists, patterns, hidden files, files worth reading.

use data::decode::has_picture_name;
use data::has_records_name;
use glob::{MatchOptions, Pattern, PatternError};
use std::path::{Path, PathBuf};
use walkdir::{DirEntry, WalkDir};

/// Stands for a list of paths on standard input.
pub(super) const STANDARD_INPUT: &str = "-";
/// Stands before the name of a file that holds a list of paths.
pub(super) const LIST_MARK: &str = "@";
const PATTERN_CHARACTERS: [char; 3] = ['*', '?', '['];

pub(super) fn is_pattern(path: &Path) -> bool {
    path.to_string_lossy().contains(PATTERN_CHARACTERS)
}

/// What has a name of this pattern, in no order. A name that begins with a dot only fits a pattern that does. Links are
/// followed, but not round in a circle; names need not be Unicode.
pub(super) fn matched(
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

pub(super) fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().to_string_lossy().starts_with('.')
}

/// Whether a file of a folder is named as a picture or as a file of many.
pub(super) fn has_known_name(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    has_picture_name(&name) || has_records_name(&name)
}
