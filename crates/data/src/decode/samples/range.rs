//! From which numbers to which the pixels of a file go: as it says, or as its numbers show.

use crate::tiff_file::{Entry, FirstPage};

/// Which numbers are the least and the largest.
const LEAST: [u16; 2] = [340, 280];
const LARGEST: [u16; 2] = [341, 281];
const GUESSED: &str = "pixels of TIFF files that do not say how bright their numbers are: read as 0 to 255 where they fit \
                       into that, else from the smallest number of the picture to its largest";

/// The numbers that are black and white.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Range {
    black: f64,
    white: f64,
    is_guessed: bool,
}

impl Range {
    /// Of whole numbers of so many bits.
    pub(super) fn of_type(bits: u16) -> Self {
        Self {
            black: 0.0,
            white: 2.0_f64.powi(bits.into()) - 1.0,
            is_guessed: false,
        }
    }

    /// As the file says, where it does.
    pub(super) fn told(page: &FirstPage<'_>) -> Option<Self> {
        let find = |tags: [u16; 2]| {
            let mut entries = tags
                .into_iter()
                .filter_map(|tag| page.directory.iter().find(|entry| entry.tag == tag));
            number(page, entries.next()?)
        };
        let (black, white) = (find(LEAST).unwrap_or(0.0), find(LARGEST)?);
        let range = Self {
            black,
            white,
            is_guessed: false,
        };
        (white > black && (white - black).is_finite()).then_some(range)
    }

    /// By all numbers of a picture; `None` where one of them is none.
    pub(super) fn seen(numbers: impl Iterator<Item = f64>, have_places: bool) -> Option<Self> {
        let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
        for number in numbers {
            if !number.is_finite() {
                return None;
            }
            (least, most) = (least.min(number), most.max(number));
        }
        let usual = |white: f64, is_guessed: bool| Self {
            black: 0.0,
            white,
            is_guessed,
        };
        Some(if least >= 0.0 && most <= 1.0 && have_places {
            usual(1.0, false)
        } else if least >= 0.0 && most > 1.0 && most <= 255.0 {
            usual(255.0, true)
        } else {
            Self {
                black: least,
                white: most,
                is_guessed: true,
            }
        })
    }

    /// What is to be said of it.
    pub(super) fn remark(self) -> Option<&'static str> {
        self.is_guessed.then_some(GUESSED)
    }

    /// A number as a grey level; white where all numbers are the same.
    pub(super) fn level(self, number: f64) -> u8 {
        let width = self.white - self.black;
        if width > 0.0 {
            ((number - self.black) / width * 255.0).round() as u8
        } else {
            u8::MAX
        }
    }
}

/// The first number of an entry, as far as it stands in the entry itself.
fn number(page: &FirstPage<'_>, entry: &Entry) -> Option<f64> {
    let size = usize::try_from(entry.size()?).ok()?;
    let form = page.reader.form;
    let bits = if size as u64 * entry.num_values <= entry.inline.len() as u64 {
        form.number(entry.inline.get(..size)?)
    } else {
        let place = usize::try_from(form.number(&entry.inline)).ok()?;
        form.number(page.reader.file.get_ref().get(place..)?.get(..size)?)
    };
    Some(match entry.kind {
        1 | 3 | 4 | 16 => bits as f64,
        6 => f64::from(bits as i8),
        8 => f64::from(bits as i16),
        9 => f64::from(bits as i32),
        11 => f64::from(f32::from_bits(bits as u32)),
        12 => f64::from_bits(bits),
        _ => return None,
    })
}
