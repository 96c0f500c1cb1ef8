//! Wider ink: all that is within a radius of it.
//!
//! Owns the widening of rows of bits, 64 pixels at a time.

use image::GrayImage;

const WORD: usize = u64::BITS as usize;

/// All within `radius` pixels of the ink, as 0 and 255.
#[must_use]
pub fn widened(ink: &GrayImage, radius: f32) -> GrayImage {
    if !radius.is_finite() {
        return GrayImage::from_pixel(ink.width(), ink.height(), image::Luma([u8::MAX]));
    }
    let rows = Rows::of(ink);
    let square = f64::from(radius * radius);
    let reach = square.sqrt() as usize;
    // How far a pixel of ink reaches to the sides, so many rows from its own.
    let half_widths: Vec<usize> = (0..=reach)
        .map(|rise| (square - (rise * rise) as f64).max(0.0).sqrt() as usize)
        .collect();
    let mut wide = Rows::blank(rows.height, rows.num_words);
    for (rise, &half_width) in half_widths.iter().enumerate() {
        for y in 0..rows.height {
            if rows.is_blank(y) {
                continue;
            }
            let spread = spread(rows.row(y), half_width);
            if y + rise < rows.height {
                wide.add(y + rise, &spread);
            }
            if rise > 0 && y >= rise {
                wide.add(y - rise, &spread);
            }
        }
    }
    wide.drawn(ink.width(), ink.height())
}

/// A row, and all within so many pixels of its ink.
fn spread(row: &[u64], half_width: usize) -> Vec<u64> {
    let mut wide = row.to_vec();
    let mut reached = 0;
    // Each time, what has been reached reaches as far again.
    while reached < half_width {
        let step = (reached + 1).min(half_width - reached).min(WORD - 1);
        let before = wide.clone();
        for (index, word) in wide.iter_mut().enumerate() {
            let from_left = index.checked_sub(1).map_or(0, |left| before[left]);
            let from_right = before.get(index + 1).copied().unwrap_or(0);
            *word |= before[index] << step
                | from_left >> (WORD - step)
                | before[index] >> step
                | from_right << (WORD - step);
        }
        reached += step;
    }
    wide
}

/// Rows of pixels, one bit each.
struct Rows {
    height: usize,
    num_words: usize,
    words: Vec<u64>,
}

impl Rows {
    fn blank(height: usize, num_words: usize) -> Self {
        Self {
            height,
            num_words,
            words: vec![0; height * num_words],
        }
    }

    fn of(ink: &GrayImage) -> Self {
        let (width, height) = (ink.width() as usize, ink.height() as usize);
        let mut rows = Self::blank(height, width.div_ceil(WORD));
        if width == 0 || height == 0 {
            return rows;
        }
        let words = rows.words.chunks_exact_mut(rows.num_words);
        for (words, pixels) in words.zip(ink.as_raw().chunks_exact(width)) {
            for (word, pixels) in words.iter_mut().zip(pixels.chunks(WORD)) {
                for (place, &pixel) in pixels.iter().enumerate() {
                    *word |= u64::from(pixel > 0) << place;
                }
            }
        }
        rows
    }

    fn row(&self, y: usize) -> &[u64] {
        &self.words[y * self.num_words..(y + 1) * self.num_words]
    }

    fn is_blank(&self, y: usize) -> bool {
        self.row(y).iter().all(|&word| word == 0)
    }

    fn add(&mut self, y: usize, row: &[u64]) {
        let words = &mut self.words[y * self.num_words..(y + 1) * self.num_words];
        for (word, more) in words.iter_mut().zip(row) {
            *word |= more;
        }
    }

    fn drawn(&self, width: u32, height: u32) -> GrayImage {
        let mut ink = GrayImage::new(width, height);
        if width == 0 || height == 0 {
            return ink;
        }
        let words = self.words.chunks_exact(self.num_words);
        for (words, pixels) in words.zip(ink.chunks_exact_mut(width as usize)) {
            for (word, pixels) in words.iter().zip(pixels.chunks_mut(WORD)) {
                for (place, pixel) in pixels.iter_mut().enumerate() {
                    *pixel = ((word >> place & 1) as u8).wrapping_neg();
                }
            }
        }
        ink
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Luma;
    use imageproc::distance_transform::euclidean_squared_distance_transform;

    /// The same by distances.
    fn by_distance(ink: &GrayImage, radius: f32) -> GrayImage {
        let distances = euclidean_squared_distance_transform(ink);
        let reach = f64::from(radius * radius);
        GrayImage::from_fn(ink.width(), ink.height(), |x, y| {
            let is_ink = distances.get_pixel(x, y).0[0] <= reach;
            Luma([if is_ink { 255 } else { 0 }])
        })
    }

    #[test]
    fn it_is_all_within_the_radius() {
        for (width, height) in [(1, 1), (7, 90), (64, 5), (130, 40), (200, 112)] {
            let ink = GrayImage::from_fn(width, height, |x, y| {
                let is_ink = (x * 7919 + y * 104_729) % 97 == 3;
                Luma([if is_ink { 255 } else { 0 }])
            });
            for radius in [0.0, 0.5, 1.0, 1.42, 3.0, 7.3, 80.5] {
                let wide = widened(&ink, radius);
                assert_eq!(
                    wide,
                    by_distance(&ink, radius),
                    "{width}×{height}, {radius}"
                );
            }
        }
    }

    #[test]
    fn nothing_stays_nothing_within_any_finite_radius() {
        let blank = GrayImage::new(9, 4);
        assert_eq!(widened(&blank, 3.0), blank);
        assert_eq!(
            widened(&blank, f32::INFINITY),
            by_distance(&blank, f32::INFINITY)
        );
        assert_eq!(widened(&GrayImage::new(0, 4), 1.0), GrayImage::new(0, 4));
    }
}
