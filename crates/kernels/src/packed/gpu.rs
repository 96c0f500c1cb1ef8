//! Gathering of packed bytes on GPUs: a thread a word. And one by one, for kernels that gather themselves.

use super::{BYTES, PackedBackend, StepImages};
use crate::cube::{
    CubeTensor, argument, contiguous, elements, floats, integers, tensor, workgroup, workgroups,
};
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Autodiff, AutodiffBackend as _, Cube, TensorMetadata as _};
use cubecl::prelude::*;

impl PackedBackend for Cube {
    fn gather_bytes(packed: IntTensor<Self>, indices: IntTensor<Self>) -> FloatTensor<Self> {
        let (packed, indices) = (contiguous(packed), contiguous(indices));
        let [_, words] = packed.shape().dims();
        let num_rows = elements(&indices);
        let result = tensor(&packed, [num_rows, BYTES * words]);
        #[allow(unsafe_code)]
        // SAFETY: all buffers are as long as the kernel takes them to be; indices are below the number of rows.
        unsafe {
            gather::launch_unchecked(
                &packed.client,
                workgroups(num_rows * words),
                workgroup(),
                argument(&packed.handle, elements(&packed)),
                argument(&indices.handle, num_rows),
                argument(&result.handle, elements(&result)),
                num_rows as u32,
                words as u32,
            );
        }
        result
    }
}

impl<C: CheckpointStrategy> PackedBackend for Autodiff<Cube, C> {
    fn gather_bytes(packed: IntTensor<Self>, indices: IntTensor<Self>) -> FloatTensor<Self> {
        Self::from_inner(Cube::gather_bytes(packed, indices))
    }
}

/// A batch as kernels take it: packed images, which of them, and pixels; where there is none of one kind, another stands
/// for it. Nothing where it is on no GPU.
pub(crate) fn source(images: StepImages<'_>) -> Option<[CubeTensor; 3]> {
    let tensors = match images {
        StepImages::Packed(packed, indices) => {
            let packed = integers(packed)?;
            [packed.clone(), integers(indices)?, packed]
        }
        StepImages::Pixels(pixels) => {
            let pixels = floats(&pixels.clone().inner())?;
            [pixels.clone(), pixels.clone(), pixels]
        }
    };
    Some(tensors.map(contiguous))
}

/// A pixel of one of the images, of `row` pixels each, that [`source`] has.
#[cube]
pub(crate) fn pixel(
    packed: &[i32],
    indices: &[i32],
    pixels: &[f32],
    image: usize,
    place: usize,
    row: usize,
    #[comptime] is_packed: bool,
) -> f32 {
    if comptime!(is_packed) {
        let words = row / BYTES;
        let word = packed[indices[image] as usize * words + place % words] as u32;
        let quarter = (place / words) as u32;
        f32::cast_from((word >> (8u32 * quarter)) & 255u32)
    } else {
        pixels[image * row + place]
    }
}

#[cube(launch_unchecked)]
fn gather(packed: &[i32], indices: &[i32], result: &mut [f32], num_rows: u32, words: u32) {
    let words = words as usize;
    let (row, word) = (ABSOLUTE_POS / words, ABSOLUTE_POS % words);
    if row < num_rows as usize {
        let bytes = packed[indices[row] as usize * words + word] as u32;
        #[unroll]
        for quarter in 0..BYTES {
            let byte = (bytes >> comptime!(8 * quarter as u32)) & 255u32;
            result[row * BYTES * words + quarter * words + word] = f32::cast_from(byte);
        }
    }
}
