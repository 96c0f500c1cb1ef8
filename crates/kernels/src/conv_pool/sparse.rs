//! Sums of products over a list of active outputs: for each of them, one number times a few stretches
//! of memory, added up in registers. Both gradients of a convolution are this.
#![allow(unsafe_code)]

use crate::simd::Simd;

/// Most sums that are kept at once.
const MAX_SUMS: usize = 20;

/// Rows of vectors that are read at some places and summed into one.
#[derive(Clone, Copy)]
pub(crate) struct Stencil {
    pub rows: usize,
    /// Vectors of a row.
    pub vectors: usize,
    /// Distance of rows where they are read.
    pub from_row: usize,
    /// Distance of rows where the sums go.
    pub to_row: usize,
}

/// Active outputs: where to read, relative to some base, and what to multiply it by.
pub(crate) struct List<'a> {
    places: &'a mut [u32],
    values: &'a mut [f32],
    len: usize,
}

impl<'a> List<'a> {
    /// Empty; both slices must have room for a vector beyond what will be on the list.
    pub(crate) fn new(places: &'a mut [u32], values: &'a mut [f32]) -> Self {
        Self {
            places,
            values,
            len: 0,
        }
    }

    pub(crate) fn clear(&mut self) {
        self.len = 0;
    }

    /// Appends one output if it is active.
    #[inline(always)]
    pub(crate) fn push(&mut self, choice: u8, place: u32, value: f32) {
        self.places[self.len] = place;
        self.values[self.len] = value;
        self.len += usize::from(choice < 4);
    }

    /// Appends the active ones of some outputs, at `base[i] + steps[choices[i]]`.
    ///
    /// # Safety
    ///
    /// The processor must have the instruction set.
    #[inline(always)]
    pub(crate) unsafe fn extend<S: Simd>(
        &mut self,
        choices: &[u8],
        values: &[f32],
        base: &[u32],
        steps: &[u32; 4],
    ) {
        let len = choices.len();
        assert!(values.len() == len && base.len() == len);
        assert!(self.len + len + S::LANES <= self.places.len().min(self.values.len()));
        let mut first = 0;
        while first < len {
            let count = S::LANES.min(len - first);
            // SAFETY: `count` inputs are left, and the lists have room for as many and a vector.
            self.len += unsafe {
                S::compact(
                    count,
                    choices.as_ptr().add(first),
                    values.as_ptr().add(first),
                    base.as_ptr().add(first),
                    steps,
                    (
                        self.places.as_mut_ptr().add(self.len),
                        self.values.as_mut_ptr().add(self.len),
                    ),
                )
            };
            first += count;
        }
    }

    /// The sum of all values.
    ///
    /// # Safety
    ///
    /// The processor must have the instruction set.
    #[inline(always)]
    pub(crate) unsafe fn sum<S: Simd>(&mut self) -> f32 {
        let end = self.len.next_multiple_of(S::LANES);
        self.values[self.len..end].fill(0.0);
        let mut lanes = [0.0; 16];
        // SAFETY: whole vectors of the values; no vector has more than 16 lanes.
        unsafe {
            let mut sum = S::splat(0.0);
            for first in (0..end).step_by(S::LANES) {
                sum = S::add(sum, S::load(self.values[first..end].as_ptr()));
            }
            S::store(lanes.as_mut_ptr(), sum);
        }
        lanes.iter().sum()
    }

    /// Adds to `to` the sum of all values times the vectors of `from` at their places.
    ///
    /// # Safety
    ///
    /// The processor must have the instruction set. Every place on the list must have the stencil's
    /// rows behind it in `from`, and `to` must have room for them.
    #[inline(always)]
    pub(crate) unsafe fn add_products<S: Simd>(
        &self,
        stencil: &Stencil,
        from: *const f32,
        to: *mut f32,
    ) {
        let total = stencil.rows * stencil.vectors;
        let num_groups = total.div_ceil(S::NUM_ACCUMULATORS.min(MAX_SUMS));
        let mut first = 0;
        for group in 0..num_groups {
            let count = (total - first).div_ceil(num_groups - group);
            macro_rules! choose {
                ($($number:literal)*) => {
                    match count {
                        // SAFETY: as the caller's.
                        $($number => unsafe {
                            self.add_some::<S, $number>(stencil, first, from, to);
                        })*
                        _ => unreachable!("more sums than registers"),
                    }
                };
            }
            choose!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20);
            first += count;
        }
    }

    /// The same for `T` vectors of the stencil.
    #[inline(always)]
    unsafe fn add_some<S: Simd, const T: usize>(
        &self,
        stencil: &Stencil,
        first: usize,
        from: *const f32,
        to: *mut f32,
    ) {
        let mut offsets = [0; T];
        for (index, offset) in offsets.iter_mut().enumerate() {
            let (row, vector) = row_and_vector(stencil, first + index);
            *offset = row * stencil.from_row + vector * S::LANES;
        }
        // SAFETY: as the caller's.
        unsafe {
            let sums = self.sums::<S, T>(from, offsets);
            for (index, sum) in sums.into_iter().enumerate() {
                let (row, vector) = row_and_vector(stencil, first + index);
                let to = to.add(row * stencil.to_row + vector * S::LANES);
                S::store(to, S::add(S::load(to), sum));
            }
        }
    }

    #[allow(clippy::needless_range_loop)] // Iterators keep the sums out of registers.
    #[inline(always)]
    unsafe fn sums<S: Simd, const T: usize>(
        &self,
        from: *const f32,
        offsets: [usize; T],
    ) -> [S::Vector; T] {
        // SAFETY: as the caller's.
        unsafe {
            let mut sums = [S::splat(0.0); T];
            // Few sums wait for each other: two entries at a time keep the processor busy.
            let is_narrow = 2 * T <= S::NUM_ACCUMULATORS.min(12);
            let mut others = sums;
            let mut index = 0;
            while is_narrow && index + 1 < self.len {
                let (one, other) = (
                    self.entry::<S>(index, from),
                    self.entry::<S>(index + 1, from),
                );
                for t in 0..T {
                    sums[t] = S::multiply_add(one.0, S::load(one.1.add(offsets[t])), sums[t]);
                    others[t] =
                        S::multiply_add(other.0, S::load(other.1.add(offsets[t])), others[t]);
                }
                index += 2;
            }
            while index < self.len {
                let (value, from) = self.entry::<S>(index, from);
                for t in 0..T {
                    sums[t] = S::multiply_add(value, S::load(from.add(offsets[t])), sums[t]);
                }
                index += 1;
            }
            if is_narrow {
                for t in 0..T {
                    sums[t] = S::add(sums[t], others[t]);
                }
            }
            sums
        }
    }

    #[inline(always)]
    unsafe fn entry<S: Simd>(&self, index: usize, from: *const f32) -> (S::Vector, *const f32) {
        // SAFETY: the index is below the list's length.
        unsafe {
            let value = S::splat(*self.values.get_unchecked(index));
            (value, from.add(*self.places.get_unchecked(index) as usize))
        }
    }
}

fn row_and_vector(stencil: &Stencil, index: usize) -> (usize, usize) {
    (index / stencil.vectors, index % stencil.vectors)
}
