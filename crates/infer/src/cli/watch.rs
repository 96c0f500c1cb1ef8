//! What is shown and kept of a job beside its results: the bar, and the inputs that cannot be used.

use super::arguments::InputArgs;
use super::failure::failure;
use super::unusable::UnusableInputs;
use crate::input::{Unusable, count_all};
use crate::orientation;
use crate::output::printable;
use crate::predict::{Job, Predictor, Span};
use crate::{Error, Stop};
use base::with_separators;
use console::{Exit, Failure, Interruption, Terminal};
use data::{Orientation, Remarks};
use indicatif::{ProgressBar, ProgressStyle};
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

const BAR: &str = "{spinner} {human_pos} inputs, {per_sec}";
const BAR_TO_THE_END: &str = "{wide_bar} {human_pos} of {human_len} inputs, {per_sec}, {eta} left";

/// Watches one job.
pub(super) struct Watch<'a> {
    pub(super) terminal: &'a Terminal,
    bar: ProgressBar,
    pub(super) unusable: UnusableInputs,
}

impl<'a> Watch<'a> {
    /// Of a job on these of the inputs that is to begin. `shows_bar` is false where a bar would be in the way.
    ///
    /// # Errors
    ///
    /// Where the table of inputs that cannot be used cannot be written.
    pub(super) fn new(
        paths: &[PathBuf],
        inputs: &InputArgs,
        span: Span,
        shows_bar: bool,
        terminal: &'a Terminal,
    ) -> Result<Self, Failure> {
        let bar = if shows_bar && terminal.shows_bar() {
            let bar = terminal.bar(None, BAR);
            show_length(paths.to_vec(), span, bar.clone());
            bar
        } else {
            ProgressBar::hidden()
        };
        Ok(Self {
            terminal,
            bar,
            unusable: UnusableInputs::new(inputs.on_error, inputs.errors.as_deref(), terminal)?,
        })
    }

    /// So many pictures are done.
    pub(super) fn advance(&self, num_pictures: usize) {
        self.bar.inc(num_pictures as u64);
    }

    /// An input cannot be used.
    ///
    /// # Errors
    ///
    /// Where the job is to end there.
    pub(super) fn pass_over(&mut self, unusable: &Unusable) -> Result<(), Error> {
        self.bar.inc(1);
        self.unusable.add(unusable)
    }

    /// Takes the bar away.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }

    /// Says how a job went that looked at all inputs, and what there is to remark on the answers.
    ///
    /// # Errors
    ///
    /// Where there were inputs, and none could be used.
    pub(super) fn conclude(
        &self,
        job: &Job<'_>,
        predictor: &Predictor,
        elapsed: Duration,
        remarks: &str,
    ) -> Result<Exit, Failure> {
        say_remarks(job.remarks(), self.terminal);
        let num_pictures = job.done().num_pictures;
        if num_pictures == 0 && self.unusable.num() > 0 {
            let message = "nothing could be classified: none of the inputs could be used";
            return Err(Failure::new(message));
        }
        let seconds = elapsed.as_secs_f64();
        self.terminal.note(&format!(
            "{} classified in {seconds:.2} s on {}, {} a second{remarks}",
            with_separators(num_pictures),
            predictor.device_name(),
            with_separators((num_pictures as f64 / seconds.max(1e-9)) as usize)
        ));
        self.terminal.detail(&job.stages().to_text(num_pictures));
        Ok(self.unusable.conclude())
    }
}

/// Says what was passed over, or understood in an unusual way.
pub(super) fn say_remarks(remarks: &Remarks, terminal: &Terminal) {
    for remark in remarks.said() {
        terminal.note(&printable(&remark));
    }
    for loss in remarks.losses() {
        terminal.warn(&printable(&loss));
    }
}

/// Whether 28×28 images of files of many are to be transposed, said where the model and not the user says so.
///
/// # Errors
///
/// Where the device fails.
pub(super) fn way_up(
    inputs: &InputArgs,
    paths: &[PathBuf],
    predictor: &Predictor,
    terminal: &Terminal,
) -> Result<bool, Failure> {
    let wanted = inputs.orientation;
    let is_transposed = orientation::is_transposed(wanted, paths, inputs.limits(), predictor);
    let is_transposed = is_transposed.map_err(failure)?;
    if is_transposed && wanted == Orientation::Auto {
        terminal.warn(
            "the model reads the images far more surely with x and y exchanged, as EMNIST's files have them: they are \
             turned upright (--orientation upright leaves them as they are)",
        );
    }
    Ok(is_transposed)
}

/// Gives the bar its length once it is known, in the background: folders may be large.
fn show_length(paths: Vec<PathBuf>, span: Span, bar: ProgressBar) {
    // Without a thread, the bar just has no end.
    let _ = thread::Builder::new().spawn(move || {
        let length = count_all(&paths);
        if let (Some(length), Ok(style)) = (length, ProgressStyle::with_template(BAR_TO_THE_END)) {
            bar.set_length(span.num_of(length));
            bar.set_style(style.progress_chars("━╸─"));
        }
    });
}

/// From here on, Ctrl-C and requests to end stop the job and keep what is done; the second one ends the
/// program.
///
/// # Errors
///
/// Where the system refuses.
pub(super) fn watch_for_the_end(terminal: &Terminal) -> Result<(Interruption, Stop), Failure> {
    let stop = Stop::default();
    let (asked, terminal) = (stop.clone(), terminal.clone());
    let first = move |_| {
        asked.request();
        terminal.note("ending; again to end at once");
    };
    let interruption = Interruption::watch(first, || ()).map_err(Failure::new)?;
    Ok((interruption, stop))
}
