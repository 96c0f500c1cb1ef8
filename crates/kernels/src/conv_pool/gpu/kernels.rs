//! The kernels: a thread computes 2×2 values (one, where there is no pooling, on the way forward) of some channels.
#![allow(
    clippy::collapsible_if,
    clippy::manual_div_ceil,
    clippy::needless_pass_by_value,
    clippy::too_many_arguments,
    reason = "a kernel is given its buffers and numbers one by one"
)]

use crate::following::mask_factor;
use cubecl::prelude::*;

/// What makes another kernel to be compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Kind {
    /// Side of the convolution's kernel.
    pub kernel: usize,
    pub is_pooled: bool,
    pub is_relu: bool,
    pub has_mask: bool,
    /// Channels that a thread computes at once.
    pub many: usize,
}

/// Sizes of a convolution.
#[derive(CubeType, CubeLaunch, Clone, Copy)]
pub(super) struct Sizes {
    num_images: u32,
    channels_in: u32,
    height: u32,
    width: u32,
    channels_out: u32,
    height_out: u32,
    width_out: u32,
    padding: u32,
}

#[cube(launch_unchecked)]
pub(super) fn forward(
    images: &[f32],
    weight: &[f32],
    bias: &[f32],
    outputs: &mut [f32],
    choices: &mut [f32],
    sizes: &Sizes,
    key_0: u32,
    key_1: u32,
    bound: u32,
    scale: f32,
    #[comptime] kind: Kind,
) {
    let step = comptime!(if kind.is_pooled { 2usize } else { 1usize });
    let kernel = comptime!(kind.kernel);
    let many = comptime!(kind.many);
    let side = comptime!(kind.kernel + step - 1);
    let window = comptime!(step * step);
    let (channels_in, channels_out) = (sizes.channels_in as usize, sizes.channels_out as usize);
    let (height, width) = (sizes.height as usize, sizes.width as usize);
    let width_out = sizes.width_out as usize;
    let plane = sizes.height_out as usize * width_out;
    let padding = sizes.padding as usize;
    let position = ABSOLUTE_POS % plane;
    let groups = channels_out / many;
    let group = ABSOLUTE_POS / plane % groups;
    let image = ABSOLUTE_POS / plane / groups;
    if image < sizes.num_images as usize {
        let first_channel = group * many;
        let top = position / width_out * step;
        let left = position % width_out * step;
        let mut sums = Array::<f32>::new(comptime!(window * many));
        #[unroll]
        for h in 0..many {
            #[unroll]
            for k in 0..window {
                sums[h * window + k] = bias[first_channel + h];
            }
        }
        for channel in 0..channels_in {
            let from = (image * channels_in + channel) * height * width;
            for y in 0..kernel {
                // Rows and columns of the image begin `padding` later.
                let mut patch = Array::<f32>::new(comptime!(step * side));
                #[unroll]
                for k in 0..comptime!(step * side) {
                    let row = top + y + comptime!(k / side);
                    let column = left + comptime!(k % side);
                    let is_inside = row >= padding
                        && row < padding + height
                        && column >= padding
                        && column < padding + width;
                    let at = select(
                        is_inside,
                        from + (row - padding) * width + column - padding,
                        from,
                    );
                    patch[k] = select(is_inside, images[at], 0.0f32);
                }
                #[unroll]
                for h in 0..many {
                    let weights =
                        (((first_channel + h) * channels_in + channel) * kernel + y) * kernel;
                    #[unroll]
                    for x in 0..kernel {
                        let value = weight[weights + x];
                        #[unroll]
                        for k in 0..window {
                            sums[h * window + k] += value * patch[k / step * side + x + k % step];
                        }
                    }
                }
            }
        }
        #[unroll]
        for h in 0..many {
            let to = (image * channels_out + first_channel + h) * plane + position;
            let mut value = sums[h * window];
            if comptime!(kind.is_pooled) {
                let mut choice = 0.0f32;
                #[unroll]
                for k in 1..window {
                    if sums[h * window + k] > value {
                        value = sums[h * window + k];
                        choice = comptime!(k as f32);
                    }
                }
                choices[to] = choice;
            }
            if comptime!(kind.is_relu) {
                value = select(value < 0.0, 0.0f32, value);
            }
            if comptime!(kind.has_mask) {
                value *= mask_factor(to as u32, key_0, key_1, bound, scale);
            }
            outputs[to] = value;
        }
    }
}

/// Gradients of a row of a kernel, or of a bias, over a part of the batch: every `num_parts`th image.
#[cube(launch_unchecked)]
pub(super) fn weight_gradients(
    images: &[f32],
    gradient: &[f32],
    choices: &[f32],
    sums: &mut [f32],
    sizes: &Sizes,
    num_parts: u32,
    bias_at: u32,
    #[comptime] kind: Kind,
) {
    let step = comptime!(if kind.is_pooled { 2usize } else { 1usize });
    let kernel = comptime!(kind.kernel);
    let (channels_in, channels_out) = (sizes.channels_in as usize, sizes.channels_out as usize);
    let (height, width) = (sizes.height as usize, sizes.width as usize);
    let (height_out, width_out) = (sizes.height_out as usize, sizes.width_out as usize);
    let padding = sizes.padding as usize;
    let (bias_at, num_parts) = (bias_at as usize, num_parts as usize);
    let num_kernel_rows = channels_out * channels_in * kernel;
    let num_rows = num_kernel_rows + channels_out;
    let row = ABSOLUTE_POS % num_rows;
    let part = ABSOLUTE_POS / num_rows;
    if part < num_parts {
        let sums_at = part * (bias_at + channels_out);
        let is_bias = row >= num_kernel_rows;
        let kernel_row = row % kernel;
        let plane_in = row / kernel % channels_in;
        let channel = select(
            is_bias,
            row - num_kernel_rows,
            row / comptime!(kind.kernel) / channels_in,
        );
        let mut found = Array::<f32>::new(kernel);
        #[unroll]
        for x in 0..kernel {
            found[x] = 0.0f32;
        }
        let mut image = part;
        while image < sizes.num_images as usize {
            let from = (image * channels_in + plane_in) * height * width;
            let outputs = (image * channels_out + channel) * height_out * width_out;
            for y in 0..height_out {
                for x in 0..width_out {
                    let at = outputs + y * width_out + x;
                    let slope = gradient[at];
                    if is_bias {
                        found[0] += slope;
                    } else {
                        let mut top = y * step + kernel_row;
                        let mut left = x * step;
                        if comptime!(kind.is_pooled) {
                            let choice = choices[at] as u32 as usize;
                            top += choice / 2usize;
                            left += choice % 2usize;
                        }
                        let has_row = top >= padding && top < padding + height;
                        #[unroll]
                        for k in 0..kernel {
                            let column = left + k;
                            let is_inside =
                                has_row && column >= padding && column < padding + width;
                            let place = select(
                                is_inside,
                                from + (top - padding) * width + column - padding,
                                from,
                            );
                            found[k] += slope * select(is_inside, images[place], 0.0f32);
                        }
                    }
                }
            }
            image += num_parts;
        }
        if is_bias {
            sums[sums_at + bias_at + channel] = found[0];
        } else {
            #[unroll]
            for k in 0..kernel {
                sums[sums_at + row * kernel + k] = found[k];
            }
        }
    }
}

/// Sums of all parts, in order.
#[cube(launch_unchecked)]
pub(super) fn sum_up(sums: &[f32], result: &mut [f32], length: u32, num_parts: u32) {
    let length = length as usize;
    if ABSOLUTE_POS < length {
        let mut sum = 0.0f32;
        for part in 0..num_parts as usize {
            sum += sums[part * length + ABSOLUTE_POS];
        }
        result[ABSOLUTE_POS] = sum;
    }
}

/// Gradients of 2×2 values of the images, of some channels.
#[cube(launch_unchecked)]
pub(super) fn image_gradients(
    weight: &[f32],
    gradient: &[f32],
    choices: &[f32],
    found: &mut [f32],
    sizes: &Sizes,
    #[comptime] kind: Kind,
) {
    let step = comptime!(if kind.is_pooled { 2usize } else { 1usize });
    let kernel = comptime!(kind.kernel);
    let many = comptime!(kind.many);
    let (channels_in, channels_out) = (sizes.channels_in as usize, sizes.channels_out as usize);
    let (height, width) = (sizes.height as usize, sizes.width as usize);
    let (height_out, width_out) = (sizes.height_out as usize, sizes.width_out as usize);
    let padding = sizes.padding as usize;
    let block_columns = (width + 1usize) / 2usize;
    let blocks = (height + 1usize) / 2usize * block_columns;
    let block = ABSOLUTE_POS % blocks;
    let groups = channels_in / many;
    let group = ABSOLUTE_POS / blocks % groups;
    let image = ABSOLUTE_POS / blocks / groups;
    if image < sizes.num_images as usize {
        let first_channel = group * many;
        let top = block / block_columns * 2usize;
        let left = block % block_columns * 2usize;
        let mut sums = Array::<f32>::new(comptime!(4 * many));
        #[unroll]
        for k in 0..comptime!(4 * many) {
            sums[k] = 0.0f32;
        }
        // Columns of the gradients before pooling that may have seen the block.
        let side = comptime!(kind.kernel + 1);
        for channel in 0..channels_out {
            let outputs = (image * channels_out + channel) * height_out * width_out;
            for y in 0..kernel {
                let mut patch = Array::<f32>::new(comptime!(2 * side));
                #[unroll]
                for k in 0..comptime!(2 * side) {
                    // The value is under row `y` of a kernel whose outputs begin `kernel - 1` rows and columns
                    // before the image with its padding.
                    let row = top + padding + comptime!(k / side + kind.kernel) - y;
                    let column = left + padding + comptime!(k % side + 1);
                    let is_inside = row >= kernel
                        && row < kernel + height_out * step
                        && column >= kernel
                        && column < kernel + width_out * step;
                    let (row, column) = (row - kernel, column - kernel);
                    let at = select(
                        is_inside,
                        outputs + row / step * width_out + column / step,
                        outputs,
                    );
                    let mut is_seen = is_inside;
                    if comptime!(kind.is_pooled) {
                        let own = row % 2usize * 2usize + column % 2usize;
                        is_seen = is_seen && choices[at] as u32 as usize == own;
                    }
                    patch[k] = select(is_seen, gradient[at], 0.0f32);
                }
                #[unroll]
                for c in 0..many {
                    let weights =
                        ((channel * channels_in + first_channel + c) * kernel + y) * kernel;
                    #[unroll]
                    for x in 0..kernel {
                        let value = weight[weights + x];
                        #[unroll]
                        for k in 0..4usize {
                            sums[c * 4 + k] += value * patch[k / 2 * side + kernel - 1 + k % 2 - x];
                        }
                    }
                }
            }
        }
        #[unroll]
        for k in 0..4usize {
            let row = top + comptime!(k / 2);
            let column = left + comptime!(k % 2);
            if row < height && column < width {
                #[unroll]
                for c in 0..many {
                    let plane = image * channels_in + first_channel + c;
                    found[(plane * height + row) * width + column] = sums[c * 4 + k];
                }
            }
        }
    }
}
