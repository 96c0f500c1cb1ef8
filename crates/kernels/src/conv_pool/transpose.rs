//! Changes of the order in which values lie: one channel after another, or all channels of a position
//! side by side. What is a channel here may also be an image of a block.
#![allow(unsafe_code)]

use super::geometry::Geometry;
use crate::simd::Simd;

/// Channels one after another, as tensors have them.
#[derive(Clone, Copy)]
pub(crate) struct Planes {
    pub channels: usize,
    pub positions: usize,
    /// Values between a channel and the next, at least `positions`.
    pub stride: usize,
}

/// From [`Planes`] to `[positions, to_stride]`, of which the channels are the first.
///
/// # Safety
///
/// The processor must have the instruction set.
#[inline(always)]
pub(crate) unsafe fn interleave<S: Simd>(
    planes: Planes,
    from: &[f32],
    to: &mut [f32],
    to_stride: usize,
) {
    let Planes {
        channels,
        positions,
        stride,
    } = planes;
    assert!(from.len() >= (channels - 1) * stride + positions);
    if channels == 1 && to_stride == 1 {
        to[..positions].copy_from_slice(&from[..positions]);
    } else if channels <= S::LANES && positions >= S::LANES {
        assert!(to.len() >= (positions - 1) * to_stride + S::LANES);
        for tile in 0..positions.div_ceil(S::LANES) {
            // The last tile lies over the one before it.
            let first = (tile * S::LANES).min(positions - S::LANES);
            let (from, to) = (from[first..].as_ptr(), to[first * to_stride..].as_mut_ptr());
            // SAFETY: whole vectors of both, as just checked. Those written may spoil the
            // positions after them, which are written later.
            unsafe { S::transpose((channels, from, stride), (S::LANES, to, to_stride)) };
        }
    } else {
        for (position, to) in to.chunks_mut(to_stride).take(positions).enumerate() {
            for (channel, to) in to[..channels].iter_mut().enumerate() {
                *to = from[channel * stride + position];
            }
        }
    }
}

/// The way back: from `[positions, from_stride]` to [`Planes`].
///
/// # Safety
///
/// The processor must have the instruction set.
#[inline(always)]
pub(crate) unsafe fn separate<S: Simd>(
    planes: Planes,
    from: &[f32],
    from_stride: usize,
    to: &mut [f32],
) {
    let Planes {
        channels,
        positions,
        stride,
    } = planes;
    assert!(to.len() >= (channels - 1) * stride + positions);
    let has_room = from.len() >= (positions - 1) * from_stride + S::LANES;
    if channels == 1 && from_stride == 1 {
        to[..positions].copy_from_slice(&from[..positions]);
    } else if channels <= S::LANES && positions >= S::LANES && has_room {
        for tile in 0..positions.div_ceil(S::LANES) {
            let first = (tile * S::LANES).min(positions - S::LANES);
            let (from, to) = (
                from[first * from_stride..].as_ptr(),
                to[first..].as_mut_ptr(),
            );
            // SAFETY: whole vectors of both, as just checked.
            unsafe { S::transpose((S::LANES, from, from_stride), (channels, to, stride)) };
        }
    } else {
        for (position, from) in from.chunks(from_stride).take(positions).enumerate() {
            for (channel, from) in from[..channels].iter().enumerate() {
                to[channel * stride + position] = *from;
            }
        }
    }
}

/// `[channels, height, width]` to `[padded_height, padded_width, channels]` with zeros in the padding;
/// `to` must have room for a vector more.
///
/// # Safety
///
/// The processor must have the instruction set.
#[inline(always)]
pub(crate) unsafe fn to_channels_last<S: Simd>(geometry: &Geometry, from: &[f32], to: &mut [f32]) {
    let channels = geometry.channels_in;
    let row = geometry.padded_width() * channels;
    let mut written = 0;
    each_stretch(geometry, |from_first, to_first, planes| {
        // Stretches are written in order, and zeros before each: one may spoil what follows it.
        to[written..to_first].fill(0.0);
        // SAFETY: the instruction set is there.
        unsafe { interleave::<S>(planes, &from[from_first..], &mut to[to_first..], channels) };
        written = to_first + planes.positions * channels;
    });
    to[written..geometry.padded_height() * row].fill(0.0);
}

/// The way back, without the padding.
///
/// # Safety
///
/// The processor must have the instruction set.
#[inline(always)]
pub(crate) unsafe fn to_channels_first<S: Simd>(geometry: &Geometry, from: &[f32], to: &mut [f32]) {
    each_stretch(geometry, |to_first, from_first, planes| {
        let (from, to) = (&from[from_first..], &mut to[to_first..]);
        // SAFETY: the instruction set is there.
        unsafe { separate::<S>(planes, from, geometry.channels_in, to) };
    });
}

/// Calls `copy` for each stretch of positions that lie together with the channels first and last: where
/// it begins in either order, and its planes with the channels first.
#[inline(always)]
fn each_stretch(geometry: &Geometry, mut copy: impl FnMut(usize, usize, Planes)) {
    let plane = geometry.height * geometry.width;
    let (num_stretches, positions) = if geometry.same {
        (geometry.height, geometry.width)
    } else {
        (1, plane)
    };
    let padding = geometry.padding();
    let planes = Planes {
        channels: geometry.channels_in,
        positions,
        stride: plane,
    };
    for y in 0..num_stretches {
        let position = (y + padding) * geometry.padded_width() + padding;
        copy(y * positions, position * geometry.channels_in, planes);
    }
}
