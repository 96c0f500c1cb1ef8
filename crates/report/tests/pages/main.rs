//! Pages and pictures of whole runs, ordinary and broken ones.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    missing_docs
)]

mod comparisons;
mod fixture;
mod look;
mod markup;
mod pictures;
mod runs;
mod trainer;
