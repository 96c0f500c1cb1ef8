//! From bytes to images and labels: file readers and writers, known data sets and their download, drawn
//! digits, what is added to training images, pictures of any size, and the split into training,
//! validation and test images.
//!
//! Knows files and pixels, never tensors or networks.

pub mod additions;
mod archive;
mod array;
pub mod bilevel;
mod burn_dataset;
mod cache;
mod classes;
mod csv_file;
mod csv_rows;
pub mod decode;
mod download;
mod error;
mod finish;
mod folder;
mod foreign;
mod idx;
mod images;
mod label_table;
mod labelled;
mod lookup;
mod members;
mod mnist;
mod npz;
mod oddities;
pub mod orientation;
mod pages;
mod pairs;
mod parquet_file;
pub mod picture;
mod pile;
mod reading;
mod record;
mod records;
mod remarks;
pub mod remote;
mod resize;
mod sample;
mod set;
mod set_files;
mod source;
mod split;
pub mod synthetic;
mod table_set;
mod tar_file;
mod tiff_file;
mod unpack;
mod write;
mod zip_file;

pub use additions::{Cuttings, cuttings, redrawn};
pub use burn_dataset::LabeledImage;
pub use cache::{Cache, CacheUse, Watch, program_cache};
pub use classes::class_of_name;
pub use decode::DecodeLimits;
pub use download::{DownloadLimits, Progress, Silent};
pub use error::DataError;
pub use foreign::Foreign;
pub use images::{Dataset, LabeledImages, digit_names, transpose};
pub use label_table::{LabelRow, LabelTable};
pub use lookup::{Lookup, MNIST_DIR, load, load_files};
pub use mnist::KnownSet;
pub use oddities::oddities;
pub use orientation::Orientation;
pub use pages::{may_have_pages, num_pages};
pub use record::{Content, Part, Record};
pub use records::Records;
pub use remarks::Remarks;
pub use sample::Rows;
pub use set::{SetOptions, read_set, read_test_images};
pub use set_files::{FileKind, SetFile, SetFiles, Sum};
pub use source::{Source, has_labels_name, has_records_name};
pub use split::{Split, SplitConfig, SplitOrder, permutation, set_test_aside, split};
pub use write::{SetFormat, write_images, write_set};
