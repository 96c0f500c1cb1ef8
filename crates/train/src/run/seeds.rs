//! A run a seed, one after another: the device is opened once, and the data set read once.
//!
//! What depends on the seed is every run's own: the split, what is added to the images, weights, order,
//! augmentation and dropout.

use super::{Follow, Opened, Work, folder_failure, resume, teachers};
use crate::cli::{Format, Seeds, TrainArguments};
use crate::config::Recipe;
use crate::dataset::{self, FoundSet};
use crate::heartbeat::Heartbeat;
use crate::results::{SavedSeeds, SeedRun, SeedsSummary};
use crate::run_folder::{RunFolder, RunFolderError, SeedsFolder, is_run};
use crate::saved_run::SavedRun;
use crate::strategy::Ending;
use burn::train::Interrupter;
use console::{Exit, Failure, Terminal, command_of, print_result};
use std::path::Path;
use std::sync::Arc;

/// Trains `recipe` with each of the seeds, and prints a table.
pub(super) fn run(
    arguments: &TrainArguments,
    recipe: &Recipe,
    seeds: &Seeds,
    opened: &Opened,
    terminal: &Terminal,
    (stop, follow): (&Interrupter, Option<Follow<'_>>),
) -> Result<Exit, Failure> {
    let found = find(recipe, seeds.list(), terminal)?;
    let name = recipe.name.as_deref().unwrap_or("run");
    let folder = SeedsFolder::create(arguments.out.as_deref(), name, arguments.force)
        .map_err(|error| folder_failure(&error))?;
    let many = Many {
        arguments,
        recipe,
        seeds: seeds.list(),
        opened,
        folder,
        terminal,
        follow,
    };
    let summary = SeedsSummary::new(recipe, many.seeds, &opened.device);
    many.write(&summary)?;
    let left: Vec<Left> = many.seeds.iter().map(|seed| Left::Anew(*seed)).collect();
    many.train(&found, &left, summary, stop)
}

/// Goes on with the runs of several seeds: with the one that was stopped, and those that were not begun.
pub(super) fn resume(
    arguments: &TrainArguments,
    path: &Path,
    terminal: &Terminal,
    (stop, follow): (&Interrupter, Option<Follow<'_>>),
) -> Result<Exit, Failure> {
    let failed = |error: RunFolderError| folder_failure(&error);
    let folder = SeedsFolder::open(path).map_err(failed)?;
    let saved: SavedSeeds = folder.read_summary().map_err(|error| {
        let run = folder.path_of(1);
        let hint = format!(
            "go on with its runs one by one: train --resume {}",
            run.display()
        );
        failed(error).with_hint(Some(hint))
    })?;
    let recipe = resume::recipe(arguments, path, terminal)?;
    let (opened, heartbeat) = Opened::open(&recipe, terminal)?;
    drop(heartbeat);
    let many = Many {
        arguments,
        recipe: &recipe,
        seeds: &saved.seeds,
        opened: &opened,
        folder,
        terminal,
        follow,
    };
    let mut summary = SeedsSummary::new(&recipe, many.seeds, &opened.device);
    let mut left = Vec::new();
    for seed in many.seeds {
        match many.state(*seed, &saved) {
            Ok(run) => summary.add(run),
            Err(seed) => left.push(seed),
        }
    }
    many.write(&summary)?;
    let (count, all) = (left.len(), many.seeds.len());
    if count == 0 {
        terminal.note(&format!(
            "all {all} seeds are done; --epochs N goes on to N epochs"
        ));
        many.print(&summary)?;
        return many.exit(&summary, false);
    }
    terminal.note(&format!("goes on  with {count} of {all} seeds"));
    let found = find(&recipe, many.seeds, terminal)?;
    many.train(&found, &left, summary, stop)
}

fn find(recipe: &Recipe, seeds: &[u64], terminal: &Terminal) -> Result<FoundSet, Failure> {
    let heartbeat = Heartbeat::start(terminal);
    FoundSet::find(&recipe.data, seeds[0], terminal, &heartbeat)
}

/// What all the runs have in common.
struct Many<'a> {
    arguments: &'a TrainArguments,
    recipe: &'a Recipe,
    seeds: &'a [u64],
    opened: &'a Opened,
    folder: SeedsFolder,
    terminal: &'a Terminal,
    follow: Option<Follow<'a>>,
}

/// A seed whose run is still to be trained.
#[derive(Clone, Copy)]
enum Left {
    /// From its beginning.
    Anew(u64),
    /// From its last checkpoint.
    Begun(u64),
}

impl Many<'_> {
    /// What the run of a seed came to, or what is left to do.
    fn state(&self, seed: u64, saved: &SavedSeeds) -> Result<SeedRun, Left> {
        let path = self.folder.path_of(seed);
        let known = saved.runs.iter().find(|run| run.seed == seed);
        // It would diverge again.
        if let Some(run) = known.filter(|run| run.has_diverged() && !self.arguments.force) {
            return Ok(run.clone());
        }
        if !is_run(&path) {
            return Err(Left::Anew(seed));
        }
        let run = SavedRun::read(&path);
        let is_finished = resume::is_finished(&run);
        match resume::checkpoint(&path, self.terminal).0 {
            Some(checkpoint) if resume::done(&path, &checkpoint, self.recipe).is_none() => {
                Err(Left::Begun(seed))
            }
            // Without checkpoints (`checkpoint.keep = 0`), it is done or not.
            None if !is_finished => Err(Left::Anew(seed)),
            _ => Ok(SeedRun::of_saved(seed, &run)),
        }
    }

    fn write(&self, summary: &SeedsSummary) -> Result<(), Failure> {
        self.folder
            .write_config(self.recipe)
            .and_then(|()| self.folder.write_summary(summary))
            .map_err(|error| folder_failure(&error))
    }

    /// Trains those that are left, one after another.
    fn train(
        &self,
        found: &FoundSet,
        left: &[Left],
        mut summary: SeedsSummary,
        stop: &Interrupter,
    ) -> Result<Exit, Failure> {
        let mut is_interrupted = false;
        for (place, seed) in left.iter().enumerate() {
            let run = self.run_one(found, *seed, place == 0, stop)?;
            let (number, count) = (place + 1, left.len());
            self.terminal
                .note(&format!("{number:>3} of {count}  {}", run.to_line()));
            is_interrupted = run.is_interrupted();
            summary.add(run);
            self.folder
                .write_summary(&summary)
                .map_err(|error| folder_failure(&error))?;
            if is_interrupted {
                break;
            }
        }
        self.print(&summary)?;
        self.exit(&summary, is_interrupted)
    }

    /// One run; a failure only where the next ones would fail, too.
    fn run_one(
        &self,
        found: &FoundSet,
        left: Left,
        is_first: bool,
        stop: &Interrupter,
    ) -> Result<SeedRun, Failure> {
        let (Left::Anew(seed) | Left::Begun(seed)) = left;
        let recipe = Recipe {
            seed,
            ..self.recipe.clone()
        };
        let (config, terminal) = (&recipe.data, self.terminal);
        let heartbeat = Arc::new(Heartbeat::start(terminal));
        let found = found.for_seed(config, seed, terminal, &heartbeat)?;
        let data = dataset::prepare(found, &recipe, terminal, &heartbeat)?;
        let device = &self.opened.device;
        let teachers = teachers::find(&recipe, device, &data, &terminal.in_detail())?;
        let path = self.folder.path_of(seed);
        let (folder, from) = match left {
            Left::Anew(_) => (self.folder.create_run(seed), None),
            Left::Begun(_) => (
                RunFolder::open(&path),
                resume::checkpoint(&path, terminal).0,
            ),
        };
        if let Some(checkpoint) = &from {
            resume::refuse_other_data(&path, checkpoint, &data)?;
        }
        let work = Work {
            recipe: &recipe,
            device,
            data,
            teachers,
            folder: folder.map_err(|error| folder_failure(&error))?,
            terminal: terminal.in_detail(),
            heartbeat,
            follow: self.follow,
        };
        let measured = self.opened.measured.as_deref();
        match &from {
            Some(checkpoint) => work.go_on(checkpoint, measured)?,
            None => work.begin(measured)?,
        }
        if is_first {
            self.announce(&work);
        }
        let name = work.folder.name();
        match work.run(self.arguments, (None, from), stop) {
            Ok((summary, _)) => Ok(SeedRun::new(seed, name, &summary)),
            Err(failure) if failure.exit() == Exit::Diverged => {
                terminal.warn(&format!("seed {seed}: {failure}"));
                let ending = Ending::Diverged { step: 0 };
                Ok(SeedRun::without_figures(seed, name, ending.name()))
            }
            Err(failure) => Err(failure),
        }
    }

    /// Once, of all runs.
    fn announce(&self, work: &Work) {
        let (device, terminal) = (work.device, self.terminal);
        terminal.note(&format!("runs     {}", self.folder.path().display()));
        terminal.note(&format!("device   {} ({})", device.choice, device.name));
        terminal.note(&format!("data     {}", work.data.label()));
        terminal.note(&format!("seeds    {}", self.seeds.len()));
        work.warn();
    }

    fn print(&self, summary: &SeedsSummary) -> Result<(), Failure> {
        let text = match self.arguments.format {
            Format::Json => serde_json::to_string_pretty(summary).map_err(Failure::new)?,
            Format::Text => summary.to_table(),
        };
        print_result(&text).map_err(Failure::new)?;
        if summary.num_saved() > 1 {
            self.terminal.note(&ensemble_command(self.folder.path()));
        }
        Ok(())
    }

    fn exit(&self, summary: &SeedsSummary, is_interrupted: bool) -> Result<Exit, Failure> {
        if is_interrupted {
            let (train, folder) = (command_of("train"), self.folder.path().display());
            self.terminal
                .note(&format!("\nto go on: {train} --resume {folder}"));
            return Ok(Exit::Interrupted);
        }
        let diverged = summary.without_figures();
        if diverged.is_empty() {
            return Ok(Exit::Done);
        }
        let count = self.seeds.len();
        let seeds = if diverged.len() == 1 { "seed" } else { "seeds" };
        let message = format!(
            "training diverged with {seeds} {} (of {count})",
            diverged.join(", ")
        );
        let hint = "lower training.optimizer.learning_rate, or set training.clip_norm = 1.0";
        Err(Failure::new(message)
            .with_hint(Some(hint))
            .with_exit(Exit::Diverged))
    }
}

fn ensemble_command(folder: &Path) -> String {
    let (infer, folder) = (command_of("infer"), folder.display());
    format!("\nnext, all of them together: {infer} evaluate --model '{folder}/*'")
}
