//! The gradient of the kernels. The channels of a position lie across the lanes of a vector here: for each point the sum
//! over all patches is a product of two matrices.
//!
//! All sums are in the order of the images: the same bits for any number of threads.
#![allow(unsafe_code)]

use super::super::geometry::Geometry;
use super::super::tile::even_parts;
use super::super::transpose::{Planes, interleave};
use super::{PATCH, POINTS, Plane, SIDE, load_column, num_patches, store_row};
use crate::scratch::with_buffers;
use crate::simd::{InstructionSet, Kernel, Simd};
use rayon::prelude::*;

/// Floats of the points of a few images that are worked on at once: they stay in the caches.
const AT_ONCE: usize = 1 << 20;
/// Registers from which on more rows and vectors are summed at once.
const MANY_REGISTERS: usize = 24;

/// Gradients of weights `[channels_out, channels_in, 3, 3]` and bias `[channels_out]` from `images` `[images,
/// channels_in, height, width]` and the gradient of the `outputs` `[images, channels_out, height, width]`, which are as
/// large as the images.
pub(in super::super) fn weight_sums(
    set: InstructionSet,
    geometry: &Geometry,
    images: &[f32],
    outputs: &[f32],
) -> (Vec<f32>, Vec<f32>) {
    let plan = Plan::new(geometry, set.num_lanes());
    let num_images = images.len() / geometry.image_len();
    let at_once = (AT_ONCE / plan.image).clamp(1, num_images);
    let mut weights = vec![0.0; geometry.channels_out * geometry.taps()];
    let mut bias = vec![0.0; num_images * geometry.channels_out];
    let lengths = [at_once * plan.image, POINTS * plan.sums];
    with_buffers(lengths, |[points, sums]| {
        sums.fill(0.0);
        let images = images.chunks(at_once * geometry.image_len());
        let outputs = outputs.chunks(at_once * geometry.output_len());
        let bias = bias.chunks_mut(at_once * geometry.channels_out);
        for ((images, outputs), bias) in images.zip(outputs).zip(bias) {
            let num_images = images.len() / geometry.image_len();
            let points = &mut points[..num_images * plan.image];
            points
                .par_chunks_mut(plan.image)
                .zip(images.par_chunks(geometry.image_len()))
                .zip(outputs.par_chunks(geometry.output_len()))
                .zip(bias.par_chunks_mut(geometry.channels_out))
                .for_each(|(((points, image), outputs), bias)| {
                    let image = Image {
                        plan: &plan,
                        values: image,
                        outputs,
                        points,
                        bias,
                    };
                    image.compute(set);
                });
            let sums = sums.par_chunks_mut(plan.sums).enumerate();
            sums.for_each(|(point, sums)| {
                set.run(Products {
                    plan: &plan,
                    points,
                    point,
                    sums,
                });
            });
        }
        let of_channels = weights.par_chunks_mut(set.num_lanes() * geometry.taps());
        of_channels.enumerate().for_each(|(group, weights)| {
            set.run(FromPoints {
                plan: &plan,
                sums,
                group,
                weights,
            });
        });
    });
    let of_images = bias.chunks_exact(geometry.channels_out);
    let mut total = vec![0.0; geometry.channels_out];
    for bias in of_images {
        for (total, value) in total.iter_mut().zip(bias) {
            *total += value;
        }
    }
    (weights, total)
}

/// Where things lie. All lengths are in floats.
struct Plan<'a> {
    geometry: &'a Geometry,
    /// Channels of images and outputs, as whole vectors.
    from: usize,
    to: usize,
    num_patches: usize,
    /// A point of all patches of an image, and of its outputs: with a vector more than they need, as points that lay whole
    /// pages apart would drive each other out of the nearest cache.
    from_point: usize,
    to_point: usize,
    /// All points of an image and its outputs.
    image: usize,
    /// The sums of one point, `[from, to]`.
    sums: usize,
}

impl<'a> Plan<'a> {
    fn new(geometry: &'a Geometry, lanes: usize) -> Self {
        let (columns, rows) = num_patches(geometry);
        let [from, to] = [geometry.channels_in, geometry.channels_out]
            .map(|channels| channels.next_multiple_of(lanes));
        let [from_point, to_point] = [from, to].map(|channels| columns * rows * channels + lanes);
        Self {
            geometry,
            from,
            to,
            num_patches: columns * rows,
            from_point,
            to_point,
            image: POINTS * (from_point + to_point),
            sums: from * to,
        }
    }
}

/// One image and the gradient of its outputs.
struct Image<'a> {
    plan: &'a Plan<'a>,
    values: &'a [f32],
    outputs: &'a [f32],
    /// `[POINTS, patches, from]`, then `[POINTS, patches, to]`.
    points: &'a mut [f32],
    bias: &'a mut [f32],
}

impl Image<'_> {
    fn compute(self, set: InstructionSet) {
        let plan = self.plan;
        let plane = plan.geometry.plane();
        let channels = plan.from.max(plan.to);
        let lengths = [plane * channels, plan.geometry.width * channels, plan.to];
        with_buffers(lengths, |[flat, zeros, bias]| {
            zeros.fill(0.0);
            set.run(ImageKernel {
                image: self,
                flat,
                zeros,
                bias,
            });
        });
    }
}

/// An image, and room for its channels beside each other, a line of zeros, and room for the sums of the outputs.
struct ImageKernel<'a, 'b> {
    image: Image<'a>,
    flat: &'b mut [f32],
    zeros: &'b [f32],
    bias: &'b mut [f32],
}

impl Kernel for ImageKernel<'_, '_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let Self {
            image,
            flat,
            zeros,
            bias,
        } = self;
        let plan = image.plan;
        let geometry = plan.geometry;
        let (columns, rows) = num_patches(geometry);
        let (seen, gradients) = image.points.split_at_mut(POINTS * plan.from_point);
        assert!(gradients.len() >= POINTS * plan.to_point);
        assert!(flat.len() >= geometry.plane() * plan.from.max(plan.to));
        // SAFETY: the instruction set is there; what is read and written is inside, as just seen.
        unsafe {
            beside_each_other::<S>(geometry.plane(), image.values, flat, plan.from);
            for channel in (0..plan.from).step_by(S::LANES) {
                let plane = plane(
                    geometry,
                    (flat, zeros),
                    channel,
                    plan.from,
                    geometry.padding(),
                );
                for row in 0..rows {
                    let to = seen.as_mut_ptr().add(row * columns * plan.from + channel);
                    plane.windows::<S>(row, columns, (to, plan.from_point, plan.from));
                }
            }
            beside_each_other::<S>(geometry.plane(), image.outputs, flat, plan.to);
            for channel in (0..plan.to).step_by(S::LANES) {
                let plane = plane(geometry, (flat, zeros), channel, plan.to, 0);
                for patch in 0..plan.num_patches {
                    let to = gradients.as_mut_ptr().add(patch * plan.to + channel);
                    let row_and_column = (patch / columns, patch % columns);
                    gradient_patch::<S>(&plane, row_and_column, to, plan.to_point);
                }
                let mut sum = S::splat(0.0);
                for position in 0..geometry.plane() {
                    sum = S::add(sum, S::load(plane.origin.add(position * plan.to)));
                }
                S::store(bias[channel..channel + S::LANES].as_mut_ptr(), sum);
            }
        }
        image.bias.copy_from_slice(&bias[..geometry.channels_out]);
    }
}

/// Some channels of an image whose channels lie beside each other.
fn plane<'a>(
    geometry: &Geometry,
    (flat, zeros): (&[f32], &'a [f32]),
    channel: usize,
    channels: usize,
    padding: usize,
) -> Plane<'a> {
    Plane {
        origin: flat[channel..].as_ptr(),
        step: channels,
        line: geometry.width * channels,
        width: geometry.width,
        height: geometry.height,
        padding,
        zeros,
    }
}

/// From `[channels, plane]` to `[plane, stride]`; what is beside the channels is nonsense.
#[inline(always)]
unsafe fn beside_each_other<S: Simd>(plane: usize, from: &[f32], to: &mut [f32], stride: usize) {
    let groups = from.chunks(S::LANES * plane);
    for (group, from) in groups.enumerate() {
        let planes = Planes {
            channels: from.len() / plane,
            positions: plane,
            stride: plane,
        };
        // SAFETY: the instruction set is there. Whole vectors are channels of one position.
        unsafe { interleave::<S>(planes, from, &mut to[group * S::LANES..], stride) };
    }
}

/// The gradient of a patch as points, `A patch Aᵀ`, each `point` floats after the one before.
#[inline(always)]
unsafe fn gradient_patch<S: Simd>(
    plane: &Plane<'_>,
    (row, column): (usize, usize),
    to: *mut f32,
    point: usize,
) {
    let (x, lines) = (PATCH * column, plane.lines::<PATCH>(PATCH * row));
    // SAFETY: as the caller's.
    unsafe {
        let a = gradient_points::<S>(plane.column::<S, PATCH>(&lines, x));
        let b = gradient_points::<S>(plane.column::<S, PATCH>(&lines, x + 1));
        let c = gradient_points::<S>(plane.column::<S, PATCH>(&lines, x + 2));
        let d = gradient_points::<S>(plane.column::<S, PATCH>(&lines, x + 3));
        for y in 0..SIDE {
            let points = gradient_points::<S>([a[y], b[y], c[y], d[y]]);
            store_row::<S>(points, to, y, point);
        }
    }
}

/// One dimension of a patch's gradient to points: `A`.
#[inline(always)]
unsafe fn gradient_points<S: Simd>([a, b, c, d]: [S::Vector; PATCH]) -> [S::Vector; SIDE] {
    // SAFETY: the instruction set is there.
    unsafe {
        let (even, odd) = (S::add(a, c), S::add(b, d));
        let four = S::splat(4.0);
        let (wide_even, wide_odd) = (S::multiply_add(c, four, a), S::multiply_add(d, four, b));
        [
            a,
            S::add(even, odd),
            S::subtract(even, odd),
            S::multiply_add(wide_odd, S::splat(2.0), wide_even),
            S::multiply_add(wide_odd, S::splat(-2.0), wide_even),
            d,
        ]
    }
}

/// One point of some images: the products of what was seen and of the gradients, added to the sums.
struct Products<'a> {
    plan: &'a Plan<'a>,
    /// Of all images, as of [`Image`].
    points: &'a [f32],
    point: usize,
    /// `[from, to]`.
    sums: &'a mut [f32],
}

impl Kernel for Products<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Simd>(mut self) {
        let has_many = S::NUM_ACCUMULATORS >= MANY_REGISTERS;
        let most = if has_many { 3 } else { 2 };
        for (first, count) in even_parts(self.plan.to / S::LANES, most) {
            let column = first * S::LANES;
            // SAFETY: the instruction set is there.
            unsafe {
                match count {
                    1 if has_many => self.add_rows::<S, 8, 1>(column),
                    2 if has_many => self.add_rows::<S, 8, 2>(column),
                    3 if has_many => self.add_rows::<S, 8, 3>(column),
                    1 => self.add_rows::<S, 4, 1>(column),
                    _ => self.add_rows::<S, 4, 2>(column),
                }
            }
        }
    }
}

impl Products<'_> {
    /// All rows of `V` vectors from `column` on, `R` rows at once.
    #[inline(always)]
    unsafe fn add_rows<S: Simd, const R: usize, const V: usize>(&mut self, column: usize) {
        let plan = self.plan;
        let num_rows = plan.geometry.channels_in.next_multiple_of(R);
        assert!(num_rows <= plan.from && column + V * S::LANES <= plan.to);
        assert!(self.sums.len() >= plan.sums);
        for row in (0..num_rows).step_by(R) {
            // SAFETY: rows and vectors are inside, as just seen; images are whole ones.
            unsafe {
                let to = self.sums.as_mut_ptr().add(row * plan.to + column);
                let mut sums = [[S::splat(0.0); V]; R];
                for image in self.points.chunks_exact(plan.image) {
                    let mut seen = image.as_ptr().add(self.point * plan.from_point + row);
                    let gradients = POINTS * plan.from_point + self.point * plan.to_point;
                    let mut gradients = image.as_ptr().add(gradients + column);
                    for _ in 0..plan.num_patches {
                        let mut values = [S::splat(0.0); V];
                        for v in 0..V {
                            values[v] = S::load(gradients.add(v * S::LANES));
                        }
                        for r in 0..R {
                            let factor = S::splat(*seen.add(r));
                            for v in 0..V {
                                sums[r][v] = S::multiply_add(values[v], factor, sums[r][v]);
                            }
                        }
                        seen = seen.wrapping_add(plan.from);
                        gradients = gradients.wrapping_add(plan.to);
                    }
                }
                for r in 0..R {
                    for v in 0..V {
                        // Short sums first: long ones lose more.
                        let to = to.add(r * plan.to + v * S::LANES);
                        S::store(to, S::add(S::load(to), sums[r][v]));
                    }
                }
            }
        }
    }
}

/// The sums of as many output channels as there are lanes, as gradients of their kernels: `Gᵀ sums G`.
struct FromPoints<'a> {
    plan: &'a Plan<'a>,
    /// `[POINTS, from, to]`.
    sums: &'a [f32],
    /// Which channels they are.
    group: usize,
    /// `[channels, channels_in, 3, 3]`, of at most as many channels.
    weights: &'a mut [f32],
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

/// Lanes of the widest vectors.
const MOST_LANES: usize = 16;

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
