//! Saved networks in forms that other programs run.
//!
//! Owns the list of the forms; each has its own module. Knows weights as plain numbers, never tensors.

mod about;
mod html;
mod onnx;
mod plan;
mod torch;

pub use html::to_html;
pub use onnx::{PixelType, check_onnx, to_onnx};
pub use torch::{to_safetensors, to_torch_folder};
