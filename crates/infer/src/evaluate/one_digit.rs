//! Images of one class each: the figures of a data set, and of pictures as they come.

use super::confident::{ConfidentAnswers, ConfidentFigures};
use super::report::{Measured, Report};
use super::test_set::TestSet;
use crate::error::Error;
use crate::predict::Predictor;
use crate::prepare::Image;
use crate::stages::{Stage, Stages};
use crate::truths::Truth;
use base::IMAGE_PIXELS;
use model::{Evaluation, Tally, Temperature};
use std::time::Instant;

/// Figures of pictures, each with a label, without holding them.
pub struct PictureFigures {
    num_classes: usize,
    tally: Tally,
    confident: Option<ConfidentAnswers>,
}

impl PictureFigures {
    /// Of no pictures of so many classes yet. With a least confidence, also how many are answered at it.
    #[must_use]
    pub fn new(
        num_classes: usize,
        temperature: Option<Temperature>,
        min_confidence: Option<f64>,
    ) -> Self {
        Self {
            num_classes,
            tally: Tally::new(num_classes, temperature),
            confident: min_confidence.map(|least| ConfidentAnswers::new(least, temperature)),
        }
    }

    /// Adds images with labels, and their logits.
    ///
    /// # Errors
    ///
    /// Where an image has no label.
    pub fn add(&mut self, images: &[Image], logits: &[f32]) -> Result<(), Error> {
        let labels = images.iter().map(|image| match &image.truth {
            Some(Truth::Class(class)) => Some(*class),
            Some(Truth::Text(_)) | None => None,
        });
        let labels: Option<Vec<u8>> = labels.collect();
        let labels = labels.ok_or(Error::Internal("a lost label"))?;
        self.tally.add(logits, &labels);
        if let Some(confident) = &mut self.confident {
            confident.add(self.num_classes, logits, &labels);
        }
        Ok(())
    }

    /// All figures so far, as training reports them, and those at the least confidence.
    #[must_use]
    pub fn finish(&self, class_names: &[String]) -> (Evaluation, Option<ConfidentFigures>) {
        let confident = self.confident.as_ref().map(ConfidentAnswers::finish);
        (self.tally.evaluate(class_names), confident)
    }
}

/// The figures of all images of a set.
///
/// # Errors
///
/// Where the device fails.
pub fn on_test_set<'a>(
    predictor: &'a Predictor,
    test_set: &'a TestSet,
    min_confidence: Option<f64>,
    stages: &Stages,
) -> Result<Report<'a>, Error> {
    let pixels = test_set.images.pixels();
    let logits = stages.time(Stage::Network, || timed_logits(predictor, pixels));
    let (logits, images_per_second) = logits?;
    let temperature = predictor.temperature();
    let names = &predictor.manifest().class_names;
    let labels = test_set.images.labels();
    let selected = min_confidence.map(|least| {
        let mut confident = ConfidentAnswers::new(least, temperature);
        confident.add(names.len(), &logits, labels);
        confident.finish()
    });
    Ok(Report {
        evaluation: Evaluation::scaled(temperature, &logits, labels, names),
        selected,
        images_per_second,
        measured: Measured {
            views: predictor.views(),
            name: &test_set.name,
            sha256: Some(&test_set.sha256),
            origin: &test_set.origin,
            is_whole: test_set.is_whole_set,
            device: predictor.device_name(),
        },
    })
}

/// Logits of all images, and images a second after one batch to warm up, uploading included.
fn timed_logits(predictor: &Predictor, pixels: &[u8]) -> Result<(Vec<f32>, f64), Error> {
    let num_warm_up = pixels.len().min(predictor.batch_size() * IMAGE_PIXELS);
    predictor.logits(&pixels[..num_warm_up])?;
    let start = Instant::now();
    let logits = predictor.logits(pixels)?;
    let elapsed_seconds = start.elapsed().as_secs_f64();
    let num_images = pixels.len() / IMAGE_PIXELS;
    Ok((logits, num_images as f64 / elapsed_seconds))
}
