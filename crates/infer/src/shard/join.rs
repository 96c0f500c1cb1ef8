//! Rows behind each other, format by format: what each begins and ends with stands there once.

use super::checked::{Checked, Part};
use super::table::join_tables;
use crate::error::Error;
use crate::output::{Format, Sink};

/// How an array of JSON begins, goes on and ends, and one of nothing.
const JSON_START: &str = "[\n";
const JSON_BETWEEN: &str = ",\n";
const JSON_END: &str = "\n]\n";
const JSON_NOTHING: &str = "[]\n";

/// Writes the rows of all parts, in their order.
pub(super) fn join(parts: &[Part], format: Format, sink: &mut Sink) -> Result<(), Error> {
    match format {
        Format::Parquet => join_tables(parts, sink),
        Format::Csv | Format::Kaggle => join_lines(parts, true, sink),
        Format::Text | Format::Jsonl => join_lines(parts, false, sink),
        Format::Json => join_arrays(parts, sink),
    }
}

/// Lines of text, the first of which may be a header.
fn join_lines(parts: &[Part], has_header: bool, sink: &mut Sink) -> Result<(), Error> {
    let mut known: Option<Vec<u8>> = None;
    for part in parts {
        let mut reader = Checked::open(part)?;
        if has_header {
            let header = reader.line()?;
            match &known {
                None if header.is_empty() => {}
                None => {
                    sink.write(&header)?;
                    known = Some(header);
                }
                Some(known) if header.is_empty() || *known == header => {}
                Some(_) => {
                    return Err(reader.changed("its columns are others").into());
                }
            }
        }
        reader.copy(u64::MAX, sink)?;
        reader.check()?;
    }
    Ok(())
}

/// Arrays of JSON, as [`crate::output::Output`] writes them.
fn join_arrays(parts: &[Part], sink: &mut Sink) -> Result<(), Error> {
    let mut has_begun = false;
    for part in parts {
        let mut reader = Checked::open(part)?;
        let frame = (JSON_START.len() + JSON_END.len()) as u64;
        match part.record.num_bytes.checked_sub(frame) {
            Some(num_bytes) if num_bytes > 0 => {
                reader.expect(JSON_START)?;
                let start = if has_begun { JSON_BETWEEN } else { JSON_START };
                sink.write(start)?;
                reader.copy(num_bytes, sink)?;
                reader.expect(JSON_END)?;
                has_begun = true;
            }
            _ => reader.expect(JSON_NOTHING)?,
        }
        reader.check()?;
    }
    sink.write(if has_begun { JSON_END } else { JSON_NOTHING })?;
    Ok(())
}
