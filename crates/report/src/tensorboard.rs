//! Event files for TensorBoard: plain numbers in, one file of records out, in the form that
//! TensorFlow 2 writes, tensors marked with the plugin that shows them. Owns the file and its
//! records; the messages in them are `messages`'.

mod messages;

use messages::{Event, Plugin, Value, What};
use prost::Message as _;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// The version of the format, which the first record of a file has to tell.
const FILE_VERSION: &str = "brain.Event:2";
/// Buckets of a histogram, as many as TensorFlow makes.
const NUM_BUCKETS: usize = 30;
/// Added to the rotated sums, so that the sum of data that holds sums is a good one too.
const MASK: u32 = 0xa282_ead8;

/// Why events could not be written.
#[derive(Debug, thiserror::Error)]
pub enum TensorboardError {
    /// The system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The bytes are no picture.
    #[error("`{tag}`: expected the bytes of a PNG")]
    Picture {
        /// The picture's name.
        tag: String,
    },
}

/// Writes one run, which TensorBoard shows under the name of its folder. Tags with a `/` are
/// grouped by what stands before it. Records are in the file after [`EventWriter::flush`] and when
/// the writer is dropped.
pub struct EventWriter {
    path: PathBuf,
    file: BufWriter<File>,
}

impl EventWriter {
    /// Starts a new file in `folder`, which is made where it is not there.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub fn create(folder: &Path) -> Result<Self, TensorboardError> {
        let refused = |path: &Path, source| TensorboardError::Io {
            path: path.to_path_buf(),
            source,
        };
        fs::create_dir_all(folder).map_err(|source| refused(folder, source))?;
        let now = now_seconds();
        // TensorBoard takes files with `tfevents` in their name, in the order of the names.
        let name = format!("events.out.tfevents.{now:010.0}.{}.v2", std::process::id());
        let path = folder.join(name);
        let file = File::create_new(&path).map_err(|source| refused(&path, source))?;
        let mut writer = Self {
            path,
            file: BufWriter::new(file),
        };
        writer.write(&Event {
            wall_time: now,
            step: 0,
            what: Some(What::FileVersion(FILE_VERSION.to_string())),
        })?;
        writer.flush()?;
        Ok(writer)
    }

    /// A point of a curve.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub fn scalar(&mut self, step: usize, tag: &str, value: f64) -> Result<(), TensorboardError> {
        let tensor = messages::scalar(value as f32);
        self.add(step, Value::new(tag, Plugin::Scalars, tensor))
    }

    /// How values are distributed; those that are no finite numbers are left out.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub fn histogram(
        &mut self,
        step: usize,
        tag: &str,
        values: &[f32],
    ) -> Result<(), TensorboardError> {
        let buckets = histogram(values, NUM_BUCKETS);
        let tensor = messages::matrix(&buckets);
        self.add(step, Value::new(tag, Plugin::Histograms, tensor))
    }

    /// A picture, as `png` draws them.
    ///
    /// # Errors
    ///
    /// Where the bytes are no PNG or the system refuses.
    pub fn picture(&mut self, step: usize, tag: &str, png: &[u8]) -> Result<(), TensorboardError> {
        let size = size_of_png(png).ok_or_else(|| TensorboardError::Picture {
            tag: tag.to_string(),
        })?;
        self.add(
            step,
            Value::new(tag, Plugin::Images, messages::image(size, png)),
        )
    }

    /// Makes all records visible to whoever reads the file.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub fn flush(&mut self) -> Result<(), TensorboardError> {
        let flushed = self.file.flush();
        flushed.map_err(|source| self.refused(source))
    }

    fn add(&mut self, step: usize, value: Value) -> Result<(), TensorboardError> {
        self.write(&Event {
            wall_time: now_seconds(),
            step: i64::try_from(step).unwrap_or(i64::MAX),
            what: Some(What::Summary(messages::Summary { value: vec![value] })),
        })
    }

    fn write(&mut self, event: &Event) -> Result<(), TensorboardError> {
        let written = write_record(&mut self.file, &event.encode_to_vec());
        written.map_err(|source| self.refused(source))
    }

    fn refused(&self, source: io::Error) -> TensorboardError {
        TensorboardError::Io {
            path: self.path.clone(),
            source,
        }
    }
}

/// One record: length, sum of the length, data, sum of the data; all little-endian.
fn write_record(output: &mut impl io::Write, data: &[u8]) -> io::Result<()> {
    let length = (data.len() as u64).to_le_bytes();
    output.write_all(&length)?;
    output.write_all(&masked_crc(&length).to_le_bytes())?;
    output.write_all(data)?;
    output.write_all(&masked_crc(data).to_le_bytes())
}

/// CRC-32C, rotated and shifted by [`MASK`].
fn masked_crc(data: &[u8]) -> u32 {
    crc32c::crc32c(data).rotate_right(15).wrapping_add(MASK)
}

/// Seconds since 1970.
/// Width and height in pixels, from the file's head.
fn size_of_png(png: &[u8]) -> Option<(u32, u32)> {
    let reader = ::png::Decoder::new(io::Cursor::new(png)).read_info().ok()?;
    Some(reader.info().size())
}

fn now_seconds() -> f64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0.0, |elapsed| elapsed.as_secs_f64())
}

/// Rows of left edge, right edge and count; no rows where there are no finite values. Equal values
/// make buckets without width, all of them in the last one, as TensorFlow has it.
fn histogram(values: &[f32], num_buckets: usize) -> Vec<[f64; 3]> {
    let finite = || {
        let values = values.iter().map(|&value| f64::from(value));
        values.filter(|value| value.is_finite())
    };
    let lowest = finite().fold(f64::INFINITY, f64::min);
    let highest = finite().fold(f64::NEG_INFINITY, f64::max);
    if lowest > highest {
        return Vec::new();
    }
    let width = (highest - lowest) / num_buckets as f64;
    let last = num_buckets - 1;
    let mut counts = vec![0_usize; num_buckets];
    for value in finite() {
        // Without width 0 / 0 is no number, and the cast makes 0 of it.
        let bucket = ((value - lowest) / width) as usize;
        counts[if width > 0.0 { bucket.min(last) } else { last }] += 1;
    }
    let edge = |index: usize| {
        if index == num_buckets {
            highest
        } else {
            lowest + width * index as f64
        }
    };
    let rows = counts.iter().enumerate();
    rows.map(|(index, &count)| [edge(index), edge(index + 1), count as f64])
        .collect()
}

#[cfg(test)]
mod tests;
