//! A whole run, from the command line to the saved model: the table of contents of this program.

use crate::cli::{Format, TrainArguments};
use crate::config::{Recipe, Validation};
use crate::dataset::{self, TrainingData};
use crate::display::{Progress, Tui, give_screen_back, has_screen};
use crate::observer::Observer;
use crate::predictions::{self, Tested};
use crate::results::{Album, Findings, Summary, TensorBoard, print_summary, write_report};
use crate::run_folder::{LOG_FILE, RunFolder, RunFolderError, TENSORBOARD_FOLDER};
use crate::strategy::{Ending, Outcome};
use crate::training::{Budget, fit};
use burn::train::Interrupter;
use console::{Exit, Failure, ProgressMode, Terminal, print_result};
use data::LabeledImages;
use model::{
    Classifier, DEFAULT_INFERENCE_BATCH, DeviceChoice, DeviceClass, Evaluation, ModelDescription,
    OpenDevice, ProgramProvenance, SavedMetrics, Score, Temperature, open_device, predict_logits,
    save_model,
};
use std::path::Path;

/// Trains as the command line says.
///
/// # Errors
///
/// For people, with the way out and the exit code.
pub fn run(arguments: &TrainArguments) -> Result<Exit, Failure> {
    let recipe = arguments.load_recipe()?;
    if arguments.print_config {
        let text = toml::to_string(&recipe).map_err(Failure::new)?;
        print_result(text.trim_end()).map_err(Failure::new)?;
        return Ok(Exit::Done);
    }
    check_screen(arguments)?;
    let terminal = Terminal::new(arguments.verbosity(), arguments.progress);
    let device = open(&recipe)?;
    let data = dataset::load_for_training(&recipe, &terminal)?;
    let folder = create_folder(arguments, &recipe, &data, &terminal)?;
    announce(&recipe, &device, &data, &folder, &terminal)?;
    let interrupter = stop_on_interrupt(&terminal)?;

    let budget = Budget::new(&recipe.training, data.num_shown());
    let album = Album::default();
    let mut observers = observers(arguments, &folder, budget, &interrupter, &terminal)?;
    observers.push(Box::new(album.clone()));
    let observers = Box::new(observers);
    let fitted = device.compute(|| {
        fit(
            &recipe,
            &data,
            &device.device,
            folder.path(),
            &interrupter,
            observers,
        )
    });
    let (classifier, outcome) = fitted.map_err(Failure::usage)?;
    let outcome = outcome.ok_or_else(|| Failure::new("training ended without an outcome"))?;
    let mut findings = Findings {
        name: folder.name(),
        recipe: &recipe,
        device: &device,
        data: &data,
        outcome: &outcome,
        test: None,
        snapshots: album.chosen(),
    };
    if let Err(failure) = check_ending(&outcome, &folder) {
        let summary = Summary::new(&recipe, &device, &data, &outcome, None);
        if let Err(error) = folder.write_summary(&summary) {
            terminal.warn(&error.to_string());
        }
        write_report(&findings, &folder, &terminal);
        return Err(failure);
    }

    let temperature = calibrate(&classifier, &recipe, &data, &device)?;
    let test = evaluate(&classifier, temperature, &data, &device)?;
    findings.test = test.as_ref();
    let figures = findings.test.map(|test| &test.evaluation);
    save(
        &folder,
        &classifier,
        &recipe,
        &data,
        &outcome,
        temperature,
        figures,
    )?;
    let summary = Summary::new(&recipe, &device, &data, &outcome, figures);
    write_results(&folder, &summary, test.as_ref()).map_err(|error| folder_failure(&error))?;
    print(arguments.format, &summary, &data, &terminal)?;
    write_report(&findings, &folder, &terminal);
    terminal.note(&next_command(folder.path()));
    let is_interrupted = outcome.ending == Ending::Interrupted;
    Ok(if is_interrupted {
        Exit::Interrupted
    } else {
        Exit::Done
    })
}

fn check_screen(arguments: &TrainArguments) -> Result<(), Failure> {
    if arguments.progress != ProgressMode::Tui || has_screen() {
        return Ok(());
    }
    let message = "--progress tui needs a terminal, as standard input and as standard output";
    Err(Failure::usage(message).with_hint(Some("--progress plain")))
}

fn open(recipe: &Recipe) -> Result<OpenDevice, Failure> {
    let choice = recipe.device.parse::<DeviceChoice>();
    choice
        .and_then(open_device)
        .map_err(|error| Failure::usage(&error).with_hint(error.hint()))
}

fn folder_failure(error: &RunFolderError) -> Failure {
    Failure::new(error).with_hint(error.hint())
}

fn create_folder(
    arguments: &TrainArguments,
    recipe: &Recipe,
    data: &TrainingData,
    terminal: &Terminal,
) -> Result<RunFolder, Failure> {
    let name = recipe.name.as_deref().unwrap_or("run");
    let folder = RunFolder::create(arguments.out.as_deref(), name, arguments.force)
        .map_err(|error| folder_failure(&error))?;
    let wanted = data.provenance.stands_in_for.as_deref();
    let comment = wanted.map(dataset::stand_in_warning);
    folder
        .write_config(recipe, comment.as_deref())
        .map_err(|error| folder_failure(&error))?;
    terminal
        .log_to(&folder.path().join(LOG_FILE))
        .map_err(Failure::new)?;
    Ok(folder)
}

/// Says what is going to happen.
fn announce(
    recipe: &Recipe,
    device: &OpenDevice,
    data: &TrainingData,
    folder: &RunFolder,
    terminal: &Terminal,
) -> Result<(), Failure> {
    let summary = recipe.model.summarize().map_err(Failure::usage)?;
    let set = &data.provenance;
    terminal.note(&format!("run      {}", folder.path().display()));
    terminal.note(&format!("device   {} ({})", device.choice, device.name));
    terminal.note(&format!(
        "data     {}: {} training{}, {} validation, {} test images; {}",
        data.label(),
        data.train.len(),
        additions(data),
        data.validation.len(),
        data.test.len(),
        set.origin
    ));
    if let Some(wanted) = &set.stands_in_for {
        terminal.warn(&dataset::stand_in_warning(wanted));
    }
    if device.class == DeviceClass::SoftwareGpu {
        terminal.warn("this GPU is software on the processor: `--device cpu` is many times faster");
    }
    if device.choice == DeviceChoice::NdArray {
        terminal.warn("`ndarray` is slow and deprecated upstream: `--device cpu` is the fast one");
    }
    terminal.detail(&format!("sha256   {} (of images and labels)", set.sha256));
    terminal.note(&format!("seed     {}", recipe.seed));
    terminal.note(&format!("\n{summary}\n"));
    Ok(())
}

/// What is trained on beside the set's own images.
fn additions(data: &TrainingData) -> String {
    let kinds = [
        (data.redrawn.len(), "drawn again with other pens"),
        (data.cuttings.len(), "of digits that touch, cut apart"),
    ];
    let named = kinds.iter().filter(|(count, _)| *count > 0);
    let named: Vec<String> = named
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    if named.is_empty() {
        String::new()
    } else {
        format!(" (and {})", named.join(", "))
    }
}

/// Who is told of the run while it lasts.
fn observers(
    arguments: &TrainArguments,
    folder: &RunFolder,
    budget: Budget,
    interrupter: &Interrupter,
    terminal: &Terminal,
) -> Result<Vec<Box<dyn Observer>>, Failure> {
    let progress = Progress::start(folder, budget, terminal).map_err(|e| folder_failure(&e))?;
    let mut observers: Vec<Box<dyn Observer>> = vec![Box::new(progress)];
    if arguments.tensorboard {
        let path = folder.path().join(TENSORBOARD_FOLDER);
        observers.push(Box::new(TensorBoard::create(&path).map_err(Failure::new)?));
        terminal.note(&format!(
            "events   tensorboard --logdir {}\n",
            path.display()
        ));
    }
    if arguments.progress == ProgressMode::Tui {
        let label = folder.path().file_name().unwrap_or_default();
        let label = label.to_string_lossy();
        observers.push(Box::new(Tui::start(&label, budget, interrupter, terminal)));
    }
    Ok(observers)
}

/// The first Ctrl-C stops training after the step and saves; the second one ends the program.
fn stop_on_interrupt(terminal: &Terminal) -> Result<Interrupter, Failure> {
    let interrupter = Interrupter::new();
    let (handle, terminal) = (interrupter.clone(), terminal.clone());
    ctrlc::set_handler(move || {
        if handle.should_stop() {
            give_screen_back();
            std::process::exit(Exit::Interrupted as i32);
        }
        handle.stop(Some("interrupted"));
        terminal.warn("interrupted: saving what there is; again to stop at once");
    })
    .map_err(Failure::new)?;
    Ok(interrupter)
}

fn check_ending(outcome: &Outcome, folder: &RunFolder) -> Result<(), Failure> {
    match &outcome.ending {
        Ending::Diverged { step } => {
            let message = format!(
                "training diverged: the loss is no finite number after step {step}; the history \
                 is in {}, no model was saved",
                folder.path().display()
            );
            let hint = "lower training.optimizer.learning_rate, or set training.clip_norm = 1.0";
            Err(Failure::new(message)
                .with_hint(Some(hint))
                .with_exit(Exit::Diverged))
        }
        Ending::Failed(reason) => Err(Failure::new(format!("training stopped: {reason}"))),
        Ending::Budget | Ending::NoImprovement | Ending::Interrupted => Ok(()),
    }
}

/// The temperature of the probabilities, fitted on the validation images, where there are some that
/// are not the test images.
fn calibrate(
    classifier: &Classifier,
    recipe: &Recipe,
    data: &TrainingData,
    device: &OpenDevice,
) -> Result<Option<Temperature>, Failure> {
    if recipe.data.validation == Validation::Test {
        return Ok(None);
    }
    let logits = logits(classifier, &data.validation, device)?;
    Ok(Temperature::fit(&logits, data.validation.labels()))
}

fn logits(
    classifier: &Classifier,
    images: &LabeledImages,
    device: &OpenDevice,
) -> Result<Vec<f32>, Failure> {
    let batch_size = DEFAULT_INFERENCE_BATCH;
    device
        .compute(|| predict_logits(classifier, images.pixels(), batch_size, &device.device))
        .map_err(Failure::new)
}

/// Reads the test images, once, after the selection.
fn evaluate(
    classifier: &Classifier,
    temperature: Option<Temperature>,
    data: &TrainingData,
    device: &OpenDevice,
) -> Result<Option<Tested>, Failure> {
    if data.test.is_empty() {
        return Ok(None);
    }
    let logits = logits(classifier, &data.test, device)?;
    let labels = data.test.labels();
    Ok(Some(Tested {
        evaluation: Evaluation::scaled(temperature, &logits, labels, &data.class_names),
        predictions: predictions::predictions(temperature.unwrap_or_default(), &logits, labels),
    }))
}

fn save(
    folder: &RunFolder,
    classifier: &Classifier,
    recipe: &Recipe,
    data: &TrainingData,
    outcome: &Outcome,
    temperature: Option<Temperature>,
    test: Option<&Evaluation>,
) -> Result<(), Failure> {
    let score = |evaluation: &Evaluation| Score {
        accuracy: evaluation.accuracy,
        loss: evaluation.loss,
    };
    let validation = outcome.kept.as_ref().map(|(_, evaluation)| evaluation);
    let description = ModelDescription {
        classifier: recipe.classifier(),
        class_names: data.class_names.clone(),
        dataset: data.provenance.clone(),
        seed: recipe.seed,
        program: ProgramProvenance {
            name: "train".into(),
            version: console::VERSION.into(),
            git_commit: console::git_commit().map(Into::into),
        },
        metrics: SavedMetrics {
            validation: validation
                .filter(|evaluation| evaluation.num_images > 0)
                .map(score),
            test: test.map(score),
        },
        temperature,
    };
    save_model(folder.path(), classifier, description)
        .map_err(|error| Failure::new(&error).with_hint(error.hint()))?;
    Ok(())
}

fn write_results(
    folder: &RunFolder,
    summary: &Summary,
    test: Option<&Tested>,
) -> Result<(), RunFolderError> {
    folder.write_summary(summary)?;
    match test {
        Some(test) => folder.write_predictions(&test.predictions),
        None => Ok(()),
    }
}

fn print(
    format: Format,
    summary: &Summary,
    data: &TrainingData,
    terminal: &Terminal,
) -> Result<(), Failure> {
    match format {
        Format::Json => {
            let json = serde_json::to_string_pretty(summary).map_err(Failure::new)?;
            print_result(&json).map_err(Failure::new)?;
        }
        Format::Text => print_summary(summary, terminal).map_err(Failure::new)?,
    }
    if let Some(wanted) = &data.provenance.stands_in_for {
        terminal.warn(&dataset::stand_in_warning(wanted));
    }
    Ok(())
}

fn next_command(folder: &Path) -> String {
    let folder = folder.display();
    format!("\nnext: cargo run -p infer -- predict --model {folder} YOUR-PICTURE.png")
}
