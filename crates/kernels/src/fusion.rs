//! What fused operations are told of a layer, and whether they are used at all.

use burn::tensor::{DType, Device, Int, Tensor};
use std::cell::Cell;

thread_local! {
    static IS_FUSED: Cell<bool> = const { Cell::new(true) };
}

/// What follows each value of a fused layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FusedActivation {
    /// Nothing.
    #[default]
    Identity,
    /// `max(x, 0)`.
    Relu,
    /// `x Φ(x)`, where Φ is the normal distribution function.
    Gelu,
    /// Hyperbolic tangent.
    Tanh,
}

impl FusedActivation {
    /// Whether the kernels of convolutions, and those of GPUs, apply it themselves; the others are passes of their own.
    pub(crate) fn is_simple(self) -> bool {
        matches!(self, Self::Identity | Self::Relu)
    }
}

/// What a fused layer makes of each 2×2 values; an odd last row or column is left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FusedPool {
    /// Nothing.
    #[default]
    None,
    /// The largest of them.
    Max,
    /// Their mean.
    Average,
}

/// Does something with this crate's fused operations (`true`, as they are without this function), or
/// with Burn's own, one after another. Results agree to the last digits.
///
/// This holds for the calling thread and until `work` ends, so that several networks in one process may
/// differ. Where `work` goes on in another thread, it has to be called there.
pub fn with_fusing<T>(is_fused: bool, work: impl FnOnce() -> T) -> T {
    // Put back even where `work` panics: the thread may live on.
    struct Before(bool);
    impl Drop for Before {
        fn drop(&mut self) {
            IS_FUSED.set(self.0);
        }
    }
    let _before = Before(IS_FUSED.replace(is_fused));
    work()
}

/// Does something on one of the threads that compute, with fused operations or without, as on the calling
/// one: from outside, every operation would have to wake them.
pub fn on_computing_thread<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let is_fused = IS_FUSED.get();
    rayon::scope(|_| with_fusing(is_fused, work))
}

/// Whether operations of this thread are to be fused, where there are kernels.
pub(crate) fn is_fusing() -> bool {
    IS_FUSED.get()
}

/// Whether operations on this tensor are to be fused: there are kernels for 32-bit floats on the CPU.
pub(crate) fn is_fused_on<const D: usize>(tensor: &Tensor<D>) -> bool {
    tensor.dtype() == DType::F32 && is_fused_device(&tensor.device())
}

/// Whether operations on this tensor are to be those of our kernels for GPUs.
pub(crate) fn is_fused_on_gpu<const D: usize>(tensor: &Tensor<D>) -> bool {
    is_fusing() && crate::cube::floats(&tensor.clone().inner()).is_some()
}

/// The same of a tensor of integers.
pub(crate) fn is_fused_integers_on_gpu<const D: usize>(tensor: &Tensor<D, Int>) -> bool {
    is_fusing() && crate::cube::integers(tensor).is_some()
}

/// Whether operations on this device are to be fused.
pub(crate) fn is_fused_device(device: &Device) -> bool {
    is_fusing() && device.clone().inner() == Device::flex()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_choose_for_themselves_and_for_a_while() {
        let device = Device::flex();
        with_fusing(false, || {
            assert!(!is_fused_device(&device));
            with_fusing(true, || assert!(is_fused_device(&device)));
            assert!(!is_fused_device(&device));
            let elsewhere = std::thread::spawn(|| is_fused_device(&Device::flex()));
            assert!(matches!(elsewhere.join(), Ok(true)));
            assert!(!on_computing_thread(|| is_fused_device(&Device::flex())));
        });
        let panicked = std::panic::catch_unwind(|| with_fusing(false, || panic!("on purpose")));
        assert!(panicked.is_err() && is_fused_device(&device));
    }
}
