//! The lines of a table that hold something, one in memory at a time, and the fields of a line.
//!
//! Owns their bounds and the numbers of lines for messages. What fields mean is [`super::layout`]'s.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use crate::error::DataError;
use crate::unpack::Contents;

/// The longest line that is read; a record of quoted numbers of four places is far shorter.
const MAX_LINE_BYTES: u64 = 1 << 16;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// What may stand between fields, the usual one first.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

/// The lines of a file that hold something.
pub(super) struct Lines {
    pub(super) path: PathBuf,
    reader: BufReader<Box<dyn Read + Send>>,
    /// The line's number, counted from 1; 0 before the first.
    pub(super) number: u64,
    pub(super) text: Vec<u8>,
    /// Whether a line was too long, so that where the next one begins is not known.
    pub(super) is_lost: bool,
}

impl Lines {
    pub(super) fn open(path: &Path) -> Result<Self, DataError> {
        let reader = BufReader::with_capacity(1 << 16, Contents::open(path)?.into_reader());
        Ok(Self {
            path: path.into(),
            reader,
            number: 0,
            text: Vec::new(),
            is_lost: false,
        })
    }

    /// Goes to the next line that is not blank; false at the end.
    pub(super) fn advance(&mut self) -> Result<bool, DataError> {
        loop {
            self.text.clear();
            let num_bytes = (&mut self.reader)
                .take(MAX_LINE_BYTES)
                .read_until(b'\n', &mut self.text)
                .map_err(DataError::io(&self.path, "read"))?;
            if num_bytes == 0 {
                return Ok(false);
            }
            self.number += 1;
            if num_bytes as u64 == MAX_LINE_BYTES {
                self.is_lost = true;
                return Err(DataError::Record {
                    path: self.path.clone(),
                    line: self.number,
                    column: None,
                    expected: format!("a line shorter than {MAX_LINE_BYTES} bytes"),
                    found: "a longer one".into(),
                });
            }
            if self.number == 1 && self.text.starts_with(BYTE_ORDER_MARK) {
                self.text.drain(..BYTE_ORDER_MARK.len());
            }
            if !self.text.trim_ascii().is_empty() {
                return Ok(true);
            }
        }
    }
}

/// What stands between the fields of a line: whatever stands there most often.
pub(crate) fn separator(line: &[u8]) -> u8 {
    let count = |separator: u8| line.split(|&byte| byte == separator).count();
    let mut best = SEPARATORS[0];
    for &other in &SEPARATORS[1..] {
        if count(other) > count(best) {
            best = other;
        }
    }
    best
}

/// The fields of a line, without blanks and quotes around them.
pub(crate) fn fields(line: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    line.split(move |&character| character == separator)
        .map(|field| {
            let field = field.trim_ascii();
            let inner = field
                .strip_prefix(b"\"")
                .and_then(|rest| rest.strip_suffix(b"\""));
            inner.unwrap_or(field)
        })
}
