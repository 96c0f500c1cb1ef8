//! Lines over the epochs of training, with axes, legend and a mark.

use std::error::Error;
use std::ops::Range;

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::axis::{Axis, Scale, is_drawn};
use super::{Area, Drawing, Plot, UNIT, at, draw_mesh, draw_title, stroke, text_style};
use crate::ReportError;
use crate::colour::{AXIS, Colour, INK, MUTED};
use crate::number;

const WIDTH: i32 = 480;
const HEIGHT: i32 = 300;
/// Left of the plot, for the numbers of the axis.
const LEFT: i32 = 46;
const RIGHT: i32 = 14;
/// Above the plot, for title and legend.
const TOP: i32 = 58;
/// Below the plot, for the numbers of the axis.
const BOTTOM: i32 = 38;
/// Up to so many points of a line get a dot each.
const MAX_DOTS: usize = 40;

/// The axis that values ask for.
pub(crate) type Measure = fn(&[f64]) -> Axis;

/// One line.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) colour: Colour,
    /// Epoch and value; the line has a gap where a value is missing or cannot be drawn.
    pub(crate) points: Vec<(f64, Option<f64>)>,
}

/// A chart of lines over epochs.
#[derive(Debug, Clone)]
pub(crate) struct LineChart {
    pub(crate) title: String,
    /// Which axis the values ask for.
    pub(crate) axis: Measure,
    pub(crate) series: Vec<Series>,
    /// Whether the names of the lines stand above them.
    pub(crate) has_legend: bool,
    /// The epoch that is marked, the value there, and what it is.
    pub(crate) mark: Option<(f64, f64, String)>,
}

impl LineChart {
    fn values(&self) -> Vec<f64> {
        let points = self.series.iter().flat_map(|series| &series.points);
        points
            .filter(|(epoch, _)| is_drawn(*epoch))
            .filter_map(|&(_, value)| value.filter(|&value| is_drawn(value)))
            .collect()
    }

    /// What the chart shows, in words.
    pub(crate) fn description(&self) -> String {
        let lines = self.series.iter().filter_map(|series| {
            let finite = |value: &f64| is_drawn(*value);
            let mut values = series
                .points
                .iter()
                .filter_map(|point| point.1.filter(finite));
            let first = values.next()?;
            let last = values.next_back().unwrap_or(first);
            let (first, last) = (number::significant(first, 3), number::significant(last, 3));
            Some(format!("{} from {first} to {last}", series.name))
        });
        let lines: Vec<String> = lines.collect();
        let mark = self.mark.as_ref();
        let mark = mark.map_or_else(String::new, |(_, _, text)| format!("; {text}"));
        format!("{} over epochs: {}{mark}", self.title, lines.join(", "))
    }

    /// The chart, or `None` where there is no number to show.
    pub(crate) fn draw(&self) -> Result<Option<Drawing>, ReportError> {
        let values = self.values();
        if values.is_empty() {
            return Ok(None);
        }
        let points = self.series.iter().flat_map(|series| &series.points);
        let epochs: Vec<f64> = points
            .filter(|(_, value)| value.is_some_and(is_drawn))
            .map(|&(epoch, _)| epoch)
            .collect();
        let (x, y) = (Axis::progress(&epochs), (self.axis)(&values));
        Drawing::new(&self.title, (WIDTH, HEIGHT), |area| {
            self.draw_heading(area, &y)?;
            self.draw_plot(area, &x, &y)
        })
        .map(Some)
    }

    fn draw_heading(&self, area: &Area, y: &Axis) -> Result<(), Box<dyn Error>> {
        draw_title(area, &self.title)?;
        let note = match y.scale {
            Scale::Linear => "",
            Scale::Logarithmic { .. } => "logarithmic scale",
            Scale::Stretched { .. } => "scale stretched towards 100%",
        };
        let right = text_style(11.0, MUTED, Pos::new(HPos::Right, VPos::Center));
        let end = f64::from(WIDTH - RIGHT);
        area.draw(&Text::new(note, at(end, 12.0), right))?;
        if !self.has_legend {
            return Ok(());
        }
        let mut x = 0.0;
        for series in &self.series {
            let line = vec![at(x, 31.0), at(x + 16.0, 31.0)];
            area.draw(&PathElement::new(line, stroke(series.colour, 2.5)))?;
            let name: String = number::shortened(&series.name, 24);
            let style = text_style(11.5, MUTED, Pos::new(HPos::Left, VPos::Center));
            area.draw(&Text::new(name.clone(), at(x + 21.0, 31.0), style))?;
            x += 21.0 + name.chars().count() as f64 * 6.6 + 16.0;
        }
        Ok(())
    }

    fn draw_plot(&self, area: &Area, x: &Axis, y: &Axis) -> Result<(), Box<dyn Error>> {
        let mut chart = ChartBuilder::on(area)
            .margin_top(TOP * UNIT)
            .margin_right(RIGHT * UNIT)
            .x_label_area_size(BOTTOM * UNIT)
            .y_label_area_size(LEFT * UNIT)
            .build_cartesian_2d(x.clone(), y.clone())?;
        draw_mesh(&mut chart)?;
        let below = at(f64::from(LEFT + WIDTH - RIGHT) / 2.0, f64::from(HEIGHT - 7));
        let centre = Pos::new(HPos::Center, VPos::Center);
        area.draw(&Text::new("epoch", below, text_style(11.0, MUTED, centre)))?;
        self.draw_mark(&mut chart, x, y)?;
        for series in &self.series {
            draw_series(&mut chart, series, x, y)?;
        }
        Ok(())
    }

    fn draw_mark(&self, chart: &mut Plot, x: &Axis, y: &Axis) -> Result<(), Box<dyn Error>> {
        let Some((epoch, value, text)) = &self.mark else {
            return Ok(());
        };
        let Some(place) = y.place(*value) else {
            return Ok(());
        };
        if !(x.range.start..=x.range.end).contains(epoch) {
            return Ok(());
        }
        let ends = vec![(*epoch, y.range.start), (*epoch, y.range.end)];
        chart.draw_series([PathElement::new(ends, stroke(AXIS, 1.0))])?;
        let share = (epoch - x.range.start) / (x.range.end - x.range.start);
        let side = match share {
            ..0.2 => HPos::Left,
            0.8.. => HPos::Right,
            _ => HPos::Center,
        };
        let style = text_style(11.0, MUTED, Pos::new(side, VPos::Bottom));
        let label = Text::new(text.clone(), (0, -2 * UNIT), style);
        let anchor = EmptyElement::at((*epoch, y.range.end));
        chart.draw_series([anchor + label])?;
        let ring = Circle::new((*epoch, place), 5 * UNIT, stroke(INK, 1.5));
        chart.draw_series([ring])?;
        Ok(())
    }
}

fn draw_series(
    chart: &mut Plot,
    series: &Series,
    x: &Axis,
    y: &Axis,
) -> Result<(), Box<dyn Error>> {
    let segments = segments(&series.points, y);
    let num_points: usize = segments.iter().map(Vec::len).sum();
    for segment in segments {
        if num_points <= MAX_DOTS || segment.len() == 1 {
            let filled = series.colour.plotter().filled();
            let dot = |&place| Circle::new(place, 5 * UNIT / 2, filled);
            chart.draw_series(segment.iter().map(dot))?;
        }
        if segment.len() > 1 {
            let line = thinned(segment, &x.range, (WIDTH - LEFT - RIGHT) as usize);
            chart.draw_series(LineSeries::new(line, stroke(series.colour, 2.0)))?;
        }
    }
    Ok(())
}

/// The parts of a line between its gaps, as placed.
fn segments(points: &[(f64, Option<f64>)], y: &Axis) -> Vec<Vec<(f64, f64)>> {
    let mut segments = vec![Vec::new()];
    for &(epoch, value) in points {
        match value.and_then(|value| y.place(value)) {
            Some(place) if is_drawn(epoch) => {
                if let Some(segment) = segments.last_mut() {
                    segment.push((epoch, place));
                }
            }
            // A value that is missing by plan, such as the accuracy of every step, is no gap.
            _ if value.is_none() => {}
            _ => segments.push(Vec::new()),
        }
    }
    segments.retain(|segment| !segment.is_empty());
    segments
}

/// A line of many points with no more of them than can be seen: the first, lowest, highest and
/// last in each of `num_columns` columns.
fn thinned(points: Vec<(f64, f64)>, range: &Range<f64>, num_columns: usize) -> Vec<(f64, f64)> {
    if points.len() <= 4 * num_columns {
        return points;
    }
    let scale = num_columns as f64 / (range.end - range.start);
    let column = |&(x, _): &(f64, f64)| ((x - range.start) * scale) as i64;
    let mut kept = Vec::new();
    for group in points.chunk_by(|one, other| column(one) == column(other)) {
        let by_value = |&one: &usize, &other: &usize| group[one].1.total_cmp(&group[other].1);
        let mut places = vec![0, group.len() - 1];
        places.extend((0..group.len()).min_by(by_value));
        places.extend((0..group.len()).max_by(by_value));
        places.sort_unstable();
        places.dedup();
        kept.extend(places.into_iter().map(|place| group[place]));
    }
    kept
}

#[cfg(test)]
mod tests;
