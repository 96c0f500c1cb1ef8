//! Opens files that may be packed (gzip, bzip2, xz, zstd), recognised by their first bytes and never by their name.
//!
//! Owns the bounded reading of contents whose length a header has announced. Knows no format
//! beyond that of packing.

mod packing;

use std::io::{self, BufRead, BufReader, Cursor, Read, Seek as _};
use std::path::{Path, PathBuf};

use crate::error::DataError;
use crate::remote::{AnyFile, temporary_file};
pub(crate) use packing::Packing;

/// Deflate cannot pack more than this many bytes into one.
const MAX_DEFLATE_RATIO: u64 = 1032;
/// The most that is unpacked into a temporary file, in bytes.
pub(crate) const MAX_UNPACKED_BYTES: u64 = 4 << 30;
/// The most that is set aside in memory on the word of a header alone, in bytes.
const MAX_UNPROVEN_CAPACITY: u64 = 1 << 20;

/// Whether a file that begins so is packed.
pub(crate) fn is_packed(start: &[u8]) -> bool {
    Packing::of(start).is_some()
}

/// Contents being read, unpacked where they are packed.
pub(crate) struct Contents<'a> {
    reader: Reader<'a>,
    /// The file, or the address it was fetched from, for messages.
    path: PathBuf,
    packing: Option<Packing>,
    /// Number of bytes as they lie there, packed or not; `None` for pipes.
    num_stored_bytes: Option<u64>,
    /// Number of unpacked bytes handed out so far.
    offset: u64,
}

/// Where bytes come from.
enum Reader<'a> {
    /// A file that is not packed: what is not wanted of it need not be read.
    Plain(BufReader<AnyFile>),
    /// Anything else.
    Other(Box<dyn Read + Send + 'a>),
}

impl Read for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(file) => file.read(buffer),
            Self::Other(reader) => reader.read(buffer),
        }
    }
}

impl<'a> Contents<'a> {
    /// Opens a file.
    pub(crate) fn open(path: &Path) -> Result<Self, DataError> {
        let file = AnyFile::open(path).map_err(|source| DataError::Io {
            path: path.into(),
            action: if source.kind() == io::ErrorKind::IsADirectory {
                "read"
            } else {
                "open"
            },
            source,
        })?;
        let num_bytes = file.num_bytes().map_err(DataError::io(path, "open"))?;
        let mut file = BufReader::with_capacity(1 << 16, file);
        let start = file.fill_buf().map_err(DataError::io(path, "read"))?;
        if is_packed(start) {
            return Self::new(file, path, Some(num_bytes));
        }
        Ok(Self {
            reader: Reader::Plain(file),
            path: path.into(),
            packing: None,
            num_stored_bytes: Some(num_bytes),
            offset: 0,
        })
    }

    /// A file of the unpacked contents, to be read from any place: a temporary one where they are packed.
    pub(crate) fn seekable(path: &Path) -> Result<AnyFile, DataError> {
        let contents = Contents::open(path)?;
        if let Reader::Plain(file) = contents.reader {
            let mut file = file.into_inner();
            file.rewind().map_err(DataError::io(path, "read"))?;
            return Ok(file);
        }
        let mut file = temporary_file().map_err(DataError::io(path, "unpack"))?;
        let mut bounded = contents.into_reader().take(MAX_UNPACKED_BYTES + 1);
        let num_bytes = io::copy(&mut bounded, &mut file).map_err(DataError::io(path, "unpack"))?;
        check_unpacked(path, num_bytes)?;
        file.rewind().map_err(DataError::io(path, "unpack"))?;
        Ok(AnyFile::Here(file))
    }

    /// Reads from bytes already in memory; `path` is where they came from.
    pub(crate) fn from_bytes(bytes: &'a [u8], path: &Path) -> Result<Self, DataError> {
        let num_bytes = bytes.len() as u64;
        Self::new(Cursor::new(bytes), path, Some(num_bytes))
    }

    /// Reads what something else has opened; `path` is what messages call it.
    pub(crate) fn of_reader(
        reader: impl BufRead + Send + 'a,
        path: &Path,
    ) -> Result<Self, DataError> {
        Self::new(reader, path, None)
    }

    /// Reads bytes that are not packed, whatever they begin with; `path` is where they came from.
    pub(crate) fn plain(bytes: Vec<u8>, path: &Path) -> Self {
        Self {
            num_stored_bytes: Some(bytes.len() as u64),
            reader: Reader::Other(Box::new(Cursor::new(bytes))),
            path: path.into(),
            packing: None,
            offset: 0,
        }
    }

    fn new(
        mut stored: impl BufRead + Send + 'a,
        path: &Path,
        num_stored_bytes: Option<u64>,
    ) -> Result<Self, DataError> {
        let mut start = Vec::with_capacity(Packing::NUM_BYTES);
        (&mut stored)
            .take(Packing::NUM_BYTES as u64)
            .read_to_end(&mut start)
            .map_err(DataError::io(path, "read"))?;
        let packing = Packing::of(&start);
        let whole = Cursor::new(start).chain(stored);
        let reader: Box<dyn Read + Send + 'a> = match packing {
            Some(packing) => packing
                .unpacked(whole)
                .map_err(DataError::io(path, "unpack"))?,
            None => Box::new(whole),
        };
        Ok(Self {
            reader: Reader::Other(reader),
            path: path.into(),
            packing,
            num_stored_bytes,
            offset: 0,
        })
    }

    /// The file, or the address it was fetched from.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Number of unpacked bytes handed out so far.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// The plain reader, for formats without an announced length.
    pub(crate) fn into_reader(self) -> Box<dyn Read + Send + 'a> {
        match self.reader {
            Reader::Plain(file) => Box::new(file),
            Reader::Other(reader) => reader,
        }
    }

    /// Passes over so many bytes, or all where there are fewer; returns how many it were. They are not read where that is
    /// not needed.
    pub(crate) fn pass_over(&mut self, num_bytes: u64) -> Result<u64, DataError> {
        let passed = match (&mut self.reader, i64::try_from(num_bytes)) {
            (Reader::Plain(file), Ok(by)) => file.seek_relative(by).map(|()| num_bytes),
            (reader, _) => io::copy(&mut reader.take(num_bytes), &mut io::sink()),
        };
        let passed = passed.map_err(|source| self.read_error(source))?;
        self.offset += passed;
        Ok(passed)
    }

    /// Up to `num_bytes` bytes, fewer only where the contents end.
    ///
    /// No more memory is set aside than the stored bytes can fill.
    pub(crate) fn read_up_to(&mut self, num_bytes: u64) -> Result<Vec<u8>, DataError> {
        let ratio = match self.packing {
            None => Some(1),
            Some(Packing::Gzip) => Some(MAX_DEFLATE_RATIO),
            // A few bytes of these stand for any number.
            Some(Packing::Bzip2 | Packing::Xz | Packing::Zstd) => None,
        };
        let fillable = ratio.zip(self.num_stored_bytes);
        let fillable = fillable.map_or(MAX_UNPROVEN_CAPACITY, |(ratio, stored)| {
            stored.saturating_mul(ratio)
        });
        let capacity = usize::try_from(num_bytes.min(fillable)).unwrap_or(0);
        let mut bytes = Vec::with_capacity(capacity);
        let outcome = (&mut self.reader).take(num_bytes).read_to_end(&mut bytes);
        self.offset += bytes.len() as u64;
        match outcome {
            Ok(_) => Ok(bytes),
            Err(source) => Err(self.read_error(source)),
        }
    }

    /// Fills `buffer` and returns how many bytes it got, fewer only where the contents end.
    pub(crate) fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, DataError> {
        let mut num_filled = 0;
        while let Some(rest) = buffer.get_mut(num_filled..).filter(|rest| !rest.is_empty()) {
            match self.reader.read(rest) {
                Ok(0) => break,
                Ok(num_bytes) => {
                    num_filled += num_bytes;
                    self.offset += num_bytes as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.read_error(error)),
            }
        }
        Ok(num_filled)
    }

    /// Refuses plain contents whose stored length is not `num_bytes` in all, before they are read.
    /// Says nothing about packed contents and pipes, whose length shows only at the end.
    pub(crate) fn check_stored_length(
        &self,
        num_header_bytes: u64,
        num_payload_bytes: u64,
    ) -> Result<(), DataError> {
        match self.num_stored_bytes {
            Some(stored) if self.packing.is_none() => {
                let found = stored.saturating_sub(num_header_bytes);
                if found == num_payload_bytes {
                    Ok(())
                } else {
                    Err(self.length_error(num_header_bytes, num_payload_bytes, &found.to_string()))
                }
            }
            _ => Ok(()),
        }
    }

    /// Makes sure that nothing follows; the header and the payload have the given lengths.
    pub(crate) fn expect_end(
        &mut self,
        num_header_bytes: u64,
        num_payload_bytes: u64,
    ) -> Result<(), DataError> {
        if self.read_up_to(1)?.is_empty() {
            return Ok(());
        }
        Err(self.length_error(num_header_bytes, num_payload_bytes, "more"))
    }

    /// The error of contents that are longer or shorter than their header says.
    pub(crate) fn length_error(
        &self,
        num_header_bytes: u64,
        num_payload_bytes: u64,
        found: &str,
    ) -> DataError {
        DataError::Format {
            path: self.path.clone(),
            offset: num_header_bytes,
            expected: format!("{num_payload_bytes} bytes after the header"),
            found: found.into(),
        }
    }

    fn read_error(&self, source: io::Error) -> DataError {
        let found = match source.kind() {
            io::ErrorKind::UnexpectedEof => "its end".to_owned(),
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => source.to_string(),
            // What a decoder says has no number of the system's.
            _ if self.packing.is_some() && source.raw_os_error().is_none() => source.to_string(),
            _ => {
                return DataError::Io {
                    path: self.path.clone(),
                    action: "read",
                    source,
                };
            }
        };
        DataError::Format {
            path: self.path.clone(),
            offset: self.offset,
            expected: format!(
                "sound {} data (the byte is counted unpacked)",
                self.packing.map_or("gzip", Packing::name)
            ),
            found,
        }
    }
}

/// Refuses what is more than may be unpacked into a temporary file.
pub(crate) fn check_unpacked(path: &Path, num_bytes: u64) -> Result<(), DataError> {
    if num_bytes <= MAX_UNPACKED_BYTES {
        return Ok(());
    }
    Err(DataError::Format {
        path: path.into(),
        offset: MAX_UNPACKED_BYTES,
        expected: format!("at most {} GiB of unpacked bytes", MAX_UNPACKED_BYTES >> 30),
        found: "more".into(),
    })
}

#[cfg(test)]
mod tests;
