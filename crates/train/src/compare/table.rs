//! Runs side by side as text for people and as JSON for programs.

use base::{align_columns, with_separators};
use report::content::{ComparedRun, Comparison};

/// What stands where there is no figure.
const MISSING: &str = "–";

/// A column of the table: its head, and what it says of a run.
type Column = (&'static str, fn(&ComparedRun) -> String);

const COLUMNS: [Column; 7] = [
    ("run", |run| run.name.clone()),
    ("accuracy %", |run| {
        decimal(run.accuracy.map(|share| 100.0 * share), 2)
    }),
    ("log loss", |run| decimal(run.loss, 4)),
    ("parameters", |run| whole(run.num_parameters)),
    ("seconds", |run| decimal(run.seconds, 1)),
    ("images/s", |run| {
        whole(run.images_per_second.map(|speed| speed as usize))
    }),
    ("ended", |run| {
        run.ending.clone().unwrap_or_else(|| MISSING.into())
    }),
];

fn decimal(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| MISSING.into(), |value| format!("{value:.digits$}"))
}

fn whole(value: Option<usize>) -> String {
    value.map_or_else(|| MISSING.into(), with_separators)
}

/// The figures, the settings that differ, and how many test images the runs guess differently, where
/// that is known.
pub(super) fn to_text(comparison: &Comparison, num_disagreements: Option<usize>) -> String {
    let mut rows = vec![COLUMNS.map(|(head, _)| head.to_string()).to_vec()];
    let runs = comparison.runs.iter();
    rows.extend(runs.map(|run| COLUMNS.map(|(_, figure)| figure(run)).to_vec()));
    let mut text = align_columns(&rows);
    if !comparison.settings.is_empty() {
        text = format!("{text}\n\n{}", align_columns(&settings(comparison)));
    }
    match num_disagreements {
        Some(number) => {
            let number = with_separators(number);
            format!("{text}\n\nguessed differently: {number} test images")
        }
        None => text,
    }
}

fn settings(comparison: &Comparison) -> Vec<Vec<String>> {
    let names = comparison.runs.iter().map(|run| run.name.clone());
    let head = std::iter::once("setting".to_string()).chain(names);
    let row = |(key, values): &(String, Vec<Option<String>>)| {
        let values = values
            .iter()
            .map(|value| value.as_deref().unwrap_or(MISSING));
        std::iter::once(key.as_str())
            .chain(values)
            .map(String::from)
            .collect()
    };
    std::iter::once(head.collect())
        .chain(comparison.settings.iter().map(row))
        .collect()
}

pub(super) fn to_json(comparison: &Comparison, num_disagreements: Option<usize>) -> String {
    let runs = comparison.runs.iter();
    let runs: Vec<serde_json::Value> = runs
        .map(|run| {
            serde_json::json!({
                "name": run.name,
                "ending": run.ending,
                "accuracy": run.accuracy,
                "loss": run.loss,
                "parameters": run.num_parameters,
                "seconds": run.seconds,
                "images_per_second": run.images_per_second,
            })
        })
        .collect();
    let settings: serde_json::Map<_, _> = comparison
        .settings
        .iter()
        .map(|(key, values)| (key.clone(), serde_json::json!(values)))
        .collect();
    let json = serde_json::json!({
        "runs": runs,
        "settings": settings,
        "num_disagreements": num_disagreements,
        "notices": comparison.notices,
    });
    format!("{json:#}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_missing_is_a_dash() {
        let comparison = Comparison {
            runs: vec![ComparedRun {
                name: "cut-001".into(),
                ..Default::default()
            }],
            ..Default::default()
        };
        let text = to_text(&comparison, None);
        assert!(text.contains("cut-001"), "{text}");
        assert_eq!(text.matches('–').count(), 6, "{text}");
    }
}
