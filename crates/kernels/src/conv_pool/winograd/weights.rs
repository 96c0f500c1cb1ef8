//! The gradient of the kernels. The channels of a position lie across the lanes of a vector here: for each point the sum
//! over all patches is a product of two matrices.
//!
//! All sums are in the order of the images: the same bits for any number of threads.
#![allow(unsafe_code)]

mod from_points;
mod to_points;

use super::super::geometry::Geometry;
use super::super::tile::even_parts;
use super::{POINTS, num_patches};
use crate::scratch::with_buffers;
use crate::simd::{InstructionSet, Kernel, Simd};
use from_points::FromPoints;
use rayon::prelude::*;
use to_points::Image;

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
