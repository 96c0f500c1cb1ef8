//! Which charts a run has: loss, accuracy and learning rate over the epochs.

use super::axis::{Axis, is_drawn};
use super::line::Measure;
use super::{LineChart, Series};
use crate::colour::{Colour, SERIES, TRAINING, VALIDATION, series};
use crate::content::{ComparedRun, CurvePoint};
use crate::number;

/// What a curve shows of an evaluation.
type Value = fn(&CurvePoint) -> Option<f64>;

fn line(name: &str, colour: Colour, curves: &[CurvePoint], value: Value) -> Series {
    Series {
        name: name.to_string(),
        colour,
        points: curves
            .iter()
            .map(|point| (point.epoch, value(point)))
            .collect(),
    }
}

/// Lines of training and validation, those that have a number, with the best epoch marked.
fn pair(
    title: &str,
    axis: Measure,
    curves: &[CurvePoint],
    (training, validation): (Value, Value),
) -> LineChart {
    let mut series = vec![
        line("training", TRAINING, curves, training),
        line("validation", VALIDATION, curves, validation),
    ];
    series.retain(|line| {
        line.points
            .iter()
            .any(|(_, value)| value.is_some_and(is_drawn))
    });
    let best = curves.iter().find(|point| point.is_best);
    let mark = best.and_then(|point| {
        let value = validation(point).or_else(|| training(point))?;
        let text = format!("best: epoch {}", number::epoch(point.epoch));
        Some((point.epoch, value, text))
    });
    LineChart {
        title: title.to_string(),
        axis,
        series,
        has_legend: true,
        mark,
    }
}

/// The charts of one run.
pub(crate) fn of_run(curves: &[CurvePoint]) -> [LineChart; 3] {
    [loss(curves), accuracy(curves), learning_rate(curves)]
}

/// Loss in training and on validation images.
fn loss(curves: &[CurvePoint]) -> LineChart {
    let values: (Value, Value) = (|point| point.train_loss, |point| point.validation_loss);
    pair("Loss", Axis::loss, curves, values)
}

/// Accuracy in training and on validation images.
fn accuracy(curves: &[CurvePoint]) -> LineChart {
    let values: (Value, Value) = (
        |point| point.train_accuracy,
        |point| point.validation_accuracy,
    );
    pair("Accuracy", Axis::accuracy, curves, values)
}

/// The learning rate.
fn learning_rate(curves: &[CurvePoint]) -> LineChart {
    LineChart {
        title: "Learning rate".to_string(),
        axis: Axis::rate,
        series: vec![line("learning rate", SERIES[2], curves, |point| {
            point.learning_rate
        })],
        has_legend: false,
        mark: None,
    }
}

/// The same curve of several runs, one colour a run: validation accuracy, validation loss,
/// training loss and learning rate. Their names are left to the page, which has room for any number of them.
pub(crate) fn overlay(runs: &[ComparedRun]) -> Vec<LineChart> {
    let charts: [(&str, Measure, Value); 4] = [
        ("Validation accuracy", Axis::accuracy, |point| {
            point.validation_accuracy
        }),
        ("Validation loss", Axis::loss, |point| point.validation_loss),
        ("Training loss", Axis::loss, |point| point.train_loss),
        ("Learning rate", Axis::rate, |point| point.learning_rate),
    ];
    charts
        .into_iter()
        .map(|(title, axis, value)| LineChart {
            title: title.to_string(),
            axis,
            series: runs
                .iter()
                .enumerate()
                .map(|(place, run)| line(&run.name, series(place), &run.curves, value))
                .collect(),
            has_legend: false,
            mark: None,
        })
        .collect()
}
