//! A few channels of the convolution for a block of images, one to a lane: four positions (the 2×2 of a
//! pooling window, or four in a row) by those channels stay in registers until they are done.
#![allow(unsafe_code)]

use super::geometry::{Geometry, INACTIVE};
use crate::fusion::FusedActivation;
use crate::simd::Simd;

/// Positions of a tile.
pub(crate) const POSITIONS: usize = 4;

/// A few channels of a block of images.
pub(crate) struct Tile<'a> {
    pub geometry: &'a Geometry,
    /// `[padded_height, channels_in, padded_width, LANES]`: what a position sees lies near together.
    pub input: &'a [f32],
    /// `[taps, C]`.
    pub weights: &'a [f32],
    pub finish: Finish<'a>,
}

/// The parts that so many make, as even as can be: the first of each, and their number.
pub(super) fn even_parts(total: usize, largest: usize) -> impl Iterator<Item = (usize, usize)> {
    let mut first = 0;
    std::iter::from_fn(move || {
        let rest = total - first;
        let count = rest.div_ceil(rest.div_ceil(largest).max(1));
        let part = (first, count);
        first += count;
        (count > 0).then_some(part)
    })
}

impl Tile<'_> {
    /// Fills outputs and choices, `[C, height_out, width_out, LANES]` each.
    ///
    /// # Safety
    ///
    /// The processor must have the instruction set.
    #[inline(always)]
    pub(crate) unsafe fn convolve<S: Simd, const C: usize>(
        &self,
        outputs: &mut [f32],
        choices: &mut [f32],
    ) {
        let geometry = self.geometry;
        let lanes = S::LANES;
        let row = geometry.channels_in * geometry.padded_width() * lanes;
        let (height, width) = (geometry.height_out(), geometry.width_out());
        let planes = self.finish.planes::<S>(C, outputs, choices);
        for y in 0..height {
            if geometry.pool {
                for x in 0..width {
                    let corner = 2 * y * row + 2 * x * lanes;
                    // SAFETY: positions, and so what they read and write, are inside.
                    unsafe {
                        let sums = self.sum::<S, C, 4>(corner, [0, lanes, row, row + lanes]);
                        self.finish.pooled::<S, C>(&sums, 0, y * width + x, planes);
                    }
                }
                continue;
            }
            for (x, count) in even_parts(width, POSITIONS) {
                let (corner, position) = (y * row + x * lanes, y * width + x);
                // SAFETY: as above.
                unsafe {
                    match count {
                        1 => self.convolve_row::<S, C, 1>(corner, position, planes),
                        2 => self.convolve_row::<S, C, 2>(corner, position, planes),
                        3 => self.convolve_row::<S, C, 3>(corner, position, planes),
                        _ => self.convolve_row::<S, C, 4>(corner, position, planes),
                    }
                }
            }
        }
    }

    /// `P` positions in a row.
    #[inline(always)]
    unsafe fn convolve_row<S: Simd, const C: usize, const P: usize>(
        &self,
        corner: usize,
        position: usize,
        planes: (*mut f32, *mut f32),
    ) {
        let steps = std::array::from_fn(|index| index * S::LANES);
        // SAFETY: as the caller's.
        unsafe {
            let sums = self.sum::<S, C, P>(corner, steps);
            self.finish.plain::<S, C, P>(&sums, 0, position, planes);
        }
    }

    /// The convolution at `P` positions; `corner` and `steps` are offsets in floats.
    #[allow(clippy::needless_range_loop)] // Iterators keep the sums out of registers.
    #[inline(always)]
    unsafe fn sum<S: Simd, const C: usize, const P: usize>(
        &self,
        corner: usize,
        steps: [usize; P],
    ) -> [[S::Vector; P]; C] {
        let geometry = self.geometry;
        let kernel = geometry.kernel;
        let channel_row = geometry.padded_width() * S::LANES;
        let row = geometry.channels_in * channel_row;
        let last = (geometry.channels_in - 1) * channel_row + (kernel - 1) * (row + S::LANES);
        assert!(corner + steps[P - 1] + last + S::LANES <= self.input.len());
        assert!(self.weights.len() >= geometry.taps() * C);
        // SAFETY: the furthest reads were just checked.
        unsafe {
            let zero = S::splat(0.0);
            let mut sums = [[zero; P]; C];
            let mut weight = self.weights.as_ptr();
            for channel in 0..geometry.channels_in {
                for y in 0..kernel {
                    let first = corner + channel * channel_row + y * row;
                    let mut input = self.input.as_ptr().add(first);
                    for _ in 0..kernel {
                        let mut values = [zero; P];
                        for p in 0..P {
                            values[p] = S::load(input.add(steps[p]));
                        }
                        for c in 0..C {
                            let weight = S::splat(*weight.add(c));
                            for p in 0..P {
                                sums[c][p] = S::multiply_add(values[p], weight, sums[c][p]);
                            }
                        }
                        input = input.add(S::LANES);
                        weight = weight.add(C);
                    }
                }
            }
            sums
        }
    }
}

/// What follows the convolution of a block of images: pooling, bias, activation.
pub(super) struct Finish<'a> {
    pub geometry: &'a Geometry,
    /// Of the channels, the first of the output's first.
    pub bias: &'a [f32],
    pub with_choices: bool,
}

impl Finish<'_> {
    /// Where `num_channels` of outputs and choices go, `[num_channels, height_out, width_out, LANES]` each, which must be
    /// there.
    #[inline(always)]
    pub(super) fn planes<S: Simd>(
        &self,
        num_channels: usize,
        outputs: &mut [f32],
        choices: &mut [f32],
    ) -> (*mut f32, *mut f32) {
        let size = num_channels * self.geometry.plane() * S::LANES;
        assert!(outputs.len() >= size && (choices.len() >= size || !self.with_choices));
        assert!(self.bias.len() >= num_channels);
        (outputs.as_mut_ptr(), choices.as_mut_ptr())
    }

    /// The largest of each window of `C` channels from `first` on, bias, activation.
    ///
    /// # Safety
    ///
    /// The processor must have the instruction set, `planes` be of [`Self::planes`], channels and position inside.
    #[inline(always)]
    pub(super) unsafe fn pooled<S: Simd, const C: usize>(
        &self,
        sums: &[[S::Vector; 4]; C],
        first: usize,
        position: usize,
        planes: (*mut f32, *mut f32),
    ) {
        // SAFETY: as the caller's.
        unsafe {
            let [zero, one] = [S::splat(0.0), S::splat(1.0)];
            let [two, three] = [S::splat(2.0), S::splat(3.0)];
            for (channel, &[a, b, c, d]) in sums.iter().enumerate() {
                // Among equals the first one is taken, as Burn's pooling does.
                let top = S::if_greater(b, a, b, a);
                let top_choice = S::if_greater(b, a, one, zero);
                let bottom = S::if_greater(d, c, d, c);
                let bottom_choice = S::if_greater(d, c, three, two);
                let largest = S::if_greater(bottom, top, bottom, top);
                let choice = S::if_greater(bottom, top, bottom_choice, top_choice);
                self.put::<S>(first + channel, largest, choice, position, planes);
            }
        }
    }

    /// Bias and activation at `P` positions in a row of `C` channels from `first` on.
    ///
    /// # Safety
    ///
    /// As of [`Self::pooled`].
    #[inline(always)]
    pub(super) unsafe fn plain<S: Simd, const C: usize, const P: usize>(
        &self,
        sums: &[[S::Vector; P]; C],
        first: usize,
        position: usize,
        planes: (*mut f32, *mut f32),
    ) {
        for (channel, sums) in sums.iter().enumerate() {
            for (index, &sum) in sums.iter().enumerate() {
                let (channel, position) = (first + channel, position + index);
                // SAFETY: as the caller's.
                unsafe { self.put::<S>(channel, sum, S::splat(0.0), position, planes) };
            }
        }
    }

    #[inline(always)]
    unsafe fn put<S: Simd>(
        &self,
        channel: usize,
        sum: S::Vector,
        choice: S::Vector,
        position: usize,
        planes: (*mut f32, *mut f32),
    ) {
        // SAFETY: as the caller's.
        unsafe {
            let zero = S::splat(0.0);
            let mut value = S::add(sum, S::splat(self.bias[channel]));
            let mut choice = choice;
            if self.geometry.activation == FusedActivation::Relu {
                choice = S::if_greater(value, zero, choice, S::splat(f32::from(INACTIVE)));
                // What is not a number stays so.
                value = S::if_greater(zero, value, zero, value);
            }
            let offset = (channel * self.geometry.plane() + position) * S::LANES;
            S::store(planes.0.add(offset), value);
            if self.with_choices {
                S::store(planes.1.add(offset), choice);
            }
        }
    }
}
