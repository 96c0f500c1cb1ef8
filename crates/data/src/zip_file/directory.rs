//! The directory at the end of a ZIP archive, entry after entry, and the bytes of a member.
//!
//! Parsed here, and not by a library: those at hand hold the whole directory in memory, which for a million pictures
//! is several times what a job may take, and some set memory aside for as many entries as the archive announces.
//! Unpacking is `flate2`'s and that of [`Packing`]'s libraries.

use std::io::{self, BufRead, BufReader, Read, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use flate2::Crc;
use flate2::bufread::DeflateDecoder;

use super::fields::{extra64, long, short, word};
use crate::error::DataError;
use crate::remote::AnyFile;
use crate::unpack::{Contents, Packing};

/// How the parts of an archive begin.
const END_MARK: &[u8] = b"PK\x05\x06";
const END64_MARK: &[u8] = b"PK\x06\x06";
const END64_PLACE_MARK: &[u8] = b"PK\x06\x07";
const ENTRY_MARK: &[u8] = b"PK\x01\x02";
const MEMBER_MARK: &[u8] = b"PK\x03\x04";
const END_BYTES: usize = 22;
const END64_PLACE_BYTES: u64 = 20;
const ENTRY_BYTES: usize = 46;
const MEMBER_BYTES: usize = 30;
/// A comment behind the end mark is not longer.
const MAX_COMMENT: u64 = 0xffff;
/// In the place of a size that stands in an extra field.
const ELSEWHERE: u64 = 0xffff_ffff;

/// One member.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) name: String,
    /// Bytes once unpacked, as the directory says.
    pub(crate) num_bytes: u64,
    is_encrypted: bool,
    method: u16,
    sum: u32,
    num_packed_bytes: u64,
    offset: u64,
}

/// The entries of an archive that were not read yet.
pub(crate) struct Directory {
    path: PathBuf,
    file: Arc<Mutex<AnyFile>>,
    entries: BufReader<At>,
    num_left: u64,
}

/// A file read from a place of its own, beside others that read it too.
struct At {
    file: Arc<Mutex<AnyFile>>,
    offset: u64,
}

impl Read for At {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(self.offset))?;
        let num_read = file.read(buffer)?;
        self.offset += num_read as u64;
        Ok(num_read)
    }
}

impl Directory {
    /// Opens an archive.
    ///
    /// # Errors
    /// [`DataError::Container`] where the end of the archive is not what it should be.
    pub(crate) fn open(path: &Path) -> Result<Self, DataError> {
        let file = Contents::seekable(path)?;
        let num_bytes = file.num_bytes().map_err(DataError::io(path, "read"))?;
        let file = Arc::new(Mutex::new(file));
        let failed = |reason: &str| damaged(path, "its end", reason);
        let tail_offset = num_bytes.saturating_sub(END_BYTES as u64 + MAX_COMMENT);
        let mut tail = Vec::new();
        let mut at = At {
            file: Arc::clone(&file),
            offset: tail_offset,
        };
        at.read_to_end(&mut tail)
            .map_err(DataError::io(path, "read"))?;
        let place = tail
            .windows(END_MARK.len())
            .rposition(|window| window == END_MARK);
        let place =
            place.ok_or_else(|| failed("the directory is missing: was it copied whole?"))?;
        let end = tail
            .get(place..place + END_BYTES)
            .ok_or_else(|| failed("cut off"))?;
        let (mut num_entries, mut offset) = (u64::from(short(end, 10)), u64::from(word(end, 16)));
        if num_entries == u64::from(u16::MAX) || offset == ELSEWHERE {
            let end_offset = tail_offset + place as u64;
            let end64 = read_end64(&file, end_offset).map_err(DataError::io(path, "read"))?;
            if let Some((number, place)) = end64 {
                (num_entries, offset) = (number, place);
            }
        }
        if offset >= num_bytes && num_entries > 0 {
            return Err(failed("the directory lies behind the end"));
        }
        Ok(Self {
            path: path.into(),
            entries: BufReader::with_capacity(
                1 << 16,
                At {
                    file: Arc::clone(&file),
                    offset,
                },
            ),
            file,
            num_left: num_entries,
        })
    }

    /// The next member that is no folder; `None` at the end.
    ///
    /// # Errors
    /// [`DataError::Container`] where the directory is damaged.
    pub(crate) fn next_entry(&mut self) -> Result<Option<Entry>, DataError> {
        while self.num_left > 0 {
            self.num_left -= 1;
            let entry = self.read_entry();
            let entry = entry.map_err(|error| {
                let reason = match error.kind() {
                    io::ErrorKind::UnexpectedEof => "it ends early".to_owned(),
                    _ => error.to_string(),
                };
                damaged(&self.path, "directory", &reason)
            })?;
            if !entry.name.ends_with('/') {
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }

    fn read_entry(&mut self) -> io::Result<Entry> {
        let mut head = [0; ENTRY_BYTES];
        self.entries.read_exact(&mut head)?;
        if !head.starts_with(ENTRY_MARK) {
            return Err(io::Error::other("expected an entry"));
        }
        let mut part = |offset: usize| {
            let mut bytes = vec![0; usize::from(short(&head, offset))];
            self.entries.read_exact(&mut bytes).map(|()| bytes)
        };
        let (name, extra, _comment) = (part(28)?, part(30)?, part(32)?);
        let mut sizes = [24, 20, 42].map(|offset| u64::from(word(&head, offset)));
        let mut extra64 = extra64(&extra);
        for size in &mut sizes {
            if *size == ELSEWHERE {
                *size = extra64.next().unwrap_or(*size);
            }
        }
        let [num_bytes, num_packed_bytes, offset] = sizes;
        Ok(Entry {
            name: String::from_utf8_lossy(&name).into_owned(),
            num_bytes,
            is_encrypted: short(&head, 8) & 1 == 1,
            method: short(&head, 10),
            sum: word(&head, 16),
            num_packed_bytes,
            offset,
        })
    }

    /// The unpacked bytes of a member, one after the other, however many there are; an error at their end where they
    /// are not those that were packed.
    ///
    /// # Errors
    /// Says what is wrong with the member.
    pub(crate) fn member(&self, entry: &Entry) -> io::Result<Box<dyn BufRead + Send>> {
        if entry.is_encrypted {
            return Err(io::Error::other(
                "it is encrypted; unpack the archive with its password",
            ));
        }
        let mut at = At {
            file: Arc::clone(&self.file),
            offset: entry.offset,
        };
        let mut head = [0; MEMBER_BYTES];
        at.read_exact(&mut head)?;
        if !head.starts_with(MEMBER_MARK) {
            return Err(io::Error::other("the directory leads to no member"));
        }
        at.offset += u64::from(short(&head, 26)) + u64::from(short(&head, 28));
        let packed = BufReader::with_capacity(1 << 15, at.take(entry.num_packed_bytes));
        let unpacked: Box<dyn Read + Send> = match entry.method {
            0 => Box::new(packed),
            8 => Box::new(DeflateDecoder::new(packed)),
            12 => Packing::Bzip2.unpacked(packed)?,
            93 => Packing::Zstd.unpacked(packed)?,
            95 => Packing::Xz.unpacked(packed)?,
            method => {
                let reason =
                    format!("packing method {method} is not read; pack it anew with `zip -r`");
                return Err(io::Error::other(reason));
            }
        };
        let checked = Checked {
            reader: unpacked,
            sum: Crc::new(),
            expected: entry.sum,
        };
        Ok(Box::new(BufReader::with_capacity(1 << 15, checked)))
    }
}

/// Takes the sum of what it reads, and compares it at the end.
struct Checked<R> {
    reader: R,
    sum: Crc,
    expected: u32,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let num_read = self.reader.read(buffer)?;
        self.sum.update(&buffer[..num_read]);
        if num_read == 0 && !buffer.is_empty() && self.sum.sum() != self.expected {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "a wrong check sum",
            ));
        }
        Ok(num_read)
    }
}

/// Number of entries and place of the directory, from the end of a large archive.
fn read_end64(file: &Arc<Mutex<AnyFile>>, end_offset: u64) -> io::Result<Option<(u64, u64)>> {
    let Some(offset) = end_offset.checked_sub(END64_PLACE_BYTES) else {
        return Ok(None);
    };
    let mut place = [0; END64_PLACE_BYTES as usize];
    At {
        file: Arc::clone(file),
        offset,
    }
    .read_exact(&mut place)?;
    if !place.starts_with(END64_PLACE_MARK) {
        return Ok(None);
    }
    let mut end = [0; 56];
    At {
        file: Arc::clone(file),
        offset: long(&place, 8),
    }
    .read_exact(&mut end)?;
    Ok(end
        .starts_with(END64_MARK)
        .then(|| (long(&end, 32), long(&end, 48))))
}

fn damaged(path: &Path, place: &str, reason: &str) -> DataError {
    DataError::Container {
        path: path.into(),
        place: place.into(),
        reason: reason.into(),
    }
}
