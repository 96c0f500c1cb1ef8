//! Dropout: which values a step of training leaves out. That is a pure function of the seed, the step,
//! the layer and the value's place, so that every device and any number of threads leave out the same
//! ones, and a gradient needs no memory of the mask.

use base::random::{Purpose, stream};
use burn::tensor::{Tensor, TensorData};
use rand::Rng as _;

/// Bits of a random number that are compared with the probability.
const BITS: u32 = 24;

/// The name of a mask: the same name is the same mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DropoutKey {
    /// The run's seed.
    pub seed: u64,
    /// The step, counted over the whole run.
    pub step: u64,
    /// The layer within the network, below 65,536.
    pub layer: u32,
}

/// A dropout, which there is in training only.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dropout {
    /// Share of the values that become zero, 0 ≤ p < 1; the others are divided by `1 - p`.
    pub probability: f32,
    /// Which values these are.
    pub key: DropoutKey,
}

impl Dropout {
    /// The mask, ready to be asked.
    pub(crate) fn mask(self) -> Mask {
        let DropoutKey { seed, step, layer } = self.key;
        let index = (step << 16) ^ u64::from(layer);
        let key = stream(seed, Purpose::Dropout, index).next_u64();
        let bound = f64::from(self.probability) * f64::from(1_u32 << BITS);
        Mask {
            keys: [key as u32, (key >> 32) as u32],
            bound: bound.round() as u32,
            scale: (1.0 / (1.0 - f64::from(self.probability))) as f32,
        }
    }
}

/// Whether each value of a tensor is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mask {
    pub keys: [u32; 2],
    /// Numbers of [`BITS`] bits below it leave a value out.
    pub bound: u32,
    /// What kept values are multiplied by.
    pub scale: f32,
}

impl Mask {
    /// Keeps every value as it is.
    pub(crate) const NONE: Self = Self {
        keys: [0; 2],
        bound: 0,
        scale: 1.0,
    };

    /// Whether the value at place `unit` of the whole batch's tensor is kept.
    ///
    /// The place goes through a hash of two multiplications (Wellons' `lowbias32` with other shifts between
    /// two keys), in which neighbours share nothing. It needs 32-bit integers alone, so that the compiler
    /// makes vectors of it, and no place waits for another, as it would with a generator. Places
    /// 2³² apart are alike: such a tensor would have 16 GiB.
    #[inline(always)]
    pub(crate) fn keeps(self, unit: u32) -> bool {
        let mut bits = unit ^ self.keys[0];
        bits = (bits ^ (bits >> 16)).wrapping_mul(0x7FEB_352D);
        bits = (bits ^ (bits >> 15)).wrapping_add(self.keys[1]);
        bits = bits.wrapping_mul(0x846C_A68B);
        bits ^= bits >> 16;
        bits >> (32 - BITS) >= self.bound
    }

    /// What that value is multiplied by.
    #[inline(always)]
    pub(crate) fn factor(self, unit: u32) -> f32 {
        if self.keeps(unit) { self.scale } else { 0.0 }
    }
}

/// The same by one of Burn's own operations: the mask comes from the host.
pub(crate) fn dropout_unfused<const D: usize>(values: Tensor<D>, dropout: Dropout) -> Tensor<D> {
    let mask = dropout.mask();
    let factors: Vec<f32> = (0..values.shape().num_elements())
        .map(|unit| mask.factor(unit as u32))
        .collect();
    let factors = TensorData::new(factors, values.dims());
    let factors = Tensor::from_data(factors, (&values.device(), values.dtype()));
    values * factors
}

#[cfg(test)]
mod tests;
