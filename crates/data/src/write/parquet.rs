//! Parquet files as image sets are published on the Hugging Face hub: a column of PNGs and one of labels, and the
//! names of the classes.

use std::io::{self, Write};
use std::sync::Arc;

use parquet::data_type::{ByteArray, ByteArrayType, DataType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use rayon::prelude::*;
use serde_json::json;

use super::png::png;
use crate::images::LabeledImages;
use crate::parquet_file::HUB_KEY;
use base::IMAGE_PIXELS;

const SCHEMA: &str = "message schema {
    optional group image { optional binary bytes; optional binary path (UTF8); }
    optional int64 label;
}";
const ROWS_A_GROUP: usize = 10_000;

pub(super) fn write(
    images: &LabeledImages,
    class_names: &[String],
    out: &mut (impl Write + Send),
) -> io::Result<()> {
    try_write(images, class_names, out).map_err(io::Error::other)
}

fn try_write(
    images: &LabeledImages,
    class_names: &[String],
    out: &mut (impl Write + Send),
) -> Result<(), ParquetError> {
    let features = json!({"info": {"features": {
        "image": {"_type": "Image"},
        "label": {"_type": "ClassLabel", "names": class_names},
    }}});
    let about = KeyValue::new(HUB_KEY.to_owned(), features.to_string());
    let properties = WriterProperties::builder()
        .set_key_value_metadata(Some(vec![about]))
        .build();
    let schema = Arc::new(parse_message_type(SCHEMA)?);
    let mut file = SerializedFileWriter::new(out, schema, Arc::new(properties))?;
    let pixels = images.pixels().chunks(ROWS_A_GROUP * IMAGE_PIXELS);
    for (pixels, labels) in pixels.zip(images.labels().chunks(ROWS_A_GROUP)) {
        let pictures: Vec<ByteArray> = pixels
            .par_chunks_exact(IMAGE_PIXELS)
            .map(|image| png(image).map(ByteArray::from))
            .collect::<io::Result<_>>()
            .map_err(|error| ParquetError::External(Box::new(error)))?;
        let labels: Vec<i64> = labels.iter().map(|&label| i64::from(label)).collect();
        let mut group = file.next_row_group()?;
        // A structure with bytes, and without a path.
        write_column::<ByteArrayType, _>(&mut group, &pictures, &vec![2; pictures.len()])?;
        write_column::<ByteArrayType, _>(&mut group, &[], &vec![1; pictures.len()])?;
        write_column::<Int64Type, _>(&mut group, &labels, &vec![1; labels.len()])?;
        group.close()?;
    }
    file.close()?;
    Ok(())
}

fn write_column<T: DataType, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    values: &[T::T],
    levels: &[i16],
) -> Result<(), ParquetError> {
    let column = group.next_column()?;
    let mut column = column.ok_or_else(|| ParquetError::General("a column too many".into()))?;
    column
        .typed::<T>()
        .write_batch(values, Some(levels), None)?;
    column.close()
}
