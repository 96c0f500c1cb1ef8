//! Pages of one run.

use report::content::{CurvePoint, Misread, RunReport};
use report::html;

use crate::fixture::{full_report, weights};
use crate::markup::{check, tags, values, without_pictures};

#[test]
fn a_full_page_has_every_section_and_is_sound() {
    let report = full_report(1_000);
    let page = html::page(&report);
    check(&page);
    let sections = [
        "overview",
        "training",
        "confusion",
        "classes",
        "misread",
        "calibration",
        "samples",
        "weights",
        "model",
        "configuration",
    ];
    let tags = tags(&page, "section");
    assert_eq!(tags.len(), sections.len());
    for (tag, id) in tags.iter().zip(sections) {
        assert!(tag.contains(&format!("id=\"{id}\"")), "{tag}");
        assert!(
            page.contains(&format!("href=\"#{id}\"")),
            "{id} is not in the contents"
        );
    }
    assert_eq!(page.matches("<h1>").count(), 1);
    assert!(page.contains("prefers-color-scheme:dark"));
    assert!(page.len() < 1_000_000, "{} bytes", page.len());
}

#[test]
fn cells_of_mistakes_lead_to_their_images() {
    let report = full_report(1_000);
    let page = html::page(&report);
    let test = report.test.unwrap();
    let links = values(&page, "href");
    for (truth, row) in test.confusion.iter().enumerate() {
        for (guess, &count) in row.iter().enumerate() {
            let link = format!("#misread-{truth}-{guess}");
            let expected = truth != guess && count > 0;
            assert_eq!(links.contains(&link), expected, "{link}");
        }
    }
    for one in &test.misread[..test.misread.len().min(20)] {
        let label = format!(
            "Test image {}: {} read as {}",
            one.index, one.truth, one.guess
        );
        assert!(page.contains(&label), "{label}");
    }
}

#[test]
fn an_empty_report_is_a_page() {
    let page = html::page(&RunReport::default());
    check(&page);
    assert!(page.contains("Nothing was recorded.") && page.contains("<h1>Training run</h1>"));
}

#[test]
fn numbers_that_are_none_leave_a_readable_page() {
    let broken = |step: usize| CurvePoint {
        epoch: if step == 2 { f64::NAN } else { step as f64 },
        step,
        learning_rate: Some(f64::INFINITY),
        train_loss: Some(f64::NAN),
        train_accuracy: None,
        validation_loss: Some(if step == 0 { 2.3 } else { f64::NEG_INFINITY }),
        validation_accuracy: Some(f64::NAN),
        is_best: step == 1,
    };
    let mut report = full_report(200);
    report.curves = (0..4).map(broken).collect();
    report.snapshots = vec![weights(10, 28, 0)];
    report.snapshots[0].values[5] = f32::NAN;
    let test = report.test.as_mut().unwrap();
    (test.accuracy, test.loss) = (f64::NAN, f64::INFINITY);
    test.per_class[3].precision = Some(f64::NAN);
    test.misread[0].confidence = f64::NAN;
    let calibration = test.calibration.as_mut().unwrap();
    calibration.expected_calibration_error = f64::NAN;
    calibration.bins[9].mean_confidence = Some(f64::NAN);
    let page = html::page(&report);
    check(&page);
    assert!(page.contains("<dd class=\"value\">–</dd>"));
    assert!(page.contains("1 weight is not finite"));
    assert!(page.contains("Loss over epochs: validation from 2.30 to 2.30"));

    report.curves.truncate(2);
    report.curves.remove(0);
    assert!(html::page(&report).contains("No evaluation has a finite number."));
}

#[test]
fn letters_that_mean_something_in_html_are_text() {
    let evil = "<script>alert(\"&\")</script>".to_string();
    let mut report = full_report(200);
    report.title.clone_from(&evil);
    report.headline.clone_from(&evil);
    report.notices = vec![evil.clone()];
    report.facts = vec![(evil.clone(), evil.clone())];
    report.model_summary = Some(evil.clone());
    report.config = Some(evil.clone());
    report.snapshots[0].layer.clone_from(&evil);
    let test = report.test.as_mut().unwrap();
    test.class_names = (0..10).map(|class| format!("{evil}{class}")).collect();
    let page = html::page(&report);
    check(&page);
    assert!(
        page.matches("&lt;script&gt;alert(&quot;&amp;&quot;)")
            .count()
            > 30
    );
}

#[test]
fn a_thousand_evaluations_and_ten_thousand_mistakes_stay_below_three_megabytes() {
    let mut report = full_report(1_000);
    let noise = |step: usize| ((step * 7_919 % 1_009) as f64 / 1_009.0 - 0.5) * 0.2;
    report.curves = (0..1_000)
        .map(|step| CurvePoint {
            epoch: step as f64 / 50.0,
            step,
            learning_rate: Some(0.001),
            train_loss: Some((1.0 + noise(step)) / (1.0 + step as f64)),
            train_accuracy: Some(0.9 + noise(step) / 2.0),
            validation_loss: Some((1.1 + noise(step + 1)) / (1.0 + step as f64)),
            validation_accuracy: Some(0.9 + noise(step + 1) / 2.0),
            is_best: step == 700,
        })
        .collect();
    report.snapshots = (0..20).map(|step| weights(512, 28, step * 100)).collect();
    let test = report.test.as_mut().unwrap();
    let pixels = test.misread[0].pixels;
    test.misread = (0..10_000)
        .map(|index| Misread {
            index,
            pixels: pixels.map(|ink| ink.wrapping_mul((index % 251) as u8)),
            truth: index % 10,
            guess: (index % 10 + 1 + index / 10 % 9) % 10,
            confidence: 1.0 - index as f64 / 10_000.0,
        })
        .collect();
    let page = html::page(&report);
    check(&page);
    assert!(page.contains("10,000 images were misread") && page.contains("200 are shown"));
    assert_eq!(page.matches("<li class=\"m").count(), 200);
    assert_eq!(
        values(&page, "id")
            .iter()
            .filter(|id| id.starts_with("misread-"))
            .count(),
        91
    );
    assert!(page.len() < 3_000_000, "{} bytes", page.len());
    assert!(without_pictures(&page).len() < 500_000);
}

#[test]
fn any_number_of_classes_will_do() {
    let mut report = full_report(200);
    let test = report.test.as_mut().unwrap();
    test.class_names = ["cat", "dog", "capybara"].map(str::to_string).to_vec();
    test.confusion = vec![vec![5, 1, 0], vec![0, 7], vec![]];
    test.per_class.truncate(3);
    test.misread.truncate(2);
    (test.misread[0].truth, test.misread[0].guess) = (0, 1);
    (test.misread[1].truth, test.misread[1].guess) = (1, 12);
    let page = html::page(&report);
    check(&page);
    assert!(page.contains("cat read as dog: 1") && page.contains("capybara"));
    assert!(page.contains("dog read as 12"));
}

#[test]
fn matrices_of_many_classes_stay_readable() {
    let mut report = full_report(200);
    for (num_classes, is_dense, is_drawn) in
        [(16, false, true), (47, true, true), (120, true, false)]
    {
        let test = report.test.as_mut().unwrap();
        test.class_names = (0..num_classes).map(|class| format!("c{class}")).collect();
        test.confusion = (0..num_classes)
            .map(|truth| {
                (0..num_classes)
                    .map(|guess| usize::from(guess == truth) * 9)
                    .collect()
            })
            .collect();
        test.confusion[3][5] = 2;
        test.per_class.clear();
        test.misread.clear();
        let page = html::page(&report);
        check(&page);
        assert!(page.contains("c3 read as c5"));
        assert_eq!(
            page.contains("class=\"matrix dense\""),
            is_dense && is_drawn
        );
        assert_eq!(page.contains("too many classes for a matrix"), !is_drawn);
        let test = report.test.as_ref().unwrap();
        let drawn = report::png::confusion(&test.class_names, &test.confusion).unwrap();
        assert_eq!(drawn.is_some(), is_drawn);
    }
}
