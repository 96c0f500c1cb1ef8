//! A whole run, from the command line to the saved model: the table of contents of this program.

mod announce;
mod finish;
mod first_weights;
mod overlap;
mod resume;
mod seeds;
mod teachers;

use crate::checkpoint::{Checkpoint, CheckpointStore};
use crate::cli::{Format, TrainArguments};
use crate::config::Recipe;
use crate::dataset::{self, TrainingData};
use crate::display::{Progress, Tui, has_screen};
use crate::heartbeat::Heartbeat;
use crate::observer::{EvaluationRecord, Observer};
use crate::results::{Album, Findings, Summary, TensorBoard, print_summary, write_report};
use crate::run_folder::{LOG_FILE, RunFolder, RunFolderError, TENSORBOARD_FOLDER, is_seeds};
use crate::strategy::{Continuity, Ending, Outcome};
use crate::teachers::Teachers;
use crate::training::{Budget, fit};
use crate::trial;
use burn::train::Interrupter;
use console::{Exit, Failure, ProgressMode, Terminal, command_of, print_result};
use model::{Classifier, DeviceChoice, OpenDevice, open_device};
use std::path::Path;
use std::sync::Arc;

/// Who is told of a run, beside those that the command line asks for.
#[derive(Clone, Copy)]
pub struct Follow<'a> {
    /// Makes somebody to be told: called with the run folder, once there is one and before the first step.
    pub who: &'a dyn Fn(&Path) -> Box<dyn Observer>,
    /// Whether the result is printed all the same.
    pub prints_result: bool,
}

/// Trains as the command line says, and talks on `terminal`. `stop` ends the training after a step:
/// what there is by then is evaluated and saved. `follow` is told of every run.
///
/// # Errors
///
/// For people, with the way out and the exit code.
pub fn run(
    arguments: &TrainArguments,
    terminal: &Terminal,
    stop: &Interrupter,
    follow: Option<Follow<'_>>,
) -> Result<Exit, Failure> {
    if let Some(called) = &arguments.resume {
        check_screen(arguments)?;
        let path = resume::find(called.as_deref())?;
        let resume = if is_seeds(&path) {
            seeds::resume
        } else {
            resume::run
        };
        return resume(arguments, &path, terminal, (stop, follow));
    }
    if arguments.force && arguments.out.is_none() {
        let message = "--force is for the run in --out, or for --resume";
        return Err(
            Failure::usage(message).with_hint(Some("leave it out: every run has a new folder"))
        );
    }
    let loaded = arguments.load_recipe()?;
    let recipe = first_weights::find(&loaded)?;
    if arguments.print_config {
        let text = recipe.to_explained_toml().map_err(Failure::new)?;
        print_result(&text).map_err(Failure::new)?;
        return Ok(Exit::Done);
    }
    check_screen(arguments)?;
    for note in &loaded.notes {
        terminal.note(note);
    }
    let (opened, heartbeat) = Opened::open(&recipe, terminal)?;
    if let Some(list) = &arguments.seeds {
        drop(heartbeat);
        return seeds::run(arguments, &recipe, list, &opened, terminal, (stop, follow));
    }
    let data = opened.load(&recipe, terminal, &heartbeat)?;
    let teachers = teachers::find(&recipe, &opened.device, &data, terminal)?;
    let name = recipe.name.as_deref().unwrap_or("run");
    let folder = RunFolder::create(arguments.out.as_deref(), name, arguments.force)
        .map_err(|error| folder_failure(&error))?;
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
    work.begin(opened.measured.as_deref())?;
    work.warn();
    work.run_alone(arguments, None, stop)
}

/// The recipe's device.
struct Opened {
    device: OpenDevice,
    /// What was measured, where it is the quickest of several.
    measured: Option<String>,
}

impl Opened {
    /// With the signs of life that go on from there.
    fn open(recipe: &Recipe, terminal: &Terminal) -> Result<(Self, Arc<Heartbeat>), Failure> {
        let heartbeat = Arc::new(Heartbeat::start(terminal));
        heartbeat.doing("opening the device");
        let choice = recipe.device.parse::<DeviceChoice>();
        if choice == Ok(DeviceChoice::Auto) {
            heartbeat.doing("looking for the quickest device");
            let found = trial::quickest(recipe).map_err(Failure::new)?;
            for gpu in found.refused {
                terminal.warn(&format!("a GPU is left out: {gpu}"));
            }
            let (device, measured) = (found.device, found.measured);
            return Ok((Self { device, measured }, heartbeat));
        }
        let device = choice
            .and_then(open_device)
            .map_err(|error| Failure::usage(&error).with_hint(error.hint()))?;
        let measured = None;
        Ok((Self { device, measured }, heartbeat))
    }

    /// Loads the recipe's data, while a GPU builds its kernels.
    fn load(
        &self,
        recipe: &Recipe,
        terminal: &Terminal,
        heartbeat: &Heartbeat,
    ) -> Result<TrainingData, Failure> {
        std::thread::scope(|scope| {
            scope.spawn(|| trial::warm_up(recipe, &self.device));
            let data = dataset::load_for_training(recipe, terminal, heartbeat);
            heartbeat.doing("the device's kernels");
            data
        })
    }
}

/// What a run works with.
struct Work<'a> {
    recipe: &'a Recipe,
    device: &'a OpenDevice,
    data: TrainingData,
    teachers: Option<Arc<Teachers>>,
    folder: RunFolder,
    terminal: Terminal,
    heartbeat: Arc<Heartbeat>,
    follow: Option<Follow<'a>>,
}

impl Work<'_> {
    /// Writes what is known before the training, and says what is going to happen.
    fn begin(&self, measured: Option<&str>) -> Result<(), Failure> {
        self.write_recipe()?;
        self.terminal
            .log_to(&self.folder.path().join(LOG_FILE))
            .map_err(Failure::new)?;
        self.announce(measured)
    }

    /// Writes the recipe, under a comment where drawn digits stand in for what it asks for.
    fn write_recipe(&self) -> Result<(), Failure> {
        let wanted = self.data.provenance.stands_in_for.as_deref();
        let comment = wanted.map(dataset::stand_in_warning);
        self.folder
            .write_config(self.recipe, comment.as_deref())
            .map_err(|error| folder_failure(&error))
    }

    /// All of a run that is the only one of the program: from the beginning, or from a checkpoint.
    fn run_alone(
        &self,
        arguments: &TrainArguments,
        from: Option<Checkpoint>,
        stop: &Interrupter,
    ) -> Result<Exit, Failure> {
        let is_printed = self.follow.is_none_or(|follow| follow.prints_result);
        let printed = is_printed.then_some(arguments.format);
        let (_, ending) = self.run(arguments, (printed, from), stop)?;
        let folder = self.folder.path().display();
        let infer = command_of("infer");
        let next = format!("{infer} predict --model {folder} YOUR-PICTURE.png");
        if ending != Ending::Interrupted {
            self.terminal.note(&format!("\nnext: {next}"));
            return Ok(Exit::Done);
        }
        if self.recipe.checkpoint.keep > 0 {
            let resume = format!("{} --resume {folder}", command_of("train"));
            self.terminal.note(&format!("\nto go on: {resume}"));
        }
        Ok(Exit::Interrupted)
    }

    /// Trains, from a checkpoint where there is one, evaluates, saves, prints in a format where one is given, and
    /// draws.
    fn run(
        &self,
        arguments: &TrainArguments,
        (printed, from): (Option<Format>, Option<Checkpoint>),
        stop: &Interrupter,
    ) -> Result<(Summary, Ending), Failure> {
        let album = from.as_ref().map_or_else(Album::default, |from| {
            Album::of_checkpoint(&from.of_observers)
        });
        let (classifier, outcome) = self.train(arguments, from, &album, stop)?;
        let summary = self.finish(printed, &classifier, &outcome, &album)?;
        Ok((summary, outcome.ending))
    }

    fn train(
        &self,
        arguments: &TrainArguments,
        from: Option<Checkpoint>,
        album: &Album,
        stop: &Interrupter,
    ) -> Result<(Classifier, Outcome), Failure> {
        let before = from.as_ref();
        let before = before.map_or(&[][..], |from| &from.about.state.history);
        let mut observers = self.observers(arguments, before, stop)?;
        observers.push(Box::new(album.clone()));
        let keep = self.recipe.checkpoint.keep;
        // A checkpoint has all weights.
        let weights = if from.is_some() {
            None
        } else {
            self.first_weights()?
        };
        let continuity = Continuity {
            weights,
            teachers: self.teachers.clone(),
            from,
            store: (keep > 0).then(|| CheckpointStore::of_run(self.folder.path(), keep)),
        };
        self.heartbeat.doing("the first step");
        let fitted = self.device.compute(|| {
            fit(
                self.recipe,
                &self.data,
                &self.device.device,
                self.folder.path(),
                stop,
                continuity,
                Box::new(observers),
            )
        });
        let (classifier, outcome) = fitted.map_err(Failure::usage)?;
        let outcome = outcome.ok_or_else(|| Failure::new("training ended without an outcome"))?;
        Ok((classifier, outcome))
    }

    /// Who is told of the run while it lasts.
    fn observers(
        &self,
        arguments: &TrainArguments,
        before: &[EvaluationRecord],
        stop: &Interrupter,
    ) -> Result<Vec<Box<dyn Observer>>, Failure> {
        let training = &self.recipe.training;
        let budget = Budget::new(training, self.data.num_shown());
        let by_epoch = training.evaluate_every.is_none();
        let (folder, terminal) = (&self.folder, &self.terminal);
        let told = (folder, before);
        let progress = Progress::start(told, budget, by_epoch, &self.heartbeat, terminal);
        let progress = progress.map_err(|error| folder_failure(&error))?;
        let mut observers: Vec<Box<dyn Observer>> = vec![Box::new(progress)];
        if arguments.tensorboard {
            let path = folder.path().join(TENSORBOARD_FOLDER);
            observers.push(Box::new(TensorBoard::create(&path).map_err(Failure::new)?));
            let path = path.display();
            terminal.note(&format!("events   tensorboard --logdir {path}\n"));
        }
        observers.extend(self.follow.map(|follow| (follow.who)(folder.path())));
        if arguments.progress == ProgressMode::Tui {
            let label = folder.name();
            let told = (label.as_str(), before);
            observers.push(Box::new(Tui::start(told, budget, stop, terminal)));
        }
        Ok(observers)
    }

    /// Evaluates, saves, prints and draws what there is.
    fn finish(
        &self,
        printed: Option<Format>,
        classifier: &Classifier,
        outcome: &Outcome,
        album: &Album,
    ) -> Result<Summary, Failure> {
        let mut findings = Findings {
            name: self.folder.name(),
            recipe: self.recipe,
            device: self.device,
            data: &self.data,
            outcome,
            test: None,
            snapshots: album.chosen(),
        };
        if let Some(failure) = self.failure(classifier, outcome) {
            self.report(&findings);
            return Err(failure);
        }
        self.heartbeat.doing("the test images");
        let temperature = self.calibrate(classifier)?;
        let test = self.evaluate(classifier, temperature)?;
        findings.test = test.as_ref();
        self.save(classifier, outcome, temperature, test.as_ref())?;
        let tested = test.as_ref();
        let summary = Summary::new(self.recipe, self.device, &self.data, outcome, tested);
        if let Some(test) = &test {
            let written = self.folder.write_predictions(&test.predictions);
            written.map_err(|error| folder_failure(&error))?;
        }
        let printed = printed.map_or(Ok(()), |format| self.print(format, &summary));
        self.report(&findings);
        // The last file: with it a run is done.
        self.folder
            .write_summary(&summary)
            .map_err(|error| folder_failure(&error))?;
        printed.map(|()| summary)
    }

    fn report(&self, findings: &Findings) {
        self.heartbeat.doing("drawing the report");
        write_report(findings, &self.folder, &self.terminal);
    }

    fn print(&self, format: Format, summary: &Summary) -> Result<(), Failure> {
        match format {
            Format::Json => {
                let json = serde_json::to_string_pretty(summary).map_err(Failure::new)?;
                print_result(&json).map_err(Failure::new)?;
            }
            Format::Text => print_summary(summary, &self.terminal).map_err(Failure::new)?,
        }
        if let Some(wanted) = &self.data.provenance.stands_in_for {
            self.terminal.warn(&dataset::stand_in_warning(wanted));
        }
        Ok(())
    }
}

fn check_screen(arguments: &TrainArguments) -> Result<(), Failure> {
    if arguments.progress == ProgressMode::Tui && arguments.seeds.is_some() {
        let message = "--progress tui shows one run, and --seeds trains many";
        return Err(Failure::usage(message).with_hint(Some("--progress plain")));
    }
    if arguments.progress != ProgressMode::Tui || has_screen() {
        return Ok(());
    }
    let message = "--progress tui needs a terminal, as standard input and as standard output";
    Err(Failure::usage(message).with_hint(Some("--progress plain")))
}

fn folder_failure(error: &RunFolderError) -> Failure {
    Failure::new(error).with_hint(error.hint())
}
