//! Opens what is read: ordinary files alone, since to open a pipe waits for a writer, and a device may have no end.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// Opens an ordinary file.
///
/// # Errors
///
/// Where the system refuses, or it is a folder, a pipe or a device.
pub fn open_file(path: &Path) -> io::Result<File> {
    let about = fs::metadata(path)?;
    if about.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if !about.is_file() {
        return Err(io::Error::other(
            "neither a file nor a folder: a pipe or a device",
        ));
    }
    File::open(path)
}

/// A reader of lines of at most so many bytes: a longer one is an error, so that nobody who looks for its end takes
/// memory for it.
pub struct BoundedLines<R> {
    reader: R,
    limit: usize,
    length: usize,
}

impl<R: Read> BoundedLines<R> {
    /// Of that reader.
    pub fn new(reader: R, limit: usize) -> Self {
        Self {
            reader,
            limit,
            length: 0,
        }
    }
}

impl<R: Read> Read for BoundedLines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let num_read = self.reader.read(buffer)?;
        for line in buffer[..num_read].split_inclusive(|&byte| byte == b'\n') {
            self.length += line.len();
            if self.length > self.limit {
                let limit = self.limit;
                return Err(io::Error::other(format!(
                    "a line is longer than {limit} bytes"
                )));
            }
            if line.ends_with(b"\n") {
                self.length = 0;
            }
        }
        Ok(num_read)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn ordinary_files_alone_are_opened() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        assert_eq!(
            open_file(&path).unwrap_err().kind(),
            io::ErrorKind::NotFound
        );
        fs::write(&path, "x").unwrap();
        open_file(&path).unwrap();
        let error = open_file(folder.path()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::IsADirectory);
        #[cfg(unix)]
        assert!(open_file(Path::new("/dev/zero")).is_err());
    }

    #[test]
    fn long_lines_are_errors() {
        let read = |text: &str| io::read_to_string(BoundedLines::new(text.as_bytes(), 4));
        assert_eq!(read("abc\nabc\n\nab").unwrap(), "abc\nabc\n\nab");
        assert!(read("abcd\n").is_err() && read("a\nabcde").is_err());
    }
}
