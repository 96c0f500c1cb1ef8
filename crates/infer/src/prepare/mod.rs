//! Inputs become what a network sees: read, decoded within limits, brought to MNIST's form.

mod decoder;
mod picture_folder;
mod seen;

pub use decoder::Decoder;
pub use picture_folder::PictureFolder;
pub(crate) use picture_folder::png;
pub use seen::{Image, Pixels, Seen};
