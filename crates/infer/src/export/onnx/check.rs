//! Whether a file says what the networks say that it was made of.

use super::messages::Model;
use super::run::run;
use super::{LOGITS, PROBABILITIES};
use crate::error::Error;
use base::IMAGE_PIXELS;
use prost::Message as _;

/// How far logits may be apart, as a share of the largest, or of 1.
const TOLERANCE: f64 = 1e-4;

/// Runs an ONNX file, and compares its logits with those that the networks give to the same images: `pixels`
/// `[num_images, 28, 28]`, `logits` `[num_images, num_classes]`. Comes with the largest difference.
///
/// # Errors
///
/// Where the file cannot be run, says something else, or probabilities that are none.
pub fn check_onnx(file: &[u8], pixels: &[u8], logits: &[f32]) -> Result<f64, Error> {
    let wrong = |why: String| Error::WrongExport { why };
    let file = Model::decode(file).map_err(|error| wrong(error.to_string()))?;
    let graph = file.graph.ok_or_else(|| wrong("it has no graph".into()))?;
    let num_images = pixels.len() / IMAGE_PIXELS;
    let pixels = pixels.iter().map(|&pixel| f64::from(pixel)).collect();
    let found = run(&graph, num_images, pixels).map_err(wrong)?;
    let value = |name: &str| {
        let value = found.get(name).filter(|found| found.len() == logits.len());
        value.ok_or_else(|| wrong(format!("{name} are missing, or too few")))
    };
    let pairs = value(LOGITS)?.iter().zip(logits);
    let apart = pairs.map(|(found, &expected)| (found - f64::from(expected)).abs());
    let is_number = |apart: f64| if apart.is_nan() { f64::INFINITY } else { apart };
    let apart = apart.map(is_number).fold(0.0, f64::max);
    let largest = logits
        .iter()
        .fold(1.0_f32, |most, logit| most.max(logit.abs()));
    if apart > TOLERANCE * f64::from(largest) {
        return Err(wrong(format!("a logit is {apart:.1e} from the network's")));
    }
    let num_classes = logits.len() / num_images.max(1);
    let mut rows = value(PROBABILITIES)?.chunks(num_classes.max(1));
    if rows.any(|row| (row.iter().sum::<f64>() - 1.0).abs() > TOLERANCE) {
        return Err(wrong("probabilities do not add up to 1".into()));
    }
    Ok(apart)
}
