//! An image, and the gradient of its outputs, as points.
#![allow(unsafe_code)]

use super::super::super::geometry::Geometry;
use super::super::super::transpose::{Planes, interleave};
use super::super::{PATCH, POINTS, Plane, SIDE, num_patches, store_row};
use super::Plan;
use crate::scratch::with_buffers;
use crate::simd::{InstructionSet, Kernel, Simd};

/// One image and the gradient of its outputs.
pub(super) struct Image<'a> {
    pub(super) plan: &'a Plan<'a>,
    pub(super) values: &'a [f32],
    pub(super) outputs: &'a [f32],
    /// `[POINTS, patches, from]`, then `[POINTS, patches, to]`.
    pub(super) points: &'a mut [f32],
    pub(super) bias: &'a mut [f32],
}

impl Image<'_> {
    pub(super) fn compute(self, set: InstructionSet) {
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
