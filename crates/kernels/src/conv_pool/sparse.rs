//! Sums of products over a list of active outputs: for each of them, one number times a few stretches
//! of memory, added up in registers. Both gradients of a convolution are this.
#![allow(unsafe_code)]

use crate::simd::Simd;

/// Most rows, and vectors of a row, that are summed at once.
const MAX_ROWS: usize = 8;
const MAX_VECTORS: usize = 3;

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
        let mut vector = 0;
        while vector < stencil.vectors {
            let rest = stencil.vectors - vector;
            let vectors = rest.div_ceil(rest.div_ceil(MAX_VECTORS));
            let max_rows = (S::NUM_ACCUMULATORS / vectors).min(MAX_ROWS);
            let mut row = 0;
            while row < stencil.rows {
                let rest = stencil.rows - row;
                let rows = rest.div_ceil(rest.div_ceil(max_rows));
                // SAFETY: as the caller's.
                unsafe {
                    let from = from.add(row * stencil.from_row + vector * S::LANES);
                    let to = to.add(row * stencil.to_row + vector * S::LANES);
                    match vectors {
                        1 => self.add_rows::<S, 1>(rows, stencil, from, to),
                        2 => self.add_rows::<S, 2>(rows, stencil, from, to),
                        _ => self.add_rows::<S, 3>(rows, stencil, from, to),
                    }
                }
                row += rows;
            }
            vector += vectors;
        }
    }

    /// The same for `rows` rows of `V` vectors.
    #[inline(always)]
    unsafe fn add_rows<S: Simd, const V: usize>(
        &self,
        rows: usize,
        stencil: &Stencil,
        from: *const f32,
        to: *mut f32,
    ) {
        // SAFETY: as the caller's.
        unsafe {
            match rows {
                1 => self.add_block::<S, 1, V>(stencil, from, to),
                2 => self.add_block::<S, 2, V>(stencil, from, to),
                3 => self.add_block::<S, 3, V>(stencil, from, to),
                4 => self.add_block::<S, 4, V>(stencil, from, to),
                5 => self.add_block::<S, 5, V>(stencil, from, to),
                6 => self.add_block::<S, 6, V>(stencil, from, to),
                7 => self.add_block::<S, 7, V>(stencil, from, to),
                _ => self.add_block::<S, 8, V>(stencil, from, to),
            }
        }
    }

    /// The same for `R` rows of `V` vectors, which stay in registers.
    #[allow(clippy::needless_range_loop)] // Iterators keep the sums out of registers.
    #[inline(always)]
    unsafe fn add_block<S: Simd, const R: usize, const V: usize>(
        &self,
        stencil: &Stencil,
        from: *const f32,
        to: *mut f32,
    ) {
        // SAFETY: as the caller's.
        unsafe {
            let mut sums = [[S::splat(0.0); V]; R];
            // Few sums wait for each other: two entries at a time keep the processor busy.
            let is_narrow = 4 * R * V <= S::NUM_ACCUMULATORS;
            let mut others = sums;
            let mut index = 0;
            while is_narrow && index + 1 < self.len {
                let (one, other) = (
                    self.entry::<S>(index, from),
                    self.entry::<S>(index + 1, from),
                );
                for r in 0..R {
                    for v in 0..V {
                        let at = r * stencil.from_row + v * S::LANES;
                        sums[r][v] = S::multiply_add(one.0, S::load(one.1.add(at)), sums[r][v]);
                        others[r][v] =
                            S::multiply_add(other.0, S::load(other.1.add(at)), others[r][v]);
                    }
                }
                index += 2;
            }
            while index < self.len {
                let (value, mut row) = self.entry::<S>(index, from);
                for r in 0..R {
                    for v in 0..V {
                        let from = S::load(row.add(v * S::LANES));
                        sums[r][v] = S::multiply_add(value, from, sums[r][v]);
                    }
                    row = row.wrapping_add(stencil.from_row);
                }
                index += 1;
            }
            for r in 0..R {
                for v in 0..V {
                    let to = to.add(r * stencil.to_row + v * S::LANES);
                    let mut sum = S::add(S::load(to), sums[r][v]);
                    if is_narrow {
                        sum = S::add(sum, others[r][v]);
                    }
                    S::store(to, sum);
                }
            }
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
