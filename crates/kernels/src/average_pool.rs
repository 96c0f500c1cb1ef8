//! The mean of each 2×2 values as one pass, with its own gradient.

use crate::flex::{contiguous, floats, tensor};
use crate::simd::{InstructionSet, Kernel, Simd};
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, TensorMetadata as _, backend_extension};
use burn::tensor::Tensor;
use rayon::prelude::*;

/// Values that are worth a task of their own.
const TASK: usize = 1 << 14;

/// `images` `[batch, channels, height, width]` to half the height and width; an odd last row or column is
/// left out. On the CPU, of 32-bit floats.
pub(crate) fn average_pool(images: Tensor<4>) -> Tensor<4> {
    let pooled = <Dispatch as AveragePoolBackend>::average_pool(images.into_dispatch());
    Tensor::from_dispatch(pooled)
}

/// Backends that have the operation.
#[backend_extension(Autodiff, Flex)]
pub(crate) trait AveragePoolBackend: Backend {
    fn average_pool(images: FloatTensor<Self>) -> FloatTensor<Self>;
}

impl AveragePoolBackend for Flex {
    fn average_pool(images: FloatTensor<Self>) -> FloatTensor<Self> {
        let images = contiguous(images);
        let [batch, channels, height, width] = images.shape().dims();
        let shape = [batch, channels, height / 2, width / 2];
        let mut pooled = vec![0.0; shape.iter().product()];
        let (plane, pooled_plane) = (height * width, shape[2] * shape[3]);
        if pooled_plane > 0 {
            let planes = TASK.div_ceil(plane);
            let tasks = pooled.par_chunks_mut(planes * pooled_plane);
            tasks
                .zip(floats(&images).par_chunks(planes * plane))
                .for_each(|(pooled, images)| {
                    InstructionSet::best().run(Pool {
                        images,
                        pooled,
                        size: [height, width],
                    });
                });
        }
        tensor(pooled, &shape)
    }
}

/// Some planes.
struct Pool<'a> {
    images: &'a [f32],
    pooled: &'a mut [f32],
    /// Height and width before.
    size: [usize; 2],
}

impl Kernel for Pool<'_> {
    type Output = ();

    #[inline(always)]
    #[allow(unsafe_code)] // Of the trait; nothing here needs it.
    unsafe fn run<S: Simd>(self) {
        let [height, width] = self.size;
        let half = width / 2;
        let planes = self.images.chunks_exact(height * width);
        for (plane, pooled) in planes.zip(self.pooled.chunks_exact_mut(height / 2 * half)) {
            let rows = plane.chunks_exact(2 * width);
            for (rows, pooled) in rows.zip(pooled.chunks_exact_mut(half)) {
                let (upper, lower) = rows.split_at(width);
                let pairs = upper.chunks_exact(2).zip(lower.chunks_exact(2));
                for (value, (upper, lower)) in pooled.iter_mut().zip(pairs) {
                    *value = 0.25 * ((upper[0] + upper[1]) + (lower[0] + lower[1]));
                }
            }
        }
    }
}

#[derive(Debug)]
struct AveragePool;

impl Backward<Flex, 1> for AveragePool {
    /// Shape of the images.
    type State = [usize; 4];

    fn backward(
        self,
        ops: Ops<[usize; 4], 1>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let gradient = contiguous(gradients.consume::<Flex>(&ops.node));
        let [Some(node)] = ops.parents else {
            return;
        };
        let shape @ [_, _, height, width] = ops.state;
        let mut images = vec![0.0; shape.iter().product()];
        let (plane, pooled_plane) = (height * width, height / 2 * (width / 2));
        if pooled_plane > 0 {
            let planes = TASK.div_ceil(plane);
            let tasks = images.par_chunks_mut(planes * plane);
            tasks
                .zip(floats(&gradient).par_chunks(planes * pooled_plane))
                .for_each(|(images, pooled)| {
                    InstructionSet::best().run(Spread {
                        images,
                        pooled,
                        size: [height, width],
                    });
                });
        }
        gradients.register::<Flex>(node.id, tensor(images, &shape));
    }
}

/// Some planes of the gradient, zero at first.
struct Spread<'a> {
    images: &'a mut [f32],
    pooled: &'a [f32],
    /// Height and width of the images.
    size: [usize; 2],
}

impl Kernel for Spread<'_> {
    type Output = ();

    #[inline(always)]
    #[allow(unsafe_code)] // Of the trait; nothing here needs it.
    unsafe fn run<S: Simd>(self) {
        let [height, width] = self.size;
        let half = width / 2;
        let planes = self.images.chunks_exact_mut(height * width);
        for (plane, pooled) in planes.zip(self.pooled.chunks_exact(height / 2 * half)) {
            let rows = plane.chunks_exact_mut(2 * width);
            for (rows, pooled) in rows.zip(pooled.chunks_exact(half)) {
                for row in rows.chunks_exact_mut(width) {
                    for (pair, &gradient) in row.chunks_exact_mut(2).zip(pooled) {
                        pair.fill(0.25 * gradient);
                    }
                }
            }
        }
    }
}

impl<C: CheckpointStrategy> AveragePoolBackend for Autodiff<Flex, C> {
    fn average_pool(images: FloatTensor<Self>) -> FloatTensor<Self> {
        let node = images.node();
        let images = images.into_primitive();
        let shape = images.shape().dims();
        let pooled = Flex::average_pool(images);
        match AveragePool.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(preparation) => preparation.finish(shape, pooled),
            OpsKind::UnTracked(preparation) => preparation.finish(pooled),
        }
    }
}
