//! Charts: numbers in, SVG out. Owns how a [`Drawing`] is put into a page or a picture.

mod axis;
mod curves;
mod line;
mod reliability;

pub(crate) use curves::{of_run, overlay};
pub(crate) use line::{LineChart, Series};
pub(crate) use reliability::reliability;

use maud::{Markup, PreEscaped, html};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::FontFamily;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use axis::Axis;

use crate::ReportError;
use crate::colour::{AXIS, Colour, GRID, INK, MUTED};

/// The chart library places things on whole numbers only; so many of them make one pixel.
const UNIT: i32 = 4;

/// A finished chart: what is within the `svg` element, in units of a quarter pixel.
pub(crate) struct Drawing {
    /// In pixels.
    pub(crate) width: usize,
    /// In pixels.
    pub(crate) height: usize,
    title: String,
    body: String,
}

/// Where charts are drawn.
type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
/// The part of it within the axes.
type Plot<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<Axis, Axis>>;

impl Drawing {
    /// Draws with `draw` on an area of `width`×`height` pixels.
    fn new(
        title: &str,
        (width, height): (i32, i32),
        draw: impl FnOnce(&Area) -> Result<(), Box<dyn std::error::Error>>,
    ) -> Result<Self, ReportError> {
        let mut svg = String::new();
        let size = ((width * UNIT) as u32, (height * UNIT) as u32);
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        draw(&area)
            .and_then(|()| Ok(area.present()?))
            .map_err(|error| ReportError::Chart {
                chart: title.to_string(),
                reason: error.to_string(),
            })?;
        drop(area);
        let start = svg.find('>').map_or(0, |place| place + 1);
        let end = svg.rfind("</svg>").unwrap_or(svg.len());
        Ok(Self {
            width: width as usize,
            height: height as usize,
            title: title.to_string(),
            body: svg[start..end].replace(" opacity=\"1\"", ""),
        })
    }

    fn view_box(&self) -> String {
        let unit = UNIT as usize;
        format!("0 0 {} {}", self.width * unit, self.height * unit)
    }

    /// For a page; `label` says in words what there is to see.
    pub(crate) fn inline(&self, label: &str) -> Markup {
        html! {
            svg class="chart" viewBox=(self.view_box()) role="img" aria-label=(label) {
                title { (self.title) }
                (PreEscaped(&self.body))
            }
        }
    }

    /// For a picture, with its upper left corner at (`x`, `y`).
    pub(crate) fn nested(&self, x: usize, y: usize) -> Markup {
        html! {
            svg x=(x) y=(y) width=(self.width) height=(self.height) viewBox=(self.view_box())
                stroke-linejoin="round" stroke-linecap="round" {
                (PreEscaped(&self.body))
            }
        }
    }
}

/// A style of text of `size` pixels.
fn text_style(size: f64, colour: Colour, pos: Pos) -> TextStyle<'static> {
    // The library divides sizes by 1.24 when it writes them.
    let size = size * f64::from(UNIT) * 1.24;
    TextStyle {
        font: (FontFamily::SansSerif, size).into_font(),
        color: colour.plotter().to_backend_color(),
        pos,
    }
}

/// A bold title in the upper left corner.
fn draw_title(area: &Area, title: &str) -> Result<(), Box<dyn std::error::Error>> {
    let style = text_style(13.0, INK, Pos::new(HPos::Left, VPos::Center));
    let font = style.font.style(FontStyle::Bold);
    let style = TextStyle { font, ..style };
    area.draw(&Text::new(title.to_string(), at(0.0, 12.0), style))?;
    Ok(())
}

/// Axes, their numbers, and a horizontal line at each number of the vertical axis.
fn draw_mesh(chart: &mut Plot) -> Result<(), Box<dyn std::error::Error>> {
    let centre = Pos::new(HPos::Center, VPos::Top);
    chart
        .configure_mesh()
        .disable_x_mesh()
        .bold_line_style(stroke(GRID, 1.0))
        .light_line_style(TRANSPARENT)
        .axis_style(stroke(AXIS, 1.0))
        .set_all_tick_mark_size(3 * UNIT)
        .x_label_style(text_style(11.0, MUTED, centre))
        .y_label_style(text_style(11.0, MUTED, centre))
        .draw()?;
    Ok(())
}

/// A line of `width` pixels.
fn stroke(colour: Colour, width: f64) -> ShapeStyle {
    colour
        .plotter()
        .stroke_width((width * f64::from(UNIT)).round() as u32)
}

/// A place in pixels, as the library wants it.
fn at(x: f64, y: f64) -> (i32, i32) {
    let unit = f64::from(UNIT);
    ((x * unit).round() as i32, (y * unit).round() as i32)
}
