//! Images in an array's own memory, part after part.
//!
//! Whoever has the array may change it while the interpreter's lock is let go. So a part is taken out while the lock
//! is held, and computed with when it is not: what is held beside the array is a part, whatever its length. It need
//! not lie in one piece.

use crate::errors::InputError;
use base::IMAGE_PIXELS;
use pyo3::buffer::{Element, PyBuffer};
use pyo3::prelude::*;
use pyo3::types::PySlice;
use std::ops::Range;

/// What an array has at these places, as an array of the same memory.
fn view<'py>(array: &Bound<'py, PyAny>, places: Range<usize>) -> PyResult<Bound<'py, PyAny>> {
    let (start, end) = (places.start.cast_signed(), places.end.cast_signed());
    array.get_item(PySlice::new(array.py(), start, end, 1))
}

/// Numbers of an array.
pub(crate) fn read<T: Element>(array: &Bound<'_, PyAny>) -> PyResult<Vec<T>> {
    PyBuffer::get(array)?.to_vec(array.py())
}

/// Hands over the pixels of an array of images, `[num_images, 28, 28]`, so many images at a time, each time with their
/// places. Ctrl-C ends it between two parts.
pub(crate) fn in_parts(
    images: &Bound<'_, PyAny>,
    images_a_part: usize,
    mut take: impl FnMut(Range<usize>, &[u8]) -> PyResult<()>,
) -> PyResult<()> {
    let num_images = images.len()?;
    let mut first = 0;
    while first < num_images {
        images.py().check_signals()?;
        let places = first..num_images.min(first + images_a_part);
        let part: Vec<u8> = read(&view(images, places.clone())?)?;
        if part.len() != places.len() * IMAGE_PIXELS {
            return Err(InputError::new_err(format!(
                "expected {} images of {IMAGE_PIXELS} pixels, found {} bytes",
                places.len(),
                part.len()
            )));
        }
        first = places.end;
        take(places, &part)?;
    }
    Ok(())
}

/// Writes numbers to these places of an array.
pub(crate) fn write<T: Element>(
    array: &Bound<'_, PyAny>,
    places: Range<usize>,
    numbers: &[T],
) -> PyResult<()> {
    PyBuffer::get(&view(array, places)?)?.copy_from_slice(array.py(), numbers)
}
