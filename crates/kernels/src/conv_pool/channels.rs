//! Images with their channels first, as tensors have them, and last, as the backward pass wants them.
#![allow(unsafe_code)]

use super::geometry::Geometry;
use crate::simd::Simd;

/// `[channels, height, width]` to `[padded_height, padded_width, channels]`, with zeros in the
/// padding; `to` must have room for a vector more.
///
/// # Safety
///
/// The processor must have the instruction set.
#[inline(always)]
pub(crate) unsafe fn to_channels_last<S: Simd>(geometry: &Geometry, from: &[f32], to: &mut [f32]) {
    let channels = geometry.channels_in;
    let plane = geometry.height * geometry.width;
    assert!(from.len() >= geometry.image_len());
    if !geometry.same {
        // SAFETY: the instruction set is there.
        unsafe { interleave::<S>(from, plane, (channels, plane), to) };
        return;
    }
    let row = geometry.padded_width() * channels;
    let padding = geometry.padding();
    let mut written = 0;
    for y in 0..geometry.height {
        let first = (y + padding) * row + padding * channels;
        // Rows are written in order, and zeros after each: a row may spoil what follows it.
        to[written..first].fill(0.0);
        // SAFETY: the instruction set is there.
        unsafe {
            let from = &from[y * geometry.width..];
            interleave::<S>(from, plane, (channels, geometry.width), &mut to[first..]);
        }
        written = first + geometry.width * channels;
    }
    to[written..geometry.padded_height() * row].fill(0.0);
}

/// From `[channels, positions]` with `plane` values between channels to `[positions, channels]`; `to`
/// must have room for a vector more.
///
/// # Safety
///
/// The processor must have the instruction set.
#[inline(always)]
pub(crate) unsafe fn interleave<S: Simd>(
    from: &[f32],
    plane: usize,
    (channels, positions): (usize, usize),
    to: &mut [f32],
) {
    let lanes = S::LANES;
    if channels == 1 {
        to[..positions].copy_from_slice(&from[..positions]);
        return;
    }
    let mut first = 0;
    if channels <= lanes {
        assert!(to.len() >= (positions - 1) * channels + lanes);
        while first < positions && (channels - 1) * plane + first + lanes <= from.len() {
            let count = lanes.min(positions - first);
            let (from, to) = (from[first..].as_ptr(), to[first * channels..].as_mut_ptr());
            // SAFETY: whole vectors of `from`, as just checked; a vector from the last position on
            // is still inside `to`, and what it spoils is written later.
            unsafe { S::transpose((channels, from, plane), (count, to, channels)) };
            first += count;
        }
    }
    for position in first..positions {
        for channel in 0..channels {
            to[position * channels + channel] = from[channel * plane + position];
        }
    }
}

/// The way back, without the padding: `[padded_height, padded_width, channels]`, and room for a vector
/// more, to `[channels, height, width]`.
///
/// # Safety
///
/// The processor must have the instruction set.
#[inline(always)]
pub(crate) unsafe fn to_channels_first<S: Simd>(geometry: &Geometry, from: &[f32], to: &mut [f32]) {
    let channels = geometry.channels_in;
    let plane = geometry.height * geometry.width;
    assert!(to.len() == geometry.image_len());
    let (num_rows, positions) = if geometry.same {
        (geometry.height, geometry.width)
    } else {
        (1, plane)
    };
    for y in 0..num_rows {
        let padding = geometry.padding();
        let row = (y + padding) * geometry.padded_width() + padding;
        // SAFETY: the instruction set is there.
        unsafe {
            let to = &mut to[y * positions..];
            separate::<S>(&from[row * channels..], (channels, positions), plane, to);
        }
    }
}

/// From `[positions, channels]` to `[channels, positions]` with `plane` values between channels.
#[inline(always)]
unsafe fn separate<S: Simd>(
    from: &[f32],
    (channels, positions): (usize, usize),
    plane: usize,
    to: &mut [f32],
) {
    let lanes = S::LANES;
    if channels == 1 {
        to[..positions].copy_from_slice(&from[..positions]);
        return;
    }
    if channels <= lanes && positions >= lanes {
        assert!(from.len() >= (positions - 1) * channels + lanes);
        assert!(to.len() >= (channels - 1) * plane + positions);
        for tile in 0..positions.div_ceil(lanes) {
            // The last tile lies over the one before it.
            let first = (tile * lanes).min(positions - lanes);
            let (from, to) = (from[first * channels..].as_ptr(), to[first..].as_mut_ptr());
            // SAFETY: whole vectors of both, as just checked.
            unsafe { S::transpose((lanes, from, channels), (channels, to, plane)) };
        }
        return;
    }
    for position in 0..positions {
        for channel in 0..channels {
            to[channel * plane + position] = from[position * channels + channel];
        }
    }
}
