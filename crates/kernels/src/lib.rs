//! Operations on tensors and on the parameters of whole networks that Burn does not have.
//!
//! Knows tensors and modules, never data sets or particular networks. Nothing here waits for the
//! device: results stay where they were computed.

#![allow(
    clippy::inline_always,
    reason = "vector code runs as such only where it is inlined into a function that has the feature"
)]

mod activation;
mod arena;
mod average;
mod batch_norm;
mod blend;
mod clipping;
mod conv_pool;
mod cross_entropy;
mod cube;
mod dense;
#[cfg(test)]
mod drawn;
mod dropout;
mod finite;
mod flex;
mod following;
mod fusion;
mod gemm;
mod memory;
mod network_step;
mod packed;
mod parameters;
mod peak;
mod pointwise;
mod pool;
mod resample;
mod rows;
mod rules;
mod scratch;
mod simd;
mod standardize;
mod stopwatch;
mod together;
mod update;
mod whole_step;

pub use average::average_parameters;
pub use batch_norm::batch_norm;
pub use clipping::clip_global_norm;
pub use conv_pool::{ConvPoolOptions, conv_pool};
pub use cross_entropy::{CrossEntropy, LossOptions, cross_entropy};
pub use dense::{DenseStep, dense};
pub use dropout::{Dropout, DropoutKey};
pub use finite::{has_finite_gradients, is_finite};
pub use fusion::{FusedActivation, FusedPool, on_computing_thread, with_fusing};
pub use memory::keep_freed_memory;
pub use network_step::{NetworkShape, NetworkStep, StepConvolution, StepDense, StepFound};
pub use packed::{StepImages, floats_of_bytes, gather_bytes, pack_bytes};
pub use peak::measure_peak;
pub use pointwise::dropout;
pub use pool::pool;
pub use resample::{RESAMPLED_SIDE, Rectangle, Smoothing, Warp, resample};
pub use rules::{Adam, RmsProp, Rule, Sgd, Updated};
pub use standardize::standardize;
pub use stopwatch::with_stopwatch;
pub use together::together;
pub use update::update;
pub use whole_step::WholeStep;
