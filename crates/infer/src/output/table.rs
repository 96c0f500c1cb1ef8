//! Rows of results as a table of typed columns, for Parquet. CSV has the same columns.

use super::cell::{Cell, Column, Kind};
use crate::error::Error;
use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, FloatType, Int32Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::{
    FileMetaData, ParquetMetaData, ParquetMetaDataWriter, RowGroupMetaData,
};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;
use std::io::{self, Write};
use std::mem::take;
use std::sync::{Arc, Mutex, PoisonError};

/// Rows of one row group: they are in memory until it is written.
const ROWS_A_GROUP: usize = 50_000;

/// As the writer of whole files says.
const FORMAT_VERSION: i32 = 1;

/// Turns rows into the bytes of a Parquet file, row group after row group.
pub(super) struct Table {
    writer: SerializedFileWriter<Shared>,
    written: Shared,
    columns: Vec<Values>,
    num_rows: usize,
}

/// The cells of a column that are not written yet.
enum Values {
    Text(Vec<Option<ByteArray>>),
    Integer(Vec<Option<i32>>),
    Number(Vec<Option<f32>>),
}

impl Table {
    /// Of no rows yet.
    pub(super) fn new(columns: &[Column]) -> Result<Self, Error> {
        let fields = columns.iter().map(|column| {
            let need = if column.is_optional {
                "optional"
            } else {
                "required"
            };
            let name = &column.name;
            match column.kind {
                Kind::Text => format!("{need} binary {name} (STRING);"),
                Kind::Integer => format!("{need} int32 {name};"),
                Kind::Number => format!("{need} float {name};"),
            }
        });
        let schema = format!("message predictions {{ {} }}", fields.collect::<String>());
        let schema = Arc::new(parse_message_type(&schema).map_err(failed)?);
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .build();
        let written = Shared::default();
        let writer = SerializedFileWriter::new(written.clone(), schema, Arc::new(properties));
        let values = columns.iter().map(|column| match column.kind {
            Kind::Text => Values::Text(Vec::new()),
            Kind::Integer => Values::Integer(Vec::new()),
            Kind::Number => Values::Number(Vec::new()),
        });
        Ok(Self {
            writer: writer.map_err(failed)?,
            written,
            columns: values.collect(),
            num_rows: 0,
        })
    }

    /// Takes rows; returns the bytes that are ready.
    pub(super) fn add<'a>(
        &mut self,
        rows: impl Iterator<Item = Vec<Cell<'a>>>,
    ) -> Result<Vec<u8>, Error> {
        for row in rows {
            for (values, cell) in self.columns.iter_mut().zip(row) {
                values.push(cell);
            }
            self.num_rows += 1;
        }
        if self.num_rows >= ROWS_A_GROUP {
            self.write_group().map_err(failed)?;
        }
        Ok(self.written.take())
    }

    /// The bytes of the end.
    pub(super) fn finish(mut self) -> Result<Vec<u8>, Error> {
        if self.num_rows > 0 {
            self.write_group().map_err(failed)?;
        }
        self.writer.close().map_err(failed)?;
        Ok(self.written.take())
    }

    /// How many row groups there are so far.
    pub(super) fn num_groups(&self) -> usize {
        self.writer.flushed_row_groups().len()
    }

    /// The bytes of the end, for a file that has the first `num_groups` groups only.
    pub(super) fn finish_early(self, num_groups: usize) -> Result<Vec<u8>, Error> {
        let groups: Vec<RowGroupMetaData> = self
            .writer
            .flushed_row_groups()
            .iter()
            .take(num_groups)
            .cloned()
            .collect();
        let num_rows = groups.iter().map(RowGroupMetaData::num_rows).sum();
        let schema = Arc::new(self.writer.schema_descr().clone());
        let file = FileMetaData::new(FORMAT_VERSION, num_rows, None, None, schema, None);
        let metadata = ParquetMetaData::new(file, groups);
        let mut end = Vec::new();
        ParquetMetaDataWriter::new(&mut end, &metadata)
            .finish()
            .map_err(failed)?;
        Ok(end)
    }

    fn write_group(&mut self) -> Result<(), ParquetError> {
        let mut group = self.writer.next_row_group()?;
        for values in &mut self.columns {
            let column = group.next_column()?;
            match values {
                Values::Text(values) => write_column::<ByteArrayType>(column, values)?,
                Values::Integer(values) => write_column::<Int32Type>(column, values)?,
                Values::Number(values) => write_column::<FloatType>(column, values)?,
            }
        }
        self.num_rows = 0;
        group.close()?;
        Ok(())
    }
}

impl Values {
    /// A cell of another kind is null.
    fn push(&mut self, cell: Cell<'_>) {
        match (self, cell) {
            (Self::Text(values), Cell::Text(text)) => {
                values.push(Some(text.into_owned().into_bytes().into()));
            }
            (Self::Integer(values), Cell::Integer(number)) => values.push(Some(number)),
            (Self::Number(values), Cell::Number(number)) => values.push(Some(number)),
            (Self::Text(values), _) => values.push(None),
            (Self::Integer(values), _) => values.push(None),
            (Self::Number(values), _) => values.push(None),
        }
    }
}

/// Writes the cells and leaves none; `None` is null, where the column may have one.
fn write_column<T: DataType>(
    column: Option<SerializedColumnWriter<'_>>,
    cells: &mut Vec<Option<T::T>>,
) -> Result<(), ParquetError> {
    let Some(mut column) = column else {
        return Err(ParquetError::General("a column too many".into()));
    };
    let mut levels = Vec::new();
    let mut values = Vec::new();
    for value in cells.drain(..) {
        levels.push(i16::from(value.is_some()));
        values.extend(value);
    }
    let writer = column.typed::<T>();
    let may_be_null = writer.get_descriptor().max_def_level() > 0;
    let levels = may_be_null.then_some(levels.as_slice());
    writer.write_batch(&values, levels, None)?;
    column.close()
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn failed(error: ParquetError) -> Error {
    Error::Format(error.to_string())
}

/// Where the writer of the file leaves its bytes.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    fn take(&self) -> Vec<u8> {
        take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        written.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use parquet::file::reader::{FileReader as _, SerializedFileReader};

    #[test]
    fn whole_groups_are_a_file_without_the_rest() {
        let columns = [
            Column::required("path", Kind::Text),
            Column::optional("label", Kind::Integer),
        ];
        let mut table = Table::new(&columns).unwrap();
        let rows = |first: usize, num: usize| {
            (first..first + num).map(|row| vec![Cell::text("a.png"), Cell::count(row)])
        };
        let mut bytes = table.add(rows(0, ROWS_A_GROUP)).unwrap();
        assert_eq!(table.num_groups(), 1);
        let lost = table.add(rows(ROWS_A_GROUP, ROWS_A_GROUP)).unwrap();
        assert!(!lost.is_empty());
        bytes.extend(table.finish_early(1).unwrap());
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let reader = SerializedFileReader::new(file.reopen().unwrap()).unwrap();
        let rows = reader.get_row_iter(None).unwrap();
        assert_eq!(rows.map(Result::unwrap).count(), ROWS_A_GROUP);
    }
}
