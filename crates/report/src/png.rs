//! Pictures of a run as PNG files, for readers without a browser.
//!
//! Every function gives `None` where there is nothing to show. Text is set in the embedded font,
//! so that it appears on machines without any.

mod annotated;
mod canvas;
mod confusion;
mod sheets;
mod strips;

pub use annotated::annotated;
pub use sheets::{contact_sheet, misread, samples, weights};
pub use strips::strips;

use maud::html;

use crate::ReportError;
use crate::chart::{self, LineChart};
use crate::content::CurvePoint;
use canvas::{Canvas, svg};

/// The edge around every picture, in pixels before scaling.
const MARGIN: usize = 20;
/// Pictures have so many pixels for each of a page.
const SCALE: usize = 2;

/// Loss, accuracy and learning rate over the epochs, side by side.
///
/// # Errors
///
/// Where the chart or the picture cannot be drawn.
pub fn curves(curves: &[CurvePoint]) -> Result<Option<Vec<u8>>, ReportError> {
    let charts = [
        chart::loss(curves),
        chart::accuracy(curves),
        chart::learning_rate(curves),
    ];
    let drawn: Result<Vec<_>, _> = charts.iter().map(LineChart::draw).collect();
    let drawn: Vec<_> = drawn?.into_iter().flatten().collect();
    let Some(first) = drawn.first() else {
        return Ok(None);
    };
    let (width, height) = (first.width + MARGIN, first.height + 2 * MARGIN);
    let size = (width * drawn.len() + MARGIN, height);
    let content = html! {
        @for (place, drawing) in drawn.iter().enumerate() {
            (drawing.nested(MARGIN + place * width, MARGIN))
        }
    };
    let mut canvas = Canvas::new(size.0 * SCALE, size.1 * SCALE)?;
    canvas.draw(&svg(size, &content), SCALE)?;
    canvas.into_png().map(Some)
}

/// The confusion matrix: counts, and beside them shares of each row. `confusion` has a row for
/// each truth and a column for each guess.
///
/// # Errors
///
/// Where the picture cannot be drawn.
pub fn confusion(
    class_names: &[String],
    confusion: &[Vec<usize>],
) -> Result<Option<Vec<u8>>, ReportError> {
    let Some((size, content)) = confusion::pair(class_names, confusion) else {
        return Ok(None);
    };
    let mut canvas = Canvas::new(size.0 * SCALE, size.1 * SCALE)?;
    canvas.draw(&svg(size, &content), SCALE)?;
    canvas.into_png().map(Some)
}
