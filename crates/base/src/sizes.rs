//! The sizes that data, networks and reports agree on.

/// Width and height of an image, in pixels.
pub const IMAGE_SIDE: usize = 28;

/// Pixels of an image.
pub const IMAGE_PIXELS: usize = IMAGE_SIDE * IMAGE_SIDE;

/// How many digits there are: so many classes has a set whose labels are digits.
pub const NUM_DIGITS: usize = 10;

/// Classes that a network tells apart at least: one is nothing to tell.
pub const MIN_CLASSES: usize = 2;

/// Classes that a data set may have at most, and a network may tell apart: a label is a byte.
pub const MAX_CLASSES: usize = 256;

/// Longest side of a digit in an image of MNIST's form, in pixels: its authors boxed the digits so.
pub const BOX_SIDE: u32 = 20;
