//! How images are made smaller after a layer. Shapes: `x_nchw` is `[batch, channels, height, width]`.

use super::values::Shape;
use crate::checks::{Checked, check_length};
use burn::tensor::Tensor;
use burn::tensor::module::{avg_pool2d, max_pool2d};
use burn::tensor::ops::{AvgPoolOptions, MaxPoolOptions};
use kernels::FusedPool;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a layer's output is made smaller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    rename_all = "kebab-case",
    expecting = "the name of a pooling, such as \"max\""
)]
pub enum Pool {
    /// The largest value of each window.
    Max,
    /// The mean of each window.
    Average,
    /// The mean of the whole image: one value a channel.
    GlobalAverage,
    /// Not at all.
    #[default]
    None,
}

impl Pool {
    /// Whether it looks at windows, whose size is then of use.
    pub(super) fn has_windows(self) -> bool {
        matches!(self, Self::Max | Self::Average)
    }
}

/// A pooling with the size of its windows, in pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pooling {
    pub kind: Pool,
    pub size: usize,
}

impl Pooling {
    /// Checks that the windows fit, and works out the output and its name in the summary; `key` is the layer's.
    pub(super) fn summarize(self, key: &str, input: Shape) -> Checked<(Shape, String)> {
        let Shape::Images([channels, height, width]) = input else {
            return Ok((input, String::new()));
        };
        if self.kind.has_windows() {
            let key = format!("{key}.pool_size");
            check_length(&key, self.size, "layer's output before pooling", height)?;
        }
        let size = self.size;
        let name = match self.kind {
            Pool::Max => format!(", max pool {size}"),
            Pool::Average => format!(", average pool {size}"),
            Pool::GlobalAverage => ", global average pool".to_string(),
            Pool::None => String::new(),
        };
        let [height, width] = match self.kind {
            Pool::Max | Pool::Average => [height / size, width / size],
            Pool::GlobalAverage => [1, 1],
            Pool::None => [height, width],
        };
        Ok((Shape::Images([channels, height, width]), name))
    }

    /// As part of a fused operation, where it can be, and what is left to be done after it.
    pub(super) fn fused(self) -> (FusedPool, Self) {
        let nothing = Self {
            kind: Pool::None,
            ..self
        };
        match (self.kind, self.size) {
            (Pool::Max, 2) => (FusedPool::Max, nothing),
            (Pool::Average, 2) => (FusedPool::Average, nothing),
            _ => (FusedPool::None, self),
        }
    }

    /// As an operation by itself.
    pub(super) fn apply(self, x_nchw: Tensor<4>) -> Tensor<4> {
        let window = [self.size; 2];
        if let (kind @ (FusedPool::Max | FusedPool::Average), _) = self.fused() {
            return kernels::pool(x_nchw, kind);
        }
        match self.kind {
            Pool::Max => max_pool2d(x_nchw, MaxPoolOptions::new(window).with_stride(window)),
            Pool::Average => avg_pool2d(x_nchw, AvgPoolOptions::new(window).with_stride(window)),
            Pool::GlobalAverage => {
                let [num_images, channels, height, width] = x_nchw.dims();
                let x_ncp = x_nchw.reshape([num_images, channels, height * width]);
                x_ncp.mean_dim(2).reshape([num_images, channels, 1, 1])
            }
            Pool::None => x_nchw,
        }
    }
}
