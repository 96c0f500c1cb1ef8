//! A digit as it is, and turned, slanted and scaled a little: what a network says of all of them together
//! is surer than what it says of one.

use data::{IMAGE_PIXELS, IMAGE_SIDE};

/// From a place in the variant to the one in the image, about the middle: right by right, right by down,
/// down by right, down by down.
const VARIANTS: [[f32; 4]; 5] = [
    [1.0, 0.0, 0.0, 1.0],
    // Turned by 6° either way.
    [0.9945, 0.1045, -0.1045, 0.9945],
    [0.9945, -0.1045, 0.1045, 0.9945],
    // Narrower, and smaller.
    [1.1, 0.0, 0.0, 1.0],
    [1.08, 0.0, 0.0, 1.08],
];

/// How many variants there are of each image.
pub(crate) const NUM_VARIANTS: usize = VARIANTS.len();

/// Adds the variants of an image, `[NUM_VARIANTS * IMAGE_PIXELS]`.
pub(crate) fn add(image: &[u8; IMAGE_PIXELS], all: &mut Vec<u8>) {
    all.extend_from_slice(image);
    let middle = 0.5 * (IMAGE_SIDE as f32 - 1.0);
    for [right_right, right_down, down_right, down_down] in &VARIANTS[1..] {
        for place in 0..IMAGE_PIXELS {
            let right = (place % IMAGE_SIDE) as f32 - middle;
            let down = (place / IMAGE_SIDE) as f32 - middle;
            let x = right_right * right + right_down * down + middle;
            let y = down_right * right + down_down * down + middle;
            all.push(between_pixels(image, x, y));
        }
    }
}

/// Bilinear; paper outside.
fn between_pixels(image: &[u8; IMAGE_PIXELS], x: f32, y: f32) -> u8 {
    let side = IMAGE_SIDE as f32;
    if x <= -1.0 || y <= -1.0 || x >= side || y >= side {
        return 0;
    }
    let (left, top) = (x.floor(), y.floor());
    let level = |x: f32, y: f32| {
        let is_inside = x >= 0.0 && y >= 0.0 && x < side && y < side;
        let place = y.max(0.0) as usize * IMAGE_SIDE + x.max(0.0) as usize;
        let level = image.get(place).filter(|_| is_inside);
        level.map_or(0.0, |&level| f32::from(level))
    };
    let (right_part, down_part) = (x - left, y - top);
    let row = |y: f32| level(left, y) * (1.0 - right_part) + level(left + 1.0, y) * right_part;
    (row(top) * (1.0 - down_part) + row(top + 1.0) * down_part).round() as u8
}

/// The means of the logits of the variants of each image; `num_classes` for each variant.
pub(crate) fn mean_logits(logits: &[f32], num_classes: usize) -> Vec<f32> {
    let images = logits.chunks_exact(num_classes * NUM_VARIANTS);
    images
        .flat_map(|image| {
            let class = move |class: usize| {
                let variants = image.iter().skip(class).step_by(num_classes);
                variants.sum::<f32>() / NUM_VARIANTS as f32
            };
            (0..num_classes).map(class)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A block of ink in the middle.
    fn block() -> [u8; IMAGE_PIXELS] {
        std::array::from_fn(|place| {
            let (x, y) = (place % IMAGE_SIDE, place / IMAGE_SIDE);
            if (9..19).contains(&x) && (5..23).contains(&y) {
                200
            } else {
                0
            }
        })
    }

    #[test]
    fn the_first_is_the_image_and_the_others_are_near_it() {
        let image = block();
        let mut all = Vec::new();
        add(&image, &mut all);
        assert_eq!(all.len(), NUM_VARIANTS * IMAGE_PIXELS);
        let ink = |image: &[u8]| image.iter().map(|&level| f32::from(level)).sum::<f32>();
        let mut variants = all.chunks_exact(IMAGE_PIXELS);
        assert_eq!(variants.next(), Some(image.as_slice()));
        for variant in variants {
            assert_ne!(variant, image.as_slice());
            assert!((0.8..1.1).contains(&(ink(variant) / ink(&image))));
            assert_eq!((variant[14 * IMAGE_SIDE + 14], variant[0]), (200, 0));
        }
    }

    #[test]
    fn means_are_of_the_variants_of_one_image() {
        let logits: Vec<f32> = (0..2 * NUM_VARIANTS * 3).map(|value| value as f32).collect();
        let means = mean_logits(&logits, 3);
        assert_eq!(means, [6.0, 7.0, 8.0, 21.0, 22.0, 23.0]);
    }
}
