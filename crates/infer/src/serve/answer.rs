//! What is said of pictures, as JSON.
//!
//! Owns the form of `/v1/predict`'s answers. Labels, notes and numbers of many digits are those of `infer predict`.

use super::problem::{Problem, ProblemBody};
use super::state::{About, Answered, Looked};
use crate::digits::Digits;
use crate::output::{Answer as _, Note, Numbers, Row, Rows, Style};
use crate::predict::read_digits;
use crate::prepare::Image;
use crate::show::{self, Step};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use data::picture::Trace;
use image::{GrayImage, ImageFormat};
use model::NamedWeights;
use serde::Serialize;
use std::io::Cursor;
use std::time::Duration;

/// What is to be told beside labels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Telling {
    pub(super) digits: Digits,
    pub(super) min_confidence: f64,
    /// Whether to show what the network saw.
    pub(super) seen: bool,
}

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    predictions: Vec<Said<'a>>,
    timing: Timing,
}

/// Milliseconds.
#[derive(Serialize)]
struct Timing {
    reading: f64,
    decoding: f64,
    /// Of the whole batch.
    network: f64,
    /// Waiting for the batch, and the batch.
    networks: f64,
    total: f64,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Said<'a> {
    One(Box<One<'a>>),
    Many(serde_json::Map<String, serde_json::Value>),
    Unusable {
        name: &'a str,
        error: ProblemBody<'a>,
    },
}

#[derive(Serialize)]
struct One<'a> {
    name: &'a str,
    label: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<&'a str>,
    probability: Option<f32>,
    /// Of every class; null without ink.
    probabilities: Option<Vec<f32>>,
    note: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seen: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_layer: Option<FirstLayer<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    steps: Option<Vec<ShownStep>>,
}

#[derive(Serialize)]
struct FirstLayer<'a> {
    shape: &'a [usize],
    values: &'a [f32],
}

#[derive(Serialize)]
struct ShownStep {
    name: String,
    width: u32,
    height: u32,
    png: String,
}

/// The answer, or the problem where not one picture could be used.
pub(super) fn body(
    about: &About,
    answered: Answered,
    telling: Telling,
    reading: Duration,
    total: Duration,
) -> Result<String, Problem> {
    let Answered {
        mut pictures,
        outcome,
        decoding,
        networks,
    } = answered;
    let problems = pictures
        .iter()
        .filter_map(|looked| looked.image.as_ref().err());
    if let Some(problem) = problems.clone().next()
        && problems.count() == pictures.len()
    {
        return Err(problem.clone());
    }
    let traces: Vec<_> = pictures
        .iter_mut()
        .map(|looked| std::mem::take(&mut looked.traces))
        .collect();
    let mut rest = &outcome.logits[..];
    let mut first_layer = outcome.first_layer.as_ref();
    let mut predictions = Vec::with_capacity(pictures.len());
    for (Looked { name, image, .. }, traces) in pictures.iter().zip(traces) {
        let image = match image {
            Ok(image) => image,
            Err(problem) => {
                let error = problem.body();
                predictions.push(Said::Unusable { name, error });
                continue;
            }
        };
        let (own, others) = rest.split_at(image.for_network().count() * outcome.num_logits);
        rest = others;
        let steps =
            trace_of(image, traces).map(|trace| show::of(trace).iter().map(shown).collect());
        predictions.push(match telling.digits {
            Digits::One => {
                // It is of the first image that went through the network.
                let first_layer = if own.is_empty() {
                    None
                } else {
                    first_layer.take()
                };
                let mut one = one(about, name, image, own, telling);
                (one.first_layer, one.steps) = (first_layer.map(told), steps.transpose()?);
                Said::One(Box::new(one))
            }
            Digits::Many(_) => Said::Many(many(about, name, image, own, telling)?),
        });
    }
    let milliseconds = |time: Duration| (time.as_secs_f64() * 1e6).round() / 1e3;
    let body = Body {
        model: &about.name,
        predictions,
        timing: Timing {
            reading: milliseconds(reading),
            decoding: milliseconds(decoding),
            network: milliseconds(outcome.in_network),
            networks: milliseconds(networks),
            total: milliseconds(total),
        },
    };
    serde_json::to_string(&body).map_err(|error| Problem::failed(error.to_string()))
}

/// Of the ways in which a picture may be seen, the one in which the networks saw it.
fn trace_of(image: &Image, mut traces: Vec<Trace>) -> Option<Trace> {
    let is_seen = |trace: &Trace| {
        let found = trace.result.as_ref().ok();
        found.map(|choice| &*choice.pixels) == image.digit()
    };
    let place = traces.iter().position(is_seen).unwrap_or(0);
    (place < traces.len()).then(|| traces.swap_remove(place))
}

/// Of a picture of one digit.
fn one<'a>(
    about: &'a About,
    name: &'a str,
    image: &Image,
    logits: &[f32],
    telling: Telling,
) -> One<'a> {
    let mut probabilities = None;
    let row = if logits.is_empty() {
        Row::without_ink(name)
    } else {
        let all = about.temperature.probabilities(logits);
        let row = Row::new(name, &all, all.len()).unless_below(telling.min_confidence);
        probabilities = Some(
            all.into_iter()
                .map(|probability| probability as f32)
                .collect(),
        );
        row
    };
    let row = if image.shows_several() {
        row.among_several()
    } else {
        row
    };
    let (label, probability) = row.at(0);
    let name_of = |label: usize| about.telling_names()?.get(label).map(String::as_str);
    let seen = image.digit().filter(|_| telling.seen);
    One {
        name,
        label,
        class: label.and_then(name_of),
        probability: probability.map(|probability| probability as f32),
        probabilities,
        note: row.note().map(Note::name),
        seen: seen.map(|pixels| STANDARD.encode(pixels)),
        first_layer: None,
        steps: None,
    }
}

/// Of a picture of many digits: what `infer predict` writes, with the picture's name.
fn many(
    about: &About,
    name: &str,
    image: &Image,
    logits: &[f32],
    telling: Telling,
) -> Result<serde_json::Map<String, serde_json::Value>, Problem> {
    let reading = read_digits(
        image.clusters(),
        logits,
        about.temperature,
        telling.digits.length(),
    );
    let numbers = Numbers::new(name, reading, telling.min_confidence).crowded(image.is_crowded());
    let style = Style {
        names: about.telling_names(),
        num_ranks: 1,
        rows: Rows::Picture,
    };
    let failed = |error: serde_json::Error| Problem::failed(error.to_string());
    let json = numbers.json(&style).map_err(failed)?;
    let mut said: serde_json::Map<_, _> = serde_json::from_str(&json.concat()).map_err(failed)?;
    let name = said.remove("path");
    said.insert("name".into(), name.unwrap_or_default());
    Ok(said)
}

fn told(weights: &NamedWeights) -> FirstLayer<'_> {
    FirstLayer {
        shape: &weights.shape,
        values: &weights.values,
    }
}

fn shown(step: &Step) -> Result<ShownStep, Problem> {
    let (name, image) = step.parts();
    Ok(ShownStep {
        name: name.to_owned(),
        width: image.width(),
        height: image.height(),
        png: STANDARD.encode(png(image)?),
    })
}

fn png(image: &GrayImage) -> Result<Vec<u8>, Problem> {
    let mut bytes = Cursor::new(Vec::new());
    let written = image.write_to(&mut bytes, ImageFormat::Png);
    written.map_err(|error| Problem::failed(format!("a step could not be drawn: {error}")))?;
    Ok(bytes.into_inner())
}
