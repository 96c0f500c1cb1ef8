//! What a step is told of its network.

/// A network for images of 28×28 pixels: convolutions, if any, then dense layers, and logits.
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
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepDense {
    /// Outputs.
    pub num_outputs: usize,
    /// Whether negative ones become 0; never those of the last layer.
    pub is_relu: bool,
    /// Share of the outputs that a step of training leaves out, 0 ≤ p < 1; none of the last layer's.
    pub dropout: f32,
}
