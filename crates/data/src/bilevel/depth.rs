//! How deep inside the ink its pixels lie, and so how wide its strokes are.

use image::GrayImage;

/// Farther from paper than any pixel of a picture is.
const FAR: u32 = 1 << 15;

/// Mean width of the strokes in pixels; 0 where there is no ink, infinite where there is nothing else.
#[must_use]
pub fn stroke_width(ink: &GrayImage) -> f32 {
    let (width, height) = (ink.width() as usize, ink.height() as usize);
    if width == 0 || height == 0 {
        return 0.0;
    }
    let pixels = ink.as_raw();
    let heights = distances_in_columns(pixels, width);
    let (mut sum, mut count) = (0.0, 0_u32);
    for (pixels, heights) in pixels.chunks_exact(width).zip(heights.chunks_exact(width)) {
        for x in (0..width).filter(|&x| pixels[x] > 0) {
            match square_of_depth(heights, x) {
                Some(square) => sum += f64::from(square).sqrt(),
                None => return f32::INFINITY,
            }
            count += 1;
        }
    }
    // Across a stroke, depths go from a half up to half the width and back.
    if count == 0 {
        0.0
    } else {
        (4.0 * sum / f64::from(count)) as f32 - 1.0
    }
}

/// How far the next paper above or below is from every pixel, [`FAR`] where there is none.
fn distances_in_columns(pixels: &[u8], width: usize) -> Vec<u32> {
    let mut distances = vec![FAR; pixels.len()];
    let mut last = vec![FAR; width];
    let mut pass = |rows: &mut dyn Iterator<Item = (&mut [u32], &[u8])>| {
        last.fill(FAR);
        for (distances, pixels) in rows {
            for ((distance, last), &pixel) in distances.iter_mut().zip(&mut last).zip(pixels) {
                *last = if pixel > 0 { (*last + 1).min(FAR) } else { 0 };
                *distance = (*distance).min(*last);
            }
        }
    };
    pass(
        &mut distances
            .chunks_exact_mut(width)
            .zip(pixels.chunks_exact(width)),
    );
    pass(
        &mut distances
            .chunks_exact_mut(width)
            .rev()
            .zip(pixels.chunks_exact(width).rev()),
    );
    distances
}

/// The square of the distance from the pixel at `x` to the nearest paper, by the distances in the columns of its
/// row. `None` where there is no paper at all.
fn square_of_depth(heights: &[u32], x: usize) -> Option<u32> {
    let square = |aside: u32, height: u32| aside * aside + height * height;
    let mut best = if heights[x] == FAR {
        u32::MAX
    } else {
        square(0, heights[x])
    };
    let farthest = x.max(heights.len() - 1 - x);
    for aside in 1..=farthest {
        if (aside * aside) as u64 >= u64::from(best) {
            break;
        }
        let sides = [x.checked_sub(aside), x.checked_add(aside)];
        for column in sides.into_iter().flatten() {
            if let Some(&height) = heights.get(column).filter(|&&height| height < FAR) {
                best = best.min(square(aside as u32, height));
            }
        }
    }
    (best < u32::MAX).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bilevel::inverted;
    use image::Luma;
    use imageproc::distance_transform::euclidean_squared_distance_transform;

    /// The same by another's distances.
    fn by_distance(ink: &GrayImage) -> f32 {
        let depths = euclidean_squared_distance_transform(&inverted(ink));
        let inside: Vec<f64> = depths
            .iter()
            .filter(|&&depth| depth > 0.0)
            .map(|depth| depth.sqrt())
            .collect();
        if inside.is_empty() {
            return 0.0;
        }
        (4.0 * inside.iter().sum::<f64>() / inside.len() as f64) as f32 - 1.0
    }

    #[test]
    fn it_is_four_times_the_mean_depth_less_one_to_the_bit() {
        for (width, height) in [(1, 9), (30, 30), (112, 80), (200, 60)] {
            let ink = GrayImage::from_fn(width, height, |x, y| {
                let is_paper = (x * 7919 + y * 104_729) % 211 == 3 || x + y == 0;
                Luma([if is_paper { 0 } else { 255 }])
            });
            assert_eq!(
                stroke_width(&ink).to_bits(),
                by_distance(&ink).to_bits(),
                "{width}×{height}"
            );
        }
    }

    #[test]
    fn a_bar_is_as_wide_as_it_is() {
        let bar = GrayImage::from_fn(200, 40, |x, y| {
            let is_ink = (20..180).contains(&x) && (15..23).contains(&y);
            Luma([if is_ink { 255 } else { 0 }])
        });
        assert!((stroke_width(&bar) - 8.0).abs() < 1.5);
        assert!(stroke_width(&GrayImage::new(5, 5)).abs() < f32::EPSILON);
        assert!(stroke_width(&GrayImage::from_pixel(5, 5, Luma([255]))).is_infinite());
    }
}
