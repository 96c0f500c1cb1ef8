//! The rows of a shard, read from their start to their end and held against its record.

use super::record::ShardRecord;
use crate::error::{Error, ShardError};
use crate::output::Sink;
use crate::places;
use base::hexadecimal;
use sha2::{Digest as _, Sha256};
use std::io::{self, BufRead as _, BufReader, Read};
use std::path::PathBuf;

/// Bytes that are read at a time.
const BLOCK_BYTES: usize = 1 << 20;

/// A shard and its record.
pub(super) struct Part {
    pub(super) file: PathBuf,
    pub(super) record: ShardRecord,
}

/// A part that is read once from its start to its end, whose bytes are held against its record.
pub(super) struct Checked<'a> {
    part: &'a Part,
    reader: BufReader<Summed>,
}

struct Summed {
    reader: Box<dyn Read>,
    sum: Sha256,
    num_bytes: u64,
}

impl Read for Summed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let num_bytes = self.reader.read(buffer)?;
        self.sum.update(&buffer[..num_bytes]);
        self.num_bytes += num_bytes as u64;
        Ok(num_bytes)
    }
}

impl<'a> Checked<'a> {
    pub(super) fn open(part: &'a Part) -> Result<Self, ShardError> {
        let file = places::open(&part.file).map_err(|source| ShardError::Read {
            path: part.file.clone(),
            source,
        })?;
        let summed = Summed {
            reader: Box::new(file),
            sum: Sha256::new(),
            num_bytes: 0,
        };
        Ok(Self {
            part,
            reader: BufReader::with_capacity(BLOCK_BYTES, summed),
        })
    }

    fn failed(&self, source: io::Error) -> ShardError {
        let path = self.part.file.clone();
        ShardError::Read { path, source }
    }

    pub(super) fn changed(&self, problem: &str) -> ShardError {
        ShardError::Changed {
            file: self.part.file.clone(),
            problem: problem.into(),
        }
    }

    /// The next line with its end; a line is not longer than a block.
    pub(super) fn line(&mut self) -> Result<Vec<u8>, ShardError> {
        let mut line = Vec::new();
        let mut start = (&mut self.reader).take(BLOCK_BYTES as u64);
        let read = start.read_until(b'\n', &mut line);
        read.map_err(|error| self.failed(error))?;
        Ok(line)
    }

    /// Passes over this text, which is to be there.
    pub(super) fn expect(&mut self, text: &str) -> Result<(), ShardError> {
        let mut found = vec![0; text.len()];
        match self.reader.read_exact(&mut found) {
            Ok(()) if found == text.as_bytes() => Ok(()),
            Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => Err(self.failed(error)),
            _ => Err(self.changed("it is no array of JSON")),
        }
    }

    /// Hands on so many bytes, fewer where it ends before.
    pub(super) fn copy(&mut self, num_bytes: u64, sink: &mut Sink) -> Result<(), Error> {
        let mut num_left = num_bytes;
        while num_left > 0 {
            let block = match self.reader.fill_buf() {
                Ok(block) => block,
                Err(error) => return Err(self.failed(error).into()),
            };
            let length = block
                .len()
                .min(usize::try_from(num_left).unwrap_or(usize::MAX));
            if length == 0 {
                break;
            }
            sink.write(&block[..length])?;
            self.reader.consume(length);
            num_left -= length as u64;
        }
        Ok(())
    }

    /// Reads what is left, and refuses what is not as its record says.
    pub(super) fn check(mut self) -> Result<(), ShardError> {
        let rest = io::copy(&mut self.reader, &mut io::sink());
        rest.map_err(|error| self.failed(error))?;
        let record = &self.part.record;
        let Summed { sum, num_bytes, .. } = self.reader.into_inner();
        let found = hexadecimal(&sum.finalize());
        if (num_bytes, &found) == (record.num_bytes, &record.sha256) {
            return Ok(());
        }
        Err(ShardError::Changed {
            file: self.part.file.clone(),
            problem: format!("expected SHA-256 {}, found {found}", record.sha256),
        })
    }
}
