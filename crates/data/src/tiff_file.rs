//! The structure of TIFF files, classic and `BigTIFF`: directories, one a page, and what they name.
//!
//! Owns what is read of it and its bounds; knows nothing of how pixels are packed.

use image::metadata::Orientation;
use std::collections::HashSet;
use std::io::{self, BufRead, Cursor, Seek, SeekFrom};

/// More pages are none of a scan: a file that names so many is damaged.
pub(crate) const MAX_PAGES: usize = 1 << 16;
/// Which kind of a picture a page is: bits for a smaller copy of another page, and for a mask over one.
const KIND: u16 = 254;
const IS_NO_PAGE: u64 = 0b101;
/// More entries are of no directory of a page, and more in all of no scan: directories may lie over each other.
const MAX_ENTRIES: u64 = 4096;
const MAX_ENTRIES_IN_ALL: u64 = 1 << 20;

/// Which side of a page is up.
const ORIENTATION: u16 = 274;

/// What is read from.
pub(crate) trait Source: BufRead + Seek {}
impl<R: BufRead + Seek> Source for R {}

/// How numbers are written in a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form {
    pub(crate) is_little_endian: bool,
    pub(crate) is_big: bool,
}

impl Form {
    /// Of numbers of places and lengths, in bytes.
    pub(crate) fn word(self) -> usize {
        if self.is_big { 8 } else { 4 }
    }

    /// Of the number of entries of a directory, in bytes.
    pub(crate) fn count(self) -> usize {
        if self.is_big { 8 } else { 2 }
    }

    /// Of an entry: tag, type, number of values, and the values or their place.
    pub(crate) fn entry(self) -> usize {
        4 + 2 * self.word()
    }

    /// Of the header.
    pub(crate) fn header(self) -> usize {
        2 * self.word()
    }

    pub(crate) fn number(self, bytes: &[u8]) -> u64 {
        let add = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
        if self.is_little_endian {
            bytes.iter().rev().fold(0, add)
        } else {
            bytes.iter().fold(0, add)
        }
    }

    pub(crate) fn write(self, bytes: &mut Vec<u8>, number: u64, num_bytes: usize) {
        let all = number.to_be_bytes();
        let last = &all[all.len() - num_bytes..];
        if self.is_little_endian {
            bytes.extend(last.iter().rev());
        } else {
            bytes.extend(last);
        }
    }
}

/// One entry of a directory.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) tag: u16,
    pub(crate) kind: u16,
    pub(crate) num_values: u64,
    /// The values where they fit, else their place.
    pub(crate) inline: Vec<u8>,
}

impl Entry {
    /// Bytes of one value; none of a type that is not known.
    pub(crate) fn size(&self) -> Option<u64> {
        Some(match self.kind {
            1 | 2 | 6 | 7 => 1,
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 | 16..=18 => 8,
            _ => return None,
        })
    }
}

/// The directory of a page.
pub(crate) type Directory = Vec<Entry>;

/// The file that directories are read from.
pub(crate) struct Reader<R> {
    pub(crate) file: R,
    pub(crate) form: Form,
    length: u64,
    /// What a page may have, in bytes.
    max_bytes: u64,
}

impl<R: Source> Reader<R> {
    /// Of pages of at most so many bytes; `None` where it is no TIFF file.
    pub(crate) fn new(mut file: R, max_bytes: u64) -> Option<Self> {
        let (form, _) = header(&mut file)?;
        let length = file.seek(SeekFrom::End(0)).ok()?;
        Some(Self {
            file,
            form,
            length,
            max_bytes,
        })
    }

    /// The bytes of an entry's values, which take their share of what is `left` of the page.
    pub(crate) fn values(&mut self, entry: &Entry, left: &mut u64) -> Result<Vec<u8>, String> {
        let size = entry.size().unwrap_or(1);
        let length = entry
            .num_values
            .checked_mul(size)
            .ok_or("an entry is too long")?;
        if length <= entry.inline.len() as u64 {
            return Ok(entry.inline[..length as usize].to_vec());
        }
        self.bytes(self.form.number(&entry.inline), length, left)
    }

    /// The numbers among an entry's values.
    pub(crate) fn numbers(&self, entry: &Entry, values: &[u8]) -> Vec<u64> {
        let size = entry.size().unwrap_or(1) as usize;
        let numbers = values.chunks_exact(size);
        numbers.map(|bytes| self.form.number(bytes)).collect()
    }

    /// A stretch of the file, which takes its share of what is left of the page.
    pub(crate) fn bytes(
        &mut self,
        place: u64,
        length: u64,
        left: &mut u64,
    ) -> Result<Vec<u8>, String> {
        let end = place.checked_add(length);
        if end.is_none_or(|end| end > self.length) {
            return Err("its data end early".into());
        }
        *left = left.checked_sub(length).ok_or_else(|| {
            let limit = self.max_bytes;
            format!("it has more bytes than the {limit} that are expected at most")
        })?;
        let mut bytes = vec![0; length as usize];
        let sought = self.file.seek(SeekFrom::Start(place));
        sought
            .and_then(|_| self.file.read_exact(&mut bytes))
            .map_err(|error| error.to_string())?;
        Ok(bytes)
    }
}

/// The first page of a file in memory: what its directory says.
pub(crate) struct FirstPage<'a> {
    pub(crate) reader: Reader<Cursor<&'a [u8]>>,
    pub(crate) directory: Directory,
    /// Where the directory is.
    pub(crate) place: u64,
}

impl<'a> FirstPage<'a> {
    /// `None` where it is no TIFF file, or has no page.
    pub(crate) fn of(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(Cursor::new(bytes), bytes.len() as u64)?;
        let place = *pages(&mut reader.file)?.first()?;
        let (directory, _) = directory(&mut reader.file, reader.form, place).ok()?;
        Some(Self {
            reader,
            directory,
            place,
        })
    }

    /// The first number of an entry.
    pub(crate) fn number(&mut self, tag: u16) -> Option<u64> {
        self.numbers(tag).first().copied()
    }

    /// The numbers of an entry; none where it is not there.
    pub(crate) fn numbers(&mut self, tag: u16) -> Vec<u64> {
        let Some(entry) = self.directory.iter().find(|entry| entry.tag == tag) else {
            return Vec::new();
        };
        let mut left = u64::MAX;
        let values = self.reader.values(entry, &mut left);
        values.map_or_else(|_| Vec::new(), |values| self.reader.numbers(entry, &values))
    }

    /// Which side of it is up.
    pub(crate) fn orientation(&mut self) -> Orientation {
        let number = self.number(ORIENTATION);
        let number = number.and_then(|number| u8::try_from(number).ok());
        let orientation = number.and_then(Orientation::from_exif);
        orientation.unwrap_or(Orientation::NoTransforms)
    }
}

/// How numbers are written, and where the first directory is.
pub(crate) fn header(file: &mut dyn Source) -> Option<(Form, u64)> {
    let mut header = [0; 16];
    file.rewind().ok()?;
    file.read_exact(&mut header[..8]).ok()?;
    let is_little_endian = header.starts_with(b"II");
    let mut form = Form {
        is_little_endian,
        is_big: false,
    };
    form.is_big = form.number(&header[2..4]) == 43;
    if form.is_big {
        file.read_exact(&mut header[8..]).ok()?;
        return Some((form, form.number(&header[8..])));
    }
    Some((form, form.number(&header[4..8])))
}

/// The places of the directories of all pages, up to the end of the chain, or to where it is broken; `None` where it is no TIFF file.
pub(crate) fn pages(file: &mut dyn Source) -> Option<Vec<u64>> {
    let (form, mut place) = header(file)?;
    let mut visited = HashSet::new();
    let mut pages = Vec::new();
    let mut num_entries = 0;
    while place != 0 && visited.len() < MAX_PAGES && visited.insert(place) {
        let Ok((directory, next)) = directory(file, form, place) else {
            break;
        };
        num_entries += directory.len() as u64;
        if num_entries > MAX_ENTRIES_IN_ALL {
            break;
        }
        let kind = directory.iter().find(|entry| entry.tag == KIND);
        let kind = kind.map_or(0, |entry| match entry.size() {
            Some(size @ 1..=4) => form.number(&entry.inline[..size as usize]),
            _ => 0,
        });
        if kind & IS_NO_PAGE == 0 {
            pages.push(place);
        }
        place = next;
    }
    Some(pages)
}

/// A directory, and the place of the next one.
pub(crate) fn directory(
    file: &mut dyn Source,
    form: Form,
    place: u64,
) -> io::Result<(Directory, u64)> {
    file.seek(SeekFrom::Start(place))?;
    let mut number = [0; 8];
    let mut next_number = |file: &mut dyn Source, num_bytes: usize| {
        file.read_exact(&mut number[..num_bytes])?;
        Ok::<u64, io::Error>(form.number(&number[..num_bytes]))
    };
    let num_entries = next_number(file, form.count())?;
    if num_entries > MAX_ENTRIES {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut entries = Vec::new();
    for _ in 0..num_entries {
        let mut bytes = [0; 20];
        let bytes = &mut bytes[..form.entry()];
        file.read_exact(bytes)?;
        entries.push(Entry {
            tag: form.number(&bytes[..2]) as u16,
            kind: form.number(&bytes[2..4]) as u16,
            num_values: form.number(&bytes[4..4 + form.word()]),
            inline: bytes[4 + form.word()..].to_vec(),
        });
    }
    let next = next_number(file, form.word())?;
    Ok((entries, next))
}
