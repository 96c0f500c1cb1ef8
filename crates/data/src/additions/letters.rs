//! Letters and signs that are no digits, drawn by the program: a network that has seen digits alone takes them for some.
//!
//! Owns how many are drawn with other pens. Which letters there are is `synthetic`'s.

use rand::RngExt as _;
use rayon::prelude::*;

use super::pens::Pen;
use crate::synthetic::draw_letter;
use base::IMAGE_PIXELS;
use base::random::{Purpose, stream};

/// The share that is drawn again in lines of another width. Wide brushes and few pixels would make digits of some.
const OTHER_PENS: f64 = 0.6;

/// So many of them, `[num * IMAGE_PIXELS]`: pure functions of seed and number.
pub(super) fn letters(num: usize, seed: u64) -> Vec<u8> {
    letters_watched(num, seed, &|| {})
}

/// [`letters`], telling of each.
pub(super) fn letters_watched(num: usize, seed: u64, one_more: &(dyn Fn() + Sync)) -> Vec<u8> {
    let numbers = (0..num as u64).into_par_iter();
    let images = numbers.map(|index| {
        let image = draw_letter(seed, index);
        let mut rng = stream(seed, Purpose::Letters, index);
        let pen = rng.random_bool(OTHER_PENS).then(|| Pen::of_line(&mut rng));
        one_more();
        pen.and_then(|pen| pen.redrawn(&image)).unwrap_or(image)
    });
    let images: Vec<[u8; IMAGE_PIXELS]> = images.collect();
    images.into_flattened()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_of_their_index_alone_and_none_is_blank() {
        let many = letters(80, 5);
        assert_eq!(letters(20, 5), many[..20 * IMAGE_PIXELS]);
        assert_ne!(letters(20, 6), many[..20 * IMAGE_PIXELS]);
        let mut images = many.chunks_exact(IMAGE_PIXELS);
        assert!(images.all(|image| image.iter().any(|&pixel| pixel > 150)));
    }
}
