//! Pictures of several pages: TIFF and PDF files of scans, animated GIF and WebP files. Each page becomes a picture of its own.
//!
//! Owns which files have pages, and in which order; one page is in memory at a time. What a page's file holds is the
//! decoders'.

mod animation;
mod count;
mod tiff;

use std::io::{BufRead, BufReader, Cursor, Read, Seek};
use std::path::Path;

use crate::decode::DecodeLimits;
use crate::decode::pdf::{PDF_START, Pdf};
use crate::error::DataError;
use crate::record::{Content, Part, Record};
use crate::unpack::Contents;
use base::guarded;
use image::ImageFormat;

/// Names that files of several pages have. Files of other names of pictures are not looked into.
const EXTENSIONS: [&str; 5] = ["tif", "tiff", "gif", "webp", "pdf"];
/// First bytes that tell the format of a picture.
const START_BYTES: usize = 16;

/// The bytes of one picture file a page, or why a page gives none.
type Stream = Box<dyn Iterator<Item = Result<Vec<u8>, String>>>;

/// The pages of a picture, in their order, as records `NAME#INDEX`, counted from 0.
pub(crate) struct Pages {
    name: String,
    length: usize,
    next: usize,
    stream: Stream,
    /// Whether a page can be read where the one before it could not.
    are_independent: bool,
}

/// Whether a picture of this name may have several pages.
#[must_use]
pub fn may_have_pages(name: &str) -> bool {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    EXTENSIONS
        .iter()
        .any(|known| extension.eq_ignore_ascii_case(known))
}

/// The pages of a PDF file in memory; `None` where its structure is damaged.
fn pdf<B: AsRef<[u8]>>(bytes: B) -> Option<Pdf<B>> {
    guarded(|| Pdf::open(bytes)).ok()?.ok()
}

/// How many pages the file of a picture has; 1 of one that has none, or is damaged.
#[must_use]
pub fn num_pages(bytes: &[u8]) -> usize {
    if bytes.starts_with(PDF_START) {
        return pdf(bytes).map_or(1, |pdf| pdf.num_pages());
    }
    count::of(&mut Cursor::new(bytes)).map_or(1, |(_, num_pages)| num_pages)
}

impl Pages {
    /// Of a file, which may be packed; `None` where it is an ordinary picture.
    ///
    /// # Errors
    /// [`DataError::Io`].
    pub(crate) fn open(path: &Path, limits: &DecodeLimits) -> Result<Option<Self>, DataError> {
        let file = BufReader::new(Contents::seekable(path)?);
        Ok(Self::of(&path.display().to_string(), file, limits))
    }

    /// Of a file, called so; `None` where it has one page, or none that are known: then it is an ordinary picture, and
    /// what may be wrong with it is for its decoder to say.
    pub(crate) fn of(
        name: &str,
        mut file: impl BufRead + Seek + 'static,
        limits: &DecodeLimits,
    ) -> Option<Self> {
        let mut are_independent = false;
        let (num_pages, stream): (usize, Stream) = if is_pdf(&mut file) {
            are_independent = true;
            let (pdf, limits) = (pdf(whole(file, limits)?)?, *limits);
            let num_pages = pdf.num_pages();
            let page = move |number| pdf.page(number, &limits).map_err(|error| error.to_string());
            (num_pages, Box::new((0..num_pages).map(page)))
        } else {
            let (format, num_pages) = count::of(&mut file)?;
            let stream: Stream = match format {
                ImageFormat::Tiff => Box::new(tiff::Splitter::new(file, limits.max_file_bytes)?),
                format => animation::frames(file, format, limits),
            };
            (num_pages, stream)
        };
        if num_pages < 2 {
            return None;
        }
        Some(Self {
            name: name.to_owned(),
            length: num_pages,
            next: 0,
            stream,
            are_independent,
        })
    }

    /// How many there are.
    pub(crate) fn num_pages(&self) -> usize {
        self.length
    }
}

impl Iterator for Pages {
    type Item = Result<Record, DataError>;

    /// Whatever comes of it, there are no more pages than were counted.
    fn next(&mut self) -> Option<Self::Item> {
        if self.next == self.length {
            return None;
        }
        let name = format!("{}#{}", self.name, self.next);
        self.next += 1;
        let stream = &mut self.stream;
        let read = guarded(|| {
            stream
                .next()
                .unwrap_or_else(|| Err("it is not there".into()))
        });
        let read = read.unwrap_or_else(|panic| Err(format!("the reader failed: {panic}")));
        if read.is_err() && !self.are_independent {
            // Nothing is known of what comes behind.
            self.next = self.length;
        }
        Some(match read {
            Ok(bytes) => Ok(Record {
                name,
                content: Content::Picture(bytes),
                label: None,
                part: Part::Unknown,
            }),
            Err(reason) => Err(DataError::Picture {
                path: name.into(),
                reason,
            }),
        })
    }
}

fn is_pdf(file: &mut impl Read) -> bool {
    let mut start = Vec::new();
    let read = file.take(PDF_START.len() as u64).read_to_end(&mut start);
    read.is_ok() && start == PDF_START
}

/// All of a file; `None` where it is larger than half of what a picture may take to be decoded.
fn whole(mut file: impl Read + Seek, limits: &DecodeLimits) -> Option<Vec<u8>> {
    let max_bytes = limits.max_memory_bytes / 2;
    let mut bytes = Vec::new();
    file.rewind().ok()?;
    file.take(max_bytes.saturating_add(1))
        .read_to_end(&mut bytes)
        .ok()?;
    (bytes.len() as u64 <= max_bytes).then_some(bytes)
}

/// A record of a picture of several pages is that of each page; any other stays.
pub(crate) fn parted(
    record: Result<Record, DataError>,
    limits: &DecodeLimits,
) -> Box<dyn Iterator<Item = Result<Record, DataError>>> {
    let is_of_several = |record: &Record| match &record.content {
        Content::Picture(bytes) => num_pages(bytes) > 1,
        Content::Pixels(_) => false,
    };
    let record = match record {
        Ok(record) if is_of_several(&record) => record,
        record => return Box::new(std::iter::once(record)),
    };
    let Record {
        name,
        content: Content::Picture(bytes),
        label,
        part,
    } = record
    else {
        return Box::new(std::iter::empty());
    };
    let pages = Pages::of(&name, Cursor::new(bytes), limits);
    Box::new(pages.into_iter().flatten().map(move |page| {
        page.map(|page| Record {
            label,
            part,
            ..page
        })
    }))
}

#[cfg(test)]
mod tests;
