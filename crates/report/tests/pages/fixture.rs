//! A report with everything in it: from MNIST where `MNIST_DIR` names it, else from drawn marks.

use std::io::Read;
use std::path::Path;

use report::content::{
    Calibration, CalibrationBin, ClassFigures, Misread, Picture, Pixels, RunReport, Samples,
    TestResult, WeightSnapshot,
};

use crate::trainer::{Labelled, NUM_CLASSES, Trained, best};

/// A run with every part, tested on `num_images`.
pub fn full_report(num_images: usize) -> RunReport {
    let data = labelled(num_images + 1_500);
    let (training, rest) = split(&data, 1_000);
    let (validation, test) = split(&rest, 500);
    let trained = Trained::new((&training, &validation), 12, 1, 0.05);
    let test = evaluate(&trained, &test);
    RunReport {
        title: "linear-mnist-seed-1".to_string(),
        headline: format!(
            "Softmax regression on MNIST: {:.2}% of {} test images read, 12 epochs in 1.9 s",
            test.accuracy * 100.0,
            test.num_images
        ),
        notices: vec![
            "Trained on 1,000 images: a test of the report, not of a network.".to_string(),
        ],
        facts: facts(),
        samples: Some(samples(&training)),
        curves: trained.curves,
        test: Some(test),
        snapshots: trained.snapshots,
        model_summary: Some(
            "Linear { d_input: 784, d_output: 10, bias: true, params: 7850 }".to_string(),
        ),
        config: Some(
            "seed = 1\n\n[model]\nkind = \"linear\"\n\n[optimizer]\nlearning_rate = 0.05\n"
                .to_string(),
        ),
    }
}

/// 64 pictures of 28×28 weights, or 6 kernels of 5×5.
pub fn weights(count: usize, side: usize, step: usize) -> WeightSnapshot {
    let wave = |place: usize| {
        let picture = place / (side * side);
        let (x, y) = ((place % side) as f32, (place / side % side) as f32);
        // Mixed well, or pages would be smaller than those of true weights.
        let mixed = (place as u32 ^ 0x9e37_79b9).wrapping_mul(0x85eb_ca6b);
        let mixed = (mixed ^ mixed >> 13).wrapping_mul(0xc2b2_ae35);
        let noise = ((mixed ^ mixed >> 16) >> 8) as f32 / 2f32.powi(24) - 0.5;
        let angle = picture as f32 * 0.7;
        let smooth = ((x * angle.cos() + y * angle.sin()) / side as f32 * 9.0).sin();
        0.1 * noise + 0.2 * smooth * step as f32 / 1_000.0
    };
    WeightSnapshot {
        step,
        layer: if side == 28 { "hidden1" } else { "conv1" }.to_string(),
        height: side,
        width: side,
        count,
        values: (0..count * side * side).map(wave).collect(),
    }
}

fn facts() -> Vec<(String, String)> {
    [
        ("Data", "MNIST, 60,000 training and 10,000 test images"),
        (
            "Checksum",
            "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        ),
        ("Device", "cpu (flex), 2 threads"),
        ("Images per second", "31,400"),
        ("Training seconds", "1.9"),
        ("Seed", "1"),
        ("Parameters", "7,850"),
        ("Program", "train 0.1.0, commit 5459ccc"),
    ]
    .map(|(name, value)| (name.to_string(), value.to_string()))
    .to_vec()
}

fn split(data: &Labelled, place: usize) -> (Labelled, Labelled) {
    let part = |pixels: &[Pixels], labels: &[usize]| Labelled {
        pixels: pixels.to_vec(),
        labels: labels.to_vec(),
    };
    (
        part(&data.pixels[..place], &data.labels[..place]),
        part(&data.pixels[place..], &data.labels[place..]),
    )
}

fn samples(training: &Labelled) -> Samples {
    let picture = |place: usize, shift: usize| {
        let mut pixels = training.pixels[place];
        pixels.rotate_right(shift);
        Picture {
            pixels,
            label: training.labels[place].to_string(),
        }
    };
    Samples {
        plain: (0..9).map(|place| picture(place, 0)).collect(),
        augmented: Some((0..9).map(|place| picture(place, 27 + place % 5)).collect()),
        additions: Vec::new(),
    }
}

fn evaluate(trained: &Trained, test: &Labelled) -> TestResult {
    let mut confusion = vec![vec![0; NUM_CLASSES]; NUM_CLASSES];
    let mut bins = vec![(0, 0.0, 0); 10];
    let (mut misread, mut loss) = (Vec::new(), 0.0);
    for (index, (pixels, &truth)) in test.pixels.iter().zip(&test.labels).enumerate() {
        let probabilities = trained.probabilities(pixels);
        let guess = best(&probabilities);
        confusion[truth][guess] += 1;
        loss -= probabilities[truth].max(1e-9).ln();
        let confidence = probabilities[guess];
        let bin = &mut bins[((confidence * 10.0) as usize).min(9)];
        *bin = (
            bin.0 + 1,
            bin.1 + confidence,
            bin.2 + usize::from(guess == truth),
        );
        if guess != truth {
            misread.push(Misread {
                index,
                pixels: *pixels,
                truth,
                guess,
                confidence,
            });
        }
    }
    misread.sort_by(|one, other| other.confidence.total_cmp(&one.confidence));
    let num_images = test.pixels.len();
    TestResult {
        class_names: (0..NUM_CLASSES).map(|class| class.to_string()).collect(),
        num_images,
        accuracy: 1.0 - misread.len() as f64 / num_images as f64,
        views: None,
        loss: loss / num_images as f64,
        per_class: (0..NUM_CLASSES)
            .map(|class| figures(&confusion, class))
            .collect(),
        confusion,
        calibration: Some(calibration(&bins, num_images)),
        misread,
    }
}

fn figures(confusion: &[Vec<usize>], class: usize) -> ClassFigures {
    let correct = confusion[class][class] as f64;
    let guessed: usize = confusion.iter().map(|row| row[class]).sum();
    let support: usize = confusion[class].iter().sum();
    let ratio = |denominator: usize| (denominator > 0).then(|| correct / denominator as f64);
    let (precision, recall) = (ratio(guessed), ratio(support));
    ClassFigures {
        precision,
        recall,
        f1: precision
            .zip(recall)
            .map(|(one, other)| 2.0 * one * other / (one + other)),
        support,
    }
}

fn calibration(bins: &[(usize, f64, usize)], num_images: usize) -> Calibration {
    let gap = |&(count, confidence, correct): &(usize, f64, usize)| {
        (confidence - correct as f64).abs() * f64::from(u8::from(count > 0))
    };
    let error = bins.iter().map(gap).sum::<f64>() / num_images as f64;
    let bins = bins
        .iter()
        .enumerate()
        .map(|(place, &(count, confidence, correct))| {
            let mean = |sum: f64| (count > 0).then(|| sum / count as f64);
            CalibrationBin {
                lower: place as f64 / 10.0,
                upper: (place + 1) as f64 / 10.0,
                num_images: count,
                mean_confidence: mean(confidence),
                accuracy: mean(correct as f64),
            }
        });
    Calibration {
        bins: bins.collect(),
        expected_calibration_error: error,
        before_scaling: Some(error * 1.7),
        temperature: Some(1.234),
    }
}

fn labelled(num_images: usize) -> Labelled {
    let folder = std::env::var_os("MNIST_DIR");
    folder.map_or_else(
        || drawn(num_images),
        |folder| mnist(Path::new(&folder), num_images),
    )
}

fn mnist(folder: &Path, num_images: usize) -> Labelled {
    let read = |name: &str| {
        let plain = std::fs::read(folder.join(name));
        plain.unwrap_or_else(|_| {
            let packed = std::fs::File::open(folder.join(format!("{name}.gz"))).unwrap();
            let mut bytes = Vec::new();
            flate2::read::GzDecoder::new(packed)
                .read_to_end(&mut bytes)
                .unwrap();
            bytes
        })
    };
    let pixels = read("train-images-idx3-ubyte");
    let labels = read("train-labels-idx1-ubyte");
    let images = pixels[16..].chunks_exact(784).take(num_images);
    Labelled {
        pixels: images.map(|image| image.try_into().unwrap()).collect(),
        labels: labels[8..]
            .iter()
            .take(num_images)
            .map(|&label| label.into())
            .collect(),
    }
}

/// Squares in a place that depends on the class, some of them blurred into the next.
fn drawn(num_images: usize) -> Labelled {
    let image = |index: usize| {
        let class = index * 7 % NUM_CLASSES;
        let wandering = if index.is_multiple_of(6) {
            index % 7
        } else {
            index % 2
        };
        let (top, left) = (4 + class / 5 * 10, 1 + class % 5 * 5 + wandering);
        let mut pixels = [0; 784];
        for row in top..top + 6 {
            pixels[row * 28 + left..][..4].fill(255);
        }
        pixels[index * 31 % 784] = 128;
        (pixels, class)
    };
    let (pixels, labels) = (0..num_images).map(image).unzip();
    Labelled { pixels, labels }
}
