//! What a path holds, by its content: a folder, a file of many images of one of four formats, or a picture.
//!
//! Owns [`Source`]. The one place where this is decided, for training and prediction alike.

use std::fmt;
use std::path::Path;

use crate::csv_rows::NUM_FIELDS;
use crate::decode::is_picture_start;
use crate::error::DataError;
use crate::tar_file::BLOCK_BYTES;
use crate::unpack::Contents;
use base::IMAGE_PIXELS;

/// First bytes of IDX files of images or labels.
const IDX_START: &[u8] = &[0, 0, 8];
const PARQUET_START: &[u8] = b"PAR1";
/// In the first header of a tar archive, and where. Archives older than POSIX have none.
const TAR_MARK: (usize, &[u8]) = (257, b"ustar");
/// How the names of files end that are told by their name where their content says nothing.
const TAR_ENDS: [&str; 3] = [".tar", ".tar.gz", ".tgz"];
const CSV_ENDS: [&str; 2] = [".csv", ".csv.gz"];
const PARQUET_ENDS: [&str; 2] = [".parquet", ".parquet.gz"];
/// In the names of IDX files of images.
const IDX_MARKS: [&str; 2] = ["-idx3-ubyte", ".idx3-ubyte"];
/// The first line of a table of images is not longer: 785 quoted names or numbers.
const MAX_FIRST_LINE: usize = 1 << 14;

/// What a path holds. Files may be gzipped.
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
    /// A tar archive.
    Tar,
    /// A picture.
    Picture,
}

impl Source {
    /// Looks into a folder or file. `None` where a file is none of these.
    ///
    /// IDX, Parquet, tar and pictures are known by their first bytes; CSV by a first line of 784 or 785 fields.
    /// Where the content says nothing, the name does for CSV, Parquet and (old) tar, so that the reader of what was
    /// meant says what is wrong with it.
    ///
    /// # Errors
    /// [`DataError::Io`], or [`DataError::Format`] where the file is gzipped and damaged.
    pub fn of(path: &Path) -> Result<Option<Self>, DataError> {
        if path.is_dir() {
            return Ok(Some(Self::Folder));
        }
        let start = Contents::open(path)?.read_up_to(MAX_FIRST_LINE as u64)?;
        let by_content = Self::of_start(&start);
        Ok(by_content.or_else(|| Self::of_name(&path.to_string_lossy())))
    }

    /// By the first (unpacked) bytes of a file.
    fn of_start(start: &[u8]) -> Option<Self> {
        let (offset, mark) = TAR_MARK;
        let has_tar_mark = start.get(offset..BLOCK_BYTES.min(start.len()));
        if start.starts_with(IDX_START) {
            Some(Self::Idx)
        } else if start.starts_with(PARQUET_START) {
            Some(Self::Parquet)
        } else if has_tar_mark.is_some_and(|rest| rest.starts_with(mark)) {
            Some(Self::Tar)
        } else if is_table_of_images(start) {
            Some(Self::Csv)
        } else {
            is_picture_start(start).then_some(Self::Picture)
        }
    }

    /// By a name alone.
    fn of_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let ends_in = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
        if ends_in(&PARQUET_ENDS) {
            Some(Self::Parquet)
        } else if ends_in(&TAR_ENDS) {
            Some(Self::Tar)
        } else {
            ends_in(&CSV_ENDS).then_some(Self::Csv)
        }
    }

    /// Whether it is a file of many images.
    #[must_use]
    pub fn is_of_many(self) -> bool {
        match self {
            Self::Idx | Self::Csv | Self::Parquet | Self::Tar => true,
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
            Self::Tar => "a tar archive",
            Self::Picture => "a picture",
        })
    }
}

/// Whether a file of this name is taken from a folder as one of many images. CSV files are not:
/// they are as often tables of something else.
#[must_use]
pub fn has_records_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let is_idx = IDX_MARKS.iter().any(|mark| lower.contains(mark));
    is_idx || matches!(Source::of_name(name), Some(Source::Tar | Source::Parquet))
}

/// Whether a file of this name is taken for a CSV file.
pub(crate) fn has_csv_name(name: &str) -> bool {
    Source::of_name(name) == Some(Source::Csv)
}

/// Whether the first line that holds anything has as many fields as an image has pixels, or one more for a label.
fn is_table_of_images(start: &[u8]) -> bool {
    let mut lines = start.split(|&byte| byte == b'\n');
    let Some(line) = lines.find(|line| !line.trim_ascii().is_empty()) else {
        return false;
    };
    let num_fields = line.split(|&byte| byte == b',').count();
    let is_text = !line
        .iter()
        .any(|byte| byte.is_ascii_control() && !byte.is_ascii_whitespace());
    is_text && (IMAGE_PIXELS..=NUM_FIELDS).contains(&num_fields)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::io::Write as _;

    fn gzipped(bytes: &[u8]) -> Vec<u8> {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(bytes).unwrap();
        gzip.finish().unwrap()
    }

    #[test]
    fn files_are_known_by_their_content_or_else_by_their_names() {
        let folder = tempfile::tempdir().unwrap();
        let of = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            Source::of(&path).unwrap()
        };
        let mut tar = vec![0; 512];
        tar[257..262].copy_from_slice(b"ustar");
        let row = "7".to_owned() + &",0".repeat(IMAGE_PIXELS);
        let header = "label".to_owned() + &",pixel".repeat(IMAGE_PIXELS);
        let contents: [(&[u8], Source); 8] = [
            (&tar, Source::Tar),
            (&[0, 0, 8, 1], Source::Idx),
            (b"PAR1", Source::Parquet),
            (row.as_bytes(), Source::Csv),
            (&row.as_bytes()[2..], Source::Csv),
            (header.as_bytes(), Source::Csv),
            (b"\x89PNG\r\n\x1a\n", Source::Picture),
            (b"\xff\xd8\xff\xe0", Source::Picture),
        ];
        for (bytes, expected) in contents {
            // Whatever it is called, and packed or not.
            for name in ["a", "a.gz", "a.csv", "a.png", "a.tar"] {
                assert_eq!(of(name, bytes), Some(expected), "{name}");
                assert_eq!(of(name, &gzipped(bytes)), Some(expected), "{name}, packed");
            }
        }
        assert_eq!(of("d.csv", b""), Some(Source::Csv));
        assert_eq!(of("e.TAR", b""), Some(Source::Tar));
        assert_eq!(of("f.parquet", b"x"), Some(Source::Parquet));
        assert_eq!(of("h", b"label,pixel"), None);
        assert_eq!(of("notes.txt", b"one, two"), None);
        assert_eq!(Source::of(folder.path()).unwrap(), Some(Source::Folder));
        assert!(Source::of(&folder.path().join("absent")).is_err());
    }

    #[test]
    fn names_of_files_of_many_images() {
        for name in ["a-idx3-ubyte.gz", "b.TGZ", "c.tar", "test-00000.parquet"] {
            assert!(has_records_name(name), "{name}");
        }
        for name in ["a-idx1-ubyte", "labels.csv", "a.gz", "b.png"] {
            assert!(!has_records_name(name), "{name}");
        }
    }
}
