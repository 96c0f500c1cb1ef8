//! What a report tells of the test images.

use super::summary::ViewsSummary;
use crate::predictions::{Tested, misread};
use data::LabeledImages;
use model::Evaluation;
use report::content::{Calibration, CalibrationBin, ClassFigures, Misread, TestResult};

pub(super) fn test_result(test: &Tested, images: &LabeledImages) -> TestResult {
    let evaluation = &test.evaluation;
    let misread = misread(&test.predictions).into_iter();
    TestResult {
        class_names: class_names(evaluation),
        num_images: evaluation.num_images,
        accuracy: evaluation.accuracy,
        views: ViewsSummary::of(test).map(ViewsSummary::to_text),
        loss: evaluation.loss,
        confusion: evaluation.confusion.clone(),
        per_class: class_figures(evaluation),
        calibration: Some(calibration(evaluation)),
        misread: misread
            .filter_map(|one| {
                Some(Misread {
                    index: one.index,
                    pixels: *images.image(one.index)?,
                    truth: one.label,
                    guess: one.prediction,
                    confidence: one.confidence,
                })
            })
            .collect(),
    }
}

fn class_names(evaluation: &Evaluation) -> Vec<String> {
    let classes = evaluation.classes.iter();
    classes.map(|class| class.name.clone()).collect()
}

fn class_figures(evaluation: &Evaluation) -> Vec<ClassFigures> {
    let classes = evaluation.classes.iter().enumerate();
    classes
        .map(|(index, class)| {
            let predicted: usize = evaluation.confusion.iter().map(|row| row[index]).sum();
            let precision = Some(class.precision).filter(|_| predicted > 0);
            let recall = Some(class.recall).filter(|_| class.support > 0);
            ClassFigures {
                precision,
                recall,
                f1: Some(class.f1).filter(|_| precision.is_some() && recall.is_some()),
                support: class.support,
            }
        })
        .collect()
}

fn calibration(evaluation: &Evaluation) -> Calibration {
    let width = 1.0 / evaluation.calibration.len().max(1) as f64;
    let bins = evaluation.calibration.iter().enumerate();
    let scaling = evaluation.scaling;
    Calibration {
        bins: bins
            .map(|(index, bin)| CalibrationBin {
                lower: index as f64 * width,
                upper: (index + 1) as f64 * width,
                num_images: bin.num_images,
                mean_confidence: Some(bin.mean_confidence).filter(|_| bin.num_images > 0),
                accuracy: Some(bin.accuracy).filter(|_| bin.num_images > 0),
            })
            .collect(),
        expected_calibration_error: evaluation.expected_calibration_error,
        before_scaling: scaling.map(|scaling| scaling.unscaled_calibration_error),
        temperature: scaling.map(|scaling| scaling.temperature.into()),
    }
}
