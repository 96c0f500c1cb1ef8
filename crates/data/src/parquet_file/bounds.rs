//! A Parquet file whose pages are looked at before they are unpacked: what a page says of its size, and how much it
//! really unpacks to, is bounded.
//!
//! The reader of the `parquet` crate sets memory aside for what a page announces, and unpacks gzip and brotli to their
//! ends, however far those are. It asks for the header of a page, then for its bytes: here both are checked on their
//! way. Formats: Apache Parquet's `parquet.thrift` (`PageHeader`), and Thrift's compact protocol.

use std::collections::BTreeMap;
use std::io::{self, BufReader, Read};
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use parquet::basic::Compression;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use parquet::file::reader::{ChunkReader, Length};

use crate::remote::AnyFile;

/// The most that a page unpacks to, in bytes.
const MAX_PAGE_BYTES: u64 = 128 << 20;
/// What is looked at of a header: the fields that count are its first ones.
const HEADER_BYTES: u64 = 128;
/// What brotli is read through.
const BROTLI_BUFFER: usize = 1 << 12;

/// The file; clones are the same one.
#[derive(Clone)]
pub(super) struct BoundedFile(Arc<Shared>);

struct Shared {
    file: AnyFile,
    /// How the columns are packed, by the ranges of their bytes; empty before the footer was read.
    columns: OnceLock<Vec<(Range<u64>, Compression)>>,
    /// The headers that were asked for and whose pages were not yet, by their places.
    headers: Mutex<BTreeMap<u64, Header>>,
}

/// What a page's header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Header {
    num_unpacked: i64,
    /// Bytes before the packed ones.
    num_levels: i64,
    is_packed: bool,
}

impl BoundedFile {
    pub(super) fn new(file: AnyFile) -> Self {
        Self(Arc::new(Shared {
            file,
            columns: OnceLock::new(),
            headers: Mutex::default(),
        }))
    }

    /// From here on pages are known for what they are.
    pub(super) fn know_columns(&self, metadata: &ParquetMetaData) {
        let columns = metadata
            .row_groups()
            .iter()
            .flat_map(RowGroupMetaData::columns);
        let columns = columns.map(|column| {
            let (start, length) = column.byte_range();
            (start..start.saturating_add(length), column.compression())
        });
        // Told once, by the one who opened it.
        let _ = self.0.columns.set(columns.collect());
    }

    /// How the bytes from `start` on are packed; nothing outside of columns.
    fn packing(&self, start: u64) -> Option<Compression> {
        let columns = self.0.columns.get()?;
        let column = columns.iter().find(|(range, _)| range.contains(&start));
        column.map(|(_, packing)| *packing)
    }

    /// The header of the page whose bytes begin at `start`.
    fn header_before(&self, start: u64) -> Option<Header> {
        let mut headers = self
            .0
            .headers
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let place = *headers.range(..start).next_back()?.0;
        headers.remove(&place)
    }
}

impl Length for BoundedFile {
    fn len(&self) -> u64 {
        self.0.file.len()
    }
}

impl ChunkReader for BoundedFile {
    type T = BufReader<AnyFile>;

    fn get_read(&self, start: u64) -> Result<BufReader<AnyFile>> {
        if self.packing(start).is_some() {
            let mut bytes = Vec::new();
            let reader = self.0.file.get_read(start)?;
            reader.take(HEADER_BYTES).read_to_end(&mut bytes)?;
            let header = Header::parse(&bytes).ok_or_else(|| refused("is not understood"))?;
            let fits = u64::try_from(header.num_unpacked).is_ok_and(|size| size <= MAX_PAGE_BYTES);
            if !fits {
                return Err(too_large(&header.num_unpacked.to_string()));
            }
            let mut headers = self
                .0
                .headers
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            headers.insert(start, header);
        }
        self.0.file.get_read(start)
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let end = start.checked_add(length as u64);
        if end.is_none_or(|end| end > self.0.file.len()) {
            return Err(refused("goes on beyond the file's end"));
        }
        let bytes = self.0.file.get_bytes(start, length)?;
        if let (Some(packing), Some(header)) = (self.packing(start), self.header_before(start)) {
            header.check(packing, &bytes)?;
        }
        Ok(bytes)
    }
}

fn refused(problem: &str) -> ParquetError {
    ParquetError::General(format!("a page {problem}"))
}

fn too_large(found: &str) -> ParquetError {
    refused(&format!(
        "unpacks to {found} bytes, expected at most {MAX_PAGE_BYTES}"
    ))
}

impl Header {
    /// Reads the first fields of a `PageHeader`; nothing where they are not as every writer has them.
    fn parse(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields::of(bytes);
        let mut header = Self {
            num_unpacked: 0,
            num_levels: 0,
            is_packed: true,
        };
        let mut has_size = false;
        loop {
            match fields.next()? {
                (2, Value::Integer(size)) => {
                    header.num_unpacked = size;
                    has_size = true;
                }
                // The type of the page, its packed size, its sum.
                (1 | 3 | 4, Value::Integer(_)) => {}
                // A data page of the second version has levels before what is packed.
                (8, Value::Structure) => {
                    header.read_second_version(&mut fields)?;
                    return Some(header);
                }
                // Of any other kind, all of it is packed.
                (5..=7, Value::Structure) => return has_size.then_some(header),
                _ => return None,
            }
        }
    }

    fn read_second_version(&mut self, fields: &mut Fields) -> Option<()> {
        fields.id = 0;
        loop {
            match fields.next()? {
                (5 | 6, Value::Integer(size)) => {
                    self.num_levels = self.num_levels.checked_add(size)?;
                }
                (7, Value::Truth(is_packed)) => self.is_packed = is_packed,
                (1..=4, Value::Integer(_)) => {}
                // What follows is for people who search.
                (8, Value::Structure) | (_, Value::Stop) => return Some(()),
                _ => return None,
            }
        }
    }

    /// Unpacks to nowhere what has no bound of its own.
    fn check(&self, packing: Compression, bytes: &[u8]) -> Result<()> {
        let first = usize::try_from(self.num_levels).ok();
        let packed = first.and_then(|first| bytes.get(first..));
        let packed = packed.ok_or_else(|| refused("has levels beyond its end"))?;
        if !self.is_packed {
            return Ok(());
        }
        match packing {
            Compression::GZIP(_) => count(MultiGzDecoder::new(packed)),
            Compression::BROTLI(_) => count(brotli::Decompressor::new(packed, BROTLI_BUFFER)),
            // These unpack into what was set aside for them, and no further.
            _ => Ok(()),
        }
    }
}

/// Whether there are no more bytes than a page may have. What is damaged is the reader's to tell.
fn count(unpacked: impl Read) -> Result<()> {
    let mut unpacked = unpacked.take(MAX_PAGE_BYTES + 1);
    match io::copy(&mut unpacked, &mut io::sink()) {
        Ok(found) if found > MAX_PAGE_BYTES => Err(too_large("more")),
        _ => Ok(()),
    }
}

/// The fields of a structure in Thrift's compact protocol.
struct Fields<'a> {
    bytes: &'a [u8],
    id: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Value {
    Integer(i64),
    Truth(bool),
    /// Its fields follow.
    Structure,
    /// There are no more fields.
    Stop,
}

impl<'a> Fields<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, id: 0 }
    }

    /// The next field's number and value; nothing where the bytes end, or it is of a kind that is not needed.
    fn next(&mut self) -> Option<(i64, Value)> {
        let head = self.byte()?;
        if head == 0 {
            return Some((0, Value::Stop));
        }
        self.id = match head >> 4 {
            0 => self.integer()?,
            step => self.id + i64::from(step),
        };
        let value = match head & 0x0f {
            1 => Value::Truth(true),
            2 => Value::Truth(false),
            4..=6 => Value::Integer(self.integer()?),
            12 => Value::Structure,
            _ => return None,
        };
        Some((self.id, value))
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(*first)
    }

    /// Seven bits a byte, the lowest first; the lowest bit of all is the sign.
    fn integer(&mut self) -> Option<i64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some((value >> 1).cast_signed() ^ -(value & 1).cast_signed());
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn headers_of_both_versions_are_read() {
        // Type 0, 300 bytes unpacked, 20 packed, a data page.
        let first = [0x15, 0x00, 0x15, 0xd8, 0x04, 0x15, 0x28, 0x2c, 0x15, 0x02];
        let found = Header::parse(&first).unwrap();
        let expected = Header {
            num_unpacked: 300,
            num_levels: 0,
            is_packed: true,
        };
        assert_eq!(found, expected);
        // Type 3, the same sizes, a data page of the second version: 1 value, 0 of them none, 1 row, encoding 0,
        // levels of 3 and 2 bytes, not packed.
        let mut second = vec![0x15, 0x06, 0x15, 0xd8, 0x04, 0x15, 0x28, 0x5c];
        second.extend([0x15, 0x02, 0x15, 0x00, 0x15, 0x02, 0x15, 0x00]);
        second.extend([0x15, 0x06, 0x15, 0x04, 0x12, 0x00]);
        let found = Header::parse(&second).unwrap();
        let expected = Header {
            num_levels: 5,
            is_packed: false,
            ..expected
        };
        assert_eq!(found, expected);
        for length in 0..second.len() - 1 {
            let cut = Header::parse(&second[..length]);
            assert!(cut.is_none(), "{length} bytes are enough");
        }
        assert_eq!(Header::parse(&[0x15; 40]), None);
    }

    #[test]
    fn negative_and_huge_numbers_are_read() {
        let number = |bytes: &[u8]| Fields::of(bytes).integer();
        assert_eq!(number(&[0x01]), Some(-1));
        assert_eq!(
            number(&[0xfe, 0xff, 0xff, 0xff, 0x0f]),
            Some(i64::from(i32::MAX))
        );
        assert_eq!(number(&[0xff; 9]), None);
        assert_eq!(number(&[0xff; 11]), None);
    }
}
