//! Rows of bytes, four to an integer, and gathering some of them as floats in one operation. This file has it on
//! the CPU, `gpu` on GPUs.

mod gpu;

pub(crate) use gpu::{pixel, source};

use crate::flex::{integers, tensor};
use crate::fusion::{is_fused_device, is_fused_integers_on_gpu, is_fusing};
use crate::simd::{InstructionSet, Kernel, Simd};
use crate::stopwatch::timed;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{
    Autodiff, AutodiffBackend as _, Backend, Dispatch, Flex, TensorMetadata as _, backend_extension,
};
use burn::tensor::{Device, Int, Tensor, TensorData};
use rayon::prelude::*;
use std::mem::MaybeUninit;

/// Rows that are worth a task of their own.
const TASK: usize = 32;

/// Floats that are worth one.
const FLOATS_OF_TASK: usize = 1 << 15;

/// Bytes in an integer.
const BYTES: usize = 4;

/// Packs bytes, rows of `row` bytes, a multiple of four, into `[rows, row / 4]` integers on `device`: those a
/// quarter of a row apart share one, so that unpacking yields them in order. The rows of all `parts` follow each
/// other.
#[must_use]
pub fn pack_bytes(parts: &[&[u8]], row: usize, device: &Device) -> Tensor<2, Int> {
    let words = row / BYTES;
    let num_rows: usize = parts.iter().map(|bytes| bytes.len() / row.max(1)).sum();
    // All at once: to grow costs more than to pack.
    let mut packed = Vec::with_capacity(num_rows * words);
    for bytes in parts.iter().flat_map(|bytes| bytes.chunks_exact(row)) {
        packed.extend((0..words).map(|word| {
            let byte = |quarter: usize| bytes[quarter * words + word];
            i32::from_le_bytes([byte(0), byte(1), byte(2), byte(3)])
        }));
    }
    Tensor::from_data(TensorData::new(packed, [num_rows, words]), device)
}

/// The same numbers as floats.
#[must_use]
pub fn floats_of_bytes(bytes: &[u8]) -> Vec<f32> {
    let mut floats = vec![0.0; bytes.len()];
    let tasks = floats.par_chunks_mut(FLOATS_OF_TASK);
    tasks
        .zip(bytes.par_chunks(FLOATS_OF_TASK))
        .for_each(|(floats, bytes)| InstructionSet::best().run(Floats { floats, bytes }));
    floats
}

/// Some bytes that become floats.
struct Floats<'a> {
    floats: &'a mut [f32],
    bytes: &'a [u8],
}

impl Kernel for Floats<'_> {
    type Output = ();

    #[inline(always)]
    #[allow(unsafe_code)] // Of the trait; nothing here needs it.
    unsafe fn run<S: Simd>(self) {
        for (float, &byte) in self.floats.iter_mut().zip(self.bytes) {
            *float = f32::from(byte);
        }
    }
}

/// Rows of packed bytes, `[rows, words]`, chosen by `indices` `[batch]`, as floats 0–255, `[batch,
/// 4 * words]`. Indices must be below the number of rows.
#[must_use]
pub fn gather_bytes(packed: &Tensor<2, Int>, indices: &Tensor<1, Int>) -> Tensor<2> {
    let (packed, indices) = (packed.clone(), indices.clone());
    if !is_fused_device(&packed.device()) && !is_fused_integers_on_gpu(&packed) {
        return gather_bytes_unfused(packed, indices);
    }
    let rows = timed(
        || "gathering of the batch".into(),
        || {
            <Dispatch as PackedBackend>::gather_bytes(
                packed.into_dispatch(),
                indices.into_dispatch(),
            )
        },
    );
    Tensor::from_dispatch(rows)
}

/// The same by Burn's own operations, one after another.
fn gather_bytes_unfused(packed: Tensor<2, Int>, indices: Tensor<1, Int>) -> Tensor<2> {
    let words = packed.select(0, indices);
    let quarter = |index: i32| {
        let shifted = words.clone().bitwise_right_shift_scalar(8 * index);
        shifted.bitwise_and_scalar(255)
    };
    Tensor::cat((0..4).map(quarter).collect(), 1).float()
}

/// The images of a batch: 28×28 pixels each.
#[derive(Clone, Copy, Debug)]
pub enum StepImages<'a> {
    /// Some of many: packed by [`pack_bytes`], `[all, 196]`, and which they are, `[batch]`.
    Packed(&'a Tensor<2, Int>, &'a Tensor<1, Int>),
    /// Pixels 0–255, `[batch, 784]`.
    Pixels(&'a Tensor<2>),
}

impl StepImages<'_> {
    /// Pixels 0–255, `[batch, 784]`.
    #[must_use]
    pub fn pixels(self) -> Tensor<2> {
        match self {
            Self::Packed(packed, indices) => gather_bytes(packed, indices),
            Self::Pixels(pixels) => pixels.clone(),
        }
    }

    pub(crate) fn len(self) -> usize {
        match self {
            Self::Packed(_, indices) => indices.dims()[0],
            Self::Pixels(pixels) => pixels.dims()[0],
        }
    }

    /// How many there are, where a step for batches of at most `most` may be taken on them as a whole: there is a label
    /// `[batch]` for each, and operations are to be fused.
    pub(crate) fn num_of_step(self, labels: &Tensor<1, Int>, most: usize) -> Option<usize> {
        let [num_images] = labels.dims();
        let fits = (1..=most).contains(&num_images) && num_images == self.len();
        (is_fusing() && fits).then_some(num_images)
    }

    pub(crate) fn is_packed(self) -> bool {
        matches!(self, Self::Packed(..))
    }

    pub(crate) fn device(self) -> Device {
        match self {
            Self::Packed(packed, _) => packed.device(),
            Self::Pixels(pixels) => pixels.device(),
        }
    }
}

/// Backends that have the operation.
#[backend_extension(Autodiff, Cube, Flex)]
pub(crate) trait PackedBackend: Backend {
    fn gather_bytes(packed: IntTensor<Self>, indices: IntTensor<Self>) -> FloatTensor<Self>;
}

impl PackedBackend for Flex {
    fn gather_bytes(packed: IntTensor<Self>, indices: IntTensor<Self>) -> FloatTensor<Self> {
        let [_, words] = packed.shape().dims();
        let indices = integers(&indices);
        let packed = packed.to_contiguous();
        let row = words * BYTES;
        let mut rows = Vec::with_capacity(indices.len() * row);
        let tasks = rows.spare_capacity_mut()[..indices.len() * row]
            .par_chunks_mut(TASK * row.max(1))
            .zip(indices.par_chunks(TASK));
        let set = InstructionSet::best();
        if let Some(packed) = packed.as_slice::<i32>() {
            tasks.for_each(|(rows, indices)| {
                set.run(Gather {
                    packed,
                    words,
                    indices,
                    rows,
                });
            });
        } else {
            let packed = packed.storage::<i64>();
            tasks.for_each(|(rows, indices)| {
                set.run(Gather {
                    packed,
                    words,
                    indices,
                    rows,
                });
            });
        }
        #[allow(unsafe_code)]
        // SAFETY: each row was written as a whole, or indexing has panicked.
        unsafe {
            rows.set_len(indices.len() * row);
        }
        tensor(rows, &[indices.len(), row])
    }
}

/// Some rows that are unpacked.
struct Gather<'a, T> {
    packed: &'a [T],
    words: usize,
    indices: &'a [usize],
    rows: &'a mut [MaybeUninit<f32>],
}

impl<T: Copy + Into<i64>> Kernel for Gather<'_, T> {
    type Output = ();

    #[inline(always)]
    #[allow(unsafe_code)] // Of the trait; nothing here needs it.
    unsafe fn run<S: Simd>(self) {
        let words = self.words;
        let rows = self.rows.chunks_exact_mut(words * BYTES);
        for (&index, row) in self.indices.iter().zip(rows) {
            let packed = &self.packed[index * words..(index + 1) * words];
            for (quarter, values) in row.chunks_exact_mut(words).enumerate() {
                for (value, &word) in values.iter_mut().zip(packed) {
                    let word: i64 = word.into();
                    value.write(((word as i32 >> (8 * quarter)) & 255) as f32);
                }
            }
        }
    }
}

impl<C: CheckpointStrategy> PackedBackend for Autodiff<Flex, C> {
    fn gather_bytes(packed: IntTensor<Self>, indices: IntTensor<Self>) -> FloatTensor<Self> {
        Self::from_inner(Flex::gather_bytes(packed, indices))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::with_fusing;

    #[test]
    fn bytes_become_floats() {
        let bytes: Vec<u8> = (0..100_000).map(|index| (index % 256) as u8).collect();
        let expected: Vec<f32> = bytes.iter().map(|&byte| f32::from(byte)).collect();
        assert_eq!(floats_of_bytes(&bytes), expected);
    }

    #[test]
    fn gathered_bytes_are_what_was_packed() {
        let bytes: Vec<u8> = (0..40 * 12).map(|index| (index * 73 % 256) as u8).collect();
        for device in [Device::flex(), Device::flex().autodiff()] {
            let packed = pack_bytes(&[&bytes[..120], &bytes[120..]], 12, &device);
            let chosen: Vec<i32> = (0..70).map(|index| index * 7 % 40).collect();
            let expected: Vec<f32> = chosen
                .iter()
                .flat_map(|&row| &bytes[row as usize * 12..][..12])
                .map(|&byte| f32::from(byte))
                .collect();
            let indices = Tensor::from_ints(chosen.as_slice(), &device);
            let found: Vec<f32> = gather_bytes(&packed, &indices).try_to_vec_as().unwrap();
            assert_eq!(found, expected);
            let plain = with_fusing(false, || gather_bytes(&packed, &indices));
            assert_eq!(plain.try_to_vec_as::<f32>().unwrap(), expected);
        }
    }
}
