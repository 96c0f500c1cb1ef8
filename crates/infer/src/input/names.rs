//! What names stand for: lists, files worth reading.

use base::files::is_hidden;
use data::decode::has_picture_name;
use data::has_records_name;
use walkdir::DirEntry;

/// What systems leave in folders, beside hidden files.
const SYSTEM_NAMES: [&str; 3] = ["__MACOSX", "Thumbs.db", "desktop.ini"];

/// Stands for a list of paths on standard input.
pub(super) const STANDARD_INPUT: &str = "-";
/// Stands before the name of a file that holds a list of paths.
pub(super) const LIST_MARK: &str = "@";

/// Whether a file of a folder is named as a picture or as a file of many.
pub(super) fn has_known_name(entry: &DirEntry) -> bool {
    is_known_name(&entry.file_name().to_string_lossy())
}

/// Whether that is the name of a picture or of a file of many.
pub(super) fn is_known_name(name: &str) -> bool {
    has_picture_name(name) || has_records_name(name)
}

/// Whether a file or folder of this name is hidden, or what a system leaves.
pub(super) fn is_of_a_system(name: &str) -> bool {
    name.starts_with('.') || SYSTEM_NAMES.contains(&name)
}

/// Whether a file or folder is hidden, or what a Mac or Windows leaves among pictures.
pub(super) fn is_left_by_a_system(entry: &DirEntry) -> bool {
    let name = entry.file_name();
    is_hidden(entry) || SYSTEM_NAMES.iter().any(|known| name == *known)
}
