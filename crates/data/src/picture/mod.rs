//! Pictures of any origin become 28×28 pixels like MNIST's: one digit, or many of them.
//!
//! Owns the list of the steps; each has its own module, `prepare` has their order for one digit, `many` for many. The
//! boxing and centring are MNIST's own and shared with the drawn digits, decoding is [`decode`](crate::decode)'s.
//! Knows no labels and no data sets.

mod angle;
mod background;
mod digit_ink;
mod edges;
mod filled;
mod form;
mod grey;
mod ink;
mod levels;
mod lines;
mod many;
mod options;
mod pieces;
mod prepare;
mod sharp;
mod slant;
pub(crate) mod stroke;
mod unprinted;
mod ways;

pub use many::{Bounds, Cluster, Part, Sign, SignKind, Variant, find_digits};
pub(crate) use many::{Cutter, Cutting};
pub use options::{PictureError, PictureOptions};
pub use prepare::{Choice, Prepared, Step, Trace, open, prepare_digit, to_mnist, trace};
