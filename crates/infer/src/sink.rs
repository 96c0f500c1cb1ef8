//! Where results go: standard output, or a file that appears only once it is whole.

use console::{Exit, Failure, write_result};
use std::fs;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use tempfile::NamedTempFile;

/// Where results go.
pub(crate) enum Sink {
    /// Standard output.
    Standard,
    /// A file beside the one that was asked for, and the path of that one.
    File {
        scratch: BufWriter<NamedTempFile>,
        target: PathBuf,
    },
}

impl Sink {
    /// A file, or standard output.
    ///
    /// # Errors
    ///
    /// Where the file could not be written: said before any work is done.
    pub(crate) fn open(file: Option<PathBuf>) -> Result<Self, Failure> {
        let Some(target) = file else {
            return Ok(Self::Standard);
        };
        if target.exists() && !target.is_file() {
            let message = format!("{}: cannot be replaced, it is no file", target.display());
            return Err(Failure::new(message).with_hint(Some("name a file to write to")));
        }
        let folder = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        if !folder.is_dir() {
            let message = format!("{}: there is no such folder", folder.display());
            return Err(Failure::new(message).with_hint(Some("make the folder first")));
        }
        let scratch = scratch_file(folder).map_err(failed(&target))?;
        remove_when_interrupted(scratch.path().to_path_buf());
        Ok(Self::File {
            scratch: BufWriter::new(scratch),
            target,
        })
    }

    /// Writes some of the results; false where whoever reads standard output went away.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub(crate) fn write(&mut self, bytes: impl AsRef<[u8]>) -> Result<bool, Failure> {
        match self {
            Self::File { scratch, target } => {
                scratch.write_all(bytes.as_ref()).map_err(failed(target))?;
                Ok(true)
            }
            Self::Standard => write_result(bytes)
                .map_err(|error| Failure::new(format!("standard output: {error}"))),
        }
    }

    /// Puts the file in its place. Dropping the sink instead leaves what was there before.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        let Self::File { scratch, target } = self else {
            return Ok(());
        };
        let scratch = scratch
            .into_inner()
            .map_err(|error| failed(&target)(error.into_error()))?;
        scratch.as_file().sync_all().map_err(failed(&target))?;
        scratch
            .persist(&target)
            .map_err(|error| failed(&target)(error.error))?;
        Ok(())
    }
}

/// A hidden file that others may read as far as they may read any new file.
fn scratch_file(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".infer-");
    #[cfg(unix)]
    let permissions: fs::Permissions = std::os::unix::fs::PermissionsExt::from_mode(0o666);
    #[cfg(unix)]
    builder.permissions(permissions);
    builder.tempfile_in(folder)
}

/// Ends the program at Ctrl-C or a request to end, leaving no scratch file behind.
fn remove_when_interrupted(scratch: PathBuf) {
    static ALL: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
    let all = || ALL.lock().unwrap_or_else(PoisonError::into_inner);
    let is_first = all().is_empty();
    all().push(scratch);
    if is_first {
        // Fails where another handler is set: then files stay behind, and nothing else is wrong.
        let _ = ctrlc::set_handler(move || {
            for scratch in all().iter() {
                let _ = fs::remove_file(scratch);
            }
            std::process::exit(Exit::Interrupted as i32);
        });
    }
}

fn failed(path: &Path) -> impl Fn(io::Error) -> Failure {
    let path = path.display().to_string();
    move |error| Failure::new(format!("{path}: cannot be written: {error}"))
}
