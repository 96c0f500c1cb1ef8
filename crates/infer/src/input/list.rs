//! The lines of a list of paths, however long the list is.

use std::ffi::OsString;
use std::io::{self, BufRead, Read as _};
use std::path::PathBuf;

/// The longest path in a list, in bytes.
const MAX_LINE_BYTES: u64 = 1 << 16;

/// Lines without their ends; after an error, nothing more.
pub(super) fn lines(mut list: impl BufRead) -> impl Iterator<Item = io::Result<Vec<u8>>> {
    let mut is_lost = false;
    std::iter::from_fn(move || {
        if is_lost {
            return None;
        }
        let mut line = Vec::new();
        let mut start = (&mut list).take(MAX_LINE_BYTES);
        let num_bytes = match start.read_until(b'\n', &mut line) {
            Ok(0) => return None,
            Ok(num_bytes) => num_bytes as u64,
            Err(error) => {
                is_lost = true;
                return Some(Err(error));
            }
        };
        if line.last() == Some(&b'\n') {
            line.pop();
        } else if num_bytes == MAX_LINE_BYTES {
            is_lost = true;
            let problem = format!("expected a path a line, found {MAX_LINE_BYTES} bytes");
            return Some(Err(io::Error::other(problem)));
        }
        Some(Ok(line))
    })
}

/// What a line names.
pub(super) fn path_of_line(mut line: Vec<u8>) -> PathBuf {
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    #[cfg(unix)]
    let path: OsString = std::os::unix::ffi::OsStringExt::from_vec(line);
    #[cfg(not(unix))]
    let path: OsString = String::from_utf8_lossy(&line).into_owned().into();
    path.into()
}
