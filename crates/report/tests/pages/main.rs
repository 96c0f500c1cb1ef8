//! Pages and pictures of whole runs, ordinary and broken ones.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod fixture;
mod look;
mod trainer;
