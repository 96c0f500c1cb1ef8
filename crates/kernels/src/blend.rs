//! `one * share + other * (1 - share)` as one pass, in place.

use crate::flex::{contiguous, floats, floats_mut};
use crate::fusion::is_fused_on;
use crate::simd::{InstructionSet, Kernel, Simd};
use crate::stopwatch::timed;
use crate::together;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, Flex, backend_extension};
use burn::tensor::Tensor;
use rayon::prelude::*;

/// Values that are worth a task of their own.
const TASK: usize = 1 << 14;

/// `one * share + other * (1 - share)`; shapes must be equal, and neither may have automatic
/// differentiation.
pub(crate) fn blend<const D: usize>(one: Tensor<D>, other: Tensor<D>, share: f64) -> Tensor<D> {
    if !is_fused_on(&one) {
        if let Some(blended) = together::blend(&one, &other, share) {
            return blended;
        }
        return one * share + other * (1.0 - share);
    }
    assert_eq!(one.dims(), other.dims(), "blend: equal shapes");
    let blended = timed(
        || "average of the weights".into(),
        || <Dispatch as BlendBackend>::blend(one.into_dispatch(), other.into_dispatch(), share),
    );
    Tensor::from_dispatch(blended)
}

/// Backends that have the operation.
#[backend_extension(Flex)]
pub(crate) trait BlendBackend: Backend {
    fn blend(one: FloatTensor<Self>, other: FloatTensor<Self>, share: f64) -> FloatTensor<Self>;
}

impl BlendBackend for Flex {
    fn blend(one: FloatTensor<Self>, other: FloatTensor<Self>, share: f64) -> FloatTensor<Self> {
        let (mut one, other) = (contiguous(one), contiguous(other));
        let shares = [share as f32, (1.0 - share) as f32];
        let tasks = floats_mut(&mut one).par_chunks_mut(TASK);
        tasks
            .zip(floats(&other).par_chunks(TASK))
            .for_each(|(one, other)| InstructionSet::best().run(Pass { one, other, shares }));
        one
    }
}

/// Some of the values.
struct Pass<'a> {
    one: &'a mut [f32],
    other: &'a [f32],
    shares: [f32; 2],
}

impl Kernel for Pass<'_> {
    type Output = ();

    #[inline(always)]
    #[allow(unsafe_code)] // Of the trait; nothing here needs it.
    unsafe fn run<S: Simd>(self) {
        for (one, &other) in self.one.iter_mut().zip(self.other) {
            *one = *one * self.shares[0] + other * self.shares[1];
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::drawn::normal;
    use crate::with_fusing;

    #[test]
    fn is_the_plain_operations_to_the_last_bit() {
        let (one, other) = (normal([170, 131], 1), normal([170, 131], 2));
        let results = || {
            let found = blend(one.clone(), other.clone(), 0.999);
            found.try_to_vec_as::<f32>().unwrap()
        };
        assert_eq!(results(), with_fusing(false, results));
    }
}
