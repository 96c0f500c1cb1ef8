//! A run a seed, one after another: the device is opened once, and the data set read once.
//!
//! What depends on the seed is every run's own: the split, what is added to the images, weights, order,
//! augmentation and dropout.

use super::{Follow, Opened, Work, folder_failure};
use crate::cli::{Format, Seeds, TrainArguments};
use crate::config::Recipe;
use crate::dataset::{self, FoundSet};
use crate::heartbeat::Heartbeat;
use crate::results::{SeedRun, SeedsSummary};
use crate::run_folder::SeedsFolder;
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
    let heartbeat = Heartbeat::start(terminal);
    let found = FoundSet::find(&recipe.data, seeds.list()[0], terminal, &heartbeat)?;
    drop(heartbeat);
    let name = recipe.name.as_deref().unwrap_or("run");
    let folder = SeedsFolder::create(arguments.out.as_deref(), name, arguments.force)
        .map_err(|error| folder_failure(&error))?;
    let many = Many {
        arguments,
        recipe,
        seeds,
        opened,
        found,
        folder,
        terminal,
        follow,
    };
    let mut summary = SeedsSummary::new(recipe, &opened.device);
    let mut is_interrupted = false;
    for place in 0..seeds.list().len() {
        let run = many.run_one(place, stop)?;
        is_interrupted = run.is_interrupted();
        summary.add(run);
        many.folder
            .write_summary(&summary)
            .map_err(|error| folder_failure(&error))?;
        if is_interrupted {
            break;
        }
    }
    many.print(&summary)?;
    many.exit(&summary, is_interrupted)
}

/// What all the runs have in common.
struct Many<'a> {
    arguments: &'a TrainArguments,
    recipe: &'a Recipe,
    seeds: &'a Seeds,
    opened: &'a Opened,
    found: FoundSet,
    folder: SeedsFolder,
    terminal: &'a Terminal,
    follow: Option<Follow<'a>>,
}

impl Many<'_> {
    /// One run; a failure only where the next ones would fail, too.
    fn run_one(&self, place: usize, stop: &Interrupter) -> Result<SeedRun, Failure> {
        let seed = self.seeds.list()[place];
        let recipe = Recipe {
            seed,
            ..self.recipe.clone()
        };
        let (config, terminal) = (&recipe.data, self.terminal);
        let heartbeat = Arc::new(Heartbeat::start(terminal));
        let found = self.found.for_seed(config, seed, terminal, &heartbeat)?;
        let data = dataset::prepare(found, &recipe, terminal, &heartbeat)?;
        let folder = self.folder.create_run(seed);
        let work = Work {
            recipe: &recipe,
            device: &self.opened.device,
            data,
            folder: folder.map_err(|error| folder_failure(&error))?,
            terminal: terminal.in_detail(),
            heartbeat,
            follow: self.follow,
        };
        work.begin(self.opened.measured.as_deref())?;
        if place == 0 {
            self.announce(&work);
        }
        let name = work.folder.name();
        let run = match work.run(self.arguments, (None, None), stop) {
            Ok((summary, _)) => SeedRun::new(seed, name, &summary),
            Err(failure) if failure.exit() == Exit::Diverged => {
                terminal.warn(&format!("seed {seed}: {failure}"));
                let ending = Ending::Diverged { step: 0 };
                SeedRun::without_figures(seed, name, ending.name())
            }
            Err(failure) => return Err(failure),
        };
        let count = self.seeds.list().len();
        terminal.note(&format!("{:>3} of {count}  {}", place + 1, run.to_line()));
        Ok(run)
    }

    /// Once, of all runs.
    fn announce(&self, work: &Work) {
        let (device, terminal) = (work.device, self.terminal);
        terminal.note(&format!("runs     {}", self.folder.path().display()));
        terminal.note(&format!("device   {} ({})", device.choice, device.name));
        terminal.note(&format!("data     {}", work.data.label()));
        terminal.note(&format!("seeds    {}", self.seeds.list().len()));
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
            return Ok(Exit::Interrupted);
        }
        let diverged = summary.without_figures();
        if diverged.is_empty() {
            return Ok(Exit::Done);
        }
        let count = self.seeds.list().len();
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
