//! What is handed out of a picture of many digits: clusters of ink, their variants and their parts.

use base::{IMAGE_PIXELS, IMAGE_SIDE};

/// A rectangle in pixels of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Pixels left of it.
    pub left: u32,
    /// Pixels above it.
    pub top: u32,
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

/// Ink that hangs together: a digit, or several that touch.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// The line of writing that it stands in, from 0 at the top.
    pub line: usize,
    /// The ink with and without what may be dirt beside it; at least one.
    pub variants: Vec<Variant>,
    /// Whether it may be several digits that nobody looked for: there was too much to look at in the picture.
    pub is_uncut: bool,
    /// Whether it stands in a cell of a box, a comb or a grid.
    pub is_in_cell: bool,
    /// What it looks like, where slashes and percent signs are kept.
    pub sign: Option<SignKind>,
    /// Its ink and that of the next cluster as one digit, where they are so close that they may be one whose strokes do
    /// not meet.
    pub with_next: Option<Part>,
}

/// A sign beside digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sign {
    /// Which one.
    pub kind: SignKind,
    /// The line of writing that it stands in, from 0 at the top.
    pub line: usize,
    /// Where it is.
    pub bounds: Bounds,
}

/// The signs that are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignKind {
    /// `.`
    Point,
    /// `,`
    Comma,
    /// `-`
    Minus,
    /// `/`
    Slash,
    /// `?`: what is no digit and no other sign, as letters are, one after the other, and percent and currency signs.
    Other,
}

impl SignKind {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Point,
        Self::Comma,
        Self::Minus,
        Self::Slash,
        Self::Other,
    ];

    /// As it is typed.
    #[must_use]
    pub fn letter(self) -> char {
        match self {
            Self::Point => '.',
            Self::Comma => ',',
            Self::Minus => '-',
            Self::Slash => '/',
            Self::Other => '?',
        }
    }
}

/// Ink that is taken together, and how it may be cut.
#[derive(Clone, Debug)]
pub struct Variant {
    /// Places where it may be cut, from left to right.
    pub num_cuts: usize,
    /// All that may be a digit.
    pub parts: Vec<Part>,
    /// Ink that is left out as dirt, in parts of all.
    pub left_out: f32,
    /// Ink beside it that is no dirt but a sign, where this is the right variant.
    pub signs: Vec<Sign>,
    /// How much of what is taken together looks like signs.
    pub num_taken_signs: usize,
}

/// What lies between two cuts, or a cut and an end.
#[derive(Clone, Debug)]
pub struct Part {
    /// The cut on its left: 0 is the left end, 1 the first of [`Variant::num_cuts`].
    pub from: usize,
    /// The cut on its right: the right end is one more than there are cuts.
    pub to: usize,
    /// Where it is.
    pub bounds: Bounds,
    /// Its width and height, in heights of its line.
    pub relative_size: (f32, f32),
    /// `[IMAGE_PIXELS]` in MNIST's form, as [`to_mnist`](crate::picture::to_mnist) makes it.
    pub pixels: Box<[u8; IMAGE_PIXELS]>,
}

impl Cluster {
    /// A digit in MNIST's form, `[IMAGE_PIXELS]`.
    #[must_use]
    pub fn of_digit(pixels: [u8; IMAGE_PIXELS]) -> Self {
        let bounds = Bounds {
            left: 0,
            top: 0,
            width: IMAGE_SIDE as u32,
            height: IMAGE_SIDE as u32,
        };
        Self {
            line: 0,
            variants: vec![Variant {
                num_cuts: 0,
                parts: vec![Part {
                    from: 0,
                    to: 1,
                    bounds,
                    relative_size: (1.0, 1.0),
                    pixels: Box::new(pixels),
                }],
                left_out: 0.0,
                signs: Vec::new(),
                num_taken_signs: 0,
            }],
            is_uncut: false,
            is_in_cell: false,
            sign: None,
            with_next: None,
        }
    }

    /// All that may be a digit, in the order of the variants, and then what may be one with the next cluster.
    pub fn parts(&self) -> impl Iterator<Item = &Part> {
        let variants = self.variants.iter();
        variants
            .flat_map(|variant| &variant.parts)
            .chain(&self.with_next)
    }
}
