//! Labels in an array: numbers, rows of which the first number is the label, or rows with a one in its place.

use super::{Header, columns, format_error};
use crate::decode::DecodeLimits;
use crate::error::DataError;
use crate::unpack::Contents;
use base::MAX_CLASSES;

/// Labels of QMNIST have seven more numbers: writer, place and the like.
const QMNIST_COLUMNS: u64 = 8;

/// Reads labels, at most `max_labels` of them, each below [`MAX_CLASSES`]: `[num_labels]`, `[num_labels, 1]`, rows
/// of one-hot numbers, or QMNIST's rows of eight.
///
/// # Errors
/// [`DataError::Format`] at the byte of what is no label.
pub(crate) fn read_labels(
    contents: Contents<'static>,
    header: &Header,
    max_labels: usize,
) -> Result<Vec<u8>, DataError> {
    let (num_labels, num_columns) = match *header.shape {
        [num_labels] => (num_labels, 1),
        [num_labels, num_columns] if (1..=MAX_CLASSES as u64).contains(&num_columns) => {
            (num_labels, num_columns)
        }
        _ => {
            let found = header.shown();
            return Err(format_error(
                &contents,
                0,
                "labels: a number for each image",
                &found,
            ));
        }
    };
    if num_labels > max_labels as u64 {
        let expected = format!("at most {max_labels} labels");
        return Err(format_error(
            &contents,
            4,
            &expected,
            &num_labels.to_string(),
        ));
    }
    let max_bytes = DecodeLimits::default().max_memory_bytes;
    let (mut contents, header) = columns::in_rows(contents, header.clone(), max_bytes)?;
    let num_payload_bytes = header.check_length(&contents)?;
    let num_row_bytes = num_columns * header.element.num_bytes() as u64;
    // Grows as labels come: a head may promise any number.
    let mut labels = Vec::new();
    for _ in 0..num_labels {
        let offset = contents.offset();
        let row = contents.read_up_to(num_row_bytes)?;
        if (row.len() as u64) < num_row_bytes {
            let found = (contents.offset() - header.num_bytes).to_string();
            return Err(contents.length_error(header.num_bytes, num_payload_bytes, &found));
        }
        let values = header.element.values(&row, header.is_big_endian);
        let values: Vec<f64> = values.collect();
        let label = match num_columns {
            1 | QMNIST_COLUMNS => class(values[0]).ok_or(values[0]),
            _ => hot(&values).ok_or(f64::NAN),
        };
        labels.push(label.map_err(|found| {
            let expected = if found.is_nan() {
                format!("a row of {num_columns} numbers, one of them 1 and the others 0")
            } else {
                format!("a label from 0 to {}", MAX_CLASSES - 1)
            };
            let found = if found.is_nan() {
                "another".to_owned()
            } else {
                found.to_string()
            };
            format_error(&contents, offset, &expected, &found)
        })?);
    }
    contents.expect_end(header.num_bytes, num_payload_bytes)?;
    Ok(labels)
}

/// A whole number below [`MAX_CLASSES`].
fn class(value: f64) -> Option<u8> {
    let is_class = value.fract() == 0.0 && (0.0..MAX_CLASSES as f64).contains(&value);
    is_class.then_some(value as u8)
}

/// The place of the one among zeros.
fn hot(values: &[f64]) -> Option<u8> {
    let place = values
        .iter()
        .position(|&value| (value - 1.0).abs() < f64::EPSILON)?;
    let num_others = values.iter().filter(|value| value.abs() > 0.0).count();
    (num_others == 1).then_some(place as u8)
}
