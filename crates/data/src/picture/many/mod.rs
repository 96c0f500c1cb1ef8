//! Pictures of many digits: where they are, and how ink that touches may be cut apart.
//!
//! Owns the list of the steps; `find` has their order. Which cuts are right is for a network to say: every part that
//! a digit may be is made ready for it.

mod cluster;
mod clusters;
mod cutter;
mod find;
mod form;
mod fragments;
mod group;
mod lean;
mod placement;
mod seams;
mod signs;
mod slashes;

pub use cluster::{Bounds, Cluster, Part, Sign, SignKind, Variant};
pub(crate) use cutter::{Cutter, Cutting};
pub use find::find_digits;
