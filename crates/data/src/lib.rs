//! From bytes to images and labels: file readers, known data sets and their download, drawn
//! digits, pictures of any size and drawn ones to test with, and the split into training, validation
//! and test images.
//!
//! Knows files and pixels, never tensors or networks.

mod csv_file;
mod csv_rows;
pub mod decode;
mod download;
mod enlarge;
mod error;
mod finish;
mod folder;
mod idx;
mod images;
mod lookup;
mod mnist;
pub mod paper;
mod parquet_file;
mod pens;
pub mod picture;
mod records;
mod set_files;
mod split;
pub mod synthetic;
mod tar_file;
mod thin;
mod touching;
mod unpack;

pub use csv_file::{CsvOptions, read_csv, read_csv_set};
pub use decode::DecodeLimits;
pub use download::{DownloadLimits, Progress, Silent};
pub use error::DataError;
pub use folder::read_folder;
pub use idx::{ImageReader, MAX_IMAGES, read_images, read_labels, read_pair};
pub use images::{Dataset, LabeledImages, digit_names};
pub use lookup::{Lookup, MNIST_DIR, load, load_files};
pub use mnist::KnownSet;
pub use pens::redrawn;
pub use records::{Content, Record, Records, has_records_name};
pub use set_files::{FileKind, SetFile, SetFiles, Sum};
pub use split::{Split, SplitConfig, SplitOrder, permutation, split};
pub use touching::{Cuttings, cuttings};
