//! The sizes of a fused convolution.

use super::ConvPoolOptions;
use crate::fusion::{FusedActivation, FusedPool};

/// Sizes and options of one fused convolution of stride 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Geometry {
    pub channels_in: usize,
    pub height: usize,
    pub width: usize,
    pub channels_out: usize,
    /// Height and width of the kernel.
    pub kernel: usize,
    /// Whether zeros around the image keep its size.
    pub same: bool,
    pub activation: FusedActivation,
    /// Whether one of each 2×2 values is kept.
    pub pool: bool,
}

/// `choice` of an output that passes no gradient on.
pub(crate) const INACTIVE: u8 = 4;

impl Geometry {
    /// Of images `[batch, channels_in, height, width]` and weights `[channels_out, channels_in, kernel,
    /// kernel]`.
    pub(crate) fn new(images: [usize; 4], weight: [usize; 4], options: ConvPoolOptions) -> Self {
        let [_, channels_in, height, width] = images;
        let [channels_out, weight_channels, kernel, kernel_width] = weight;
        assert_eq!(
            channels_in, weight_channels,
            "conv_pool: channels of images and weights"
        );
        assert_eq!(kernel, kernel_width, "conv_pool: a square kernel");
        let geometry = Self {
            channels_in,
            height,
            width,
            channels_out,
            kernel,
            same: options.same_padding,
            activation: options.activation,
            pool: options.pool != FusedPool::None,
        };
        let smallest = geometry.padded_height().min(geometry.padded_width());
        assert!(
            kernel > 0 && smallest + 1 >= kernel + geometry.window(),
            "conv_pool: size of images"
        );
        geometry
    }

    /// The convolution by which the gradient of the outputs becomes that of the images: with the kernels turned round.
    /// Only where every output passes its gradient on, as there is neither pooling nor an activation, and where the
    /// padding is as wide on all sides.
    pub(crate) fn turned_round(&self) -> Option<Self> {
        let is_linear = !self.pool && self.activation == FusedActivation::Identity;
        (is_linear && self.same && self.kernel % 2 == 1).then_some(Self {
            channels_in: self.channels_out,
            channels_out: self.channels_in,
            ..*self
        })
    }

    /// Zeros above and left of the image; those below and right bring them to `kernel - 1`.
    pub(crate) fn padding(&self) -> usize {
        if self.same { (self.kernel - 1) / 2 } else { 0 }
    }

    /// Whether there are zeros around the image.
    pub(crate) fn is_padded(&self) -> bool {
        self.padding_total() > 0
    }

    fn padding_total(&self) -> usize {
        if self.same { self.kernel - 1 } else { 0 }
    }

    /// Height with padding.
    pub(crate) fn padded_height(&self) -> usize {
        self.height + self.padding_total()
    }

    /// Width with padding.
    pub(crate) fn padded_width(&self) -> usize {
        self.width + self.padding_total()
    }

    /// Side of the pooling window.
    pub(crate) fn window(&self) -> usize {
        if self.pool { 2 } else { 1 }
    }

    /// Height of the output.
    pub(crate) fn height_out(&self) -> usize {
        (self.padded_height() + 1 - self.kernel) / self.window()
    }

    /// Width of the output.
    pub(crate) fn width_out(&self) -> usize {
        (self.padded_width() + 1 - self.kernel) / self.window()
    }

    /// Values of one output channel.
    pub(crate) fn plane(&self) -> usize {
        self.height_out() * self.width_out()
    }

    /// Values of one image.
    pub(crate) fn image_len(&self) -> usize {
        self.channels_in * self.height * self.width
    }

    /// Values of one image's output.
    pub(crate) fn output_len(&self) -> usize {
        self.channels_out * self.plane()
    }

    /// Weights of one output channel.
    pub(crate) fn taps(&self) -> usize {
        self.channels_in * self.kernel * self.kernel
    }
}
