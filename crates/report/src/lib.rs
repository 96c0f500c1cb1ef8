//! Pictures and pages of what a training run came to: plain numbers in, HTML, SVG and PNG out.
//!
//! Knows nothing of tensors, networks or files; the programs convert what they have to
//! [`content`].

pub mod blocks;
mod chart;
mod colour;
pub mod compare;
pub mod content;
mod error;
mod figures;
pub mod html;
mod matrix;
mod number;
mod picture;
pub mod png;
pub mod review;
pub mod tensorboard;

pub use error::ReportError;
