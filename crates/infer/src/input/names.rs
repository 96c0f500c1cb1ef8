//! What names stand for: lists, patterns, hidden files, files worth reading.

use data::decode::has_picture_name;
use data::has_records_name;
use glob::MatchOptions;
use std::path::Path;
use walkdir::DirEntry;

/// Stands for a list of paths on standard input.
pub(super) const STANDARD_INPUT: &str = "-";
/// Stands before the name of a file that holds a list of paths.
pub(super) const LIST_MARK: &str = "@";
const PATTERN_CHARACTERS: [char; 3] = ['*', '?', '['];

pub(super) fn is_pattern(path: &Path) -> bool {
    path.to_string_lossy().contains(PATTERN_CHARACTERS)
}

/// What has a name of this pattern. A name that begins with a dot only fits a pattern that does.
pub(super) fn matched(pattern: &str) -> Result<glob::Paths, glob::PatternError> {
    let options = MatchOptions {
        require_literal_leading_dot: true,
        ..MatchOptions::new()
    };
    glob::glob_with(pattern, options)
}

pub(super) fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().to_string_lossy().starts_with('.')
}

/// Whether a file of a folder is named as a picture or as a file of many.
pub(super) fn has_known_name(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    has_picture_name(&name) || has_records_name(&name)
}
