//! What a path holds, by its content: a folder, a file of many images of one of four formats, or a picture.
//!
//! Owns [`Source`]. The one place where this is decided, for training and prediction alike.

use std::fmt;
use std::path::Path;

use crate::array::npy::NPY_START;
use crate::csv_rows::{NUM_FIELDS, fields, separator};
use crate::decode::is_picture_start;
use crate::error::DataError;
use crate::foreign::Foreign;
use crate::pairs::{Role, Stem};
use crate::unpack::Contents;
use base::IMAGE_PIXELS;

/// First bytes of IDX files, and the types of numbers that the third byte may name.
const IDX_START: &[u8] = &[0, 0];
const IDX_TYPES: [u8; 6] = [0x08, 0x09, 0x0b, 0x0c, 0x0d, 0x0e];
const MAX_IDX_DIMENSIONS: u8 = 4;
const PARQUET_START: &[u8] = b"PAR1";
/// How a ZIP archive begins, and one without members.
const ZIP_STARTS: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];
/// In the first header of a tar archive, where, and how long that is. Archives older than POSIX have none.
const TAR_MARK: (usize, &[u8]) = (257, b"ustar");
const TAR_HEADER_BYTES: usize = 512;
/// Behind any name may stand how it is packed.
const PACKED_ENDS: [&str; 4] = [".gz", ".bz2", ".xz", ".zst"];
/// How the names of files end that are told by their name where their content says nothing.
const TAR_ENDS: [&str; 6] = [".tar", ".tgz", ".tbz", ".tbz2", ".txz", ".tzst"];
const CSV_ENDS: [&str; 2] = [".csv", ".tsv"];
const PARQUET_END: &str = ".parquet";
const NPY_END: &str = ".npy";
const ZIP_END: &str = ".zip";
const NPZ_END: &str = ".npz";
/// The first line of a table of images is not longer: 786 quoted names, or numbers of twenty places.
const MAX_FIRST_LINE: usize = 1 << 15;

/// What a path holds. Files may be packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A folder.
    Folder,
    /// MNIST's own format, IDX, with images or labels.
    Idx,
    /// A table of pixels.
    Csv,
    /// A Parquet file.
    Parquet,
    /// An array of `NumPy`.
    Npy,
    /// A tar archive.
    Tar,
    /// A ZIP archive, of pictures or of arrays of `NumPy`.
    Zip,
    /// A picture.
    Picture,
}

impl Source {
    /// Looks into a folder or file. `None` where a file is none of these.
    ///
    /// All but CSV are known by their first bytes; CSV by a first line of 784 to 786 fields.
    /// Where the content says nothing, the name does for CSV, Parquet and (old) tar, so that the reader of what was
    /// meant says what is wrong with it.
    ///
    /// # Errors
    /// [`DataError::Io`], [`DataError::Format`] where the file is packed and damaged, and [`DataError::Foreign`] where
    /// it is of a known kind that is not read.
    pub fn of(path: &Path) -> Result<Option<Self>, DataError> {
        if path.is_dir() {
            return Ok(Some(Self::Folder));
        }
        let start = Contents::open(path)?.read_up_to(MAX_FIRST_LINE as u64)?;
        if let Some(by_content) = Self::of_start(&start) {
            return Ok(Some(by_content));
        }
        match Foreign::of_start(&start) {
            Some(foreign) => Err(DataError::foreign(path, foreign)),
            None => Ok(Self::of_name(&path.to_string_lossy())),
        }
    }

    /// By the first (unpacked) bytes of a file.
    fn of_start(start: &[u8]) -> Option<Self> {
        let (offset, mark) = TAR_MARK;
        let has_tar_mark = start.get(offset..TAR_HEADER_BYTES.min(start.len()));
        if is_idx(start) {
            Some(Self::Idx)
        } else if start.starts_with(PARQUET_START) {
            Some(Self::Parquet)
        } else if start.starts_with(NPY_START) {
            Some(Self::Npy)
        } else if ZIP_STARTS.iter().any(|mark| start.starts_with(mark)) {
            Some(Self::Zip)
        } else if has_tar_mark.is_some_and(|rest| rest.starts_with(mark)) {
            Some(Self::Tar)
        } else if begins_a_table(start) {
            Some(Self::Csv)
        } else {
            is_picture_start(start).then_some(Self::Picture)
        }
    }

    /// By a name alone.
    fn of_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let plain = without_packing(&name);
        let ends_in = |ends: &[&str]| ends.iter().any(|end| plain.ends_with(end));
        if ends_in(&[PARQUET_END]) {
            Some(Self::Parquet)
        } else if ends_in(&TAR_ENDS) {
            Some(Self::Tar)
        } else {
            ends_in(&CSV_ENDS).then_some(Self::Csv)
        }
    }

    /// Whether the content of a file is a table of pixels.
    pub(crate) fn is_table_of_images(path: &Path) -> bool {
        let start =
            Contents::open(path).and_then(|mut file| file.read_up_to(MAX_FIRST_LINE as u64));
        start.is_ok_and(|start| begins_a_table(&start))
    }

    /// Whether it is a file of many images.
    #[must_use]
    pub fn is_of_many(self) -> bool {
        match self {
            Self::Idx | Self::Csv | Self::Parquet | Self::Npy | Self::Tar | Self::Zip => true,
            Self::Folder | Self::Picture => false,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Folder => "a folder",
            Self::Idx => "an IDX file",
            Self::Csv => "a CSV file",
            Self::Parquet => "a Parquet file",
            Self::Npy => "a NumPy file",
            Self::Tar => "a tar archive",
            Self::Zip => "a ZIP archive",
            Self::Picture => "a picture",
        })
    }
}

/// Whether a file of this name is taken from a folder as one of many images. CSV files are not:
/// they are as often tables of something else; nor are files of labels.
#[must_use]
pub fn has_records_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let plain = without_packing(&lower);
    let file = plain.rsplit(['/', '\\']).next().unwrap_or(plain);
    let is_array = has_idx_name(file) || plain.ends_with(NPY_END) || plain.ends_with(NPZ_END);
    is_array && !has_labels_name(file)
        || plain.ends_with(ZIP_END)
        || matches!(Source::of_name(plain), Some(Source::Tar | Source::Parquet))
}

/// Whether a file of this name holds the labels of another one.
#[must_use]
pub fn has_labels_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let plain = without_packing(&lower);
    let file = plain.rsplit(['/', '\\']).next().unwrap_or(plain);
    let is_array = has_idx_name(file) || plain.ends_with(NPY_END) || plain.ends_with(NPZ_END);
    is_array && Stem::of(file).role == Some(Role::Labels)
}

/// Whether a member of an archive of this name is a file of many images, or of their labels, that is read in place.
pub(crate) fn holds_images_or_labels(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let plain = without_packing(&lower);
    let ends = [PARQUET_END, NPY_END, NPZ_END, CSV_ENDS[0], CSV_ENDS[1]];
    has_idx_name(plain) || ends.iter().any(|end| plain.ends_with(end))
}

/// Whether a file of this name is taken for a CSV file.
pub(crate) fn has_csv_name(name: &str) -> bool {
    Source::of_name(name) == Some(Source::Csv)
}

/// A name, in lower case, without what says how the file is packed.
fn without_packing(name: &str) -> &str {
    let end = PACKED_ENDS.iter().find(|end| name.ends_with(**end));
    end.map_or(name, |end| &name[..name.len() - end.len()])
}

/// Whether a name, in lower case, has the part that tells the number of dimensions of an IDX file, such as `idx3`.
fn has_idx_name(name: &str) -> bool {
    let mut words = name.split(|letter: char| !letter.is_ascii_alphanumeric());
    words.any(|word| {
        let dimensions = word.strip_prefix("idx");
        dimensions.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

fn is_idx(start: &[u8]) -> bool {
    start.starts_with(IDX_START)
        && start.get(2).is_some_and(|kind| IDX_TYPES.contains(kind))
        && start
            .get(3)
            .is_none_or(|&number| (1..=MAX_IDX_DIMENSIONS).contains(&number))
}

/// Whether the first line that holds anything has as many fields as an image has pixels, or up to two more for a
/// label and a number.
fn begins_a_table(start: &[u8]) -> bool {
    let mut lines = start.split(|&byte| byte == b'\n');
    let Some(line) = lines.find(|line| !line.trim_ascii().is_empty()) else {
        return false;
    };
    let num_fields = fields(line, separator(line)).count();
    let is_text = !line
        .iter()
        .any(|byte| byte.is_ascii_control() && !byte.is_ascii_whitespace());
    is_text && (IMAGE_PIXELS..=NUM_FIELDS + 1).contains(&num_fields)
}

#[cfg(test)]
mod tests;
