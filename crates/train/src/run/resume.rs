//! Goes on with a run: finds it, reads its last checkpoint, and refuses what would make another run of it.

use super::{Follow, Opened, Work, folder_failure, teachers};
use crate::checkpoint::{Checkpoint, CheckpointStore};
use crate::cli::TrainArguments;
use crate::config::{self, LoadedRecipe, Recipe};
use crate::dataset::TrainingData;
use crate::run_folder::{CONFIG_FILE, LOG_FILE, RunFolder, SeedsFolder, is_run, is_seeds};
use crate::saved_run::{SavedRun, differing_keys};
use crate::training::Budget;
use base::with_separators;
use burn::train::Interrupter;
use console::{Exit, Failure, RUNS_FOLDER, Terminal, find_run};
use model::load_manifest;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Keys that a run may go on with another value of: they say how long it is, where it runs, or what is shown. A
/// table's name is for all that is in it.
const FREE_KEYS: [&str; 12] = [
    "name",
    "device",
    "data.dir",
    "data.offline",
    "data.fallback",
    "training.epochs",
    "training.steps",
    "training.early_stopping",
    "training.on_divergence",
    "checkpoint",
    "report",
    "views",
];

/// Goes on with a run.
pub(super) fn run(
    arguments: &TrainArguments,
    path: &Path,
    terminal: &Terminal,
    (stop, follow): (&Interrupter, Option<Follow<'_>>),
) -> Result<Exit, Failure> {
    let folder = RunFolder::open(path).map_err(|error| folder_failure(&error))?;
    let recipe = recipe(arguments, path, terminal)?;
    let checkpoint = newest_checkpoint(path, terminal)?;
    if let Some(done) = done(path, &checkpoint, &recipe) {
        return Err(done);
    }
    let (opened, heartbeat) = Opened::open(&recipe, terminal)?;
    let data = opened.load(&recipe, terminal, &heartbeat)?;
    refuse_other_data(path, &checkpoint, &data)?;
    let teachers = teachers::find(&recipe, &opened.device, &data, terminal)?;
    let work = Work {
        recipe: &recipe,
        device: &opened.device,
        data,
        teachers,
        folder,
        terminal: terminal.clone(),
        heartbeat,
        follow,
    };
    work.go_on(&checkpoint, opened.measured.as_deref())?;
    work.run_alone(arguments, Some(checkpoint), stop)
}

impl Work<'_> {
    /// Writes what may have changed, and says where the run goes on.
    pub(super) fn go_on(
        &self,
        checkpoint: &Checkpoint,
        measured: Option<&str>,
    ) -> Result<(), Failure> {
        self.write_recipe()?;
        let log = self.folder.path().join(LOG_FILE);
        self.terminal.log_on(&log).map_err(Failure::new)?;
        self.announce(measured)?;
        self.warn();
        let about = &checkpoint.about;
        let seconds = about.state.train_seconds() + about.state.sums.seconds;
        self.terminal.note(&format!(
            "goes on  in epoch {}, after step {}, with {seconds:.1} s of training done\n",
            checkpoint.epoch(),
            with_separators(checkpoint.step()),
        ));
        let now = (console::VERSION, console::git_commit());
        if (about.version.as_str(), about.git_commit.as_deref()) != now {
            self.terminal.note(
                "the checkpoint is of another version of this program: what follows may differ in its last bits \
                 from what that one would have come to",
            );
        }
        Ok(())
    }
}

/// The run folder, or the folder of the runs of several seeds.
pub(super) fn find(called: Option<&Path>) -> Result<PathBuf, Failure> {
    let is_either = |path: &Path| is_run(path) || is_seeds(path);
    if let Some(called) = called {
        return find_run(called, &is_either);
    }
    let entries = fs::read_dir(RUNS_FOLDER).into_iter().flatten().flatten();
    let paths = entries
        .map(|entry| entry.path())
        .filter(|path| is_either(path));
    let with_time = paths.filter_map(|path| Some((last_written(&path)?, path)));
    let newest = with_time.max().map(|(_, path)| path);
    newest.ok_or_else(|| {
        Failure::usage(format!("no run in {RUNS_FOLDER} has a checkpoint")).with_hint(Some(
            "train --resume RUN, with a run folder; or begin one: train cnn",
        ))
    })
}

/// When the last checkpoint was written there.
fn last_written(path: &Path) -> Option<SystemTime> {
    if is_seeds(path) {
        let runs = SeedsFolder::runs_in(path);
        return runs.iter().filter_map(|run| last_written(run)).max();
    }
    CheckpointStore::of_run(path, 1).last_written()
}

/// The run's recipe with what the command line puts over it, if that may be.
pub(super) fn recipe(
    arguments: &TrainArguments,
    run: &Path,
    terminal: &Terminal,
) -> Result<Recipe, Failure> {
    let file = run.join(CONFIG_FILE);
    let wrong = |error: config::ConfigError| Failure::usage(&error).with_hint(error.hint());
    let before = config::load_saved(&file).map_err(wrong)?;
    let loaded = arguments
        .recipe
        .load_from(&file, arguments.device.as_deref())?;
    let LoadedRecipe { recipe, notes, .. } = loaded;
    for note in notes {
        terminal.note(&note);
    }
    let changed = differing_keys(&before, &recipe).map_err(Failure::new)?;
    let is_free = |key: &str| FREE_KEYS.iter().any(|free| config::is_below(key, free));
    let refused: Vec<&str> = changed
        .iter()
        .map(String::as_str)
        .filter(|key| !is_free(key))
        .collect();
    if !refused.is_empty() && !arguments.force {
        let (keys, run) = (refused.join(", "), run.display());
        let message = format!("{run} was begun with another {keys}: that is another run");
        let hint =
            format!("train {run} --set … begins one; --force goes on with this one all the same");
        return Err(Failure::usage(message).with_hint(Some(hint)));
    }
    if !refused.is_empty() {
        let keys = refused.join(", ");
        terminal.warn(&format!(
            "from here on with another {keys}, as --force says"
        ));
    }
    Ok(recipe)
}

/// The newest checkpoint that is whole.
fn newest_checkpoint(run: &Path, terminal: &Terminal) -> Result<Checkpoint, Failure> {
    let (found, num_damaged) = checkpoint(run, terminal);
    let run = run.display();
    found.ok_or_else(|| {
        let kind = if num_damaged == 0 {
            ""
        } else {
            " that is whole"
        };
        let message = format!("{run} has no checkpoint{kind} to go on from");
        Failure::usage(message)
            .with_hint(Some(format!("train {run} begins it anew, in a new folder")))
    })
}

/// The same where there may be none, with the number of those that are not whole. They are named.
pub(super) fn checkpoint(run: &Path, terminal: &Terminal) -> (Option<Checkpoint>, usize) {
    let (found, problems) = CheckpointStore::of_run(run, 1).newest();
    for problem in &problems {
        terminal.warn(&format!("a checkpoint is passed over: {problem}"));
    }
    (found, problems.len())
}

/// That there is nothing to go on with, and how there would be; nothing where the run goes on.
pub(super) fn done(run: &Path, checkpoint: &Checkpoint, recipe: &Recipe) -> Option<Failure> {
    let saved = SavedRun::read(run);
    // Where it went on after its summary, it may have come to its end and not to the next summary.
    let training = saved
        .training()
        .filter(|training| training.steps == Some(checkpoint.step()))?;
    if !is_finished(&saved) {
        return None;
    }
    let budget = Budget::new(&recipe.training, training.images);
    let is_stopped = checkpoint.about.state.has_stopped_early;
    let is_longer = checkpoint.step() < budget.num_steps;
    let is_more_patient = is_stopped
        && saved
            .recipe
            .as_ref()
            .is_some_and(|before| before.training.early_stopping != recipe.training.early_stopping);
    if is_longer && (!is_stopped || is_more_patient) {
        return None;
    }
    let shown = run.display();
    let ending = saved.ending().unwrap_or_default();
    let message = format!(
        "{shown} is done ({ending} after {} epochs)",
        checkpoint.epoch()
    );
    let hint = if is_stopped {
        format!(
            "train --resume {shown} --set training.early_stopping.patience=N goes on for longer"
        )
    } else {
        format!("train --resume {shown} --epochs N goes on to N epochs")
    };
    Some(Failure::usage(message).with_hint(Some(hint)))
}

/// Whether a run came to its end, and has what it came to.
pub(super) fn is_finished(run: &SavedRun) -> bool {
    let ending = run.ending().unwrap_or_default();
    ["finished", "stopped early"].contains(&ending) && load_manifest(&run.path).is_ok()
}

pub(super) fn refuse_other_data(
    run: &Path,
    checkpoint: &Checkpoint,
    data: &TrainingData,
) -> Result<(), Failure> {
    if checkpoint.about.dataset_sha256 == data.provenance.sha256 {
        return Ok(());
    }
    let message = format!(
        "{} was begun on other data: {} has not the checksum of then",
        run.display(),
        data.label()
    );
    Err(Failure::usage(message).with_hint(Some(
        "bring back what it was begun on (data.dataset, --data-dir)",
    )))
}
