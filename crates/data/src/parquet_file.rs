//! Reads the images out of Parquet files one by one, laid out as image sets are published on the
//! Hugging Face hub: a column `image` of pictures (a structure of `bytes` and `path`, or the bytes
//! alone) and, where there are labels, a column `label` of whole numbers.
//!
//! Owns the choice of columns and the walk through the row groups. The columns are read side by
//! side and not as tables of rows, so that no more than one page of each is in memory, and a
//! picture that stands in a dictionary is not copied for each of its rows.

mod bounds;

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use parquet::basic::Type;
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, ByteArrayType, DataType};
use parquet::file::properties::ReaderProperties;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::file::serialized_reader::ReadOptionsBuilder;
use parquet::schema::types::SchemaDescriptor;

use crate::decode::DecodeLimits;
use crate::error::DataError;
use crate::record::{Content, Part, Record, guarded_reading};
use crate::unpack::Contents;
use base::MAX_CLASSES;
use bounds::BoundedFile;

/// The columns' names, the usual one first.
const IMAGE_COLUMNS: [&str; 4] = ["image.bytes", "img.bytes", "image", "img"];
const LABEL_COLUMNS: [&str; 2] = ["label", "labels"];
/// Under which the hub keeps what it knows of a file's columns, as JSON.
pub(crate) const HUB_KEY: &str = "huggingface";
/// Where the names of the classes are in that.
const NAMES_POINTER: &str = "/info/features/label/names";
const ROWS_AT_ONCE: usize = 64;

/// The rows of a file, in its order, named `FILE#ROW`.
pub(crate) struct ParquetReader {
    path: PathBuf,
    file: SerializedFileReader<BoundedFile>,
    columns: Columns,
    max_picture_bytes: u64,
    num_rows: u64,
    num_groups_opened: usize,
    group: Option<Group>,
    /// Rows that were read and not handed out.
    rows: VecDeque<Row>,
    row: u64,
    is_finished: bool,
}

/// Places of the columns among the leaves of the schema.
#[derive(Clone, Copy)]
struct Columns {
    image: usize,
    label: Option<usize>,
}

struct Row {
    picture: Option<ByteArray>,
    label: Option<i64>,
}

/// The rows of a row group that were not read yet.
struct Group {
    num_rows: usize,
    image: ColumnReaderImpl<ByteArrayType>,
    max_level: i16,
    label: Option<(ColumnReader, i16)>,
}

impl ParquetReader {
    /// Opens a file and finds its columns.
    pub(crate) fn open(path: &Path, limits: &DecodeLimits) -> Result<Self, DataError> {
        let bounded = BoundedFile::new(Contents::seekable(path)?);
        let file = guarded_reading(path, "footer", || {
            // Else an old way of packing is tried whose size nothing bounds.
            let properties = ReaderProperties::builder().set_backward_compatible_lz4(false);
            let options = ReadOptionsBuilder::new().with_reader_properties(properties.build());
            let file = SerializedFileReader::new_with_options(bounded.clone(), options.build())
                .map_err(|error| error.to_string())?;
            bounded.know_columns(file.metadata());
            Ok(file)
        })?;
        let metadata = file.metadata().file_metadata();
        let columns = Columns::of(metadata.schema_descr());
        let columns = columns.map_err(|reason| DataError::Container {
            path: path.into(),
            place: "schema".into(),
            reason,
        })?;
        Ok(Self {
            path: path.into(),
            num_rows: u64::try_from(metadata.num_rows()).unwrap_or(0),
            file,
            columns,
            max_picture_bytes: limits.max_file_bytes,
            num_groups_opened: 0,
            group: None,
            rows: VecDeque::new(),
            row: 0,
            is_finished: false,
        })
    }

    /// How many rows the footer announces.
    pub(crate) fn num_rows(&self) -> u64 {
        self.num_rows
    }

    /// The names of the classes, where the file has them.
    pub(crate) fn class_names(&self) -> Option<Vec<String>> {
        let entries = self.file.metadata().file_metadata().key_value_metadata()?;
        let text = entries
            .iter()
            .find(|entry| entry.key == HUB_KEY)?
            .value
            .as_ref()?;
        let about: serde_json::Value = serde_json::from_str(text).ok()?;
        let names = about.pointer(NAMES_POINTER)?.as_array()?;
        let names: Option<Vec<String>> = names
            .iter()
            .map(|name| name.as_str().map(str::to_owned))
            .collect();
        names.filter(|names| (1..=MAX_CLASSES).contains(&names.len()))
    }

    /// The next row; `None` at the end. Errors but those of [`DataError::Picture`] are final.
    fn read_next(&mut self) -> Result<Option<Record>, DataError> {
        let Some(row) = self.next_row()? else {
            return Ok(None);
        };
        let name = format!("{}#{}", self.path.display(), self.row);
        self.row += 1;
        let limit = self.max_picture_bytes;
        let reason = match row.picture {
            None => "no picture in this row".to_owned(),
            Some(picture) if picture.len() as u64 > limit => {
                let num_bytes = picture.len();
                format!("the picture has {num_bytes} bytes, expected at most {limit}")
            }
            Some(picture) => {
                return Ok(Some(Record {
                    name,
                    content: Content::Picture(picture.data().to_vec()),
                    label: row.label,
                    part: Part::Unknown,
                }));
            }
        };
        Err(DataError::Picture {
            path: name.into(),
            reason,
        })
    }

    fn next_row(&mut self) -> Result<Option<Row>, DataError> {
        while self.rows.is_empty() {
            let place = format!("row {}", self.row);
            let Self {
                path,
                file,
                columns,
                ..
            } = self;
            if let Some(group) = self.group.as_mut().filter(|group| group.num_rows > 0) {
                self.rows = guarded_reading(path, &place, || group.read())?;
            } else if self.num_groups_opened < file.num_row_groups() {
                let index = self.num_groups_opened;
                let open = || Group::open(file, *columns, index);
                self.group = Some(guarded_reading(path, &place, open)?);
                self.num_groups_opened += 1;
            } else if self.row == self.num_rows {
                return Ok(None);
            } else {
                return Err(DataError::Container {
                    path: self.path.clone(),
                    place,
                    reason: format!("expected {} rows in all, found no more", self.num_rows),
                });
            }
        }
        Ok(self.rows.pop_front())
    }
}

impl Iterator for ParquetReader {
    type Item = Result<Record, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_finished {
            return None;
        }
        let item = self.read_next().transpose();
        let goes_on = matches!(item, Some(Ok(_) | Err(DataError::Picture { .. })));
        self.is_finished = !goes_on;
        item
    }
}

impl Columns {
    fn of(schema: &SchemaDescriptor) -> Result<Self, String> {
        let find = |names: &[&str], types: &[Type]| {
            names.iter().find_map(|name| {
                schema.columns().iter().position(|column| {
                    column.path().string() == *name
                        && types.contains(&column.physical_type())
                        && column.max_rep_level() == 0
                })
            })
        };
        let Some(image) = find(&IMAGE_COLUMNS, &[Type::BYTE_ARRAY]) else {
            let columns = schema.columns().iter();
            let found: Vec<String> = columns.map(|column| column.path().string()).collect();
            return Err(format!(
                "expected a column `image` of pictures, found {}",
                found.join(", ")
            ));
        };
        Ok(Self {
            image,
            label: find(&LABEL_COLUMNS, &[Type::INT64, Type::INT32]),
        })
    }
}

impl Group {
    fn open(
        file: &SerializedFileReader<BoundedFile>,
        columns: Columns,
        index: usize,
    ) -> Result<Self, String> {
        let text = |error: parquet::errors::ParquetError| error.to_string();
        let group = file.get_row_group(index).map_err(text)?;
        let schema = group.metadata().schema_descr();
        let max_level = |column: usize| schema.column(column).max_def_level();
        let column = group.get_column_reader(columns.image).map_err(text)?;
        let ColumnReader::ByteArrayColumnReader(image) = column else {
            return Err("the pictures are no bytes".into());
        };
        let label = columns.label.map(|column| {
            let reader = group.get_column_reader(column).map_err(text)?;
            Ok::<_, String>((reader, max_level(column)))
        });
        Ok(Self {
            num_rows: usize::try_from(group.metadata().num_rows()).unwrap_or(0),
            image,
            max_level: max_level(columns.image),
            label: label.transpose()?,
        })
    }

    /// The next few rows, at least one.
    fn read(&mut self) -> Result<VecDeque<Row>, String> {
        let num_rows = self.num_rows.min(ROWS_AT_ONCE);
        let pictures = read_column(&mut self.image, self.max_level, num_rows)?;
        let labels: Vec<Option<i64>> = match &mut self.label {
            None => vec![None; num_rows],
            Some((ColumnReader::Int64ColumnReader(reader), level)) => {
                read_column(reader, *level, num_rows)?
            }
            Some((ColumnReader::Int32ColumnReader(reader), level)) => {
                let labels = read_column(reader, *level, num_rows)?;
                labels
                    .into_iter()
                    .map(|label| label.map(i64::from))
                    .collect()
            }
            Some(_) => return Err("the labels are no whole numbers".into()),
        };
        self.num_rows -= num_rows;
        let rows = pictures.into_iter().zip(labels);
        Ok(rows
            .map(|(picture, label)| Row { picture, label })
            .collect())
    }
}

/// The next `num_rows` values of a column; `None` where there is none.
fn read_column<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    max_level: i16,
    num_rows: usize,
) -> Result<Vec<Option<T::T>>, String> {
    let (mut levels, mut values) = (Vec::new(), Vec::new());
    let (num_read, _, _) = reader
        .read_records(num_rows, Some(&mut levels), None, &mut values)
        .map_err(|error| error.to_string())?;
    if num_read != num_rows {
        return Err(format!("expected {num_rows} more rows, found {num_read}"));
    }
    if max_level == 0 {
        return Ok(values.into_iter().map(Some).collect());
    }
    let mut values = values.into_iter();
    Ok(levels
        .into_iter()
        .map(|level| {
            if level == max_level {
                values.next()
            } else {
                None
            }
        })
        .collect())
}

#[cfg(test)]
mod tests;
