//! `infer serve`, over loopback.

mod bounds;
pub(crate) mod client;
mod draining;
mod examples;
mod mutated;
mod protocol;
mod same_answers;
