//! Pages of several runs.

use report::compare;
use report::content::{ComparedRun, Comparison, CurvePoint, Disagreement};

use crate::fixture::full_report;
use crate::markup::{check, tags};

fn run(name: &str, accuracy: f64) -> ComparedRun {
    ComparedRun {
        name: name.to_string(),
        accuracy: Some(accuracy),
        num_images: Some(10_000),
        ..ComparedRun::default()
    }
}

#[test]
fn runs_stand_side_by_side() {
    let report = full_report(300);
    let test = report.test.unwrap();
    let full = |name: &str, accuracy| ComparedRun {
        loss: Some(0.1),
        num_parameters: Some(7_850),
        seconds: Some(12.34),
        images_per_second: Some(40_000.4),
        curves: report.curves.clone(),
        confusion: Some(test.confusion.clone()),
        ..run(name, accuracy)
    };
    let disagreement = |one: &report::content::Misread| Disagreement {
        index: one.index,
        pixels: one.pixels,
        truth: one.truth,
        guesses: vec![Some(one.truth), Some(one.guess), None],
    };
    let page = compare::page(&Comparison {
        title: "Two".to_string(),
        runs: vec![full("a<b>", 0.98), full("c", 0.99)],
        settings: vec![("seed".to_string(), vec![Some("1".to_string()), None])],
        class_names: test.class_names.clone(),
        disagreements: test.misread.iter().map(disagreement).collect(),
        notices: Vec::new(),
    });
    check(&page);
    assert_eq!(tags(&page, "section").len(), 4);
    assert!(page.contains("<td class=\"best\">99.00%</td>") && page.contains("<td>98.00%</td>"));
    assert!(page.contains("<td>12.3</td>") && page.contains("<td>1</td><td>–</td>"));
    assert!(page.contains("98.79–99.18%"), "95% interval of Wilson");
    assert_eq!(page.matches("class=\"matrix small\"").count(), 2);
}

#[test]
fn runs_may_lack_everything() {
    check(&compare::page(&Comparison::default()));
    let mut broken = run("broken", f64::NAN);
    broken.loss = Some(f64::INFINITY);
    broken.seconds = Some(f64::NAN);
    broken.curves = vec![CurvePoint {
        validation_loss: Some(f64::NAN),
        ..CurvePoint::default()
    }];
    let page = compare::page(&Comparison {
        runs: vec![broken, ComparedRun::default(), run("fine", 0.5)],
        settings: vec![("key".to_string(), vec![])],
        ..Comparison::default()
    });
    check(&page);
    assert_eq!(tags(&page, "section").len(), 1, "results alone");
    assert!(page.contains("50.00%"));
}
