//! `infer serve`, over loopback.

mod bounds;
mod client;
mod draining;
mod examples;
mod protocol;
mod same_answers;
