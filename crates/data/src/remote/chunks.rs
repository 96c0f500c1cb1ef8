//! Parquet files here and elsewhere: their reader asks for parts of them.

use std::io::{BufReader, Read as _};

use bytes::Bytes;
use parquet::errors::Result;
use parquet::file::reader::{ChunkReader, Length};

use super::AnyFile;

impl Length for AnyFile {
    fn len(&self) -> u64 {
        self.num_bytes().unwrap_or(0)
    }
}

impl ChunkReader for AnyFile {
    type T = BufReader<Self>;

    fn get_read(&self, start: u64) -> Result<BufReader<Self>> {
        Ok(BufReader::new(self.from_place(start)?))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let mut bytes = vec![0; length];
        self.from_place(start)?.read_exact(&mut bytes)?;
        Ok(bytes.into())
    }
}
