//! One value of each 2×2, the largest or their mean, as one pass, with its own gradient.

use crate::flex::{contiguous, floats, tensor};
use crate::fusion::{FusedPool, is_fused_on};
use crate::simd::{InstructionSet, Kernel, Simd};
use crate::stopwatch::timed;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, TensorMetadata as _, backend_extension};
use burn::tensor::Tensor;
use burn::tensor::module::{avg_pool2d, max_pool2d};
use burn::tensor::ops::{AvgPoolOptions, MaxPoolOptions};
use rayon::prelude::*;
use std::mem::MaybeUninit;
use std::sync::Arc;

/// Values that are worth a task of their own.
const TASK: usize = 1 << 14;

/// `images` `[batch, channels, height, width]` to half the height and width; an odd last row or column is
/// left out.
#[must_use]
pub fn pool(images: Tensor<4>, kind: FusedPool) -> Tensor<4> {
    if kind == FusedPool::None || !is_fused_on(&images) {
        return pool_unfused(images, kind);
    }
    let work = || <Dispatch as PoolBackend>::pool(images.into_dispatch(), kind);
    Tensor::from_dispatch(timed(|| "pooling: forward".into(), work))
}

/// The same by one of Burn's own operations.
pub(crate) fn pool_unfused(images: Tensor<4>, kind: FusedPool) -> Tensor<4> {
    match kind {
        FusedPool::None => images,
        FusedPool::Max => max_pool2d(images, MaxPoolOptions::new([2, 2])),
        FusedPool::Average => avg_pool2d(images, AvgPoolOptions::new([2, 2])),
    }
}

/// Backends that have the operation.
#[backend_extension(Autodiff, Flex)]
pub(crate) trait PoolBackend: Backend {
    fn pool(images: FloatTensor<Self>, kind: FusedPool) -> FloatTensor<Self>;
}

impl PoolBackend for Flex {
    fn pool(images: FloatTensor<Self>, kind: FusedPool) -> FloatTensor<Self> {
        run(images, kind).0
    }
}

/// Sizes of a plane, before and after.
#[derive(Clone, Copy, Debug)]
struct Planes {
    height: usize,
    width: usize,
}

impl Planes {
    fn of([_, _, height, width]: [usize; 4]) -> Self {
        Self { height, width }
    }

    fn len(self) -> usize {
        self.height * self.width
    }

    fn pooled_width(self) -> usize {
        self.width / 2
    }

    fn pooled_len(self) -> usize {
        self.height / 2 * self.pooled_width()
    }

    /// Planes of a task.
    fn of_task(self) -> usize {
        TASK.div_ceil(self.len())
    }
}

/// The pooled values and, for the largest, which of its 2×2 each of them is, row after row, 0–3.
fn run(images: FloatTensor<Flex>, kind: FusedPool) -> (FloatTensor<Flex>, Vec<u8>) {
    let images = contiguous(images);
    let shape @ [batch, channels, height, width] = images.shape().dims();
    let planes = Planes::of(shape);
    let num_values = batch * channels * planes.pooled_len();
    let mut pooled = vec![0.0; num_values];
    let mut choices = vec![
        0;
        if kind == FusedPool::Max {
            num_values
        } else {
            0
        }
    ];
    if num_values > 0 {
        let task = planes.of_task() * planes.pooled_len();
        let images = floats(&images).par_chunks(planes.of_task() * planes.len());
        let tasks = pooled.par_chunks_mut(task).zip(images);
        let set = InstructionSet::best();
        if kind == FusedPool::Max {
            let tasks = tasks.zip(choices.par_chunks_mut(task));
            tasks.for_each(|((pooled, images), choices)| {
                set.run(Largest {
                    planes,
                    images,
                    pooled,
                    choices,
                });
            });
        } else {
            tasks.for_each(|(pooled, images)| {
                set.run(Mean {
                    planes,
                    images,
                    pooled,
                });
            });
        }
    }
    let shape = [batch, channels, height / 2, width / 2];
    (tensor(pooled, &shape), choices)
}

/// Calls `pool` with two rows of every plane and the place of what they become.
#[inline(always)]
fn each_pair_of_rows(
    planes: Planes,
    images: &[f32],
    mut pool: impl FnMut(&[f32], &[f32], std::ops::Range<usize>),
) {
    let width = planes.pooled_width();
    for (index, plane) in images.chunks_exact(planes.len()).enumerate() {
        for (row, rows) in plane.chunks_exact(2 * planes.width).enumerate() {
            let (upper, lower) = rows.split_at(planes.width);
            let first = index * planes.pooled_len() + row * width;
            pool(upper, lower, first..first + width);
        }
    }
}

/// Means of some planes.
struct Mean<'a> {
    planes: Planes,
    images: &'a [f32],
    pooled: &'a mut [f32],
}

impl Kernel for Mean<'_> {
    type Output = ();

    #[inline(always)]
    #[allow(unsafe_code)] // Of the trait; nothing here needs it.
    unsafe fn run<S: Simd>(self) {
        each_pair_of_rows(self.planes, self.images, |upper, lower, place| {
            let pairs = upper.chunks_exact(2).zip(lower.chunks_exact(2));
            for (value, (upper, lower)) in self.pooled[place].iter_mut().zip(pairs) {
                *value = 0.25 * ((upper[0] + upper[1]) + (lower[0] + lower[1]));
            }
        });
    }
}

/// Largest values of some planes. Among equals the first one is taken, as Burn's pooling does.
struct Largest<'a> {
    planes: Planes,
    images: &'a [f32],
    pooled: &'a mut [f32],
    choices: &'a mut [u8],
}

impl Kernel for Largest<'_> {
    type Output = ();

    #[inline(always)]
    #[allow(unsafe_code)] // Of the trait; nothing here needs it.
    unsafe fn run<S: Simd>(self) {
        each_pair_of_rows(self.planes, self.images, |upper, lower, place| {
            let pairs = upper.chunks_exact(2).zip(lower.chunks_exact(2));
            let targets = self.pooled[place.clone()].iter_mut();
            let targets = targets.zip(&mut self.choices[place]);
            for ((value, choice), (upper, lower)) in targets.zip(pairs) {
                let later = |found: (f32, u8), value: f32, choice: u8| {
                    if value > found.0 {
                        (value, choice)
                    } else {
                        found
                    }
                };
                let top = later((upper[0], 0), upper[1], 1);
                let bottom = later((lower[0], 2), lower[1], 3);
                (*value, *choice) = later(top, bottom.0, bottom.1);
            }
        });
    }
}

/// What the backward pass needs of the forward pass.
#[derive(Clone, Debug)]
struct State {
    /// Of the images.
    shape: [usize; 4],
    /// As of [`run`].
    choices: Arc<Vec<u8>>,
}

#[derive(Debug)]
struct Pool;

impl Backward<Flex, 1> for Pool {
    type State = State;

    fn backward(
        self,
        ops: Ops<State, 1>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let gradient = contiguous(gradients.consume::<Flex>(&ops.node));
        let [Some(node)] = ops.parents else {
            return;
        };
        let State { shape, choices } = ops.state;
        let images = timed(
            || "pooling: gradient".into(),
            || spread(shape, floats(&gradient), &choices),
        );
        gradients.register::<Flex>(node.id, tensor(images, &shape));
    }
}

/// The gradient of the images.
fn spread(shape: [usize; 4], pooled: &[f32], choices: &[u8]) -> Vec<f32> {
    let planes = Planes::of(shape);
    let len = shape.iter().product();
    if pooled.is_empty() {
        return vec![0.0; len];
    }
    let mut images = Vec::with_capacity(len);
    let task = planes.of_task() * planes.pooled_len();
    let tasks = images.spare_capacity_mut()[..len].par_chunks_mut(planes.of_task() * planes.len());
    let tasks = tasks.zip(pooled.par_chunks(task)).enumerate();
    tasks.for_each(|(index, (images, pooled))| {
        let choices = choices.get(index * task..).unwrap_or_default();
        InstructionSet::best().run(Spread {
            planes,
            images,
            pooled,
            choices,
        });
    });
    #[allow(unsafe_code)]
    // SAFETY: tasks have all planes, and write all values of each.
    unsafe {
        images.set_len(len);
    }
    images
}

/// Some planes of the gradient; all of their values are written.
struct Spread<'a> {
    planes: Planes,
    images: &'a mut [MaybeUninit<f32>],
    pooled: &'a [f32],
    /// Of these planes and those after them, or none.
    choices: &'a [u8],
}

impl Kernel for Spread<'_> {
    type Output = ();

    #[inline(always)]
    #[allow(unsafe_code)] // Of the trait; nothing here needs it.
    unsafe fn run<S: Simd>(self) {
        let (planes, width) = (self.planes, self.planes.pooled_width());
        let (len, pooled_len) = (planes.len(), planes.pooled_len());
        let nothing = MaybeUninit::new(0.0);
        let each = self.images.chunks_exact_mut(len);
        for (index, (plane, pooled)) in each.zip(self.pooled.chunks_exact(pooled_len)).enumerate() {
            let mut rows = plane.chunks_exact_mut(2 * planes.width);
            for (row, (rows, pooled)) in rows.by_ref().zip(pooled.chunks_exact(width)).enumerate() {
                let (upper, lower) = rows.split_at_mut(planes.width);
                let ((upper, odd), (lower, other)) = (upper.as_chunks_mut(), lower.as_chunks_mut());
                odd.fill(nothing);
                other.fill(nothing);
                let pairs = upper.iter_mut().zip(lower).zip(pooled);
                if self.choices.is_empty() {
                    for ((upper, lower), gradient) in pairs {
                        *upper = [MaybeUninit::new(0.25 * gradient); 2];
                        *lower = *upper;
                    }
                    continue;
                }
                let choices = &self.choices[index * pooled_len + row * width..][..width];
                for (((upper, lower), &gradient), &choice) in pairs.zip(choices) {
                    // Without a branch, as nobody can tell which place is next.
                    let at = |place: u8| {
                        let mask = u32::from(choice == place).wrapping_neg();
                        MaybeUninit::new(f32::from_bits(gradient.to_bits() & mask))
                    };
                    *upper = [at(0), at(1)];
                    *lower = [at(2), at(3)];
                }
            }
            rows.into_remainder().fill(nothing);
        }
    }
}

impl<C: CheckpointStrategy> PoolBackend for Autodiff<Flex, C> {
    fn pool(images: FloatTensor<Self>, kind: FusedPool) -> FloatTensor<Self> {
        let node = images.node();
        let images = images.into_primitive();
        let shape = images.shape().dims();
        let (pooled, choices) = run(images, kind);
        match Pool.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(preparation) => {
                let choices = Arc::new(choices);
                preparation.finish(State { shape, choices }, pooled)
            }
            OpsKind::UnTracked(preparation) => preparation.finish(pooled),
        }
    }
}

#[cfg(test)]
mod tests;
