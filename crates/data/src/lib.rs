//! From bytes to images and labels: file readers, known data sets and their download, drawn
//! digits, pictures of any size, and the split into training, validation and test images.
//!
//! Knows files and pixels, never tensors or networks.

mod csv_file;
mod download;
mod error;
mod finish;
mod folder;
mod idx;
mod images;
mod lookup;
mod mnist;
pub mod picture;
mod set_files;
mod split;
pub mod synthetic;
mod unpack;

pub use csv_file::{CsvOptions, read_csv, read_csv_set};
pub use download::{DownloadLimits, Progress, Silent};
pub use error::DataError;
pub use folder::read_folder;
pub use idx::{ImageReader, MAX_IMAGES, read_images, read_labels, read_pair};
pub use images::{
    Dataset, IMAGE_PIXELS, IMAGE_SIDE, LabeledImages, NUM_CLASSES, digit_names, hexadecimal,
};
pub use lookup::{Lookup, MNIST_DIR, load, load_files};
pub use mnist::KnownSet;
pub use set_files::{FileKind, SetFile, SetFiles, Sum};
pub use split::{Split, SplitConfig, SplitOrder, permutation, split};
