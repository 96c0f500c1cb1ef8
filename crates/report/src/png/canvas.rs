//! Turning SVG into pixels, and blitting tiles.

use std::sync::{Arc, LazyLock};

use maud::{Markup, html};
use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

use crate::ReportError;
use crate::colour::Rgb;
use crate::picture::{Pixels8, encode};

/// No picture has more pixels.
const MAX_PIXELS: usize = 40_000_000;

static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::new();
    let regular: &[u8] = include_bytes!("../../assets/DejaVuSans-subset.ttf");
    let bold: &[u8] = include_bytes!("../../assets/DejaVuSans-Bold-subset.ttf");
    fonts.load_font_data(regular.to_vec());
    fonts.load_font_data(bold.to_vec());
    fonts.set_sans_serif_family("DejaVu Sans");
    Arc::new(fonts)
});

/// A white sheet to draw on.
pub(super) struct Canvas {
    pixmap: Pixmap,
}

impl Canvas {
    /// `width`×`height` pixels.
    pub(super) fn new(width: usize, height: usize) -> Result<Self, ReportError> {
        let too_large = || ReportError::TooLarge {
            width,
            height,
            limit: MAX_PIXELS,
        };
        if width.saturating_mul(height) > MAX_PIXELS {
            return Err(too_large());
        }
        let mut pixmap = Pixmap::new(width as u32, height as u32).ok_or_else(too_large)?;
        pixmap.fill(Color::WHITE);
        Ok(Self { pixmap })
    }

    /// Draws an SVG over what is there, enlarged `scale` times.
    pub(super) fn draw(&mut self, svg: &str, scale: usize) -> Result<(), ReportError> {
        let options = Options {
            fontdb: Arc::clone(&FONTS),
            font_family: "DejaVu Sans".to_string(),
            ..Options::default()
        };
        let tree = Tree::from_str(svg, &options).map_err(|error| ReportError::Drawing {
            reason: error.to_string(),
        })?;
        let transform = Transform::from_scale(scale as f32, scale as f32);
        resvg::render(&tree, transform, &mut self.pixmap.as_mut());
        Ok(())
    }

    /// Puts a picture of `width` pixels a row at (`x`, `y`), each of its pixels `zoom` wide and
    /// high. What lies outside is left out.
    pub(super) fn blit(
        &mut self,
        pixels: &[Rgb],
        width: usize,
        (x, y): (usize, usize),
        zoom: usize,
    ) {
        let (canvas_width, canvas_height) =
            (self.pixmap.width() as usize, self.pixmap.height() as usize);
        let data = self.pixmap.data_mut();
        for (place, [red, green, blue]) in pixels.iter().enumerate() {
            let (left, top) = (x + place % width * zoom, y + place / width * zoom);
            for row in top..(top + zoom).min(canvas_height) {
                for column in left..(left + zoom).min(canvas_width) {
                    let start = (row * canvas_width + column) * 4;
                    data[start..start + 4].copy_from_slice(&[*red, *green, *blue, 255]);
                }
            }
        }
    }

    pub(super) fn into_png(self) -> Result<Vec<u8>, ReportError> {
        let size = (self.pixmap.width() as usize, self.pixmap.height() as usize);
        let colours: Vec<u8> = self
            .pixmap
            .data()
            .chunks_exact(4)
            .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]])
            .collect();
        encode(&Pixels8::Colour(&colours), size)
    }
}

/// A whole SVG document of `width`×`height` pixels.
pub(super) fn svg((width, height): (usize, usize), content: &Markup) -> String {
    html! {
        svg xmlns="http://www.w3.org/2000/svg" width=(width) height=(height)
            font-family="sans-serif" {
            (content)
        }
    }
    .into_string()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn dark_pixels(text: &str) -> usize {
        let mut canvas = Canvas::new(60, 30).unwrap();
        let content = html! { text x="5" y="20" font-size="16" { (text) } };
        canvas.draw(&svg((60, 30), &content), 1).unwrap();
        canvas
            .pixmap
            .data()
            .chunks_exact(4)
            .filter(|pixel| pixel[0] < 128)
            .count()
    }

    #[test]
    fn text_appears_without_any_font_of_the_machine() {
        for text in ["7", "→", "–", "é", "%"] {
            assert!(dark_pixels(text) > 2, "{text}");
        }
        assert_eq!(dark_pixels(" "), 0);
    }

    #[test]
    fn what_is_too_large_is_an_error() {
        assert!(matches!(
            Canvas::new(100_000, 100_000),
            Err(ReportError::TooLarge { .. })
        ));
    }

    #[test]
    fn blitting_stays_inside() {
        let mut canvas = Canvas::new(4, 4).unwrap();
        canvas.blit(&[[0; 3]; 4], 2, (2, 2), 2);
        let black = canvas
            .pixmap
            .data()
            .chunks_exact(4)
            .filter(|pixel| pixel[0] == 0)
            .count();
        assert_eq!(black, 4);
    }
}
