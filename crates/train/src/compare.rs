//! The command `train compare`: finished runs side by side, as a table and as a page. Reads run
//! folders; trains nothing.

use crate::cli::{CompareArguments, Format};
use crate::dataset;
use crate::predictions::Prediction;
use crate::report::pixels;
use crate::run_folder::{ARTIFACTS, write_new};
use crate::saved_run::{SavedRun, differing_settings};
use base::with_separators;
use console::{Exit, Failure, Terminal, Verbosity, print_result};
use data::LabeledImages;
use report::content::{ComparedRun, Comparison, CurvePoint, Disagreement};
use std::collections::BTreeSet;
use std::path::Path;

/// Compares the runs that the command line names.
///
/// # Errors
///
/// For people, with the way out and the exit code.
pub fn run(arguments: &CompareArguments) -> Result<Exit, Failure> {
    let terminal = Terminal::new(Verbosity::Normal, console::ProgressMode::None);
    let runs = arguments
        .runs
        .iter()
        .map(|path| SavedRun::read(path))
        .collect::<Result<Vec<_>, _>>()?;
    for problem in runs.iter().flat_map(|run| &run.problems) {
        terminal.warn(problem);
    }
    let mut comparison = compare(&runs);
    let disagreements = match images_of_all(&runs, &terminal) {
        Ok(images) => Some(disagreements(&runs, &images)),
        Err(reason) => {
            terminal.warn(&reason);
            comparison.notices.push(reason);
            None
        }
    };
    let num_disagreements = disagreements.as_ref().map(Vec::len);
    comparison.disagreements = disagreements.unwrap_or_default();
    match arguments.format {
        Format::Text => print_result(&to_text(&comparison, num_disagreements)),
        Format::Json => print_result(&to_json(&comparison, num_disagreements)),
    }
    .map_err(Failure::new)?;
    let page = report::compare::page(&comparison);
    let path = match &arguments.out {
        Some(path) => write_new(path, page.as_bytes(), arguments.force),
        None => crate::run_folder::write_next(Path::new(ARTIFACTS), "compare", page.as_bytes()),
    }
    .map_err(|error| Failure::new(&error).with_hint(error.hint()))?;
    terminal.note(&format!("page: {}", path.display()));
    Ok(Exit::Done)
}

/// All but the images.
fn compare(runs: &[SavedRun]) -> Comparison {
    let problems = runs.iter().flat_map(|run| run.problems.iter());
    let tests = runs
        .iter()
        .filter_map(|run| run.summary.as_ref()?.test.as_ref());
    let class_names = tests
        .map(|test| test.classes.iter().map(|class| class.name.clone()))
        .next()
        .map_or_else(Vec::new, Iterator::collect);
    Comparison {
        title: "Runs compared".to_string(),
        runs: runs.iter().map(compared).collect(),
        settings: differing_settings(runs),
        class_names,
        disagreements: Vec::new(),
        notices: problems.cloned().collect(),
    }
}

fn compared(run: &SavedRun) -> ComparedRun {
    let summary = run.summary.as_ref();
    let test = summary.and_then(|summary| summary.test.as_ref());
    let train = summary.and_then(|summary| summary.train.as_ref());
    ComparedRun {
        name: run.name.clone(),
        accuracy: test.map(|test| test.accuracy),
        loss: test.map(|test| test.loss),
        num_images: test.map(|test| test.confusion.iter().flatten().sum()),
        num_parameters: summary.and_then(|summary| summary.parameters),
        seconds: train.map(|train| train.seconds),
        images_per_second: train.map(|train| train.images_per_second),
        curves: run
            .history
            .iter()
            .map(|record| CurvePoint {
                epoch: run.epochs_done(record),
                step: record.step,
                learning_rate: record.learning_rate,
                train_loss: record.train_loss,
                train_accuracy: record.train_accuracy,
                validation_loss: record.validation_loss,
                validation_accuracy: record.validation_accuracy,
                is_best: record.is_best,
                confusion: None,
            })
            .collect(),
        confusion: test.map(|test| test.confusion.clone()),
    }
}

/// The test images that all runs were tested on.
fn images_of_all(runs: &[SavedRun], terminal: &Terminal) -> Result<LabeledImages, String> {
    let checksums: BTreeSet<Option<&str>> = runs.iter().map(SavedRun::dataset_sha256).collect();
    let [Some(checksum)] = checksums.into_iter().collect::<Vec<_>>()[..] else {
        return Err(
            "the runs were tested on different images: accuracies do not compare, and digits \
             on which the runs disagree cannot be shown"
                .into(),
        );
    };
    if runs.iter().any(|run| run.predictions.is_none()) {
        return Err("a run has no predictions: disagreements cannot be shown".into());
    }
    let recipe = runs.iter().find_map(|run| run.recipe.as_ref());
    let recipe = recipe.ok_or("no run's recipe can be read: disagreements cannot be shown")?;
    let data = dataset::load(&recipe.data, recipe.seed, terminal)
        .map_err(|failure| format!("disagreements cannot be shown: {failure}"))?;
    if data.provenance.sha256 != checksum {
        return Err(format!(
            "{} is not the data that the runs were tested on any more: disagreements cannot be \
             shown",
            data.label()
        ));
    }
    Ok(data.test)
}

/// The images that not all runs guess alike, those that most runs misread first.
fn disagreements(runs: &[SavedRun], images: &LabeledImages) -> Vec<Disagreement> {
    let predictions: Vec<&[Prediction]> = runs
        .iter()
        .filter_map(|run| run.predictions.as_deref())
        .collect();
    let mut found: Vec<Disagreement> = (0..images.len())
        .filter_map(|index| {
            let guesses: Vec<Option<usize>> = predictions
                .iter()
                .map(|all| all.get(index).map(|one| one.prediction))
                .collect();
            let differ = guesses.iter().any(|guess| *guess != guesses[0]);
            if !differ {
                return None;
            }
            Some(Disagreement {
                index,
                pixels: pixels(images, index)?,
                truth: usize::from(images.labels()[index]),
                guesses,
            })
        })
        .collect();
    let num_wrong = |one: &Disagreement| {
        let guesses = one.guesses.iter();
        guesses.filter(|guess| **guess != Some(one.truth)).count()
    };
    found.sort_by_key(|one| std::cmp::Reverse(num_wrong(one)));
    found
}

fn to_text(comparison: &Comparison, num_disagreements: Option<usize>) -> String {
    let number = |value: Option<f64>, digits: usize| {
        value.map_or_else(|| "–".to_string(), |value| format!("{value:.digits$}"))
    };
    let count = |value: Option<usize>| value.map_or_else(|| "–".to_string(), with_separators);
    let heads = [
        "run",
        "accuracy %",
        "log loss",
        "parameters",
        "seconds",
        "images/s",
    ];
    let mut rows = vec![heads.map(String::from).to_vec()];
    for run in &comparison.runs {
        rows.push(vec![
            run.name.clone(),
            number(run.accuracy.map(|accuracy| 100.0 * accuracy), 2),
            number(run.loss, 4),
            count(run.num_parameters),
            number(run.seconds, 1),
            count(run.images_per_second.map(|speed| speed as usize)),
        ]);
    }
    let mut text = align(&rows);
    if !comparison.settings.is_empty() {
        let names = comparison.runs.iter().map(|run| run.name.clone());
        let mut rows: Vec<Vec<String>> = vec![
            std::iter::once("setting".to_string())
                .chain(names)
                .collect(),
        ];
        for (key, values) in &comparison.settings {
            let values = values
                .iter()
                .map(|value| value.clone().unwrap_or_else(|| "–".to_string()));
            rows.push(std::iter::once(key.clone()).chain(values).collect());
        }
        text = format!("{text}\n\n{}", align(&rows));
    }
    match num_disagreements {
        Some(number) => {
            let number = with_separators(number);
            format!("{text}\n\nguessed differently: {number} test images")
        }
        None => text,
    }
}

/// Columns of equal width, the first one flush left.
fn align(rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let line = |row: &Vec<String>| {
        let cells = row.iter().enumerate().map(|(column, cell)| {
            let width = width(column);
            match column {
                0 => format!("{cell:<width$}"),
                _ => format!("{cell:>width$}"),
            }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_string()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn to_json(comparison: &Comparison, num_disagreements: Option<usize>) -> String {
    let runs = comparison.runs.iter();
    let runs: Vec<serde_json::Value> = runs
        .map(|run| {
            serde_json::json!({
                "name": run.name,
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
    });
    format!("{json:#}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn columns_line_up() {
        let rows = [["run", "x"], ["long-name", "12"]].map(|row| row.map(String::from).to_vec());
        assert_eq!(align(&rows), "run         x\nlong-name  12");
    }

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
        assert_eq!(text.matches('–').count(), 5, "{text}");
    }
}
