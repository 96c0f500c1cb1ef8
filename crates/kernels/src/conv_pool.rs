//! Convolution, bias, activation, 2×2 pooling and dropout as one operation, with gradients of its own. On
//! the CPU it is several times faster than the same steps one by one, and never writes the
//! convolution's values before pooling to memory; `gpu` has it for GPUs.

mod backend;
mod backward;
mod backward_full;
mod backward_plan;
mod forward;
mod geometry;
mod gpu;
mod sparse;
mod tile;
mod transpose;
mod weight_sums;
mod winograd;

use crate::activation::activate_unfused;
use crate::dropout::Dropout;
use crate::fusion::{FusedActivation, FusedPool, is_fused_on, is_fused_on_gpu};
use crate::pointwise::pointwise;
use crate::pool::{pool, pool_unfused};
use backend::ConvPoolBackend;
use burn::backend::Dispatch;
use burn::tensor::Tensor;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use geometry::Geometry;

/// What a fused convolution does beside convolving with stride 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConvPoolOptions {
    /// Whether zeros around the image keep its size; where their number is odd, the last one is below
    /// and right.
    pub same_padding: bool,
    /// What follows each value.
    pub activation: FusedActivation,
    /// What is made of each 2×2 values.
    pub pool: FusedPool,
}

/// `images` `[batch, channels_in, height, width]`, convolved with `weight` `[channels_out, channels_in,
/// kernel, kernel]`, plus `bias` `[channels_out]`, then activation, then pooling, then dropout.
///
/// Shapes must fit together, as those of Burn's own operations, which panic otherwise; the kernel must
/// be square.
#[must_use]
pub fn conv_pool(
    images: Tensor<4>,
    weight: Tensor<4>,
    bias: Tensor<1>,
    options: ConvPoolOptions,
    dropout: Option<Dropout>,
) -> Tensor<4> {
    let is_ours = is_fused_on(&images) || is_fused_on_gpu(&images);
    if !is_ours || images.dims()[0] == 0 {
        let values = conv_pool_unfused(images, weight, bias, options);
        return pointwise(values, FusedActivation::Identity, dropout);
    }
    if is_one_operation(options) {
        return fused(images, weight, bias, options, dropout);
    }
    let activation = options.activation;
    let is_monotonic = activation != FusedActivation::Gelu;
    match options.pool {
        // The largest value is the largest after the activation too.
        FusedPool::None | FusedPool::Max if is_monotonic || options.pool == FusedPool::None => {
            let activated_later = ConvPoolOptions {
                activation: FusedActivation::Identity,
                ..options
            };
            let values = fused(images, weight, bias, activated_later, None);
            pointwise(values, activation, dropout)
        }
        _ => {
            let pooled_later = ConvPoolOptions {
                pool: FusedPool::None,
                ..options
            };
            let values = conv_pool(images, weight, bias, pooled_later, None);
            pointwise(
                pool(values, options.pool),
                FusedActivation::Identity,
                dropout,
            )
        }
    }
}

/// Whether one kernel does all of it.
fn is_one_operation(options: ConvPoolOptions) -> bool {
    let ConvPoolOptions {
        activation, pool, ..
    } = options;
    activation.is_simple() && matches!(pool, FusedPool::None | FusedPool::Max)
}

/// All of it by one kernel.
fn fused(
    images: Tensor<4>,
    weight: Tensor<4>,
    bias: Tensor<1>,
    options: ConvPoolOptions,
    dropout: Option<Dropout>,
) -> Tensor<4> {
    let output = <Dispatch as ConvPoolBackend>::conv_pool(
        images.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        options,
        dropout,
    );
    Tensor::from_dispatch(output)
}

/// The same by Burn's own operations, one after another, without dropout.
fn conv_pool_unfused(
    images: Tensor<4>,
    weight: Tensor<4>,
    bias: Tensor<1>,
    options: ConvPoolOptions,
) -> Tensor<4> {
    let geometry = Geometry::new(images.dims(), weight.dims(), options);
    let before = geometry.padding();
    let after = geometry.padded_height() - geometry.height - before;
    let padding = [(before, after); 2];
    let convolution = ConvOptions::new_with_padding([1, 1], padding, [1, 1], 1);
    let values = conv2d(images, weight, Some(bias), convolution);
    pool_unfused(activate_unfused(values, options.activation), options.pool)
}

#[cfg(test)]
mod tests;
