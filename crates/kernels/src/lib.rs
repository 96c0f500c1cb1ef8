//! Operations on tensors and on the parameters of whole networks that Burn does not have.
//!
//! Knows tensors and modules, never data sets or particular networks. Nothing here waits for the
//! device: results stay where they were computed.

#![allow(
    clippy::inline_always,
    reason = "vector code runs as such only where it is inlined into a function that has the feature"
)]

mod average;
mod clipping;
mod conv_pool;
mod flex;
mod fusion;
mod resample;
mod scratch;
mod simd;

pub use average::average_parameters;
pub use clipping::clip_global_norm;
pub use conv_pool::{ConvPoolOptions, FusedActivation, conv_pool, conv_pool_unfused};
pub use fusion::set_fused;
pub use resample::{RESAMPLED_SIDE, Rectangle, Smoothing, Warp, resample};
