//! Reads the pictures out of tar archives one by one, plain or packed, and then the files of many images in them.
//!
//! Owns the walk from header to header with the place of every fault; the fields of a header are
//! the `tar` crate's. Its archives lend their entries, and read long names of any length into
//! memory: so the walk is here. What members are is [`crate::members`]'; links and folders are passed over.

use std::io;
use std::path::{Path, PathBuf};

use tar::{EntryType, Header, PaxExtensions};

use crate::error::DataError;
use crate::members::{Kind, Spill, kind};
use crate::reading::{Reading, Stream};
use crate::record::{Content, Part, Record};
use crate::remarks::Remarks;
use crate::unpack::Contents;

const BLOCK_BYTES: usize = 512;
/// The longest extended header, of names and sizes that do not fit the plain one.
const MAX_EXTENSION_BYTES: u64 = 1 << 16;
const SKIPPED_AT_ONCE: usize = 1 << 13;
/// Bytes behind the end mark, at most: writers fill up blocks of up to a megabyte.
const MAX_FILLING: usize = 1 << 22;

/// The pictures of an archive, in its order, named `ARCHIVE#MEMBER`.
///
/// A member that is too large is an error in its place, and the rest goes on; an archive that is
/// damaged or cut off is an error at its end.
pub(crate) struct TarReader {
    contents: Contents<'static>,
    path: PathBuf,
    max_member_bytes: u64,
    /// What extended headers say of the next member.
    next: Extension,
    spill: Option<Spill>,
    /// The images of files of many in the archive, once all members were looked at.
    spilled: Option<Stream>,
    remarks: Remarks,
    is_finished: bool,
}

#[derive(Default)]
struct Extension {
    name: Option<Vec<u8>>,
    num_bytes: Option<u64>,
}

impl TarReader {
    /// Opens an archive.
    pub(crate) fn open(path: &Path, reading: &Reading) -> Result<Self, DataError> {
        Ok(Self {
            contents: Contents::open(path)?,
            path: path.into(),
            max_member_bytes: reading.limits.max_file_bytes,
            next: Extension::default(),
            spill: Some(Spill::new(path, reading)),
            spilled: None,
            remarks: reading.remarks.clone(),
            is_finished: false,
        })
    }

    /// The next picture; `None` at the end. Errors but those of [`DataError::Picture`] are final.
    fn read_next(&mut self) -> Result<Option<Record>, DataError> {
        if let Some(spilled) = &mut self.spilled {
            return spilled.next().transpose();
        }
        while let Some(header) = self.read_header()? {
            let extension = std::mem::take(&mut self.next);
            let num_bytes = match extension.num_bytes {
                Some(num_bytes) => num_bytes,
                None => header.entry_size().map_err(|error| {
                    self.error(BLOCK_BYTES, "the size of a member", &error.to_string())
                })?,
            };
            match header.entry_type() {
                EntryType::GNULongName => {
                    let mut name = self.read_extension(num_bytes)?;
                    name.truncate(
                        name.iter()
                            .position(|&byte| byte == 0)
                            .unwrap_or(name.len()),
                    );
                    self.next.name = Some(name);
                }
                EntryType::XHeader => {
                    let text = self.read_extension(num_bytes)?;
                    self.next = self.parse_extension(&text)?;
                }
                EntryType::Regular | EntryType::Continuous => {
                    let name = extension.name.as_deref().map(String::from_utf8_lossy);
                    let plain = header.path_bytes();
                    let name = name.unwrap_or_else(|| String::from_utf8_lossy(&plain));
                    match kind(&name) {
                        Kind::Picture => return self.read_member(&name, num_bytes).map(Some),
                        Kind::OfMany => {
                            self.spill(&name, num_bytes)?;
                            continue;
                        }
                        Kind::Hidden => {}
                        Kind::Other => self.remarks.pass_over_member(&name),
                    }
                    self.skip(padded(num_bytes))?;
                }
                _ => self.skip(padded(num_bytes))?,
            }
        }
        self.spilled = self.spill.take().map(Spill::into_records).transpose()?;
        self.spilled.as_mut().and_then(Iterator::next).transpose()
    }

    /// Takes a file of many images out of the archive.
    fn spill(&mut self, name: &str, num_bytes: u64) -> Result<(), DataError> {
        let mut member = Member {
            contents: &mut self.contents,
            num_left: num_bytes,
        };
        if let Some(spill) = &mut self.spill {
            spill.take(name, &mut member)?;
        }
        let num_left = member.num_left;
        self.skip(num_left + padded(num_bytes) - num_bytes)
    }

    /// The next header; `None` at the end mark.
    fn read_header(&mut self) -> Result<Option<Header>, DataError> {
        let mut header = Header::new_old();
        let num_bytes = self.contents.fill(header.as_mut_bytes())?;
        if num_bytes < BLOCK_BYTES {
            return Err(self.error(num_bytes, "a tar header or the end mark", "the file's end"));
        }
        let bytes = header.as_bytes();
        if bytes.iter().all(|&byte| byte == 0) {
            self.read_to_end()?;
            return Ok(None);
        }
        // The sum is taken with blanks in its own place.
        let with_blanks = bytes[..148].iter().chain(&[b' '; 8]).chain(&bytes[156..]);
        let sum: u32 = with_blanks.map(|&byte| u32::from(byte)).sum();
        if header.cksum().is_ok_and(|stored| stored == sum) {
            Ok(Some(header))
        } else {
            Err(self.error(BLOCK_BYTES, "a tar header", "a wrong check sum"))
        }
    }

    /// What follows the end mark, which is filling: gzip has its sum behind it, and only who reads on finds it wrong.
    fn read_to_end(&mut self) -> Result<(), DataError> {
        let mut buffer = vec![0; SKIPPED_AT_ONCE];
        let mut num_read = 0;
        loop {
            let num_bytes = self.contents.fill(&mut buffer)?;
            num_read += num_bytes;
            if num_read > MAX_FILLING {
                return Err(self.error(
                    num_bytes,
                    "the file's end",
                    "more behind the archive's end mark",
                ));
            }
            if num_bytes < buffer.len() {
                return Ok(());
            }
        }
    }

    fn read_member(&mut self, name: &str, num_bytes: u64) -> Result<Record, DataError> {
        let name = format!("{}#{name}", self.path.display());
        let limit = self.max_member_bytes;
        if num_bytes > limit {
            self.skip(padded(num_bytes))?;
            return Err(DataError::Picture {
                path: name.into(),
                reason: format!("the picture has {num_bytes} bytes, expected at most {limit}"),
            });
        }
        let bytes = self.read_padded(num_bytes)?;
        Ok(Record {
            name,
            content: Content::Picture(bytes),
            label: None,
            part: Part::Unknown,
        })
    }

    fn read_extension(&mut self, num_bytes: u64) -> Result<Vec<u8>, DataError> {
        if num_bytes > MAX_EXTENSION_BYTES {
            let expected = format!("an extended header of at most {MAX_EXTENSION_BYTES} bytes");
            return Err(self.error(BLOCK_BYTES, &expected, &format!("{num_bytes} bytes")));
        }
        self.read_padded(num_bytes)
    }

    fn parse_extension(&self, text: &[u8]) -> Result<Extension, DataError> {
        let mut extension = Extension::default();
        for pair in PaxExtensions::new(text) {
            let bad = |found: &str| self.error(text.len(), "an extended header", found);
            let pair = pair.map_err(|error| bad(&error.to_string()))?;
            match pair.key_bytes() {
                b"path" => extension.name = Some(pair.value_bytes().to_vec()),
                b"size" => {
                    let size = pair.value().ok().and_then(|value| value.parse().ok());
                    extension.num_bytes = Some(size.ok_or_else(|| bad("a size that is none"))?);
                }
                _ => {}
            }
        }
        Ok(extension)
    }

    fn read_padded(&mut self, num_bytes: u64) -> Result<Vec<u8>, DataError> {
        let bytes = self.contents.read_up_to(num_bytes)?;
        if (bytes.len() as u64) < num_bytes {
            return Err(self.cut_off(bytes.len(), num_bytes));
        }
        self.skip(padded(num_bytes) - num_bytes)?;
        Ok(bytes)
    }

    fn skip(&mut self, num_bytes: u64) -> Result<(), DataError> {
        let mut buffer = vec![0; SKIPPED_AT_ONCE];
        let mut rest = num_bytes;
        while rest > 0 {
            let at_once = rest.min(SKIPPED_AT_ONCE as u64) as usize;
            let num_read = self.contents.fill(&mut buffer[..at_once])?;
            rest -= num_read as u64;
            if num_read < at_once {
                return Err(self.cut_off(0, rest));
            }
        }
        Ok(())
    }

    fn cut_off(&self, num_back: usize, num_bytes: u64) -> DataError {
        let expected = format!("{num_bytes} bytes of a member");
        self.error(num_back, &expected, "the file's end")
    }

    /// An error `num_back` bytes before what is read next.
    fn error(&self, num_back: usize, expected: &str, found: &str) -> DataError {
        DataError::Format {
            path: self.path.clone(),
            offset: self.contents.offset().saturating_sub(num_back as u64),
            expected: expected.into(),
            found: found.into(),
        }
    }
}

impl Iterator for TarReader {
    type Item = Result<Record, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_finished {
            return None;
        }
        let item = self.read_next().transpose();
        let goes_on = matches!(item, Some(Ok(_) | Err(DataError::Picture { .. })))
            || self.spilled.is_some() && item.is_some();
        self.is_finished = !goes_on;
        item
    }
}

/// The bytes of a member, one after the other.
struct Member<'a> {
    contents: &'a mut Contents<'static>,
    num_left: u64,
}

impl io::Read for Member<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let at_once = (buffer.len() as u64).min(self.num_left) as usize;
        let num_read = self
            .contents
            .fill(&mut buffer[..at_once])
            .map_err(io::Error::other)?;
        self.num_left -= num_read as u64;
        if num_read < at_once {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(num_read)
    }
}

/// Members fill whole blocks.
fn padded(num_bytes: u64) -> u64 {
    num_bytes
        .checked_next_multiple_of(BLOCK_BYTES as u64)
        .unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
