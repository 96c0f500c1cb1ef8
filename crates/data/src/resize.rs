//! Shades of grey on fewer or more pixels: what the `image` crate gives, to the bit, in a fraction of its time.
//!
//! Its functions are for pixels of any kind and take four channels for every one; pictures and drawn digits here have
//! one, and are resized by the thousand.

use image::GrayImage;
use image::imageops;

/// How pixels between pixels are filled.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Filter {
    Triangle,
    CatmullRom,
}

impl Filter {
    /// How far a pixel reaches, in pixels.
    fn support(self) -> f32 {
        match self {
            Self::Triangle => 1.0,
            Self::CatmullRom => 2.0,
        }
    }

    /// How much a pixel counts at a distance.
    fn weight(self, distance: f32) -> f32 {
        let distance = distance.abs();
        match self {
            Self::Triangle if distance < 1.0 => 1.0 - distance,
            Self::CatmullRom if distance < 1.0 => {
                (9.0 * distance.powi(3) - 15.0 * distance.powi(2) + 6.0) / 6.0
            }
            Self::CatmullRom if distance < 2.0 => {
                (-3.0 * distance.powi(3) + 15.0 * distance.powi(2) - 24.0 * distance + 12.0) / 6.0
            }
            Self::Triangle | Self::CatmullRom => 0.0,
        }
    }
}

/// As `image::imageops::resize`.
pub(crate) fn resized(image: &GrayImage, width: u32, height: u32, filter: Filter) -> GrayImage {
    let (old_width, old_height) = image.dimensions();
    if old_width == 0 || old_height == 0 || width == 0 || height == 0 {
        return GrayImage::new(width, height);
    }
    if (old_width, old_height) == (width, height) {
        return image.clone();
    }
    let old_row = old_width as usize;
    let columns: Vec<Taps> = taps(old_width, width, filter);
    let mut pixels = Vec::with_capacity((width * height) as usize);
    let mut row = vec![0.0_f32; old_row];
    for taps in self::taps(old_height, height, filter) {
        row.fill(0.0);
        for (index, weight) in taps.weights.iter().enumerate() {
            let old = &image.as_raw()[(taps.first + index) * old_row..][..old_row];
            for (sum, &pixel) in row.iter_mut().zip(old) {
                *sum += f32::from(pixel) * weight;
            }
        }
        pixels.extend(columns.iter().map(|taps| {
            let pairs = row[taps.first..].iter().zip(&taps.weights);
            let sum = pairs.fold(0.0, |sum, (level, weight)| sum + level * weight);
            nearest(sum.clamp(0.0, 255.0))
        }));
    }
    GrayImage::from_raw(width, height, pixels).unwrap_or_default()
}

/// As `round`, which is a call of a function on many processors.
fn nearest(level: f32) -> u8 {
    let below = level as u8;
    below + u8::from(level - f32::from(below) >= 0.5)
}

/// As `floor`.
fn floor(place: f32) -> i64 {
    let toward_zero = place as i64;
    toward_zero - i64::from(place < toward_zero as f32)
}

/// As `ceil`.
fn ceil(place: f32) -> i64 {
    -floor(-place)
}

/// What a new pixel is made of.
struct Taps {
    first: usize,
    weights: Vec<f32>,
}

fn taps(old: u32, new: u32, filter: Filter) -> Vec<Taps> {
    let ratio = old as f32 / new as f32;
    let scale = ratio.max(1.0);
    let support = filter.support() * scale;
    let of = |place: u32| {
        let middle = (place as f32 + 0.5) * ratio;
        let first = floor(middle - support).clamp(0, i64::from(old) - 1);
        let end = ceil(middle + support).clamp(first + 1, i64::from(old));
        let middle = middle - 0.5;
        let weights = (first..end).map(|index| filter.weight((index as f32 - middle) / scale));
        let mut weights: Vec<f32> = weights.collect();
        let sum = weights.iter().fold(0.0, |sum, weight| sum + weight);
        for weight in &mut weights {
            *weight /= sum;
        }
        Taps {
            first: first as usize,
            weights,
        }
    };
    (0..new).map(of).collect()
}

/// As `image::imageops::thumbnail`: each pixel is the mean of those that it covers.
pub(crate) fn thumbnail(image: &GrayImage, width: u32, height: u32) -> GrayImage {
    let (old_width, old_height) = image.dimensions();
    let (Some(columns), Some(rows)) = (blocks(old_width, width), blocks(old_height, height)) else {
        return imageops::thumbnail(image, width, height);
    };
    let old_row = old_width as usize;
    let mut pixels = Vec::with_capacity((width * height) as usize);
    let mut sums = vec![0_u32; old_row];
    for (top, bottom) in rows {
        sums.fill(0);
        for row in image.as_raw()[top * old_row..bottom * old_row].chunks_exact(old_row) {
            for (sum, &pixel) in sums.iter_mut().zip(row) {
                *sum += u32::from(pixel);
            }
        }
        pixels.extend(columns.iter().map(|&(left, right)| {
            let sum: u32 = sums[left..right].iter().sum();
            let count = ((right - left) * (bottom - top)) as u32;
            ((sum + count / 2) / count) as u8
        }));
    }
    GrayImage::from_raw(width, height, pixels).unwrap_or_default()
}

/// First old pixel and the one after the last for each new one; `None` where one of them covers none.
fn blocks(old: u32, new: u32) -> Option<Vec<(usize, usize)>> {
    if old == 0 || new == 0 {
        return None;
    }
    let ratio = old as f32 / new as f32;
    let of = |place: u32| {
        let low = place as f32 * ratio;
        let first = (ceil(low) as u32).min(old - 1);
        let end = (ceil(low + ratio) as u32).clamp(first, old);
        (first < end).then_some((first as usize, end as usize))
    };
    (0..new).map(of).collect()
}

/// A part of a picture, all of which must lie in it.
pub(crate) fn cropped(
    image: &GrayImage,
    left: u32,
    top: u32,
    width: u32,
    height: u32,
) -> GrayImage {
    let row = image.width() as usize;
    let (left, top) = (left as usize, top as usize);
    let mut pixels = Vec::with_capacity((width * height) as usize);
    for y in top..top + height as usize {
        pixels.extend_from_slice(&image.as_raw()[y * row + left..][..width as usize]);
    }
    GrayImage::from_raw(width, height, pixels).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Luma;
    use image::imageops::FilterType;

    fn pattern(width: u32, height: u32) -> GrayImage {
        GrayImage::from_fn(width, height, |x, y| {
            Luma([(x * x * 31 + y * 17 + x * y * 7) as u8])
        })
    }

    const SIZES: [(u32, u32); 7] = [
        (1, 1),
        (3, 40),
        (28, 28),
        (80, 57),
        (112, 112),
        (13, 9),
        (200, 3),
    ];

    #[test]
    fn resized_is_the_image_crates_to_the_bit() {
        for (width, height) in SIZES {
            let image = pattern(width, height);
            for (new_width, new_height) in SIZES {
                for (filter, theirs) in [
                    (Filter::Triangle, FilterType::Triangle),
                    (Filter::CatmullRom, FilterType::CatmullRom),
                ] {
                    let expected = imageops::resize(&image, new_width, new_height, theirs);
                    let found = resized(&image, new_width, new_height, filter);
                    assert_eq!(
                        found, expected,
                        "{width}×{height} to {new_width}×{new_height}"
                    );
                }
            }
        }
    }

    #[test]
    fn thumbnails_and_parts_are_the_image_crates_to_the_bit() {
        for (width, height) in SIZES {
            let image = pattern(width, height);
            for (new_width, new_height) in SIZES {
                if new_width <= width && new_height <= height {
                    let expected = imageops::thumbnail(&image, new_width, new_height);
                    assert_eq!(thumbnail(&image, new_width, new_height), expected);
                    let (left, top) = (width - new_width, height - new_height);
                    let expected =
                        imageops::crop_imm(&image, left, top, new_width, new_height).to_image();
                    assert_eq!(cropped(&image, left, top, new_width, new_height), expected);
                }
            }
        }
        let empty = GrayImage::new(0, 0);
        assert_eq!(
            resized(&empty, 2, 2, Filter::Triangle),
            GrayImage::new(2, 2)
        );
    }
}
