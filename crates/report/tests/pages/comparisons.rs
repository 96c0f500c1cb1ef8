//! Pages of several runs.

use report::content::{ComparedRun, Comparison, CurvePoint, Disagreement, RunReport};
use report::{compare, html};

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
    broken.ending = Some("diverged".to_string());
    broken.confusion = Some(vec![vec![usize::MAX; 50_000]]);
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
    assert!(page.contains("50.00%") && page.contains("<td>diverged</td><td>–</td>"));
}

/// From a file of another hand, numbers may be of any size.
#[test]
fn numbers_of_any_size_leave_a_page() {
    let point = |sign: f64| CurvePoint {
        epoch: sign * 1e308,
        step: usize::MAX,
        learning_rate: Some(sign * 1e308),
        train_loss: Some(sign * 1e308),
        train_accuracy: Some(sign * 1e308),
        validation_loss: Some(1e-308),
        validation_accuracy: Some(sign * 7.0),
        is_best: true,
    };
    let mut huge = run("huge", 1e308);
    (huge.loss, huge.seconds, huge.images_per_second) = (Some(1e308), Some(1e308), Some(1e308));
    (huge.num_images, huge.num_parameters) = (Some(usize::MAX), Some(usize::MAX));
    huge.confusion = Some(vec![vec![usize::MAX; 3]; 3]);
    huge.curves = vec![point(1.0), point(-1.0), point(0.0), point(1e-300)];
    let page = compare::page(&Comparison {
        runs: vec![huge.clone(), run("fine", 0.5)],
        ..Comparison::default()
    });
    check(&page);
    let page = html::page(&RunReport {
        curves: huge.curves,
        ..RunReport::default()
    });
    check(&page);
}
