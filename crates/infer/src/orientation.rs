//! Which way up the images of files of many are: a model reads digits far more surely one way than the other.
//!
//! Owns the look at the first images. Sets with labels are looked at by the data crate, without a model.

use crate::error::Error;
use crate::input::{Input, Inputs, Reading};
use crate::predict::Predictor;
use base::IMAGE_PIXELS;
use data::{Content, DecodeLimits, LabeledImages, Orientation, Record, Remarks, transpose};
use std::path::{Path, PathBuf};

/// Images that are looked at, at most, and inputs among which they are looked for.
const IMAGES_LOOKED_AT: usize = 256;
const INPUTS_LOOKED_AT: usize = 4_096;
/// Images that it takes to say anything.
const MIN_IMAGES: usize = 8;
/// By so much the mean of the greatest probability must be higher of transposed images, for it to be no chance.
const MIN_GAIN: f64 = 0.1;
/// And by so much the share of images read rightly.
const MIN_ACCURACY_GAIN: f64 = 0.25;
/// What is read from standard input can be read once only.
const STANDARD_INPUT: &str = "-";

/// Whether the 28×28 images in files of many among these inputs are to be transposed: as wanted, or as the model reads
/// the first of them.
///
/// # Errors
///
/// Where the device fails.
pub fn is_transposed(
    wanted: Orientation,
    paths: &[PathBuf],
    limits: DecodeLimits,
    predictor: &Predictor,
) -> Result<bool, Error> {
    match wanted {
        Orientation::Upright => return Ok(false),
        Orientation::Transposed => return Ok(true),
        Orientation::Auto => {}
    }
    if paths.iter().any(|path| path == Path::new(STANDARD_INPUT)) {
        return Ok(false);
    }
    let reading = Reading {
        limits,
        with_labels: false,
        remarks: Remarks::default(),
    };
    let inputs = Inputs::new(paths.to_vec(), &reading).take(INPUTS_LOOKED_AT);
    let images = inputs.filter_map(|input| match input {
        Input::Record(Record {
            content: Content::Pixels(pixels),
            ..
        }) => Some(*pixels),
        _ => None,
    });
    let images: Vec<[u8; IMAGE_PIXELS]> = images.take(IMAGES_LOOKED_AT).collect();
    if images.len() < MIN_IMAGES {
        return Ok(false);
    }
    let as_they_are = confidence(predictor, images.as_flattened())?;
    let mut others = images;
    others.iter_mut().for_each(transpose);
    Ok(confidence(predictor, others.as_flattened())? >= as_they_are + MIN_GAIN)
}

/// The mean of the greatest probability.
fn confidence(predictor: &Predictor, pixels: &[u8]) -> Result<f64, Error> {
    let logits = predictor.logits(pixels)?;
    let temperature = predictor.temperature().unwrap_or_default();
    let rows = logits.chunks_exact(predictor.num_classes());
    let num_images = rows.len().max(1);
    let greatest = rows.map(|row| model::most_probable(&temperature.probabilities(row)).1);
    Ok(greatest.sum::<f64>() / num_images as f64)
}

/// What is to be said of labelled images that the model reads far better transposed.
///
/// # Errors
///
/// Where the device fails.
pub fn remark(images: &LabeledImages, predictor: &Predictor) -> Result<Option<String>, Error> {
    let step = images.len().div_ceil(IMAGES_LOOKED_AT).max(1);
    let some: Vec<usize> = (0..images.len()).step_by(step).collect();
    let some = images.select(&some);
    if some.len() < MIN_IMAGES {
        return Ok(None);
    }
    let as_they_are = accuracy(predictor, &some)?;
    let transposed = accuracy(predictor, &some.transposed())?;
    Ok((transposed >= as_they_are + MIN_ACCURACY_GAIN).then(|| {
        format!(
            "the images look transposed: of some of them the model reads {:.0} % as they are, and {:.0} % with x and y \
             exchanged (--orientation transposed)",
            100.0 * as_they_are,
            100.0 * transposed
        )
    }))
}

fn accuracy(predictor: &Predictor, images: &LabeledImages) -> Result<f64, Error> {
    let logits = predictor.logits(images.pixels())?;
    let rows = logits.chunks_exact(predictor.num_classes());
    let temperature = predictor.temperature().unwrap_or_default();
    let is_right = |(row, label): &(&[f32], &u8)| {
        let (answer, _) = model::most_probable(&temperature.probabilities(row));
        answer == usize::from(**label)
    };
    let num_right = rows.zip(images.labels()).filter(is_right).count();
    Ok(num_right as f64 / images.len().max(1) as f64)
}
