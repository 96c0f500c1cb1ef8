//! What the runs of several seeds came to: a line a run, mean and standard deviation, the best and the worst.

use super::Summary;
use crate::config::Recipe;
use crate::saved_run::SavedRun;
use crate::strategy::Ending;
use base::align_columns;
use model::{OpenDevice, Views};
use serde::{Deserialize, Serialize};

/// What stands where there is no figure.
const MISSING: &str = "–";

/// `seeds.json`.
#[derive(Debug, Serialize)]
pub(crate) struct SeedsSummary {
    name: String,
    device: String,
    device_name: String,
    /// At how many angles the test images were read.
    views: Views,
    /// All that were asked for.
    seeds: Vec<u64>,
    /// Over the runs that have the figure.
    test_accuracy: Option<Spread>,
    validation_accuracy: Option<Spread>,
    train_seconds: Option<Spread>,
    /// Those that have ended, in the order of the seeds.
    runs: Vec<SeedRun>,
    version: &'static str,
    git_commit: Option<&'static str>,
}

/// What is read back of `seeds.json`.
#[derive(Debug, Deserialize)]
pub(crate) struct SavedSeeds {
    /// All that were asked for.
    pub seeds: Vec<u64>,
    /// Those that had ended.
    pub runs: Vec<SeedRun>,
}

/// One of the runs.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct SeedRun {
    pub(crate) seed: u64,
    /// Its folder.
    name: String,
    ending: String,
    /// Shares of 1.
    validation_accuracy: Option<f64>,
    test_accuracy: Option<f64>,
    test_loss: Option<f64>,
    train_seconds: Option<f64>,
}

/// How one figure is spread over the runs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
struct Spread {
    count: usize,
    mean: f64,
    /// Of a sample: the squares are divided by `count - 1`. None of one run.
    standard_deviation: Option<f64>,
    lowest: f64,
    lowest_seed: u64,
    highest: f64,
    highest_seed: u64,
}

impl Spread {
    /// None where no run has the figure.
    fn of(runs: &[SeedRun], figure: fn(&SeedRun) -> Option<f64>) -> Option<Self> {
        let figures = runs.iter().filter_map(|run| Some((run.seed, figure(run)?)));
        let figures: Vec<(u64, f64)> = figures.collect();
        let count = figures.len();
        let by_figure = |one: &&(u64, f64), other: &&(u64, f64)| one.1.total_cmp(&other.1);
        let &(lowest_seed, lowest) = figures.iter().min_by(by_figure)?;
        let &(highest_seed, highest) = figures.iter().max_by(by_figure)?;
        let mean = figures.iter().map(|(_, figure)| figure).sum::<f64>() / count as f64;
        let squares = figures.iter().map(|(_, figure)| (figure - mean).powi(2));
        let squares: f64 = squares.sum();
        Some(Self {
            count,
            mean,
            standard_deviation: (count > 1).then(|| (squares / (count - 1) as f64).sqrt()),
            lowest,
            lowest_seed,
            highest,
            highest_seed,
        })
    }

    /// `99.45 ± 0.04` of a share of 1.
    fn percent(&self) -> String {
        let mean = 100.0 * self.mean;
        match self.standard_deviation {
            Some(deviation) => format!("{mean:.2} ± {:.2}", 100.0 * deviation),
            None => format!("{mean:.2}"),
        }
    }
}

impl SeedRun {
    /// Of a run that was evaluated and saved.
    pub(crate) fn new(seed: u64, name: String, summary: &Summary) -> Self {
        let test = summary.test.as_ref();
        Self {
            validation_accuracy: summary.validation.as_ref().map(|found| found.accuracy),
            test_accuracy: test.map(|test| test.accuracy),
            test_loss: test.map(|test| test.loss),
            train_seconds: Some(summary.train.seconds),
            ..Self::without_figures(seed, name, summary.ending)
        }
    }

    /// Of a run that was evaluated and saved before.
    pub(crate) fn of_saved(seed: u64, run: &SavedRun) -> Self {
        let summary = run.summary.as_ref();
        let validation = summary.and_then(|summary| summary.validation.as_ref());
        let test = summary.and_then(|summary| summary.test.as_ref());
        let ending = run.ending().unwrap_or_default();
        Self {
            validation_accuracy: validation.map(|found| found.accuracy),
            test_accuracy: test.map(|test| test.accuracy),
            test_loss: test.map(|test| test.loss),
            train_seconds: run.training().map(|training| training.seconds),
            ..Self::without_figures(seed, run.name.clone(), ending)
        }
    }

    /// Of a run that came to no network.
    pub(crate) fn without_figures(seed: u64, name: String, ending: &str) -> Self {
        Self {
            seed,
            name,
            ending: ending.to_string(),
            validation_accuracy: None,
            test_accuracy: None,
            test_loss: None,
            train_seconds: None,
        }
    }

    /// Whether the user stopped it.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.ending == Ending::Interrupted.name()
    }

    /// Whether its figures became no numbers.
    pub(crate) fn has_diverged(&self) -> bool {
        self.ending == Ending::Diverged { step: 0 }.name()
    }

    /// In one line.
    pub(crate) fn to_line(&self) -> String {
        let [seed, validation, test, loss, seconds, ending] = self.cells();
        format!(
            "seed {seed}: validation {validation} %, test {test} %, log loss {loss}, {seconds} s, {ending}"
        )
    }

    fn cells(&self) -> [String; 6] {
        let decimal = |value: Option<f64>, factor: f64, digits: usize| {
            value.map_or_else(
                || MISSING.to_string(),
                |value| format!("{:.digits$}", factor * value),
            )
        };
        [
            self.seed.to_string(),
            decimal(self.validation_accuracy, 100.0, 2),
            decimal(self.test_accuracy, 100.0, 2),
            decimal(self.test_loss, 1.0, 4),
            decimal(self.train_seconds, 1.0, 1),
            self.ending.clone(),
        ]
    }
}

impl SeedsSummary {
    /// Before the first run.
    pub(crate) fn new(recipe: &Recipe, seeds: &[u64], device: &OpenDevice) -> Self {
        Self {
            name: recipe.name.clone().unwrap_or_default(),
            device: device.choice.to_string(),
            device_name: device.name.clone(),
            views: recipe.views,
            seeds: seeds.to_vec(),
            test_accuracy: None,
            validation_accuracy: None,
            train_seconds: None,
            runs: Vec::new(),
            version: console::VERSION,
            git_commit: console::git_commit(),
        }
    }

    /// Adds a run, or puts it in place of what it had come to before. One that was interrupted is listed, and counts
    /// in no mean.
    pub(crate) fn add(&mut self, run: SeedRun) {
        self.runs.retain(|known| known.seed != run.seed);
        self.runs.push(run);
        let seeds = &self.seeds;
        self.runs
            .sort_by_key(|run| seeds.iter().position(|seed| *seed == run.seed));
        let runs: Vec<SeedRun> = self.finished().cloned().collect();
        self.test_accuracy = Spread::of(&runs, |run| run.test_accuracy);
        self.validation_accuracy = Spread::of(&runs, |run| run.validation_accuracy);
        self.train_seconds = Spread::of(&runs, |run| run.train_seconds);
    }

    fn finished(&self) -> impl Iterator<Item = &SeedRun> {
        self.runs.iter().filter(|run| !run.is_interrupted())
    }

    /// Runs that have a network.
    pub(crate) fn num_saved(&self) -> usize {
        let seconds = self.runs.iter().filter_map(|run| run.train_seconds);
        seconds.count()
    }

    /// The seeds that came to no network.
    pub(crate) fn without_figures(&self) -> Vec<String> {
        let runs = self.runs.iter().filter(|run| run.train_seconds.is_none());
        runs.map(|run| run.seed.to_string()).collect()
    }

    /// For people.
    pub(crate) fn to_table(&self) -> String {
        let head = [
            "seed",
            "validation %",
            "test %",
            "log loss",
            "seconds",
            "ended",
        ];
        let mut rows = vec![head.map(String::from).to_vec()];
        rows.extend(self.runs.iter().map(|run| run.cells().to_vec()));
        let mut text = align_columns(&rows);
        let at_views = self.views.behind_figure();
        for (what, spread, at_views) in [
            ("test", &self.test_accuracy, at_views.as_str()),
            ("validation", &self.validation_accuracy, ""),
        ] {
            let Some(spread) = spread else { continue };
            text = format!(
                "{text}\n{what} accuracy {} %{at_views} over {} seeds; lowest {:.2} % (seed {}), highest {:.2} % (seed {})",
                spread.percent(),
                spread.count,
                100.0 * spread.lowest,
                spread.lowest_seed,
                100.0 * spread.highest,
                spread.highest_seed
            );
        }
        text
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn run(seed: u64, accuracy: f64) -> SeedRun {
        SeedRun {
            test_accuracy: Some(accuracy),
            train_seconds: Some(1.0),
            ..SeedRun::without_figures(seed, format!("seed-{seed}"), "finished")
        }
    }

    #[test]
    fn a_sample_has_one_degree_of_freedom_less() {
        let runs = [run(1, 0.5), run(2, 0.7), run(3, 0.6)];
        let spread = Spread::of(&runs, |run| run.test_accuracy).unwrap();
        assert!((spread.mean - 0.6).abs() < 1e-12);
        assert!((spread.standard_deviation.unwrap() - 0.1).abs() < 1e-12);
        assert_eq!((spread.lowest_seed, spread.highest_seed), (1, 2));
        assert_eq!(Spread::of(&runs, |run| run.test_loss), None);
        let one = Spread::of(&runs[..1], |run| run.test_accuracy).unwrap();
        assert_eq!(one.standard_deviation, None);
        assert_eq!(one.percent(), "50.00");
    }

    #[test]
    fn interrupted_and_diverged_runs_are_in_no_mean() {
        let summary = |runs: Vec<SeedRun>| {
            let mut summary = SeedsSummary {
                name: "tiny".into(),
                device: "cpu".into(),
                device_name: "a processor".into(),
                views: Views::Three,
                seeds: vec![2, 1, 3, 4],
                test_accuracy: None,
                validation_accuracy: None,
                train_seconds: None,
                runs: Vec::new(),
                version: "0",
                git_commit: None,
            };
            for run in runs {
                summary.add(run);
            }
            summary
        };
        let interrupted = SeedRun {
            ending: "interrupted".into(),
            ..run(3, 0.1)
        };
        let diverged = SeedRun::without_figures(4, "seed-4".into(), "diverged");
        let found = summary(vec![
            run(1, 0.2),
            interrupted,
            run(2, 0.9),
            diverged,
            run(1, 0.9),
        ]);
        let order: Vec<u64> = found.runs.iter().map(|run| run.seed).collect();
        assert_eq!(order, [2, 1, 3, 4]);
        let table = found.to_table();
        assert!(
            table.contains("test accuracy 90.00 ± 0.00 % at 3 views over 2 seeds"),
            "{table}"
        );
        assert!(table.contains("interrupted") && table.contains("diverged"));
        assert_eq!(found.without_figures(), ["4"]);
        assert_eq!(found.num_saved(), 3);
    }
}
