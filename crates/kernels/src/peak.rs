//! The yardstick of the benches: what the processor does where nothing but arithmetic costs.
#![allow(unsafe_code)]

use crate::simd::{InstructionSet, Kernel, Simd};
use std::hint::black_box;
use std::time::Instant;

/// Sums that do not wait for each other: enough to keep the units busy, few enough for the registers.
const NUM_SUMS: usize = 12;
const NUM_ROUNDS: usize = 2_000_000;
/// The best of so many tries.
const NUM_TRIES: usize = 5;

/// Floating-point operations a second, a multiplication and an addition each, of all threads that
/// compute, with the best instruction set of this processor: the peak that no kernel exceeds.
#[must_use]
pub fn measure_peak() -> f64 {
    let set = InstructionSet::best();
    let num_operations = 2 * NUM_SUMS * NUM_ROUNDS * set.num_lanes() * rayon::current_num_threads();
    let seconds = (0..NUM_TRIES).map(|_| {
        let start = Instant::now();
        black_box(rayon::broadcast(|_| set.run(Sums)));
        start.elapsed().as_secs_f64()
    });
    num_operations as f64 / seconds.fold(f64::INFINITY, f64::min)
}

/// Multiplications and additions in registers alone.
struct Sums;

impl Kernel for Sums {
    type Output = f32;

    #[inline(always)]
    unsafe fn run<S: Simd>(self) -> f32 {
        let mut lanes = [0.0; 16];
        // SAFETY: the instruction set is there; no vector has more than 16 lanes.
        unsafe {
            let (factor, step) = (S::splat(black_box(0.999)), S::splat(black_box(1e-3)));
            let mut sums = [S::splat(0.5); NUM_SUMS];
            for _ in 0..NUM_ROUNDS {
                for sum in &mut sums {
                    *sum = S::multiply_add(*sum, factor, step);
                }
            }
            for sum in sums {
                S::store(lanes.as_mut_ptr(), S::add(sum, S::load(lanes.as_ptr())));
            }
        }
        lanes.iter().sum()
    }
}
