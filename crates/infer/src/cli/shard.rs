//! `--shard`: one share of a job, whose rows have a file of their own. What is said of it, and what does not go with it.

use super::arguments::PredictArgs;
use super::choices::ShardChoice;
use super::failure::failure;
use crate::Error;
use crate::input::{Inputs, Reading, count_all};
use crate::output::{Format, Written};
use crate::places;
use crate::predict::{Job, Predictor, Span};
use crate::shard::{NamedInput, Origin, Shard, ShardRecord, task};
use base::with_separators;
use console::{Exit, Failure, Terminal};
use data::Remarks;
use std::path::{Path, PathBuf};

/// The share of a job that is to be done, and the file of its rows.
pub(super) struct Share {
    file: PathBuf,
    record: ShardRecord,
    span: Span,
}

/// How a share stands before anything is done.
pub(super) enum Begun {
    /// It was done before; the program ends as it did then.
    Done(Exit),
    /// It is to be done.
    Open(Box<Share>),
}

/// The share that the arguments ask for; `None` where they ask for all. From here on, outputs are the share's own.
///
/// # Errors
///
/// Where it is not clear which is meant, or something is asked for that no share has.
pub(super) fn of_arguments(
    arguments: &mut PredictArgs,
    terminal: &Terminal,
) -> Result<Option<Shard>, Failure> {
    let variable = |name: &str| std::env::var(name).ok();
    let Some(choice) = arguments.shard else {
        if let Ok(task) = task(&variable, None) {
            let (by, shard) = (task.by, task.shard);
            terminal.note(&format!(
                "{by}, and all inputs are done here; `--shard auto` does shard {shard} of them"
            ));
        }
        return Ok(None);
    };
    check(arguments)?;
    let shard = match choice {
        ShardChoice::This(shard) => shard,
        ShardChoice::OfEnvironment(count) => {
            let task = task(&variable, count).map_err(|error| failure(error.into()))?;
            terminal.note(&format!("shard {}: {}", task.shard, task.by));
            task.shard
        }
    };
    for output in [&mut arguments.output, &mut arguments.inputs.errors] {
        *output = output.as_deref().map(|path| shard.path(path));
    }
    Ok(Some(shard))
}

/// Refuses what no share has.
fn check(arguments: &PredictArgs) -> Result<(), Failure> {
    let refuse = |message: &str, hint: &str| Err(Failure::usage(message).with_hint(Some(hint)));
    if arguments.output.is_none() {
        return refuse(
            "--shard needs a file",
            "name the one that all rows are to be in by --output, the same for every shard",
        );
    }
    if arguments.inputs.skip > 0 {
        return refuse(
            "--shard and --skip do not go together",
            "a shard that was cut short is done again by the same command, without --skip",
        );
    }
    let of_all = [
        ("--review", &arguments.review),
        ("--annotate", &arguments.annotate),
        ("--save-preprocessed", &arguments.save_preprocessed),
    ];
    if let Some((flag, _)) = of_all.iter().find(|(_, path)| path.is_some()) {
        return refuse(
            &format!("--shard and {flag} do not go together"),
            "it is of all inputs: leave one of both out",
        );
    }
    if arguments.paths.iter().any(|path| path == Path::new("-")) {
        return refuse(
            "the inputs of a shard cannot be listed on standard input",
            "every shard reads the same list: write it to a file and name that as @FILE",
        );
    }
    Ok(())
}

/// Counts the inputs, and looks whether the share was done before.
///
/// # Errors
///
/// Where files cannot be looked at or removed.
pub(super) fn begin(
    shard: Shard,
    format: Format,
    arguments: &PredictArgs,
    predictor: &Predictor,
    terminal: &Terminal,
) -> Result<Begun, Failure> {
    let file = arguments.output.clone().unwrap_or_default();
    let origin = origin(arguments, format, predictor);
    let before = ShardRecord::read(&file).map_err(|error| failure(error.into()))?;
    if let Some(record) = before {
        let mut difference = record.origin.difference(&origin);
        let has_rows = record.has_its_rows(&file);
        if !has_rows.map_err(|error| failure(error.into()))? {
            difference.get_or_insert("its rows are not there".into());
        }
        let shown = file.display();
        let Some(difference) = difference else {
            let num = with_separators(record.num_pictures as usize);
            terminal.note(&format!(
                "shard {shard} is done: {num} pictures are in {shown}"
            ));
            return Ok(Begun::Done(match record.num_unusable {
                0 => Exit::Done,
                _ => Exit::SomeInputsFailed,
            }));
        };
        terminal.note(&format!("{shown} is done again: {difference}"));
        // Without its record, nobody takes what is there for the shard that is to be.
        ShardRecord::remove(&file).map_err(failure)?;
    }
    let num_inputs = origin.num_inputs;
    let span = shard.span(num_inputs, origin.batch_size);
    let num = span.num_of(num_inputs);
    let (shown, all) = (
        with_separators(num as usize),
        with_separators(num_inputs as usize),
    );
    terminal.note(&format!(
        "shard {shard}: {shown} of {all} inputs, behind the first {}, to {}",
        with_separators(span.first as usize),
        file.display()
    ));
    let record = ShardRecord::new(shard, origin, span.first);
    Ok(Begun::Open(Box::new(Share { file, record, span })))
}

impl Share {
    /// Which inputs it has.
    pub(super) fn span(&self) -> Span {
        self.span
    }

    /// Says that it is done, once its rows are in their place.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub(super) fn finish(
        mut self,
        written: Option<Written>,
        job: &Job<'_>,
        num_unusable: usize,
    ) -> Result<(), Failure> {
        let Some(written) = written else {
            return Err(failure(Error::Internal("a shard without a sum")));
        };
        self.record.num_inputs = job.num_taken();
        self.record.num_pictures = job.done().num_pictures as u64;
        self.record.num_unusable = num_unusable as u64;
        self.record.num_bytes = written.num_bytes;
        self.record.sha256 = written.sha256;
        self.record.write(&self.file).map_err(failure)
    }
}

/// What the rows depend on.
fn origin(arguments: &PredictArgs, format: Format, predictor: &Predictor) -> Origin {
    let models = predictor.manifests().map(|manifest| {
        let temperature = manifest.temperature.map(f64::from);
        let temperature = temperature.map(|number| format!(" at {number}"));
        format!(
            "{}{}",
            manifest.weights.sha256,
            temperature.unwrap_or_default()
        )
    });
    let inputs = arguments.paths.iter().map(|path| NamedInput {
        path: path.display().to_string(),
        num_bytes: places::num_bytes_of_file(path),
    });
    let reads = &arguments.inputs;
    let limits = reads.limits();
    let settings = [
        ("--format", format!("{format:?}")),
        ("--top-k", arguments.top_k.to_string()),
        (
            "--min-confidence",
            arguments.min_confidence.unwrap_or(0.0).to_string(),
        ),
        ("--digits", arguments.digits.to_string()),
        ("--rows", format!("{:?}", arguments.rows)),
        ("--views", predictor.views().number().to_string()),
        ("--orientation", reads.orientation.to_string()),
        ("--deskew", reads.preparation().deskew.to_string()),
        ("--max-pixels", limits.max_pixels.to_string()),
        ("--max-file-size", limits.max_file_bytes.to_string()),
        ("--max-memory", limits.max_memory_bytes.to_string()),
        ("version", console::VERSION.to_owned()),
    ];
    Origin {
        models: models.collect(),
        inputs: inputs.collect(),
        num_inputs: count_inputs(arguments),
        batch_size: predictor.batch_size() as u64,
        settings: settings
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    }
}

/// How many inputs there are: by what heads and folders say, or else by reading all of them once.
fn count_inputs(arguments: &PredictArgs) -> u64 {
    count_all(&arguments.paths).unwrap_or_else(|| {
        let reading = Reading {
            limits: arguments.inputs.limits(),
            with_labels: false,
            remarks: Remarks::default(),
        };
        Inputs::new(arguments.paths.clone(), &reading).count() as u64
    })
}
