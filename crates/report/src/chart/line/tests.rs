#![allow(clippy::unwrap_used)]
use super::*;
use crate::colour::SERIES;

fn chart(points: Vec<(f64, Option<f64>)>) -> LineChart {
    LineChart {
        title: "Loss <&>".to_string(),
        axis: Axis::loss,
        series: vec![Series {
            name: "run".to_string(),
            colour: SERIES[0],
            points,
        }],
        has_legend: false,
        mark: None,
    }
}

#[test]
fn gaps_split_a_line_and_single_points_are_dots() {
    let nan = Some(f64::NAN);
    let points = [
        Some(1.0),
        Some(0.9),
        nan,
        Some(0.7),
        None,
        Some(0.5),
        nan,
        Some(0.6),
    ];
    let points = points.iter().enumerate();
    let points = points
        .map(|(epoch, value)| (epoch as f64, *value))
        .collect();
    let svg = chart(points)
        .draw()
        .unwrap()
        .unwrap()
        .inline("")
        .into_string();
    let lines = svg.matches("fill=\"none\" stroke=\"#0072B2\"").count();
    assert_eq!((lines, svg.matches("<circle").count()), (2, 5), "{svg}");
    assert!(svg.contains("Loss &lt;&amp;&gt;") && !svg.contains("<&>"));
}

#[test]
fn without_a_finite_number_there_is_no_chart() {
    assert!(chart(vec![]).draw().unwrap().is_none());
    assert!(
        chart(vec![(1.0, Some(f64::NAN)), (2.0, None)])
            .draw()
            .unwrap()
            .is_none()
    );
    assert!(chart(vec![(f64::NAN, Some(1.0))]).draw().unwrap().is_none());
    assert!(chart(vec![(1.0, Some(0.0))]).draw().unwrap().is_some());
}

#[test]
fn many_points_are_thinned_to_what_can_be_seen() {
    let points: Vec<(f64, f64)> = (0..100_000)
        .map(|step| (f64::from(step), if step == 77_777 { 9.0 } else { 0.5 }))
        .collect();
    let kept = thinned(points, &(0.0..100_000.0), 100);
    assert!(
        kept.len() <= 400 && kept.contains(&(77_777.0, 9.0)),
        "{}",
        kept.len()
    );
    assert!(kept.is_sorted_by(|one, other| one.0 < other.0));
}
