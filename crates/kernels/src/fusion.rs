//! Whether fused operations are used at all, and on which tensors.

use burn::tensor::{DType, Device, Tensor};
use std::sync::atomic::{AtomicBool, Ordering};

static IS_FUSED: AtomicBool = AtomicBool::new(true);

/// Turns this crate's fused operations on, as they are from the start, or off, for the whole process:
/// then Burn's own operations take their places, one after another. Results agree to the last digits.
pub fn set_fused(is_fused: bool) {
    IS_FUSED.store(is_fused, Ordering::Relaxed);
}

/// Whether operations on this tensor are to be fused: there are kernels for 32-bit floats on the CPU.
pub(crate) fn is_fused_on<const D: usize>(tensor: &Tensor<D>) -> bool {
    IS_FUSED.load(Ordering::Relaxed)
        && tensor.dtype() == DType::F32
        && tensor.device().inner() == Device::flex()
}
