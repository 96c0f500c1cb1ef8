//! The command `train compare`: finished runs side by side, as a table and as a page. Reads run
//! folders; trains nothing.

mod images;
mod table;

use crate::cli::{CompareArguments, Format};
use crate::run_folder::{write_new, write_next};
use crate::saved_run::{SavedRun, differing_settings};
use console::{Exit, Failure, RUNS_FOLDER, Terminal, Verbosity, find_runs, print_result};
use report::content::{ComparedRun, Comparison, CurvePoint};
use std::path::{Path, PathBuf};

/// What is passed over is named, up to so many names.
const MAX_NAMED: usize = 8;

/// Compares the runs that the command line names.
///
/// # Errors
///
/// For people, with the way out and the exit code.
pub fn run(arguments: &CompareArguments) -> Result<Exit, Failure> {
    let terminal = Terminal::new(Verbosity::Normal, console::ProgressMode::None);
    let runs = read_runs(&arguments.runs, &terminal)?;
    let mut comparison = compare(&runs);
    let disagreements = match images::find(&runs, &terminal) {
        Ok(images) => {
            comparison.notices.extend(images.remark.clone());
            Some(images.disagreements(&runs))
        }
        Err(reason) => {
            comparison.notices.push(reason);
            None
        }
    };
    for notice in &comparison.notices {
        terminal.warn(notice);
    }
    let num_disagreements = disagreements.as_ref().map(Vec::len);
    comparison.disagreements = disagreements.unwrap_or_default();
    match arguments.format {
        Format::Text => print_result(&table::to_text(&comparison, num_disagreements)),
        Format::Json => print_result(&table::to_json(&comparison, num_disagreements)),
    }
    .map_err(Failure::new)?;
    let page = report::compare::page(&comparison);
    let path = match &arguments.out {
        Some(path) => write_new(path, page.as_bytes(), arguments.force),
        None => write_next(Path::new(RUNS_FOLDER), "compare", page.as_bytes()),
    }
    .map_err(|error| Failure::new(&error).with_hint(error.hint()))?;
    terminal.note(&format!("page: {}", path.display()));
    Ok(Exit::Done)
}

/// The runs among what the command line names. Other files and folders are passed over, so that
/// `artifacts/*` names all runs.
fn read_runs(paths: &[PathBuf], terminal: &Terminal) -> Result<Vec<SavedRun>, Failure> {
    let (mut runs, mut others) = (Vec::new(), Vec::new());
    for path in paths {
        if SavedRun::is_at(path) {
            runs.push(SavedRun::read(path));
        } else if path.exists() {
            others.push(path.display().to_string());
        } else {
            let found = find_runs(path, &SavedRun::is_at)?;
            runs.extend(found.iter().map(|path| SavedRun::read(path)));
        }
    }
    let passed_over = (!others.is_empty()).then(|| passed_over(&others));
    if runs.len() < 2 {
        let found = passed_over.map_or_else(String::new, |text| format!("; {text}"));
        let message = format!(
            "a comparison needs two runs or more: {} given{found}",
            runs.len()
        );
        return Err(Failure::usage(message).with_hint(Some("`ls artifacts` shows the runs")));
    }
    if let Some(text) = passed_over {
        terminal.note(&text);
    }
    Ok(runs)
}

/// "passed over 2, which are no runs: README.md, compare-001.html".
fn passed_over(others: &[String]) -> String {
    let named = others[..others.len().min(MAX_NAMED)].join(", ");
    let more = match others.len().saturating_sub(MAX_NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("passed over {}, no runs: {named}{more}", others.len())
}

/// All but the images.
fn compare(runs: &[SavedRun]) -> Comparison {
    let mut tests = runs.iter().filter_map(SavedRun::test);
    let class_names = match tests.next() {
        Some(test) => test.class_names(),
        None => Vec::new(),
    };
    let others = runs.iter().filter(|run| {
        let test = run.test();
        test.is_some_and(|test| test.class_names() != class_names)
    });
    let others = others.map(|run| {
        let name = &run.name;
        format!("{name} was tested on other classes: its confusion matrix is not shown")
    });
    let others: Vec<String> = others.collect();
    let problems = runs.iter().flat_map(|run| run.problems.iter().cloned());
    let views = runs.iter().filter_map(SavedRun::views_notice);
    let endings = runs.iter().filter_map(SavedRun::ending_notice);
    Comparison {
        title: "Runs compared".to_string(),
        runs: runs.iter().map(|run| compared(run, &class_names)).collect(),
        settings: differing_settings(runs),
        class_names,
        disagreements: Vec::new(),
        notices: endings.chain(views).chain(others).chain(problems).collect(),
    }
}

fn compared(run: &SavedRun, class_names: &[String]) -> ComparedRun {
    let (summary, test) = (run.summary.as_ref(), run.test());
    let train = summary.and_then(|summary| summary.train.as_ref());
    ComparedRun {
        name: run.name.clone(),
        ending: run.ending().map(String::from),
        accuracy: test.map(|test| test.accuracy),
        loss: test.map(|test| test.loss),
        num_images: test.map(|test| test.num_images),
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
            })
            .collect(),
        confusion: test
            .filter(|test| test.class_names() == class_names)
            .map(|test| test.confusion.clone()),
    }
}
