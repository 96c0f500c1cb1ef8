//! European ways of writing 1, 4, 7 and 9, drawn by the program.
//!
//! Owns which digits there are, and how often.

use rayon::prelude::*;

use crate::images::LabeledImages;
use crate::synthetic::draw_european;
use base::IMAGE_PIXELS;

/// The digits in turn: 1 and 7, which are read as each other, are met most.
const DIGITS: [u8; 10] = [1, 7, 1, 7, 4, 1, 7, 9, 1, 7];

/// So many of them.
pub(super) fn european(num_images: usize, seed: u64) -> LabeledImages {
    european_watched(num_images, seed, &|| {})
}

pub(super) fn european_watched(
    num_images: usize,
    seed: u64,
    one_more: &(dyn Fn() + Sync),
) -> LabeledImages {
    let labels: Vec<u8> = DIGITS.into_iter().cycle().take(num_images).collect();
    let images = labels.par_iter().enumerate().map(|(index, &digit)| {
        let image = draw_european(seed, index as u64, digit);
        one_more();
        image
    });
    let images: Vec<[u8; IMAGE_PIXELS]> = images.collect();
    LabeledImages::new(images.into_flattened(), labels).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_of_their_index_alone_and_none_is_blank() {
        let many = european(60, 5);
        assert_eq!(
            european(20, 5).pixels(),
            &many.pixels()[..20 * IMAGE_PIXELS]
        );
        assert_ne!(
            european(20, 6).pixels(),
            &many.pixels()[..20 * IMAGE_PIXELS]
        );
        let mut images = many.pixels().chunks_exact(IMAGE_PIXELS);
        assert!(images.all(|image| image.iter().any(|&pixel| pixel > 200)));
    }
}
