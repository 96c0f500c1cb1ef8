//! A picture with boxes around what was found on it.

use maud::html;

use super::canvas::{Canvas, svg};
use crate::ReportError;
use crate::colour::{TRAINING, VALIDATION};
use crate::content::Mark;

/// Least height of the letters, in pixels.
const MIN_LETTERS: usize = 10;
/// Their height in parts of a box's, in percent.
const LETTERS: usize = 40;

/// `colours` (red, green and blue for each pixel, row by row) of `width`×`height` pixels with a box and
/// a text for every mark, in another colour where it is not sure.
///
/// # Errors
///
/// Where the picture is too large or cannot be drawn.
pub fn annotated(
    colours: &[u8],
    (width, height): (usize, usize),
    marks: &[Mark],
) -> Result<Vec<u8>, ReportError> {
    let mut canvas = Canvas::new(width, height)?;
    let pixels: Vec<[u8; 3]> = colours.as_chunks().0.to_vec();
    canvas.blit(&pixels, width.max(1), (0, 0), 1);
    let line = (width.max(height) / 400).max(1);
    let content = html! {
        @for mark in marks {
            @let colour = if mark.is_sure { VALIDATION } else { TRAINING };
            @let letters = (mark.height * LETTERS / 100).max(MIN_LETTERS);
            // Above the box, or inside it where there is no room.
            @let base = if mark.top > letters + line { mark.top - line } else { mark.top + letters };
            rect x=(mark.left) y=(mark.top) width=(mark.width) height=(mark.height)
                fill="none" stroke=(colour.hex()) stroke-width=(line) {}
            text x=(mark.left) y=(base) font-size=(letters) font-weight="bold"
                fill=(colour.hex()) stroke="#ffffff" stroke-width=(line) paint-order="stroke" {
                (mark.text)
            }
        }
    };
    canvas.draw(&svg((width, height), &content), 1)?;
    canvas.into_png()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_picture_stays_but_for_boxes_and_texts() {
        let colours = [200_u8, 190, 180].repeat(80 * 60);
        let mark = Mark {
            left: 20,
            top: 30,
            width: 12,
            height: 20,
            text: "7".into(),
            is_sure: true,
        };
        let drawn = annotated(&colours, (80, 60), &[mark]).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(drawn))
            .read_info()
            .unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        let pixel = |x: usize, y: usize| &pixels[(y * 80 + x) * 3..][..3];
        assert_eq!(pixel(2, 2), [200, 190, 180]);
        assert_eq!(pixel(26, 40), [200, 190, 180], "inside the box");
        assert_ne!(pixel(20, 40), [200, 190, 180], "on its left edge");
        let above = (18..29).flat_map(|y| (20..30).map(move |x| (x, y)));
        let is_text = |(x, y): (usize, usize)| pixel(x, y) != [200, 190, 180];
        assert!(above.filter(|&place| is_text(place)).count() > 10);
    }
}
