//! Tables and columns of other programs' parts in this process, by Arrow's interface for that: images in, answers out.
//!
//! Owns which columns are images, and what answers look like as a table. Pixels are read where they lie: whoever hands
//! over an Arrow array promises that nobody changes it.

mod capsules;

use crate::answers::NO_LABEL;
use crate::errors::InputError;
use arrow_array::builder::{FixedSizeListBuilder, Float32Builder};
use arrow_array::cast::AsArray as _;
use arrow_array::types::UInt8Type;
use arrow_array::{
    Array, ArrayRef, Float32Array, Int64Array, OffsetSizeTrait, RecordBatch, RecordBatchIterator,
    StringArray,
};
use base::IMAGE_PIXELS;
use capsules::{arrays, to_array, to_stream};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use std::fmt::Display;
use std::sync::Arc;

use crate::pixels::read;

/// What a column of images is called, where a table has several columns.
const NAMES: [&str; 3] = ["image", "img", "pixels"];

/// Hands over the pixels of all images of whatever hands out Arrow arrays, array after array.
pub(crate) fn for_each_array(
    images: &Bound<'_, PyAny>,
    mut take: impl FnMut(&[u8]) -> PyResult<()>,
) -> PyResult<()> {
    for array in arrays(images)? {
        let array = array?;
        let column = image_column(&array).map_err(InputError::new_err)?;
        take(pixels(&column).map_err(InputError::new_err)?)?;
    }
    Ok(())
}

/// The column of images of a table, or what is itself one.
fn image_column(array: &ArrayRef) -> Result<ArrayRef, String> {
    let Some(table) = array.as_struct_opt() else {
        return Ok(Arc::clone(array));
    };
    if table.null_count() > 0 {
        return Err("expected rows, found one that is null".into());
    }
    let named = NAMES.iter().find_map(|name| table.column_by_name(name));
    let column = named.or(match table.columns() {
        [only] => Some(only),
        _ => None,
    });
    column.map(Arc::clone).ok_or_else(|| {
        let found = table.column_names().join(", ");
        format!("expected a column `image` of {IMAGE_PIXELS} bytes a row, found {found}")
    })
}

/// The pixels of a column, `[num_images * IMAGE_PIXELS]`, where they lie.
fn pixels(column: &ArrayRef) -> Result<&[u8], String> {
    if let Some(place) = (0..column.len()).find(|&place| column.is_null(place)) {
        return Err(format!("image {place} is null"));
    }
    let bytes = bytes(column.as_ref());
    let bytes = bytes.filter(|bytes| bytes.len() == column.len() * IMAGE_PIXELS);
    bytes.ok_or_else(|| {
        format!(
            "expected images as FixedSizeList of {IMAGE_PIXELS} uint8, or as Binary of {IMAGE_PIXELS} bytes, found {}",
            column.data_type()
        )
    })
}

/// The bytes of all values, which are of one size; `None` of what has none, or nulls in it.
fn bytes(array: &dyn Array) -> Option<&[u8]> {
    if array.null_count() > 0 {
        return None;
    }
    if let Some(list) = array.as_fixed_size_list_opt() {
        // Also lists of lists, as 28 rows of 28 pixels.
        return bytes(list.values().as_ref());
    }
    if let Some(numbers) = array.as_primitive_opt::<UInt8Type>() {
        return Some(numbers.values());
    }
    if let Some(binary) = array.as_fixed_size_binary_opt() {
        return Some(binary.value_data());
    }
    of_one_size::<i32>(array).or_else(|| of_one_size::<i64>(array))
}

/// The bytes of values behind each other, each of which is an image.
fn of_one_size<O: OffsetSizeTrait>(array: &dyn Array) -> Option<&[u8]> {
    let binary = array.as_binary_opt::<O>()?;
    let offsets = binary.value_offsets();
    let are_images = offsets
        .array_windows()
        .all(|[start, end]| end.as_usize().checked_sub(start.as_usize()) == Some(IMAGE_PIXELS));
    let start = offsets.first()?.as_usize();
    let end = offsets.last()?.as_usize();
    binary.value_data().get(start..end).filter(|_| are_images)
}

/// Answers as an Arrow table: the capsules of its schema and of its rows.
#[pyfunction]
pub(crate) fn answers_to_array<'py>(
    py: Python<'py>,
    labels: &Bound<'py, PyAny>,
    probabilities: &Bound<'py, PyAny>,
    notes: Vec<(usize, String)>,
    names: Option<Vec<String>>,
) -> PyResult<(Bound<'py, PyCapsule>, Bound<'py, PyCapsule>)> {
    let table = table(labels, probabilities, notes, names)?;
    to_array(py, table)
}

/// The same as a stream of one table.
#[pyfunction]
pub(crate) fn answers_to_stream<'py>(
    py: Python<'py>,
    labels: &Bound<'py, PyAny>,
    probabilities: &Bound<'py, PyAny>,
    notes: Vec<(usize, String)>,
    names: Option<Vec<String>>,
) -> PyResult<Bound<'py, PyCapsule>> {
    let table = table(labels, probabilities, notes, names)?;
    let schema = table.schema();
    to_stream(py, Box::new(RecordBatchIterator::new([Ok(table)], schema)))
}

/// A row for each image: label and its probability, null where there is none; the probabilities of all classes; the note;
/// and the name, where images have one.
fn table(
    labels: &Bound<'_, PyAny>,
    probabilities: &Bound<'_, PyAny>,
    notes: Vec<(usize, String)>,
    names: Option<Vec<String>>,
) -> PyResult<RecordBatch> {
    let (_, num_classes): (usize, usize) = probabilities.getattr("shape")?.extract()?;
    let labels: Vec<i64> = read(labels)?;
    let probabilities: Vec<f32> = read(probabilities)?;
    let all = all_classes(&probabilities, num_classes)?;
    let of_label = labels.iter().enumerate().map(|(row, &label)| {
        let column = usize::try_from(label).ok()?;
        probabilities.get(row * num_classes + column).copied()
    });
    let mut said: Vec<Option<String>> = vec![None; labels.len()];
    for (place, note) in notes {
        if let Some(place) = said.get_mut(place) {
            *place = Some(note);
        }
    }
    let given = labels
        .iter()
        .map(|&label| (label != NO_LABEL).then_some(label));
    let mut columns: Vec<(&str, ArrayRef, bool)> = Vec::new();
    if let Some(names) = names {
        columns.push(("name", Arc::new(StringArray::from(names)), false));
    }
    columns.push(("label", Arc::new(given.collect::<Int64Array>()), true));
    columns.push((
        "probability",
        Arc::new(of_label.collect::<Float32Array>()),
        true,
    ));
    columns.push(("probabilities", all, false));
    columns.push(("note", Arc::new(StringArray::from(said)), true));
    RecordBatch::try_from_iter_with_nullable(columns).map_err(failed)
}

/// A list of so many probabilities for each image.
fn all_classes(probabilities: &[f32], num_classes: usize) -> PyResult<ArrayRef> {
    let length = i32::try_from(num_classes).map_err(failed)?;
    let values = Float32Builder::with_capacity(probabilities.len());
    let mut lists = FixedSizeListBuilder::new(values, length);
    for row in probabilities.chunks_exact(num_classes.max(1)) {
        lists.values().append_slice(row);
        lists.append(true);
    }
    Ok(Arc::new(lists.finish()))
}

/// The error of what this module could not put together.
pub(crate) fn failed(error: impl Display) -> PyErr {
    PyRuntimeError::new_err(format!("the Arrow table cannot be made: {error}"))
}
