//! Pictures of several pages: TIFF files of scans, animated GIF and WebP files. Each page becomes a picture of its own.
//!
//! Owns which files have pages, and in which order; one page is in memory at a time. What a page's file holds is the
//! decoders'.

mod animation;
mod count;
mod tiff;

use std::io::{BufRead, Cursor, Seek};

use crate::decode::DecodeLimits;
use crate::error::DataError;
use crate::record::{Content, Part, Record, guarded_reading};
use image::ImageFormat;

/// Names that files of several pages have. Files of other names of pictures are not looked into.
const EXTENSIONS: [&str; 4] = ["tif", "tiff", "gif", "webp"];
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
}

/// Whether a picture of this name may have several pages.
#[must_use]
pub fn may_have_pages(name: &str) -> bool {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    EXTENSIONS
        .iter()
        .any(|known| extension.eq_ignore_ascii_case(known))
}

/// How many pages the file of a picture has; 1 of one that has none, or is damaged.
#[must_use]
pub fn num_pages(bytes: &[u8]) -> usize {
    count::of(&mut Cursor::new(bytes)).map_or(1, |(_, num_pages)| num_pages)
}

impl Pages {
    /// Of a file, called so; `None` where it has one page, or none that are known: then it is an ordinary picture, and
    /// what may be wrong with it is for its decoder to say.
    pub(crate) fn of(
        name: &str,
        mut file: impl BufRead + Seek + 'static,
        limits: &DecodeLimits,
    ) -> Option<Self> {
        let (format, num_pages) = count::of(&mut file)?;
        let stream: Stream = match format {
            ImageFormat::Tiff => Box::new(tiff::Splitter::new(file, limits.max_file_bytes)?),
            format => animation::frames(file, format, limits),
        };
        Some(Self {
            name: name.to_owned(),
            length: num_pages,
            next: 0,
            stream,
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
        let place = format!("page {}", self.next);
        self.next += 1;
        let stream = &mut self.stream;
        let read = guarded_reading(self.name.as_ref(), &place, || {
            stream
                .next()
                .unwrap_or_else(|| Err("it is not there".into()))
        });
        if read.is_err() {
            // Nothing is known of what comes behind.
            self.next = self.length;
        }
        Some(read.map(|bytes| Record {
            name,
            content: Content::Picture(bytes),
            label: None,
            part: Part::Unknown,
        }))
    }
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
