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
pub use sheets::{contact_sheet, weights};
pub use strips::strips;

use maud::html;

use crate::ReportError;
use crate::chart::{self, LineChart};
use crate::content::{CurvePoint, RunReport, TestResult};
use canvas::{Canvas, svg};

/// The edge around every picture, in pixels before scaling.
const MARGIN: usize = 20;
/// Pictures have so many pixels for each of a page.
const SCALE: usize = 2;

/// A picture as the bytes of a PNG file, where there is something to draw.
pub type Drawn = Result<Option<Vec<u8>>, ReportError>;

/// A picture of a run.
pub struct RunPicture {
    /// The name of its file.
    pub file_name: &'static str,
    draw: fn(&RunReport) -> Drawn,
}

/// All pictures of a run; each shows what a section of the page shows.
pub const RUN_PICTURES: [RunPicture; 5] = [
    RunPicture {
        file_name: "curves.png",
        draw: |report| curves(&report.curves),
    },
    RunPicture {
        file_name: "confusion.png",
        draw: |report| of_test(report, |test| confusion(&test.class_names, &test.confusion)),
    },
    RunPicture {
        file_name: "weights.png",
        draw: |report| weights(&report.snapshots),
    },
    RunPicture {
        file_name: "misread.png",
        draw: |report| of_test(report, sheets::misread),
    },
    RunPicture {
        file_name: "samples.png",
        draw: |report| report.samples.as_ref().map_or(Ok(None), sheets::samples),
    },
];

impl RunPicture {
    /// Draws it; `None` where the run has nothing to show of it.
    ///
    /// # Errors
    ///
    /// Where the picture would be too large or cannot be drawn.
    pub fn draw(&self, report: &RunReport) -> Drawn {
        (self.draw)(report)
    }
}

fn of_test(report: &RunReport, draw: impl Fn(&TestResult) -> Drawn) -> Drawn {
    report.test.as_ref().map_or(Ok(None), draw)
}

/// Loss, accuracy and learning rate over the epochs, side by side.
fn curves(curves: &[CurvePoint]) -> Drawn {
    let drawn: Result<Vec<_>, _> = chart::of_run(curves).iter().map(LineChart::draw).collect();
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
pub fn confusion(class_names: &[String], confusion: &[Vec<usize>]) -> Drawn {
    let Some((size, content)) = confusion::pair(class_names, confusion) else {
        return Ok(None);
    };
    let mut canvas = Canvas::new(size.0 * SCALE, size.1 * SCALE)?;
    canvas.draw(&svg(size, &content), SCALE)?;
    canvas.into_png().map(Some)
}
