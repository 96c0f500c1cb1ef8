//! Rows of tables that were written before, as rows of a new one.

use super::cell::{Cell, Column, Kind};
use super::table::Table;
use crate::error::Error;
use parquet::basic::Type;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, FileReader as _, SerializedFileReader};
use parquet::record::{Field, Row};
use parquet::schema::types::SchemaDescriptor;

/// A table of the rows of others, which have the same columns.
#[derive(Default)]
pub struct TableCopy(Option<(Vec<Column>, Table)>);

impl TableCopy {
    /// Adds the rows of a Parquet file that this program wrote; `write` takes the bytes that are ready.
    ///
    /// # Errors
    ///
    /// Where it is none, has other columns than those before it, or `write` fails.
    pub fn add_file(
        &mut self,
        file: impl ChunkReader + 'static,
        write: &mut dyn FnMut(Vec<u8>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let reader = SerializedFileReader::new(file).map_err(failed)?;
        let columns = columns(reader.metadata().file_metadata().schema_descr())?;
        if self.0.is_none() {
            let table = Table::new(&columns)?;
            self.0 = Some((columns.clone(), table));
        }
        let Some((known, table)) = &mut self.0 else {
            return Err(Error::Internal("a table without columns"));
        };
        if *known != columns {
            return Err(Error::Format("tables have different columns".into()));
        }
        for row in reader.get_row_iter(None).map_err(failed)? {
            let row = cells(row.map_err(failed)?)?;
            let bytes = table.add(std::iter::once(row))?;
            if !bytes.is_empty() {
                write(bytes)?;
            }
        }
        Ok(())
    }

    /// The bytes of the end; none where there was no table.
    ///
    /// # Errors
    ///
    /// Where the last rows cannot be packed.
    pub fn finish(self) -> Result<Vec<u8>, Error> {
        self.0.map_or(Ok(Vec::new()), |(_, table)| table.finish())
    }
}

fn columns(schema: &SchemaDescriptor) -> Result<Vec<Column>, Error> {
    let columns = schema.columns().iter().map(|column| {
        let kind = match column.physical_type() {
            Type::BYTE_ARRAY => Kind::Text,
            Type::INT32 => Kind::Integer,
            Type::FLOAT => Kind::Number,
            other => return Err(unknown(&other.to_string())),
        };
        let name = column.name().to_owned();
        Ok(if column.self_type().is_optional() {
            Column::optional(name, kind)
        } else {
            Column::required(name, kind)
        })
    });
    columns.collect()
}

fn cells(row: Row) -> Result<Vec<Cell<'static>>, Error> {
    let cells = row
        .into_columns()
        .into_iter()
        .map(|(_, field)| match field {
            Field::Null => Ok(Cell::Null),
            Field::Str(text) => Ok(Cell::Text(text.into())),
            Field::Int(number) => Ok(Cell::Integer(number)),
            Field::Float(number) => Ok(Cell::Number(number)),
            other => Err(unknown(&format!("{other:?}"))),
        });
    cells.collect()
}

fn unknown(found: &str) -> Error {
    Error::Format(format!("expected a table of answers, found {found} in it"))
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn failed(error: ParquetError) -> Error {
    Error::Format(error.to_string())
}
