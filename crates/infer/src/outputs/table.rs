//! Rows of results as a table of typed columns, for Parquet. CSV has the same columns.

use super::Row;
use super::row::Note;
use console::Failure;
use parquet::basic::Compression;
use parquet::data_type::{ByteArrayType, DataType, FloatType, Int32Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;
use std::io::{self, Write};
use std::mem::take;
use std::sync::{Arc, Mutex, PoisonError};

/// Rows of one row group: they are in memory until it is written.
const ROWS_A_GROUP: usize = 50_000;

/// The names of the columns: path, and label, class (where there are names) and probability for
/// each rank, numbered from the second; last, the note.
pub(super) fn column_names(num_ranks: usize, has_names: bool) -> Vec<String> {
    let mut names = vec!["path".to_owned()];
    for rank in 1..=num_ranks {
        let suffix = if rank == 1 {
            String::new()
        } else {
            format!("_{rank}")
        };
        names.push(format!("label{suffix}"));
        if has_names {
            names.push(format!("class{suffix}"));
        }
        names.push(format!("probability{suffix}"));
    }
    names.push("note".to_owned());
    names
}

/// Turns rows into the bytes of a Parquet file, row group after row group.
pub(super) struct Table {
    writer: SerializedFileWriter<Shared>,
    written: Shared,
    names: Option<Vec<String>>,
    num_ranks: usize,
    rows: Vec<Row>,
}

impl Table {
    /// Of no rows yet, each of so many ranked classes; with the names of the classes, where they
    /// are to be written.
    pub(super) fn new(num_ranks: usize, names: Option<&[String]>) -> Result<Self, Failure> {
        let columns = column_names(num_ranks, names.is_some()).into_iter();
        let columns = columns.map(|name| match name.split('_').next() {
            Some("path") => format!("required binary {name} (STRING);"),
            Some("label") => format!("optional int32 {name};"),
            Some("probability") => format!("optional float {name};"),
            _ => format!("optional binary {name} (STRING);"),
        });
        let schema = format!("message predictions {{ {} }}", columns.collect::<String>());
        let schema = Arc::new(parse_message_type(&schema).map_err(failed)?);
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .build();
        let written = Shared::default();
        let writer = SerializedFileWriter::new(written.clone(), schema, Arc::new(properties));
        Ok(Self {
            writer: writer.map_err(failed)?,
            written,
            names: names.map(<[String]>::to_vec),
            num_ranks,
            rows: Vec::new(),
        })
    }

    /// Takes rows; returns the bytes that are ready.
    pub(super) fn add(&mut self, rows: Vec<Row>) -> Result<Vec<u8>, Failure> {
        self.rows.extend(rows);
        if self.rows.len() >= ROWS_A_GROUP {
            self.write_group().map_err(failed)?;
        }
        Ok(self.written.take())
    }

    /// The bytes of the end.
    pub(super) fn finish(mut self) -> Result<Vec<u8>, Failure> {
        if !self.rows.is_empty() {
            self.write_group().map_err(failed)?;
        }
        self.writer.close().map_err(failed)?;
        Ok(self.written.take())
    }

    fn write_group(&mut self) -> Result<(), ParquetError> {
        let rows = take(&mut self.rows);
        let mut group = self.writer.next_row_group()?;
        let paths = rows.iter().map(|row| Some(row.path.as_str().into()));
        write_column::<ByteArrayType>(group.next_column()?, paths)?;
        for rank in 0..self.num_ranks {
            let labels = || rows.iter().map(|row| row.at(rank).0);
            let numbers = labels().map(|label| i32::try_from(label?).ok());
            write_column::<Int32Type>(group.next_column()?, numbers)?;
            if let Some(names) = &self.names {
                let classes = labels().map(|label| Some(names.get(label?)?.as_str().into()));
                write_column::<ByteArrayType>(group.next_column()?, classes)?;
            }
            let probabilities = rows.iter().map(|row| Some(row.at(rank).1? as f32));
            write_column::<FloatType>(group.next_column()?, probabilities)?;
        }
        let notes = rows
            .iter()
            .map(|row| Some(row.note.map(Note::name)?.into()));
        write_column::<ByteArrayType>(group.next_column()?, notes)?;
        group.close()?;
        Ok(())
    }
}

/// `None` is null, where the column may have one.
fn write_column<T: DataType>(
    column: Option<SerializedColumnWriter<'_>>,
    rows: impl Iterator<Item = Option<T::T>>,
) -> Result<(), ParquetError> {
    let Some(mut column) = column else {
        return Err(ParquetError::General("a column too many".into()));
    };
    let mut levels = Vec::new();
    let mut values = Vec::new();
    for value in rows {
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
fn failed(error: ParquetError) -> Failure {
    Failure::new(format!("the table cannot be written: {error}"))
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
