//! The reliability diagram: accuracy against confidence, and how many images each bin has.

use std::error::Error;

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::axis::Axis;
use super::{Area, Drawing, UNIT, at, draw_mesh, draw_title, stroke, text_style};
use crate::ReportError;
use crate::colour::{AXIS, MUTED, TRAINING, VALIDATION};
use crate::content::CalibrationBin;
use crate::number;

const WIDTH: i32 = 480;
const HEIGHT: i32 = 420;
/// Of the height, for the diagram; the counts are below.
const DIAGRAM: i32 = 320;
const LEFT: i32 = 46;

/// The diagram, or `None` where no bin has an image.
pub(crate) fn reliability(bins: &[CalibrationBin]) -> Result<Option<Drawing>, ReportError> {
    let bins: Vec<&CalibrationBin> = bins
        .iter()
        .filter(|bin| bin.num_images > 0 && bin.lower.is_finite() && bin.upper.is_finite())
        .collect();
    if bins.is_empty() {
        return Ok(None);
    }
    Drawing::new("Reliability", (WIDTH, HEIGHT), |area| {
        let (upper, lower) = area.split_vertically(DIAGRAM * UNIT);
        draw_heading(&upper)?;
        draw_diagram(&upper, &bins)?;
        draw_counts(&lower, &bins)
    })
    .map(Some)
}

fn draw_heading(area: &Area) -> Result<(), Box<dyn Error>> {
    draw_title(area, "Reliability")?;
    let mut x = 0.0;
    for (name, colour) in [("accuracy", VALIDATION), ("gap to confidence", TRAINING)] {
        let corners = [at(x, 27.5), at(x + 12.0, 38.5)];
        area.draw(&Rectangle::new(corners, colour.plotter().mix(0.6).filled()))?;
        let style = text_style(11.5, MUTED, Pos::new(HPos::Left, VPos::Center));
        area.draw(&Text::new(name, at(x + 17.0, 33.0), style))?;
        x += 17.0 + name.len() as f64 * 6.6 + 16.0;
    }
    Ok(())
}

fn draw_diagram(area: &Area, bins: &[&CalibrationBin]) -> Result<(), Box<dyn Error>> {
    let axis = Axis::fraction();
    let mut chart = ChartBuilder::on(area)
        .margin_top(52 * UNIT)
        .margin_right(14 * UNIT)
        .x_label_area_size(26 * UNIT)
        .y_label_area_size(LEFT * UNIT)
        .build_cartesian_2d(axis.clone(), axis)?;
    draw_mesh(&mut chart)?;
    let known = bins.iter().filter_map(|bin| {
        let accuracy = bin.accuracy.filter(|value| value.is_finite())?;
        Some((*bin, accuracy.clamp(0.0, 1.0)))
    });
    for (bin, accuracy) in known {
        let gap = (bin.upper - bin.lower) * 0.06;
        let (lower, upper) = (bin.lower + gap, bin.upper - gap);
        let bar = VALIDATION.plotter().mix(0.35).filled();
        chart.draw_series([Rectangle::new([(lower, 0.0), (upper, accuracy)], bar)])?;
        if let Some(confidence) = bin.mean_confidence.filter(|value| value.is_finite()) {
            let gap = TRAINING.plotter().mix(0.3).filled();
            let corners = [(lower, accuracy), (upper, confidence.clamp(0.0, 1.0))];
            chart.draw_series([Rectangle::new(corners, gap)])?;
        }
        let top = vec![(lower, accuracy), (upper, accuracy)];
        chart.draw_series([PathElement::new(top, stroke(VALIDATION, 2.5))])?;
    }
    let diagonal = vec![(0.0, 0.0), (1.0, 1.0)];
    chart.draw_series([PathElement::new(diagonal, stroke(MUTED, 1.2))])?;
    Ok(())
}

/// Bars of counts on a logarithmic scale, each with its number.
fn draw_counts(area: &Area, bins: &[&CalibrationBin]) -> Result<(), Box<dyn Error>> {
    let height = |num_images: usize| (num_images as f64 + 1.0).log10();
    let largest = bins.iter().map(|bin| bin.num_images).max().unwrap_or(1);
    let mut chart = ChartBuilder::on(area)
        .margin_top(18 * UNIT)
        .margin_right(14 * UNIT)
        .x_label_area_size(22 * UNIT)
        .y_label_area_size(LEFT * UNIT)
        .build_cartesian_2d(0.0..1.0, 0.0..height(largest))?;
    let baseline = vec![(0.0, 0.0), (1.0, 0.0)];
    chart.draw_series([PathElement::new(baseline, stroke(AXIS, 1.0))])?;
    for bin in bins {
        let gap = (bin.upper - bin.lower) * 0.06;
        let top = height(bin.num_images);
        let corners = [(bin.lower + gap, 0.0), (bin.upper - gap, top)];
        let bar = MUTED.plotter().mix(0.35).filled();
        chart.draw_series([Rectangle::new(corners, bar)])?;
        let style = text_style(9.5, MUTED, Pos::new(HPos::Center, VPos::Bottom));
        let text = Text::new(number::compact(bin.num_images), (0, -2 * UNIT), style);
        let anchor = EmptyElement::at((f64::midpoint(bin.lower, bin.upper), top));
        chart.draw_series([anchor + text])?;
    }
    let centre = Pos::new(HPos::Center, VPos::Center);
    let style = text_style(11.0, MUTED, centre);
    let middle = f64::from(LEFT + WIDTH - 14) / 2.0;
    let below = f64::from(HEIGHT - DIAGRAM - 9);
    area.draw(&Text::new(
        "confidence; below: images in each bin, logarithmic",
        at(middle, below),
        style,
    ))?;
    Ok(())
}
