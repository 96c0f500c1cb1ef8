//! How many additions of each kind there are: for each training image, and for so many of them.

use super::touching::NumPairs;

/// How many there are, for each training image.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AdditionsConfig {
    /// Digits drawn again with other pens.
    pub pens: f64,
    /// Pairs of digits that touch, cut apart.
    pub touching: f64,
    /// Pairs of digits that touch, whole.
    pub pairs: f64,
    /// Digits as they are written in Europe.
    pub european: f64,
    /// Letters and signs, which are no digits.
    pub letters: f64,
}

impl AdditionsConfig {
    /// How many digits are drawn again, of so many training images.
    #[must_use]
    pub fn num_redrawn(&self, num_images: usize) -> usize {
        number(self.pens, num_images)
    }

    /// How many European digits are drawn, of so many training images.
    #[must_use]
    pub fn num_european(&self, num_images: usize) -> usize {
        number(self.european, num_images)
    }

    /// How many pairs are drawn, of so many training images, to be cut apart and to stay whole.
    #[must_use]
    pub fn num_pairs(&self, num_images: usize) -> usize {
        let NumPairs { cut, whole } = self.pairs_of(num_images);
        cut + whole
    }

    fn pairs_of(&self, num_images: usize) -> NumPairs {
        NumPairs {
            cut: number(self.touching, num_images),
            whole: number(self.pairs, num_images),
        }
    }

    /// How many letters are drawn, of so many training images.
    #[must_use]
    pub fn num_letters(&self, num_images: usize) -> usize {
        number(self.letters, num_images)
    }

    /// How many of each kind are drawn, of so many training images.
    pub(super) fn numbers(&self, num_images: usize) -> Numbers {
        Numbers {
            redrawn: self.num_redrawn(num_images),
            pairs: self.pairs_of(num_images),
            european: self.num_european(num_images),
            letters: self.num_letters(num_images),
        }
    }
}

/// How many digits are drawn again, and how many pairs, European digits and letters are drawn.
#[derive(Clone, Copy)]
pub(super) struct Numbers {
    pub(super) redrawn: usize,
    pub(super) pairs: NumPairs,
    pub(super) european: usize,
    pub(super) letters: usize,
}

impl Numbers {
    pub(super) fn total(self) -> usize {
        self.redrawn + self.pairs.cut + self.pairs.whole + self.european + self.letters
    }
}

/// So many for each image.
fn number(for_each: f64, num_images: usize) -> usize {
    (for_each * num_images as f64).round() as usize
}
