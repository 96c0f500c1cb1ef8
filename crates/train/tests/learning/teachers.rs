//! What a network learns from others.

use super::{Trained, digits, recipe, train, train_watched};
use burn::tensor::Device;
use burn::train::Interrupter;
use data::LabeledImages;
use std::sync::Arc;
use train::config::{DistillationConfig, Recipe};
use train::dataset::TrainingData;
use train::strategy::Continuity;
use train::teachers::Teachers;

fn taught(recipe: &Recipe, data: &TrainingData, teacher: &Trained, weight: f64) -> Trained {
    let named = vec![("teacher".into(), teacher.classifier.clone())];
    let config = DistillationConfig {
        weight,
        ..DistillationConfig::default()
    };
    let continuity = Continuity {
        teachers: Some(Arc::new(Teachers::new(
            named,
            &config,
            kernels::LossOptions::default(),
        ))),
        ..Continuity::default()
    };
    let how = (Interrupter::new(), continuity);
    train_watched(&Device::flex(), recipe, data, how, Vec::new())
}

fn accuracy(trained: &Trained) -> f64 {
    trained.records.last().unwrap().validation_accuracy.unwrap()
}

/// Labels that are all wrong teach nothing; the teacher does, whose answers alone count at a weight of 1.
#[test]
fn a_student_learns_from_its_teacher() {
    let data = digits(1500, 300);
    let recipe = recipe(200);
    let teacher = train(&recipe, &data);
    let all_the_same = vec![7; data.train.len()];
    let wrong = TrainingData {
        train: LabeledImages::new(data.train.pixels().to_vec(), all_the_same).unwrap(),
        ..data
    };
    let other = Recipe {
        seed: recipe.seed + 1,
        ..recipe
    };
    let by_labels = train(&other, &wrong);
    let by_teacher = taught(&other, &wrong, &teacher, 1.0);
    assert!(accuracy(&by_labels) < 0.3);
    let (teacher, student) = (accuracy(&teacher), accuracy(&by_teacher));
    assert!(
        student > 0.8 && student > teacher - 0.1,
        "{student}, {teacher}"
    );
}

#[test]
fn a_taught_training_repeats_and_depends_on_the_weight() {
    let data = digits(320, 100);
    let recipe = recipe(12);
    let teacher = train(&recipe, &data);
    let weights = |weight| {
        let trained = taught(&recipe, &data, &teacher, weight);
        trained.classifier.weights().unwrap()
    };
    assert_eq!(weights(0.5), weights(0.5));
    assert_ne!(weights(0.5), weights(1.0));
}
