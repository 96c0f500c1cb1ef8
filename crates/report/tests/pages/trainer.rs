//! A small softmax regression, so that the tests have figures, weights and mistakes of a real run.

use report::content::{CurvePoint, Pixels, WeightSnapshot};

pub const NUM_CLASSES: usize = 10;
const INPUTS: usize = 784;

pub struct Labelled {
    pub pixels: Vec<Pixels>,
    pub labels: Vec<usize>,
}

pub struct Trained {
    weights: Vec<f32>,
    pub curves: Vec<CurvePoint>,
    pub snapshots: Vec<WeightSnapshot>,
}

impl Trained {
    /// Plain stochastic gradient descent, evaluated `num_evaluations` times an epoch.
    pub fn new(
        (training, validation): (&Labelled, &Labelled),
        num_epochs: usize,
        num_evaluations: usize,
        learning_rate: f32,
    ) -> Self {
        let mut trained = Self {
            weights: vec![0.0; NUM_CLASSES * INPUTS],
            curves: Vec::new(),
            snapshots: Vec::new(),
        };
        trained.record(0);
        let num_images = training.pixels.len();
        let every = (num_images / num_evaluations).max(1);
        let (mut loss, mut correct, mut seen) = (0.0, 0, 0);
        for step in 0..num_epochs * num_images {
            let place = step * 7919 % num_images;
            let progress = step as f32 / (num_epochs * num_images) as f32;
            let rate = learning_rate * (1.0 - progress);
            let (truth, probabilities) =
                trained.learn(&training.pixels[place], training.labels[place], rate);
            loss -= probabilities[truth].max(1e-9).ln();
            correct += usize::from(best(&probabilities) == truth);
            seen += 1;
            if (step + 1) % every == 0 {
                let (accuracy, validation_loss) = trained.evaluate(validation);
                trained.curves.push(CurvePoint {
                    epoch: (step + 1) as f64 / num_images as f64,
                    step: step + 1,
                    learning_rate: Some(f64::from(rate)),
                    train_loss: Some(loss / f64::from(seen)),
                    train_accuracy: Some(correct as f64 / f64::from(seen)),
                    validation_loss: Some(validation_loss),
                    validation_accuracy: Some(accuracy),
                    ..CurvePoint::default()
                });
                (loss, correct, seen) = (0.0, 0, 0);
            }
            if (step + 1) % num_images == 0 && (step / num_images).is_multiple_of(2) {
                trained.record(step + 1);
            }
        }
        trained.mark_best();
        trained
    }

    pub fn probabilities(&self, pixels: &Pixels) -> Vec<f64> {
        let logits = self.weights.chunks_exact(INPUTS).map(|weights| {
            let products = weights.iter().zip(pixels);
            products
                .map(|(weight, &ink)| weight * f32::from(ink) / 255.0)
                .sum::<f32>()
        });
        let logits: Vec<f64> = logits.map(f64::from).collect();
        let largest = logits.iter().copied().fold(f64::MIN, f64::max);
        let powers: Vec<f64> = logits.iter().map(|logit| (logit - largest).exp()).collect();
        let sum: f64 = powers.iter().sum();
        powers.iter().map(|power| power / sum).collect()
    }

    fn learn(&mut self, pixels: &Pixels, truth: usize, rate: f32) -> (usize, Vec<f64>) {
        let probabilities = self.probabilities(pixels);
        for (class, weights) in self.weights.chunks_exact_mut(INPUTS).enumerate() {
            let error = probabilities[class] as f32 - f32::from(u8::from(class == truth));
            for (weight, &ink) in weights.iter_mut().zip(pixels) {
                *weight -= rate * error * f32::from(ink) / 255.0;
            }
        }
        (truth, probabilities)
    }

    fn evaluate(&self, data: &Labelled) -> (f64, f64) {
        let (mut correct, mut loss) = (0, 0.0);
        for (pixels, &truth) in data.pixels.iter().zip(&data.labels) {
            let probabilities = self.probabilities(pixels);
            correct += usize::from(best(&probabilities) == truth);
            loss -= probabilities[truth].max(1e-9).ln();
        }
        let num_images = data.pixels.len() as f64;
        (f64::from(correct as u32) / num_images, loss / num_images)
    }

    fn record(&mut self, step: usize) {
        self.snapshots.push(WeightSnapshot {
            step,
            layer: "linear".to_string(),
            height: 28,
            width: 28,
            count: NUM_CLASSES,
            values: self.weights.clone(),
        });
    }

    fn mark_best(&mut self) {
        let accuracy = |point: &&mut CurvePoint| point.validation_accuracy.unwrap_or(0.0);
        let best = self
            .curves
            .iter_mut()
            .max_by(|one, other| accuracy(one).total_cmp(&accuracy(other)));
        if let Some(best) = best {
            best.is_best = true;
        }
    }
}

pub fn best(probabilities: &[f64]) -> usize {
    (0..probabilities.len())
        .max_by(|&one, &other| probabilities[one].total_cmp(&probabilities[other]))
        .unwrap()
}
