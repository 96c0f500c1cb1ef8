//! Whether fused operations are used at all, and on which tensors.

use burn::tensor::{DType, Device, Tensor};
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};

static IS_FUSED: AtomicBool = AtomicBool::new(true);

thread_local! {
    static IS_SUSPENDED: Cell<bool> = const { Cell::new(false) };
}

/// What follows each value of a fused layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FusedActivation {
    /// Nothing.
    Identity,
    /// `max(x, 0)`.
    Relu,
}

/// Turns this crate's fused operations on, as they are from the start, or off, for the whole process:
/// then Burn's own operations take their places, one after another. Results agree to the last digits.
pub fn set_fused(is_fused: bool) {
    IS_FUSED.store(is_fused, Ordering::Relaxed);
}

/// Does something on this thread with Burn's own operations alone.
pub fn without_fusing<T>(work: impl FnOnce() -> T) -> T {
    let before = IS_SUSPENDED.replace(true);
    let result = work();
    IS_SUSPENDED.set(before);
    result
}

/// Whether operations on this tensor are to be fused: there are kernels for 32-bit floats on the CPU.
pub(crate) fn is_fused_on<const D: usize>(tensor: &Tensor<D>) -> bool {
    tensor.dtype() == DType::F32 && is_fused_device(&tensor.device())
}

/// Whether operations on this device are to be fused.
pub(crate) fn is_fused_device(device: &Device) -> bool {
    IS_FUSED.load(Ordering::Relaxed)
        && !IS_SUSPENDED.get()
        && device.clone().inner() == Device::flex()
}
