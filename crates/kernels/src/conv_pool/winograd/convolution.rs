//! The convolution itself.
#![allow(unsafe_code)]

use super::super::geometry::Geometry;
use super::super::tile::{Finish, POSITIONS, even_parts};
use super::{PATCH, POINTS, Plane, SIDE, load_column, num_patches, patch_values};
use crate::simd::Simd;
use rayon::prelude::*;

/// Room for a row of patches of so many channels, in floats.
pub(in super::super) fn room(geometry: &Geometry, channels: usize, lanes: usize) -> usize {
    POINTS * point_len(geometry, channels, lanes)
}

/// Room for one point of them. A vector more than they need: points that lay whole pages apart would drive each other out
/// of the nearest cache.
fn point_len(geometry: &Geometry, channels: usize, lanes: usize) -> usize {
    (channels * num_patches(geometry).0 + 1) * lanes
}

/// Floats of one output channel in what [`pack`] makes.
pub(in super::super) fn packed_channel(geometry: &Geometry) -> usize {
    POINTS * geometry.channels_in
}

/// All kernels as points, from `[channels_out, channels_in, 3, 3]`: `[POINTS, channels_in, count]` for each tile of each
/// group of channels.
pub(in super::super) fn pack(
    weights: &[f32],
    geometry: &Geometry,
    group: usize,
    largest: usize,
) -> Vec<f32> {
    let (taps, channels_in) = (geometry.taps(), geometry.channels_in);
    let mut packed = vec![0.0; geometry.channels_out * packed_channel(geometry)];
    let (mut tiles, mut rest) = (Vec::new(), packed.as_mut_slice());
    for weights in weights.chunks(group * taps) {
        for (first, count) in even_parts(weights.len() / taps, largest) {
            let (tile, others) = rest.split_at_mut(count * packed_channel(geometry));
            tiles.push((&weights[first * taps..][..count * taps], tile));
            rest = others;
        }
    }
    tiles.into_par_iter().for_each(|(weights, tile)| {
        let count = weights.len() / taps;
        let (kernels, _) = weights.as_chunks::<9>();
        for (channel, kernels) in kernels.chunks_exact(channels_in).enumerate() {
            for (channel_in, kernel) in kernels.iter().enumerate() {
                let points = tile[channel_in * count + channel..].iter_mut();
                let points = points.step_by(channels_in * count);
                for (point, value) in points.zip(kernel_points(kernel)) {
                    *point = value;
                }
            }
        }
    });
    packed
}

/// A kernel as points: `G kernel Gᵀ`.
fn kernel_points(kernel: &[f32; 9]) -> [f32; POINTS] {
    const SIXTH: f32 = 1.0 / 6.0;
    let spread = |[a, b, c]: [f32; 3]| {
        let (even, odd) = ((a + c) * -SIXTH, b * -SIXTH);
        let (wide_even, wide_odd) = (0.25 * SIXTH * a + SIXTH * c, 0.5 * SIXTH * b);
        [
            0.25 * a,
            even + odd,
            even - odd,
            wide_even + wide_odd,
            wide_even - wide_odd,
            c,
        ]
    };
    let [a, b, c, d, e, f, g, h, i] = *kernel;
    let columns = [[a, d, g], [b, e, h], [c, f, i]].map(spread);
    let mut points = [0.0; POINTS];
    for (row, points) in points.as_chunks_mut::<SIDE>().0.iter_mut().enumerate() {
        *points = spread(columns.map(|column| column[row]));
    }
    points
}

/// Some channels of a block of images.
pub(in super::super) struct Winograd<'a> {
    pub geometry: &'a Geometry,
    /// `[padded_height, channels_in, padded_width, LANES]`.
    pub input: &'a [f32],
    /// As of [`pack`].
    pub weights: &'a [f32],
    pub num_channels: usize,
    /// A line of the padded image with nothing in it, `[padded_width, LANES]`.
    pub zeros: &'a [f32],
    pub finish: Finish<'a>,
}

impl Winograd<'_> {
    /// Fills outputs and choices, `[num_channels, height_out, width_out, LANES]` each. `seen` and `sums` are [`room`] for
    /// the channels of the input and for `num_channels`.
    ///
    /// # Safety
    ///
    /// The processor must have the instruction set.
    #[inline(always)]
    pub(in super::super) unsafe fn convolve<S: Simd>(
        &self,
        (seen, sums): (&mut [f32], &mut [f32]),
        outputs: &mut [f32],
        choices: &mut [f32],
    ) {
        let geometry = self.geometry;
        let (_, num_rows) = num_patches(geometry);
        let padded = geometry.channels_in * geometry.padded_height() * geometry.padded_width();
        assert!(self.input.len() >= padded * S::LANES);
        assert!(self.zeros.len() >= geometry.padded_width() * S::LANES);
        assert!(seen.len() >= room(geometry, geometry.channels_in, S::LANES));
        assert!(sums.len() >= room(geometry, self.num_channels, S::LANES));
        assert!(self.weights.len() >= self.num_channels * packed_channel(geometry));
        let planes = self.finish.planes::<S>(self.num_channels, outputs, choices);
        for row in 0..num_rows {
            // SAFETY: all of them have been seen to be long enough.
            unsafe {
                self.to_points::<S>(row, seen);
                self.multiply::<S>(seen, sums);
                self.finish_row::<S>(row, sums, planes);
            }
        }
    }

    /// The windows of a row of patches as points, `Bᵀ window B`: `[POINTS, channels_in, patches, LANES]`.
    #[inline(always)]
    unsafe fn to_points<S: Simd>(&self, row: usize, seen: &mut [f32]) {
        let geometry = self.geometry;
        let (num_patches, _) = num_patches(geometry);
        let (channels, width) = (geometry.channels_in, geometry.padded_width());
        let patches = num_patches * S::LANES;
        for channel in 0..channels {
            // SAFETY: what is read is inside the padded image, what is written is one channel of each point.
            unsafe {
                let plane = Plane {
                    origin: self.input.as_ptr().add(channel * width * S::LANES),
                    step: S::LANES,
                    line: channels * width * S::LANES,
                    width,
                    height: geometry.padded_height(),
                    padding: 0,
                    zeros: self.zeros,
                };
                let to = seen.as_mut_ptr().add(channel * patches);
                let point = point_len(geometry, channels, S::LANES);
                plane.windows::<S>(row, num_patches, (to, point, S::LANES));
            }
        }
    }

    /// For each point the sums over the channels: `[POINTS, num_channels, patches, LANES]`.
    #[inline(always)]
    unsafe fn multiply<S: Simd>(&self, seen: &[f32], sums: &mut [f32]) {
        let channels_in = self.geometry.channels_in;
        let (num_patches, _) = num_patches(self.geometry);
        let line = num_patches * S::LANES;
        for point in 0..POINTS {
            let seen = &seen[point * point_len(self.geometry, channels_in, S::LANES)..];
            for (first, count) in even_parts(self.num_channels, S::TILE_CHANNELS) {
                let weights = &self.weights[(first * POINTS + point * count) * channels_in..];
                let sums =
                    &mut sums[point * point_len(self.geometry, self.num_channels, S::LANES)..];
                let sums = &mut sums[first * line..];
                let product = Product {
                    seen,
                    weights,
                    channels_in,
                    num_patches,
                };
                // SAFETY: the instruction set is there.
                unsafe {
                    match count {
                        1 => product.add_up::<S, 1>(sums),
                        2 => product.add_up::<S, 2>(sums),
                        3 => product.add_up::<S, 3>(sums),
                        4 => product.add_up::<S, 4>(sums),
                        5 => product.add_up::<S, 5>(sums),
                        _ => product.add_up::<S, 6>(sums),
                    }
                }
            }
        }
    }

    /// A row of patches: `Aᵀ sums A`, and what follows a convolution.
    #[inline(always)]
    unsafe fn finish_row<S: Simd>(&self, row: usize, sums: &[f32], planes: (*mut f32, *mut f32)) {
        let geometry = self.geometry;
        let (num_patches, _) = num_patches(geometry);
        let point = point_len(geometry, self.num_channels, S::LANES);
        for channel in 0..self.num_channels {
            for patch in 0..num_patches {
                // SAFETY: a channel's patch of each point; positions are inside the output.
                unsafe {
                    let from = sums.as_ptr();
                    let from = from.add((channel * num_patches + patch) * S::LANES);
                    let mut columns = [[S::splat(0.0); PATCH]; SIDE];
                    for x in 0..SIDE {
                        columns[x] = patch_values::<S>(load_column::<S>(from, x, point));
                    }
                    let [a, b, c, d, e, f] = columns;
                    let mut lines = [[S::splat(0.0); PATCH]; PATCH];
                    for y in 0..PATCH {
                        lines[y] = patch_values::<S>([a[y], b[y], c[y], d[y], e[y], f[y]]);
                    }
                    self.finish_patch::<S>(&lines, channel, (row, patch), planes);
                }
            }
        }
    }

    /// Pooling, bias and activation of a patch.
    #[inline(always)]
    unsafe fn finish_patch<S: Simd>(
        &self,
        lines: &[[S::Vector; PATCH]; PATCH],
        channel: usize,
        (row, column): (usize, usize),
        planes: (*mut f32, *mut f32),
    ) {
        let (finish, geometry) = (&self.finish, self.geometry);
        let (width, height) = (geometry.width_out(), geometry.height_out());
        let window = geometry.window();
        let (top, left) = (row * PATCH / window, column * PATCH / window);
        let num_lines = (height - top).min(PATCH / window);
        let num_columns = (width - left).min(PATCH / window);
        for y in 0..num_lines {
            let position = (top + y) * width + left;
            // SAFETY: positions are inside the output.
            unsafe {
                if geometry.pool {
                    let (above, below) = (lines[2 * y], lines[2 * y + 1]);
                    for x in 0..num_columns {
                        let sums = [[
                            above[2 * x],
                            above[2 * x + 1],
                            below[2 * x],
                            below[2 * x + 1],
                        ]];
                        finish.pooled::<S, 1>(&sums, channel, position + x, planes);
                    }
                } else {
                    for x in 0..num_columns {
                        finish.plain::<S, 1, 1>(&[[lines[y][x]]], channel, position + x, planes);
                    }
                }
            }
        }
    }
}

/// The products of one point.
struct Product<'a> {
    /// `[channels_in, patches, LANES]`.
    seen: &'a [f32],
    /// `[channels_in, C]`.
    weights: &'a [f32],
    channels_in: usize,
    num_patches: usize,
}

impl Product<'_> {
    /// Sums of `C` channels: `[C, patches, LANES]`.
    #[inline(always)]
    unsafe fn add_up<S: Simd, const C: usize>(&self, sums: &mut [f32]) {
        for (first, count) in even_parts(self.num_patches, POSITIONS) {
            // SAFETY: as the caller's.
            unsafe {
                match count {
                    1 => self.add_up_patches::<S, C, 1>(first, sums),
                    2 => self.add_up_patches::<S, C, 2>(first, sums),
                    3 => self.add_up_patches::<S, C, 3>(first, sums),
                    _ => self.add_up_patches::<S, C, 4>(first, sums),
                }
            }
        }
    }

    #[inline(always)]
    unsafe fn add_up_patches<S: Simd, const C: usize, const P: usize>(
        &self,
        first: usize,
        sums: &mut [f32],
    ) {
        let line = self.num_patches * S::LANES;
        assert!(first + P <= self.num_patches && sums.len() >= C * line);
        assert!(self.seen.len() >= self.channels_in * line);
        assert!(self.weights.len() >= self.channels_in * C);
        // SAFETY: all that is read and written was just checked to be there.
        unsafe {
            let zero = S::splat(0.0);
            let mut found = [[zero; P]; C];
            let mut seen = self.seen.as_ptr().add(first * S::LANES);
            let mut weight = self.weights.as_ptr();
            for _ in 0..self.channels_in {
                let mut values = [zero; P];
                for p in 0..P {
                    values[p] = S::load(seen.add(p * S::LANES));
                }
                for c in 0..C {
                    let weight = S::splat(*weight.add(c));
                    for p in 0..P {
                        found[c][p] = S::multiply_add(values[p], weight, found[c][p]);
                    }
                }
                // The last step may leave the buffers, and is not looked at.
                seen = seen.wrapping_add(line);
                weight = weight.wrapping_add(C);
            }
            for c in 0..C {
                for p in 0..P {
                    let to = sums.as_mut_ptr().add(c * line + (first + p) * S::LANES);
                    S::store(to, found[c][p]);
                }
            }
        }
    }
}
