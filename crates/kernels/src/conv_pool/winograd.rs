//! Convolution by kernels of 3×3 with fewer multiplications: Winograd's minimal filtering F(4×4, 3×3), as in Lavin and
//! Gray, "Fast Algorithms for Convolutional Neural Networks" (2016). Sixteen positions, a *patch* of 4×4, need 36
//! multiplications a channel instead of 144, besides additions that do not grow with the number of channels on the other
//! side. Sums are a little less exact: a few millionths of the largest.
//!
//! A *window* of 6×6, which is what a patch sees, becomes 36 values, *points*; so does a kernel. The products of both,
//! summed over the channels, become the convolution at the patch. A patch's gradient becomes points, too; their products
//! with the window's, summed over the patches, become the gradient of the kernel.
#![allow(unsafe_code)]
#![allow(
    clippy::many_single_char_names,
    reason = "the values of a column are told apart by their places"
)]
#![allow(
    clippy::needless_range_loop,
    reason = "what a closure does is not compiled for the instruction set"
)]

mod convolution;
mod weights;

pub(super) use convolution::{Winograd, pack, packed_channel, room};
pub(super) use weights::weight_sums;

use super::geometry::Geometry;
use crate::simd::Simd;

/// Values of a window or a kernel.
const POINTS: usize = SIDE * SIDE;
/// Sides of a window and of a patch.
const SIDE: usize = 6;
const PATCH: usize = 4;
/// To bring a channel of a patch to points and back takes as long as so many multiplications (measured).
const TO_POINTS: usize = 290;
const FROM_POINTS: usize = 330;

/// Patches in a row, and rows of them.
fn num_patches(geometry: &Geometry) -> (usize, usize) {
    let patches = |values: usize| (values * geometry.window()).div_ceil(PATCH);
    (
        patches(geometry.width_out()),
        patches(geometry.height_out()),
    )
}

/// Whether it is clearly quicker than multiplying every weight by what it sees.
pub(super) fn is_quicker(geometry: &Geometry) -> bool {
    let (columns, rows) = num_patches(geometry);
    let (from, to) = (geometry.channels_in, geometry.channels_out);
    let points = columns * rows * (POINTS * from * to + TO_POINTS * from + FROM_POINTS * to);
    let positions = geometry.plane() * geometry.window() * geometry.window();
    geometry.kernel == 3 && 5 * points < 4 * positions * geometry.taps() * to
}

/// An image's channels, a vector at each position, from which windows and patches are cut. Around it are zeros.
struct Plane<'a> {
    /// The first position.
    origin: *const f32,
    /// Floats from a position to the next, and to the one below.
    step: usize,
    line: usize,
    width: usize,
    height: usize,
    /// Zeros above and left of it that windows begin in.
    padding: usize,
    /// Zeros that are read instead of a line above or below, `(width - 1) * step` and a vector.
    zeros: &'a [f32],
}

impl Plane<'_> {
    /// Where `N` lines begin, from line `y` of the padded plane on.
    #[inline(always)]
    fn lines<const N: usize>(&self, y: usize) -> [*const f32; N] {
        let mut lines = [self.zeros.as_ptr(); N];
        for index in 0..N {
            let y = (y + index).wrapping_sub(self.padding);
            if y < self.height {
                lines[index] = self.origin.wrapping_add(y * self.line);
            }
        }
        lines
    }

    /// The positions of [`Self::lines`] at column `x` of the padded plane.
    ///
    /// # Safety
    ///
    /// The processor must have the instruction set, and the plane be there.
    #[inline(always)]
    unsafe fn column<S: Simd, const N: usize>(
        &self,
        lines: &[*const f32; N],
        x: usize,
    ) -> [S::Vector; N] {
        // SAFETY: what is read is inside the plane, or zeros.
        unsafe {
            let mut values = [S::splat(0.0); N];
            let x = x.wrapping_sub(self.padding);
            if x < self.width {
                for index in 0..N {
                    values[index] = S::load(lines[index].add(x * self.step));
                }
            }
            values
        }
    }

    /// The windows of a row of patches as points, `Bᵀ window B`: each point `point` floats after the one before, each
    /// patch `patch` floats.
    ///
    /// # Safety
    ///
    /// As of [`Self::column`]; there must be room.
    #[inline(always)]
    unsafe fn windows<S: Simd>(
        &self,
        row: usize,
        num_patches: usize,
        (mut to, point, patch): (*mut f32, usize, usize),
    ) {
        // SAFETY: as the caller's.
        unsafe {
            let lines = self.lines::<SIDE>(PATCH * row);
            // The first two columns of a window are the last two of the one before.
            let mut a = window_points::<S>(self.column::<S, SIDE>(&lines, 0));
            let mut b = window_points::<S>(self.column::<S, SIDE>(&lines, 1));
            for index in 0..num_patches {
                let x = PATCH * index;
                let c = window_points::<S>(self.column::<S, SIDE>(&lines, x + 2));
                let d = window_points::<S>(self.column::<S, SIDE>(&lines, x + 3));
                let e = window_points::<S>(self.column::<S, SIDE>(&lines, x + 4));
                let f = window_points::<S>(self.column::<S, SIDE>(&lines, x + 5));
                for y in 0..SIDE {
                    let points = window_points::<S>([a[y], b[y], c[y], d[y], e[y], f[y]]);
                    store_row::<S>(points, to, y, point);
                }
                (a, b) = (e, f);
                to = to.wrapping_add(patch);
            }
        }
    }
}

/// Writes row `y` of points, each `point` floats after the one before.
#[inline(always)]
unsafe fn store_row<S: Simd>(points: [S::Vector; SIDE], to: *mut f32, y: usize, point: usize) {
    for x in 0..SIDE {
        // SAFETY: as the caller's.
        unsafe { S::store(to.add((y * SIDE + x) * point), points[x]) };
    }
}

/// Reads column `x` of points, each `point` floats after the one before.
#[inline(always)]
unsafe fn load_column<S: Simd>(from: *const f32, x: usize, point: usize) -> [S::Vector; SIDE] {
    // SAFETY: as the caller's.
    unsafe {
        let mut values = [S::splat(0.0); SIDE];
        for y in 0..SIDE {
            values[y] = S::load(from.add((y * SIDE + x) * point));
        }
        values
    }
}

/// One dimension of a window to points: `Bᵀ`.
#[inline(always)]
unsafe fn window_points<S: Simd>([a, b, c, d, e, f]: [S::Vector; SIDE]) -> [S::Vector; SIDE] {
    // SAFETY: the instruction set is there.
    unsafe {
        let [two, four] = [S::splat(2.0), S::splat(4.0)];
        let [minus_two, minus_four, minus_five] = [S::splat(-2.0), S::splat(-4.0), S::splat(-5.0)];
        let (even, odd) = (
            S::multiply_add(c, minus_four, e),
            S::multiply_add(b, minus_four, d),
        );
        let (wide_even, wide_odd) = (S::subtract(e, c), S::subtract(d, b));
        [
            S::multiply_add(a, four, S::multiply_add(c, minus_five, e)),
            S::add(even, odd),
            S::subtract(even, odd),
            S::multiply_add(wide_odd, two, wide_even),
            S::multiply_add(wide_odd, minus_two, wide_even),
            S::multiply_add(b, four, S::multiply_add(d, minus_five, f)),
        ]
    }
}

/// One dimension of points to a patch: `Aᵀ`.
#[inline(always)]
unsafe fn patch_values<S: Simd>([a, b, c, d, e, f]: [S::Vector; SIDE]) -> [S::Vector; PATCH] {
    // SAFETY: the instruction set is there.
    unsafe {
        let (even, odd) = (S::add(b, c), S::subtract(b, c));
        let (wide_even, wide_odd) = (S::add(d, e), S::subtract(d, e));
        [
            S::add(a, S::add(even, wide_even)),
            S::multiply_add(wide_odd, S::splat(2.0), odd),
            S::multiply_add(wide_even, S::splat(4.0), even),
            S::add(S::multiply_add(wide_odd, S::splat(8.0), odd), f),
        ]
    }
}
