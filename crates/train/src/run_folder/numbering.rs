//! The next free number of a name.

use super::{RunFolderError, write_new};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Digits of a number, at most: a name that ends in more has no number of ours.
const MAX_DIGITS: usize = 9;

fn failed(path: &Path) -> impl Fn(io::Error) -> RunFolderError {
    let path = path.to_path_buf();
    move |source| RunFolderError::Io {
        path: path.clone(),
        source,
    }
}

/// Makes the next free `<root>/<name>-NNN`.
pub(super) fn create_next(root: &Path, name: &str) -> Result<PathBuf, RunFolderError> {
    fs::create_dir_all(root).map_err(failed(root))?;
    let mut number = highest_number(root, name).map_err(failed(root))? + 1;
    loop {
        let path = root.join(format!("{name}-{number:03}"));
        match fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            // Another run took it in between.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            Err(source) => return Err(failed(&path)(source)),
        }
    }
}

/// Writes the next free `<root>/<name>-NNN.html`.
///
/// # Errors
///
/// Where the system refuses.
pub fn write_next(root: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf, RunFolderError> {
    fs::create_dir_all(root).map_err(failed(root))?;
    let mut number = highest_number(root, name).map_err(failed(root))? + 1;
    loop {
        let path = root.join(format!("{name}-{number:03}.html"));
        match write_new(&path, bytes, false) {
            Err(RunFolderError::Exists { .. }) => number += 1,
            result => return result,
        }
    }
}

/// The highest number of a run of this name.
fn highest_number(root: &Path, name: &str) -> io::Result<u32> {
    let mut highest = 0;
    for entry in fs::read_dir(root)? {
        let file_name = entry?.file_name();
        let number = file_name.to_str().and_then(|file_name| {
            let number = file_name.strip_prefix(name)?.strip_prefix('-')?;
            let number = number.trim_end_matches(".html");
            (number.len() <= MAX_DIGITS).then(|| number.parse().ok())?
        });
        highest = highest.max(number.unwrap_or(0));
    }
    Ok(highest)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_next_number_is_above_the_highest() {
        let root = tempfile::tempdir().unwrap();
        let next = |name| create_next(root.path(), name).unwrap();
        assert!(next("cnn").ends_with("cnn-001"));
        fs::create_dir(root.path().join("cnn-041")).unwrap();
        fs::create_dir(root.path().join("cnn-fast-099")).unwrap();
        fs::write(root.path().join("cnn-043"), "").unwrap();
        assert!(next("cnn").ends_with("cnn-044"));
        assert!(next("cnn-fast").ends_with("cnn-fast-100"));
    }

    #[test]
    fn the_largest_numbers_are_none_of_ours() {
        let root = tempfile::tempdir().unwrap();
        for name in ["smoke-4294967295", "smoke-999999999"] {
            fs::create_dir(root.path().join(name)).unwrap();
        }
        assert!(
            create_next(root.path(), "smoke")
                .unwrap()
                .ends_with("smoke-1000000000")
        );
        assert!(
            create_next(root.path(), "smoke")
                .unwrap()
                .ends_with("smoke-1000000001")
        );
    }
}
