//! Signs between digits, as pens leave them.

use image::GrayImage;

/// A point, or a comma, whose middle stands on a line at such a place, in ink of this width; `height` is the digits'.
pub(crate) fn mark(
    sheet: &mut GrayImage,
    is_comma: bool,
    (middle, base): (f32, f32),
    height: f32,
    stroke: f32,
) {
    let radius = (0.75 * stroke).max(1.2);
    let tail = if is_comma { 0.22 * height } else { 0.0 };
    for (x, y, pixel) in sheet.enumerate_pixels_mut() {
        let at = (x as f32 - middle, y as f32 - base);
        // A comma goes on to the lower left, and gets thinner.
        let along = if tail > 0.0 {
            ((at.1 - 0.5 * at.0) / (1.25 * tail)).clamp(0.0, 1.0)
        } else {
            0.0
        };
        let nearest = (at.0 + 0.5 * along * tail, at.1 - along * tail);
        let cover = radius * (1.0 - 0.5 * along) + 0.5 - nearest.0.hypot(nearest.1);
        pixel.0[0] = pixel.0[0].max((cover.clamp(0.0, 1.0) * 255.0) as u8);
    }
}
