//! Parquet files behind each other: their rows are written again, in row groups as one run would have made them.

use super::checked::{Checked, Part};
use crate::error::{Error, ShardError};
use crate::output::{Sink, TableCopy};
use crate::places;

/// Writes the rows of all parts.
pub(super) fn join_tables(parts: &[Part], sink: &mut Sink) -> Result<(), Error> {
    let mut table = TableCopy::default();
    for part in parts {
        Checked::open(part)?.check()?;
        let file = places::open(&part.file).map_err(|source| ShardError::Read {
            path: part.file.clone(),
            source,
        })?;
        table.add_file(file, &mut |bytes| sink.write(bytes).map(drop))?;
    }
    sink.write(table.finish()?)?;
    Ok(())
}
