//! From the sums of the points to gradients of kernels.
#![allow(unsafe_code)]

use super::super::{POINTS, SIDE, load_column};
use super::Plan;
use crate::simd::{Kernel, Simd};

/// Lanes of the widest vectors.
const MOST_LANES: usize = 16;

/// The sums of as many output channels as there are lanes, as gradients of their kernels: `Gᵀ sums G`.
pub(super) struct FromPoints<'a> {
    pub(super) plan: &'a Plan<'a>,
    /// `[POINTS, from, to]`.
    pub(super) sums: &'a [f32],
    /// Which channels they are.
    pub(super) group: usize,
    /// `[channels, channels_in, 3, 3]`, of at most as many channels.
    pub(super) weights: &'a mut [f32],
}

impl Kernel for FromPoints<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let plan = self.plan;
        let taps = plan.geometry.taps();
        assert!(self.sums.len() >= POINTS * plan.sums);
        let mut kernels = [0.0; 9 * MOST_LANES];
        for channel_in in 0..plan.geometry.channels_in {
            let first = channel_in * plan.to + self.group * S::LANES;
            // SAFETY: the instruction set is there; a vector of each point is inside.
            unsafe {
                let from = self.sums.as_ptr().add(first);
                let mut columns = [[S::splat(0.0); 3]; SIDE];
                for x in 0..SIDE {
                    columns[x] = kernel_values::<S>(load_column::<S>(from, x, plan.sums));
                }
                let [a, b, c, d, e, f] = columns;
                for y in 0..3 {
                    let values = kernel_values::<S>([a[y], b[y], c[y], d[y], e[y], f[y]]);
                    for x in 0..3 {
                        let to = &mut kernels[(3 * y + x) * S::LANES..][..S::LANES];
                        S::store(to.as_mut_ptr(), values[x]);
                    }
                }
            }
            for (channel, weights) in self.weights.chunks_exact_mut(taps).enumerate() {
                let weights = weights[9 * channel_in..][..9].iter_mut();
                let of_channel = kernels[channel..].iter().step_by(S::LANES);
                for (weight, value) in weights.zip(of_channel) {
                    *weight = *value;
                }
            }
        }
    }
}

/// One dimension of a kernel's gradient from points: `Gᵀ`.
#[inline(always)]
unsafe fn kernel_values<S: Simd>([a, b, c, d, e, f]: [S::Vector; SIDE]) -> [S::Vector; 3] {
    // SAFETY: the instruction set is there.
    unsafe {
        let sixth = 1.0 / 6.0;
        let (even, odd) = (S::add(b, c), S::subtract(c, b));
        let (wide_even, wide_odd) = (S::add(d, e), S::subtract(d, e));
        let zero = S::splat(0.0);
        let minus_even = S::multiply_add(even, S::splat(-sixth), zero);
        let first = S::multiply_add(a, S::splat(0.25), minus_even);
        let second = S::multiply_add(odd, S::splat(sixth), zero);
        [
            S::multiply_add(wide_even, S::splat(0.25 * sixth), first),
            S::multiply_add(wide_odd, S::splat(0.5 * sixth), second),
            S::multiply_add(wide_even, S::splat(sixth), S::add(minus_even, f)),
        ]
    }
}
