//! Where results go: a stream, or a file that appears only once it is whole.
//!
//! Owns what becomes of a file that does not get whole: the rows that are in it are kept under a name
//! that says so.

use crate::error::Error;
use crate::remote::Upload;
use base::files::{Existing, Lock, WholeFile, beside, parent};
use base::hexadecimal;
use data::remote::address;
use sha2::{Digest as _, Sha256};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Tried so many names for a partial file, the last one's trouble is told.
const MAX_PARTIALS: u32 = 1_000;

/// Where results go.
pub struct Sink {
    target: Target,
    /// Of all that was written, where that is wanted.
    sum: Option<(Sha256, u64)>,
}

/// What a file that is whole has in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Bytes.
    pub num_bytes: u64,
    /// Of these, in hexadecimal.
    pub sha256: String,
}

enum Target {
    Stream {
        name: String,
        writer: Box<dyn Write>,
    },
    File {
        file: WholeFile,
        /// Bytes of what was handed over and is in the file as a whole.
        num_whole: u64,
        /// Whether more may be in the file than that.
        is_broken: bool,
        /// No other program writes a file of this name meanwhile.
        _lock: Lock,
    },
    /// On another machine.
    Elsewhere(Box<Upload>),
}

/// What was kept of a file that did not get whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Where it is.
    pub path: PathBuf,
    /// How many answers are in it.
    pub num_answers: usize,
}

impl Sink {
    /// A stream, such as standard output; `name` is what it is called in errors.
    pub fn stream(name: impl Into<String>, writer: impl Write + 'static) -> Self {
        Self::of(Target::Stream {
            name: name.into(),
            writer: Box::new(writer),
        })
    }

    /// A file, which no other program writes meanwhile.
    ///
    /// # Errors
    ///
    /// Where the file could not be written, or another program writes it: said before any work is done.
    pub fn file(target: &Path) -> Result<Self, Error> {
        if let Some(address) = address(target) {
            let upload = Upload::new(address).map_err(failed(target))?;
            return Ok(Self::of(Target::Elsewhere(Box::new(upload))));
        }
        if target.exists() && !target.is_file() {
            let path = target.to_path_buf();
            return Err(Error::NotAFile { path });
        }
        let folder = parent(target);
        if !folder.is_dir() {
            let path = folder.to_path_buf();
            return Err(Error::NoFolder { path });
        }
        let lock = Lock::of_output(target).map_err(|error| Error::of_lock(target, error))?;
        let file = WholeFile::create(target).map_err(failed(target))?;
        Ok(Self::of(Target::File {
            file,
            num_whole: 0,
            is_broken: false,
            _lock: lock,
        }))
    }

    fn of(target: Target) -> Self {
        Self { target, sum: None }
    }

    /// With the length and the sum of all that is written, for [`Sink::finish`].
    #[must_use]
    pub fn summed(mut self) -> Self {
        self.sum = Some((Sha256::new(), 0));
        self
    }

    /// Writes whole rows; false where whoever reads the stream went away.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub fn write(&mut self, bytes: impl AsRef<[u8]>) -> Result<bool, Error> {
        let bytes = bytes.as_ref();
        if let Some((sum, num_bytes)) = &mut self.sum {
            sum.update(bytes);
            *num_bytes += bytes.len() as u64;
        }
        match &mut self.target {
            Target::File {
                file,
                num_whole,
                is_broken,
                ..
            } => {
                *is_broken = true;
                let written = file.write_all(bytes).and_then(|()| file.flush());
                written.map_err(failed(file.target()))?;
                *num_whole += bytes.len() as u64;
                *is_broken = false;
                Ok(true)
            }
            Target::Elsewhere(upload) => {
                let written = upload.write(bytes);
                written.map_err(failed(Path::new(upload.address())))?;
                Ok(true)
            }
            Target::Stream { name, writer } => {
                let written = writer.write_all(bytes).and_then(|()| writer.flush());
                match written {
                    Ok(()) => Ok(true),
                    Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
                    Err(source) => {
                        let name = name.clone();
                        Err(Error::Stream { name, source })
                    }
                }
            }
        }
    }

    /// The file that is being written, under the name that it has until it is whole.
    #[must_use]
    pub fn scratch_path(&self) -> Option<&Path> {
        match &self.target {
            Target::File { file, .. } => Some(file.scratch_path()),
            Target::Stream { .. } | Target::Elsewhere(_) => None,
        }
    }

    /// Whether the last rows were not written as a whole.
    pub(super) fn is_broken(&self) -> bool {
        matches!(&self.target, Target::File { is_broken, .. } if *is_broken)
    }

    /// Puts the file in its place, and says what is in it where that was wanted. Dropping the sink instead leaves what
    /// was there before.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub fn finish(self) -> Result<Option<Written>, Error> {
        match self.target {
            Target::Stream { .. } => {}
            Target::File { file, _lock, .. } => {
                let target = file.target().to_path_buf();
                file.finish(Existing::Replace).map_err(failed(&target))?;
            }
            Target::Elsewhere(upload) => {
                let target = PathBuf::from(upload.address());
                upload.finish().map_err(failed(&target))?;
            }
        }
        Ok(self.sum.map(|(sum, num_bytes)| Written {
            num_bytes,
            sha256: hexadecimal(&sum.finalize()),
        }))
    }

    /// Keeps the whole rows that are in the file, and `end` after them, beside the file that was asked for:
    /// `digits.partial.csv`, or `digits.partial-2.csv` where that is there already. Returns its path;
    /// `None` of a stream, and of a file on another machine, of which nothing stays.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub fn keep_partial(self, end: &[u8]) -> Result<Option<PathBuf>, Error> {
        let Target::File {
            file,
            num_whole,
            _lock,
            ..
        } = self.target
        else {
            return Ok(None);
        };
        let target = file.target().to_path_buf();
        let mut file = file.cut_to(num_whole).map_err(failed(&target))?;
        file.write_all(end)
            .and_then(|()| file.flush())
            .map_err(failed(&target))?;
        let mut path = beside(&target, "partial");
        let mut number = 2;
        while path.exists() && number < MAX_PARTIALS {
            path = beside(&target, &format!("partial-{number}"));
            number += 1;
        }
        file.finish_as(&path, Existing::Keep)
            .map_err(failed(&path))?;
        Ok(Some(path))
    }
}

fn failed(path: &Path) -> impl Fn(io::Error) -> Error {
    let path = path.to_path_buf();
    move |source| Error::Write {
        path: path.clone(),
        source,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn partial_files_say_so_and_replace_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("digits.csv"), "old").unwrap();
        for (rows, name) in [
            ("one\n", "digits.partial.csv"),
            ("two\n", "digits.partial-2.csv"),
        ] {
            let mut sink = Sink::file(&at("digits.csv")).unwrap();
            assert!(sink.write(rows).unwrap());
            assert_eq!(sink.keep_partial(b"end\n").unwrap(), Some(at(name)));
            let kept = std::fs::read_to_string(at(name)).unwrap();
            assert_eq!(kept, format!("{rows}end\n"));
        }
        assert_eq!(std::fs::read(at("digits.csv")).unwrap(), b"old");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3);
    }

    #[test]
    fn a_reader_that_went_away_is_no_error() {
        struct Gone;
        impl Write for Gone {
            fn write(&mut self, _bytes: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        assert!(!Sink::stream("a pipe", Gone).write("row\n").unwrap());
    }
}
