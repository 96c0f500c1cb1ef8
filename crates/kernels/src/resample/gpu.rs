//! Resampling on GPUs: a thread a pixel, from the packed images to the result in one launch.
#![allow(
    clippy::manual_range_contains,
    clippy::needless_pass_by_value,
    clippy::too_many_arguments,
    reason = "a kernel is given its buffers and numbers one by one"
)]

use super::{CENTRE, LAST, PIXELS, SIDE, Smoothing, Warp};
use crate::cube::{argument, elements, floats, tensor, workgroup, workgroups};
use crate::fusion::is_fusing;
use crate::packed::{StepImages, pixel, source};
use burn::backend::Cube;
use burn::tensor::{Device, Tensor, TensorData};
use cubecl::prelude::*;

/// Numbers of an image before the values of its displacement: the affine map and the rectangle.
const NUMBERS_OF_WARP: usize = 10;

/// Nothing where the images are on no GPU, or nothing is to be fused.
pub(super) fn resample(
    images: StepImages<'_>,
    warps: &[Warp],
    displacement: Option<(&Smoothing, &[f32])>,
) -> Option<Tensor<2>> {
    if !is_fusing() || warps.is_empty() {
        return None;
    }
    let [packed, indices, pixels] = source(images)?;
    let numbers = floats(&numbers(warps, displacement, &images.device().inner()))?;
    let num_images = warps.len();
    let result = tensor(&numbers, [num_images, PIXELS]);
    let side = displacement.map_or(0, |(smoothing, _)| smoothing.side());
    #[allow(unsafe_code)]
    // SAFETY: all buffers are as long as the kernel takes them to be, which goes no further; indices are below the
    // number of packed images.
    unsafe {
        warp::launch_unchecked(
            &result.client,
            workgroups(num_images * PIXELS),
            workgroup(),
            argument(&packed.handle, elements(&packed)),
            argument(&indices.handle, elements(&indices)),
            argument(&pixels.handle, elements(&pixels)),
            argument(&numbers.handle, elements(&numbers)),
            argument(&result.handle, num_images * PIXELS),
            num_images as u32,
            side as u32,
            images.is_packed(),
        );
    }
    Some(Tensor::from_primitive::<Cube>(result))
}

/// All that the host knows, in one piece: the nodes' weights, row after row, then what belongs to each image.
fn numbers(
    warps: &[Warp],
    displacement: Option<(&Smoothing, &[f32])>,
    device: &Device,
) -> Tensor<1> {
    let (weights, values, num_values) = match displacement {
        Some((smoothing, values)) => (&smoothing.weights[..], values, smoothing.num_values()),
        None => (&[][..], &[][..], 0),
    };
    let length = weights.len() * SIDE + warps.len() * (NUMBERS_OF_WARP + num_values);
    let mut numbers = Vec::with_capacity(length);
    for weights in weights {
        numbers.extend_from_slice(&weights[..SIDE]);
    }
    for (image, Warp { affine, blank }) in warps.iter().enumerate() {
        numbers.extend_from_slice(affine);
        let rectangle = [blank.left, blank.top, blank.right, blank.bottom];
        numbers.extend(rectangle.map(|edge| edge as f32));
        numbers.extend_from_slice(&values[image * num_values..][..num_values]);
    }
    Tensor::from_data(TensorData::new(numbers, [length]), device)
}

#[cube(launch_unchecked)]
fn warp(
    packed: &[i32],
    indices: &[i32],
    pixels: &[f32],
    numbers: &[f32],
    result: &mut [f32],
    num_images: u32,
    side: u32,
    #[comptime] is_packed: bool,
) {
    let image = ABSOLUTE_POS / PIXELS;
    let place = ABSOLUTE_POS % PIXELS;
    let side = side as usize;
    if image < num_images as usize {
        let (row, column) = (place / SIDE, place % SIDE);
        let num_values = 2usize * side * side;
        let own = side * SIDE + image * (NUMBERS_OF_WARP + num_values);
        // The order of the sums is the host's.
        let mut x_move = 0.0f32;
        let mut y_move = 0.0f32;
        for node_row in 0..side {
            let first = own + NUMBERS_OF_WARP + node_row * side;
            let mut x_sum = 0.0f32;
            let mut y_sum = 0.0f32;
            for node in 0..side {
                let weight = numbers[node * SIDE + column];
                x_sum += weight * numbers[first + node];
                y_sum += weight * numbers[first + side * side + node];
            }
            let weight = numbers[node_row * SIDE + row];
            x_move += weight * x_sum;
            y_move += weight * y_sum;
        }
        let x = f32::cast_from(column as u32) - CENTRE;
        let y = f32::cast_from(row as u32) - CENTRE;
        let x_start = numbers[own + 1] * y + numbers[own + 2] + comptime!(CENTRE + 1.0);
        let y_start = numbers[own + 4] * y + numbers[own + 5] + comptime!(CENTRE + 1.0);
        let x_from = max(min(numbers[own] * x + x_start + x_move, LAST), 0.0f32);
        let y_from = max(min(numbers[own + 3] * x + y_start + y_move, LAST), 0.0f32);
        let (left, top) = (x_from.floor(), y_from.floor());
        let (x_share, y_share) = (x_from - left, y_from - top);
        let (left, top) = (u32::cast_from(left) as usize, u32::cast_from(top) as usize);
        let mut lines = Array::<f32>::new(2usize);
        #[unroll]
        for line in 0..2usize {
            let mut values = Array::<f32>::new(2usize);
            #[unroll]
            for k in 0..2usize {
                let (column, row) = (left + k, top + line);
                let is_inside = column >= 1usize && column <= SIDE && row >= 1usize && row <= SIDE;
                // Wraps around outside, where it is not used: there is one pixel of paper above and on the left.
                let inside = (row - 1usize) * SIDE + column - 1usize;
                let place = select(is_inside, inside, 0usize);
                let value = pixel(packed, indices, pixels, image, place, PIXELS, is_packed);
                values[k] = select(is_inside, value, 0.0f32);
            }
            lines[line] = values[0] + x_share * (values[1] - values[0]);
        }
        let value = lines[0] + y_share * (lines[1] - lines[0]);
        let (x, y) = (f32::cast_from(column as u32), f32::cast_from(row as u32));
        let is_blank = x >= numbers[own + 6]
            && y >= numbers[own + 7]
            && x < numbers[own + 8]
            && y < numbers[own + 9];
        result[ABSOLUTE_POS] = select(is_blank, 0.0f32, value);
    }
}
