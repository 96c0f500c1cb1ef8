//! Rows that hold differences of values in the place of values.

/// Differences of whole values.
const OF_VALUES: u64 = 2;
/// Differences of bytes, after the highest bytes of all values were put before the next lower ones of all.
pub(super) const OF_PLACES: u64 = 3;

/// Puts values into their place again, in stretches of so many bytes, which are whole pixels. A pixel has `num_samples` values of `size` bytes
/// each; they are big-endian, where they were not before, after [`OF_PLACES`].
pub(super) fn undo(
    bytes: &mut [u8],
    stretch: usize,
    predictor: u64,
    (num_samples, size): (usize, usize),
    is_big_endian: bool,
) {
    if size == 0 || stretch == 0 {
        return;
    }
    for row in bytes.chunks_exact_mut(stretch) {
        match predictor {
            OF_VALUES => add_up(row, num_samples, size, is_big_endian),
            OF_PLACES => {
                add_up(row, num_samples, 1, true);
                together(row, size);
            }
            _ => {}
        }
    }
}

/// Adds to each value the one of the pixel before.
fn add_up(row: &mut [u8], num_samples: usize, size: usize, is_big_endian: bool) {
    let step = num_samples * size;
    for place in (step..row.len()).step_by(size) {
        let mut carry = 0;
        for byte in 0..size {
            let byte = place + if is_big_endian { size - 1 - byte } else { byte };
            let sum = u16::from(row[byte - step]) + u16::from(row[byte]) + carry;
            row[byte] = sum as u8;
            carry = sum >> 8;
        }
    }
}

/// Brings the bytes of each value together, the highest first.
fn together(row: &mut [u8], size: usize) {
    let number = row.len() / size;
    let apart = row.to_vec();
    for (index, value) in row.chunks_exact_mut(size).enumerate() {
        for (byte, place) in value.iter_mut().zip(0..) {
            *byte = apart[place * number + index];
        }
    }
}
