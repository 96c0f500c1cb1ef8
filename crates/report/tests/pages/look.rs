//! Writes pages and pictures for people to look at.

use std::path::PathBuf;

use report::content::{ComparedRun, Comparison, CurvePoint, Disagreement, RunReport};
use report::{compare, html, png};

use crate::fixture::{full_report, weights};

fn folder() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pages");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn write(name: &str, bytes: impl AsRef<[u8]>) {
    let path = folder().join(name);
    println!("{}: {} bytes", path.display(), bytes.as_ref().len());
    std::fs::write(path, bytes).unwrap();
}

/// The curves of a run that ends well above 99%.
fn good_curves(num_points: usize, offset: f64) -> Vec<CurvePoint> {
    let point = |place: usize| {
        let progress = (place + 1) as f64 / num_points as f64;
        let wobble = ((place * 37 % 11) as f64 / 11.0 - 0.5) * 0.1;
        let decay = (-6.0 * progress - offset).exp();
        CurvePoint {
            epoch: progress * 12.0,
            step: place * 40,
            learning_rate: Some(0.001 * (1.0 + (progress * std::f64::consts::PI).cos()) / 2.0),
            train_loss: Some((0.9 * decay + 0.0015) * (1.0 + wobble)),
            train_accuracy: Some(1.0 - (0.35 * decay).min(0.9) * (1.0 + wobble)),
            validation_loss: Some((0.5 * decay + 0.028) * (1.0 + wobble)),
            validation_accuracy: Some(1.0 - (0.2 * decay + 0.007) * (1.0 + wobble)),
            is_best: place == num_points * 9 / 10,
        }
    };
    (0..num_points).map(point).collect()
}

fn comparison(report: &RunReport) -> Comparison {
    let test = report.test.as_ref().unwrap();
    let names = ["cnn-seed-1", "dense-seed-1", "linear & <old>"];
    let run = |place: usize| ComparedRun {
        name: names[place].to_string(),
        ending: Some(
            if place == 1 {
                "interrupted"
            } else {
                "finished"
            }
            .to_string(),
        ),
        accuracy: Some(test.accuracy + 0.002 * place as f64),
        loss: Some(test.loss),
        num_images: Some(test.num_images),
        num_parameters: Some(61_706 * (place + 1)),
        seconds: (place != 1).then_some(12.3 * (place + 1) as f64),
        images_per_second: Some(41_234.0 / (place + 1) as f64),
        curves: good_curves(24, place as f64 * -0.7),
        confusion: Some(test.confusion.clone()),
    };
    let disagreement = |(place, one): (usize, &report::content::Misread)| Disagreement {
        index: one.index,
        pixels: one.pixels,
        truth: one.truth,
        guesses: vec![
            Some(one.truth),
            Some(one.guess),
            (place % 5 > 0).then_some(one.truth),
        ],
    };
    Comparison {
        title: "Three networks".to_string(),
        runs: (0..3).map(run).collect(),
        settings: vec![
            (
                "model.kind".to_string(),
                ["cnn", "dense", "linear"]
                    .map(|kind| Some(kind.to_string()))
                    .to_vec(),
            ),
            (
                "model.hidden".to_string(),
                vec![None, Some("[512, 256]".to_string()), None],
            ),
            (
                "optimizer.learning_rate".to_string(),
                ["0.001", "0.001", "0.05"]
                    .map(|kind| Some(kind.to_string()))
                    .to_vec(),
            ),
        ],
        class_names: test.class_names.clone(),
        disagreements: test.misread.iter().enumerate().map(disagreement).collect(),
        notices: vec!["The runs differ in their seeds.".to_string()],
    }
}

#[test]
#[ignore = "writes pages and pictures to look at"]
fn writes_pages_and_pictures() {
    let report = full_report(4_000);
    write("run.html", html::page(&report));
    write("compare.html", compare::page(&comparison(&report)));
    for picture in &png::RUN_PICTURES {
        write(picture.file_name, picture.draw(&report).unwrap().unwrap());
    }

    let snapshots = [0, 400, 1_000].map(|step| weights(128, 28, step)).to_vec();
    let kernels = [0, 1_000].map(|step| weights(6, 5, step)).to_vec();
    write("kernels.png", png::weights(&kernels).unwrap().unwrap());
    let mut good = report.clone();
    good.curves = good_curves(300, 0.0);
    good.snapshots = snapshots;
    if let Some(test) = &mut good.test {
        let names = [
            "T-shirt/top",
            "Trouser",
            "Pullover",
            "Dress",
            "Coat",
            "Sandal",
            "Shirt",
            "Sneaker",
            "Bag",
            "Ankle boot",
        ];
        test.class_names = names.map(str::to_string).to_vec();
        write(
            "fashion.png",
            png::confusion(&test.class_names, &test.confusion)
                .unwrap()
                .unwrap(),
        );
        test.misread.truncate(60);
    }
    write("good.html", html::page(&good));
    good.snapshots = kernels;
    good.curves.truncate(1);
    good.test = None;
    write("one-point.html", html::page(&good));
    write("empty.html", html::page(&RunReport::default()));
}
