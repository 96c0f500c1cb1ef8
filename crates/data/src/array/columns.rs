//! Arrays whose first index runs fastest (`fortran_order`): brought into the order in which rows follow each other.
//!
//! A row of them is strewn over the whole file, so that all of it is in memory, within a bound.

use super::{Header, format_error};
use crate::error::DataError;
use crate::unpack::Contents;

/// So much of a column is read at a time.
const BYTES_AT_ONCE: usize = 1 << 20;

/// The numbers behind a head, and the head that says so, row after row; as they are where they are so already.
///
/// # Errors
/// [`DataError::Format`] where there are more than `max_bytes` bytes to bring into order, or fewer than the head says.
pub(super) fn in_rows(
    mut contents: Contents<'static>,
    header: Header,
    max_bytes: u64,
) -> Result<(Contents<'static>, Header), DataError> {
    if !header.is_by_columns {
        return Ok((contents, header));
    }
    let num_bytes = header.check_length(&contents)?;
    if num_bytes > max_bytes {
        let expected = format!(
            "at most {max_bytes} bytes of columns after columns; save numpy.ascontiguousarray(array)"
        );
        let (offset, found) = (header.num_bytes, num_bytes.to_string());
        return Err(format_error(&contents, offset, &expected, &found));
    }
    let mut rows = vec![0; num_bytes as usize];
    let size = header.element.num_bytes();
    let (num_rows, inner) = match header.shape.split_first() {
        Some((&num_rows, inner)) if num_bytes > 0 => (num_rows as usize, inner),
        _ => (0, &[][..]),
    };
    let num_columns = (rows.len() / size).checked_div(num_rows).unwrap_or(0);
    let rows_at_once = (BYTES_AT_ONCE / size).min(num_rows.max(1));
    for number in 0..num_columns {
        let column = place(number, inner);
        for first in (0..num_rows).step_by(rows_at_once) {
            let num = rows_at_once.min(num_rows - first);
            let part = contents.read_up_to((num * size) as u64)?;
            if part.len() < num * size {
                let found = (contents.offset() - header.num_bytes).to_string();
                return Err(contents.length_error(header.num_bytes, num_bytes, &found));
            }
            for (row, value) in (first..).zip(part.chunks_exact(size)) {
                let at = (row * num_columns + column) * size;
                rows[at..at + size].copy_from_slice(value);
            }
        }
    }
    contents.expect_end(header.num_bytes, num_bytes)?;
    let header = Header {
        is_by_columns: false,
        num_bytes: 0,
        ..header
    };
    Ok((Contents::plain(rows, contents.path()), header))
}

/// Where the number-th number of a row stands, counted with the first index running fastest, where the last one does.
fn place(number: usize, shape: &[u64]) -> usize {
    let (mut rest, mut place) = (number, 0);
    for &size in shape {
        let size = size as usize;
        place = place * size + rest % size;
        rest /= size;
    }
    place
}
