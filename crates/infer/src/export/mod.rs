//! Saved networks in forms that other programs run.
//!
//! Owns the list of the forms; each has its own module. Knows weights as plain numbers, never tensors.

mod html;
mod plan;
mod safetensors;

pub use html::to_html;
