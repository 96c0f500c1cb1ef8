//! What a step is told of its network and its images.

use burn::tensor::{Int, Tensor};

/// A network of LeNet's family: images of 28×28 pixels, convolutions, dense layers, logits.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkShape {
    /// The convolutions, first to last.
    pub convolutions: Vec<StepConvolution>,
    /// The dense layers, first to last; the last one's outputs are the logits.
    pub dense: Vec<StepDense>,
    /// Pixels 0–255 are multiplied by this.
    pub factor: f32,
    /// And then made smaller by this.
    pub shift: f32,
}

/// A convolution with stride 1 and a square kernel, and what follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepConvolution {
    /// Output channels.
    pub channels_out: usize,
    /// Side of the kernel.
    pub kernel: usize,
    /// Whether zeros around the image keep its size; where their number is odd, the last one is below
    /// and right.
    pub same_padding: bool,
    /// Whether negative values become 0.
    pub is_relu: bool,
    /// Whether the largest of each 2×2 values stays; an odd last row or column is left out.
    pub is_pooled: bool,
}

/// A dense layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepDense {
    /// Outputs.
    pub num_outputs: usize,
    /// Whether negative ones become 0; never those of the last layer.
    pub is_relu: bool,
}

/// The images of a batch.
#[derive(Clone, Copy, Debug)]
pub enum StepImages<'a> {
    /// Some of many: packed by [`pack_bytes`](crate::pack_bytes), `[all, 196]`, and which they are, `[batch]`.
    Packed(&'a Tensor<2, Int>, &'a Tensor<1, Int>),
    /// Pixels 0–255, `[batch, 784]`.
    Pixels(&'a Tensor<2>),
}

impl StepImages<'_> {
    pub(super) fn len(self) -> usize {
        match self {
            Self::Packed(_, indices) => indices.dims()[0],
            Self::Pixels(pixels) => pixels.dims()[0],
        }
    }

    pub(super) fn is_packed(self) -> bool {
        matches!(self, Self::Packed(..))
    }
}
