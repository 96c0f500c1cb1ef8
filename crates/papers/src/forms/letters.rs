//! Letters and signs drawn by strokes.

use image::GrayImage;
use rand::Rng;

use super::draw::rule;
use crate::chances::{between, normal};

/// Letters that no digit looks like, for pens; and all, for printed words.
pub(super) const UNLIKE_DIGITS: &[u8] = b"AEFHKMNRTVWXY";
pub(super) const WORDS: [&[u8]; 8] = [
    b"NR", b"TEL", b"TAX", b"SUM", b"FAX", b"MENGE", b"TOTAL", b"ART",
];

/// Corners of a stroke, from the left and from the top in parts of the letter's width and height.
type Stroke = &'static [(f32, f32)];

const RING: Stroke = &[
    (0.5, 0.0),
    (0.15, 0.15),
    (0.0, 0.5),
    (0.15, 0.85),
    (0.5, 1.0),
    (0.85, 0.85),
    (1.0, 0.5),
    (0.85, 0.15),
    (0.5, 0.0),
];

const BOWL_OF_C: Stroke = &[
    (0.95, 0.2),
    (0.6, 0.0),
    (0.25, 0.12),
    (0.08, 0.5),
    (0.25, 0.88),
    (0.6, 1.0),
    (0.95, 0.8),
];

const WAVE_OF_S: Stroke = &[
    (0.95, 0.2),
    (0.7, 0.08),
    (0.3, 0.08),
    (0.05, 0.25),
    (0.25, 0.45),
    (0.75, 0.55),
    (0.95, 0.75),
    (0.7, 0.92),
    (0.3, 0.92),
    (0.05, 0.8),
];

const HEAD_OF_P: Stroke = &[
    (0.0, 1.0),
    (0.0, 0.0),
    (0.7, 0.0),
    (1.0, 0.13),
    (1.0, 0.37),
    (0.7, 0.5),
    (0.0, 0.5),
];

/// The strokes of a letter or a sign; none of what is not known.
fn strokes(letter: u8) -> &'static [Stroke] {
    match letter {
        b'A' => &[
            &[(0.0, 1.0), (0.5, 0.0), (1.0, 1.0)],
            &[(0.2, 0.65), (0.8, 0.65)],
        ],
        b'E' => &[
            &[(1.0, 0.0), (0.0, 0.0), (0.0, 1.0), (1.0, 1.0)],
            &[(0.0, 0.5), (0.8, 0.5)],
        ],
        b'F' => &[
            &[(1.0, 0.0), (0.0, 0.0), (0.0, 1.0)],
            &[(0.0, 0.48), (0.8, 0.48)],
        ],
        b'G' => &[BOWL_OF_C, &[(0.95, 0.8), (0.95, 0.55), (0.6, 0.55)]],
        b'H' => &[
            &[(0.0, 0.0), (0.0, 1.0)],
            &[(1.0, 0.0), (1.0, 1.0)],
            &[(0.0, 0.5), (1.0, 0.5)],
        ],
        b'K' => &[
            &[(0.0, 0.0), (0.0, 1.0)],
            &[(1.0, 0.0), (0.0, 0.55)],
            &[(0.3, 0.4), (1.0, 1.0)],
        ],
        b'L' => &[&[(0.0, 0.0), (0.0, 1.0), (1.0, 1.0)]],
        b'M' => &[&[(0.0, 1.0), (0.0, 0.0), (0.5, 0.7), (1.0, 0.0), (1.0, 1.0)]],
        b'N' => &[&[(0.0, 1.0), (0.0, 0.0), (1.0, 1.0), (1.0, 0.0)]],
        b'O' => &[RING],
        b'R' => &[HEAD_OF_P, &[(0.45, 0.5), (1.0, 1.0)]],
        b'S' => &[WAVE_OF_S],
        b'T' => &[&[(0.0, 0.0), (1.0, 0.0)], &[(0.5, 0.0), (0.5, 1.0)]],
        b'U' => &[&[
            (0.0, 0.0),
            (0.0, 0.7),
            (0.25, 1.0),
            (0.75, 1.0),
            (1.0, 0.7),
            (1.0, 0.0),
        ]],
        b'V' => &[&[(0.0, 0.0), (0.5, 1.0), (1.0, 0.0)]],
        b'W' => &[&[(0.0, 0.0), (0.25, 1.0), (0.5, 0.3), (0.75, 1.0), (1.0, 0.0)]],
        b'X' => &[&[(0.0, 0.0), (1.0, 1.0)], &[(1.0, 0.0), (0.0, 1.0)]],
        b'Y' => &[
            &[(0.0, 0.0), (0.5, 0.5), (1.0, 0.0)],
            &[(0.5, 0.5), (0.5, 1.0)],
        ],
        b'$' => &[WAVE_OF_S, &[(0.5, -0.12), (0.5, 1.12)]],
        // Of the euro and of the pound.
        b'e' => &[
            BOWL_OF_C,
            &[(-0.1, 0.4), (0.7, 0.4)],
            &[(-0.1, 0.6), (0.7, 0.6)],
        ],
        b'l' => &[
            &[
                (0.9, 0.2),
                (0.65, 0.0),
                (0.35, 0.15),
                (0.35, 0.8),
                (0.1, 1.0),
                (1.0, 1.0),
            ],
            &[(0.1, 0.5), (0.75, 0.5)],
        ],
        _ => &[],
    }
}

/// A letter of such a size in ink of this width, with so much unevenness, in parts of its size.
pub(super) fn letter(
    letter: u8,
    (width, height): (f32, f32),
    stroke: f32,
    uneven: f32,
    rng: &mut impl Rng,
) -> GrayImage {
    let margin = 0.15 * height + stroke;
    let side = |length: f32| (length + 2.0 * margin) as u32;
    let mut sheet = GrayImage::new(side(width), side(height));
    for corners in strokes(letter) {
        let mut places = corners.iter().map(|&(x, y)| {
            let off = (uneven * normal(rng), uneven * normal(rng));
            (margin + (x + off.0) * width, margin + (y + off.1) * height)
        });
        let Some(mut from) = places.next() else {
            continue;
        };
        for to in places {
            rule(&mut sheet, from, to, stroke);
            from = to;
        }
    }
    sheet
}

/// A percent sign: a slash between two rings.
pub(super) fn percent(height: f32, stroke: f32, rng: &mut impl Rng) -> GrayImage {
    let (wide, margin) = (height * between(rng, 0.7, 0.95), stroke + 1.0);
    let mut sheet = GrayImage::new(
        (wide + 2.0 * margin) as u32 + 1,
        (height + 2.0 * margin) as u32 + 1,
    );
    let place = |x: f32, y: f32| (margin + x * wide, margin + y * height);
    rule(&mut sheet, place(0.1, 1.0), place(0.9, 0.0), stroke);
    for (left, top) in [(0.0, 0.0), (0.6, 0.6)] {
        for pair in RING.windows(2) {
            let of = |(x, y): (f32, f32)| place(left + 0.36 * x, top + 0.38 * y);
            rule(&mut sheet, of(pair[0]), of(pair[1]), stroke);
        }
    }
    sheet
}
