//! Passes over matrices that lie row after row: what a dense layer does beside its products. Each is
//! divided by rows, by their number alone, so that threads change no sum.
#![allow(unsafe_code)]

use crate::activation::{Activation, with_activation};
use crate::dropout::Mask;
use crate::fusion::FusedActivation;
use crate::pointwise::{activate_row, gradient_row};
use crate::simd::{InstructionSet, Kernel, Simd};
use rayon::prelude::*;
use std::marker::PhantomData;

/// Values that are worth a task of their own.
const TASK: usize = 1 << 14;
/// Rows whose sums are added up first.
const SUMMED_ROWS: usize = 32;

/// Adds `bias` to each row of `values`, then activates and drops out.
pub(crate) fn finish(
    values: &mut [f32],
    bias: &[f32],
    activation: FusedActivation,
    mask: Option<Mask>,
) {
    let columns = bias.len();
    let task = TASK.div_ceil(columns) * columns;
    let tasks = values.par_chunks_mut(task).enumerate();
    tasks.for_each(|(index, rows)| {
        with_activation!(activation, A => InstructionSet::best().run(Finish::<A> {
            rows,
            first: (index * task) as u32,
            bias,
            mask,
            kind: PhantomData,
        }));
    });
}

/// Some rows of a layer's products, the first of whose values is at place `first`.
struct Finish<'a, A> {
    rows: &'a mut [f32],
    first: u32,
    bias: &'a [f32],
    mask: Option<Mask>,
    kind: PhantomData<A>,
}

impl<A: Activation> Kernel for Finish<'_, A> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let columns = self.bias.len();
        for (index, row) in self.rows.chunks_exact_mut(columns).enumerate() {
            for (value, &bias) in row.iter_mut().zip(self.bias) {
                *value += bias;
            }
            let first = self.first.wrapping_add((index * columns) as u32);
            activate_row::<A>(row, self.mask, first);
        }
    }
}

/// What a layer did after its products, for the way back.
#[derive(Clone, Copy)]
pub(crate) struct Followed<'a> {
    pub activation: FusedActivation,
    pub mask: Option<Mask>,
    /// What [`gradient_row`] needs, in the gradient's shape; without it the gradient stays.
    pub saved: Option<&'a [f32]>,
}

/// Takes the gradient of a layer's outputs back to one of its products, in place, and returns the sums
/// of the columns then.
pub(crate) fn take_back(values: &mut [f32], columns: usize, followed: Followed<'_>) -> Vec<f32> {
    let part = SUMMED_ROWS * columns;
    let num_parts = values.len().div_ceil(part);
    let mut partial = vec![0.0; num_parts * columns];
    let parts_of_task = TASK.div_ceil(part);
    let task = parts_of_task * part;
    let tasks = values.par_chunks_mut(task).enumerate();
    tasks
        .zip(partial.par_chunks_mut(parts_of_task * columns))
        .for_each(|((index, rows), sums)| {
            let saved = followed
                .saved
                .map(|saved| &saved[index * task..][..rows.len()]);
            with_activation!(followed.activation, A => InstructionSet::best().run(TakeBack::<A> {
                rows,
                first: (index * task) as u32,
                followed: Followed { saved, ..followed },
                sums,
                columns,
                kind: PhantomData,
            }));
        });
    let mut sums = vec![0.0; columns];
    for partial in partial.chunks_exact(columns) {
        for (sum, partial) in sums.iter_mut().zip(partial) {
            *sum += partial;
        }
    }
    sums
}

/// Some rows of a gradient, the first of whose values is at place `first`.
struct TakeBack<'a, A> {
    rows: &'a mut [f32],
    first: u32,
    followed: Followed<'a>,
    /// One row for each `SUMMED_ROWS`, zero.
    sums: &'a mut [f32],
    columns: usize,
    kind: PhantomData<A>,
}

impl<A: Activation> Kernel for TakeBack<'_, A> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        for (index, row) in self.rows.chunks_exact_mut(self.columns).enumerate() {
            let sums = &mut self.sums[index / SUMMED_ROWS * self.columns..][..self.columns];
            let first = index * self.columns;
            if let Some(saved) = self.followed.saved {
                let saved = &saved[first..][..self.columns];
                let first = self.first.wrapping_add(first as u32);
                gradient_row::<A>(row, saved, self.followed.mask, first);
            }
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum += *value;
            }
        }
    }
}

/// `[rows, columns]` to `[columns, rows]`.
pub(crate) fn transpose(
    set: InstructionSet,
    values: &[f32],
    rows: usize,
    columns: usize,
) -> Vec<f32> {
    assert_eq!(values.len(), rows * columns, "a matrix's values");
    let mut transposed = vec![0.0; rows * columns];
    let task = TASK.div_ceil(rows).next_multiple_of(set.num_lanes());
    let tasks = transposed.par_chunks_mut(task * rows).enumerate();
    tasks.for_each(|(index, to)| {
        set.run(Transpose {
            values,
            first: index * task,
            to,
            shape: [rows, columns],
        });
    });
    transposed
}

/// Some columns that become rows.
struct Transpose<'a> {
    values: &'a [f32],
    /// The first of the columns.
    first: usize,
    to: &'a mut [f32],
    shape: [usize; 2],
}

impl Kernel for Transpose<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let [rows, columns] = self.shape;
        let num_columns = self.to.len() / rows;
        let whole_rows = rows - rows % S::LANES;
        let whole_columns = num_columns - num_columns % S::LANES;
        for column in (0..whole_columns).step_by(S::LANES) {
            for row in (0..whole_rows).step_by(S::LANES) {
                let from = self.values[row * columns + self.first + column..].as_ptr();
                let to = self.to[column * rows + row..].as_mut_ptr();
                // SAFETY: the square lies in both matrices as a whole, its last row too.
                unsafe { S::transpose((S::LANES, from, columns), (S::LANES, to, rows)) };
            }
        }
        for (column, to) in self.to.chunks_exact_mut(rows).enumerate() {
            let first_row = if column < whole_columns {
                whole_rows
            } else {
                0
            };
            for (row, to) in to.iter_mut().enumerate().skip(first_row) {
                *to = self.values[row * columns + self.first + column];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_columns() {
        for [rows, columns] in [[1, 1], [3, 40], [16, 32], [33, 17], [600, 130]] {
            let values: Vec<f32> = (0..rows * columns).map(|value| value as f32).collect();
            for set in InstructionSet::all() {
                let transposed = transpose(set, &values, rows, columns);
                let is_there = (0..rows).all(|row| {
                    (0..columns).all(|column| {
                        transposed[column * rows + row].to_bits()
                            == values[row * columns + column].to_bits()
                    })
                });
                assert!(is_there, "{set:?}: {rows} rows, {columns} columns");
            }
        }
    }
}
