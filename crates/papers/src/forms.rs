//! Digits in forms: cells cut out of tables, boxes, combs and grids, dotted lines, tight crops, lines that lean, amounts,
//! dates, and numbers with words beside them.
//!
//! Owns the kinds of form and how they are drawn. A picture is a pure function of its digits, its form, the seed and
//! its index.

mod dotted;
mod draw;
mod letters;
mod many;
mod noted;
mod single;

use std::fmt;
use std::str::FromStr;

use image::GrayImage;

use base::IMAGE_PIXELS;
use base::random::Purpose;
use dotted::dotted;
use draw::photographed;
pub use draw::rule;
use many::{amount, grid, row, turned};
use noted::{date, price, worded};
use single::{boxed, cell, tight};

/// A kind of form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// One digit in a cell cut out of a table: rulings on the picture's edges, inside them, or off them.
    Cell,
    /// One digit in a closed box with paper around it.
    Boxed,
    /// One digit that fills the picture from edge to edge, large or of 16×16 or 8×8 pixels, light or dark.
    Tight,
    /// A line of boxes that share their sides, a digit in each.
    Joined,
    /// A line of boxes with gaps between them, a digit in each.
    Apart,
    /// A line with ticks that part the digits on it.
    Comb,
    /// Rows and columns of cells; some are empty.
    Grid,
    /// A line of digits that is turned by up to 15°.
    Turned,
    /// An amount with a point or a comma and two digits after it, some with a minus before.
    Amount,
    /// A line of digits on a row of dots, or in boxes of dots or dashes.
    Dotted,
    /// Numbers with slashes between them, as in dates and fractions.
    Date,
    /// A number with a currency sign before it or a percent sign after it, some with a point.
    Price,
    /// A number with a letter of the same pen, or a printed word, before or after it.
    Worded,
}

impl Form {
    /// All kinds.
    pub const ALL: [Self; 13] = [
        Self::Cell,
        Self::Boxed,
        Self::Tight,
        Self::Joined,
        Self::Apart,
        Self::Comb,
        Self::Grid,
        Self::Turned,
        Self::Amount,
        Self::Dotted,
        Self::Date,
        Self::Price,
        Self::Worded,
    ];

    /// Its name, as [`FromStr`] reads it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cell => "cell",
            Self::Boxed => "boxed",
            Self::Tight => "tight",
            Self::Joined => "joined",
            Self::Apart => "apart",
            Self::Comb => "comb",
            Self::Grid => "grid",
            Self::Turned => "turned",
            Self::Amount => "amount",
            Self::Dotted => "dotted",
            Self::Date => "date",
            Self::Price => "price",
            Self::Worded => "worded",
        }
    }

    /// How many digits it has: at least, and at most.
    #[must_use]
    pub fn num_digits(self) -> (usize, usize) {
        match self {
            Self::Cell | Self::Boxed | Self::Tight => (1, 1),
            Self::Joined | Self::Apart | Self::Comb | Self::Grid => (4, 10),
            Self::Turned | Self::Dotted => (4, 8),
            Self::Amount => (3, 5),
            Self::Date => (2, 8),
            Self::Price | Self::Worded => (2, 6),
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// No kind of form has this name.
#[derive(Debug, thiserror::Error)]
#[error(
    "no form `{0}`: expected one of cell, boxed, tight, joined, apart, comb, grid, turned, amount, dotted, date, price, worded"
)]
pub struct UnknownForm(String);

impl FromStr for Form {
    type Err = UnknownForm;

    fn from_str(name: &str) -> Result<Self, UnknownForm> {
        let mut kinds = Self::ALL.into_iter();
        kinds
            .find(|form| form.name() == name)
            .ok_or_else(|| UnknownForm(name.into()))
    }
}

/// A filled form.
#[derive(Clone, Debug)]
pub struct Filled {
    /// The picture, in shades of grey.
    pub picture: GrayImage,
    /// What is to be read of it, where that is more than its digits: with signs.
    pub signs: Signs,
}

/// Signs around digits, `?` for what is none: each with the number of digits before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signs(Vec<(usize, char)>);

impl Signs {
    /// One more, behind those that are there.
    fn add(&mut self, num_digits_before: usize, sign: char) {
        self.0.push((num_digits_before, sign));
    }

    /// The text of digits with these signs.
    #[must_use]
    pub fn around(&self, digits: &str) -> String {
        let mut text = digits.to_owned();
        // The last one first, so that the places of the others stay.
        for &(place, sign) in self.0.iter().rev() {
            text.insert(place.min(text.len()), sign);
        }
        text
    }
}

/// Digits of MNIST's form, each `[IMAGE_PIXELS]`, written into a form.
#[must_use]
pub fn fill(digits: &[&[u8; IMAGE_PIXELS]], form: Form, seed: u64, index: u64) -> Filled {
    let place = (1 << 60) | (form as u64) << 48 | index;
    let rng = &mut base::random::stream(seed, Purpose::Papers, place);
    let mut signs = Signs::default();
    let drawing = match form {
        Form::Cell => cell(digits, rng),
        Form::Boxed => boxed(digits, rng),
        Form::Tight => return tight(digits, rng),
        Form::Joined | Form::Apart | Form::Comb => row(digits, form, rng),
        Form::Grid => grid(digits, rng),
        Form::Turned => turned(digits, rng),
        Form::Amount => amount(digits, &mut signs, rng),
        Form::Dotted => dotted(digits, rng),
        Form::Date => date(digits, &mut signs, rng),
        Form::Price => price(digits, &mut signs, rng),
        Form::Worded => worded(digits, &mut signs, rng),
    };
    Filled {
        picture: photographed(&drawing, rng),
        signs,
    }
}
