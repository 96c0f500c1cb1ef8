//! The sums themselves: a few taps by a few channels, over all positions of some blocks of images.
#![allow(unsafe_code)]

use crate::conv_pool::geometry::Geometry;
use crate::simd::Simd;

/// Registers that are enough for nine taps of two channels.
const MANY_REGISTERS: usize = 18;

/// What the sums follow from, block after block.
pub(super) struct Sources<'a> {
    pub geometry: &'a Geometry,
    pub num_blocks: usize,
    /// `[blocks, channels_in, padded_height, padded_width, LANES]`.
    pub seen: &'a [f32],
    /// `[blocks, channels_out, height, width, LANES]`.
    pub gradients: &'a [f32],
}

impl Sources<'_> {
    /// The sums of an input channel's weights, `[channels_out, kernel, kernel, LANES]`.
    #[inline(always)]
    pub(super) unsafe fn sum_channel<S: Simd>(&self, channel_in: usize, sums: &mut [f32]) {
        let kernel = self.geometry.kernel;
        // SAFETY: the instruction set is there.
        unsafe {
            match kernel {
                3 if S::NUM_ACCUMULATORS >= MANY_REGISTERS => {
                    self.sum_taps::<S, 3, 3, 2>(channel_in, [0, 0], sums);
                }
                3 => {
                    for y in 0..kernel {
                        self.sum_taps::<S, 1, 3, 3>(channel_in, [y, 0], sums);
                    }
                }
                5 => {
                    for y in 0..kernel {
                        self.sum_taps::<S, 1, 5, 2>(channel_in, [y, 0], sums);
                    }
                }
                _ => {
                    for y in 0..kernel {
                        for x in 0..kernel {
                            self.sum_taps::<S, 1, 1, 8>(channel_in, [y, x], sums);
                        }
                    }
                }
            }
        }
    }

    /// Sums of `R` × `K` taps, of which the first is `[y, x]`, for all output channels, `C` of them at once.
    #[inline(always)]
    unsafe fn sum_taps<S: Simd, const R: usize, const K: usize, const C: usize>(
        &self,
        channel_in: usize,
        first: [usize; 2],
        sums: &mut [f32],
    ) {
        let channels = self.geometry.channels_out;
        let whole = channels - channels % C;
        // SAFETY: the instruction set is there.
        unsafe {
            for channel in (0..whole).step_by(C) {
                self.sum_tile::<S, R, K, C>([channel_in, channel], first, sums);
            }
            for channel in whole..channels {
                self.sum_tile::<S, R, K, 1>([channel_in, channel], first, sums);
            }
        }
    }

    /// The same for `C` output channels from `channel` on.
    #[allow(clippy::needless_range_loop)] // Iterators keep the sums out of registers.
    #[inline(always)]
    unsafe fn sum_tile<S: Simd, const R: usize, const K: usize, const C: usize>(
        &self,
        [channel_in, channel]: [usize; 2],
        [first_y, first_x]: [usize; 2],
        sums: &mut [f32],
    ) {
        let geometry = self.geometry;
        let (kernel, height, width) =
            (geometry.kernel, geometry.height_out(), geometry.width_out());
        let row = geometry.padded_width() * S::LANES;
        let plane = geometry.padded_height() * row;
        let of_plane = height * width * S::LANES;
        assert!(first_y + R <= kernel && first_x + K <= kernel);
        assert!(channel_in < geometry.channels_in && channel + C <= geometry.channels_out);
        assert!(self.seen.len() >= self.num_blocks * geometry.channels_in * plane);
        assert!(self.gradients.len() >= self.num_blocks * geometry.channels_out * of_plane);
        assert!(sums.len() >= geometry.channels_out * kernel * kernel * S::LANES);
        // SAFETY: channels, taps and blocks are inside, as just checked, and so are positions.
        unsafe {
            let mut found = [[[S::splat(0.0); K]; R]; C];
            for block in 0..self.num_blocks {
                let seen = (block * geometry.channels_in + channel_in) * plane;
                let seen = self
                    .seen
                    .as_ptr()
                    .add(seen + first_y * row + first_x * S::LANES);
                let gradient = (block * geometry.channels_out + channel) * of_plane;
                let gradient = self.gradients.as_ptr().add(gradient);
                for y in 0..height {
                    let mut seen = seen.add(y * row);
                    let mut gradient = gradient.add(y * width * S::LANES);
                    for _ in 0..width {
                        let mut gradients = [S::splat(0.0); C];
                        for c in 0..C {
                            gradients[c] = S::load(gradient.add(c * of_plane));
                        }
                        for r in 0..R {
                            for k in 0..K {
                                let value = S::load(seen.add(r * row + k * S::LANES));
                                for c in 0..C {
                                    found[c][r][k] =
                                        S::multiply_add(value, gradients[c], found[c][r][k]);
                                }
                            }
                        }
                        seen = seen.add(S::LANES);
                        gradient = gradient.add(S::LANES);
                    }
                }
            }
            for c in 0..C {
                for r in 0..R {
                    for k in 0..K {
                        let tap = (first_y + r) * kernel + first_x + k;
                        let vector = ((channel + c) * kernel * kernel + tap) * S::LANES;
                        S::store(sums.as_mut_ptr().add(vector), found[c][r][k]);
                    }
                }
            }
        }
    }

    /// The sums of the gradients themselves, `[channels_out, LANES]`.
    #[inline(always)]
    pub(super) unsafe fn sum_bias<S: Simd>(&self, sums: &mut [f32]) {
        let channels = self.geometry.channels_out;
        let of_plane = self.geometry.plane() * S::LANES;
        for (channel, sum) in sums.chunks_exact_mut(S::LANES).take(channels).enumerate() {
            // SAFETY: whole vectors of slices.
            unsafe {
                let mut total = S::splat(0.0);
                for block in 0..self.num_blocks {
                    let first = (block * channels + channel) * of_plane;
                    let plane = &self.gradients[first..first + of_plane];
                    for vector in plane.chunks_exact(S::LANES) {
                        total = S::add(total, S::load(vector.as_ptr()));
                    }
                }
                S::store(sum.as_mut_ptr(), total);
            }
        }
    }
}
