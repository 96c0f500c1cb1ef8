//! The end of a job before its last input: what was done is kept, and the message says where it is and
//! how to go on.

use super::failure::failure;
use super::watch::Watch;
use crate::Error;
use crate::output::{Answer, Kept, Output};
use crate::predict::Job;
use base::files::beside;
use base::with_separators;
use console::{Exit, Failure};
use data::remote::address;
use std::path::Path;

/// Why a job ends early.
pub(super) enum Cause {
    /// It was asked to, and the program ends with this code.
    Stopped(Option<Exit>),
    /// It could not go on.
    Failed(Error),
}

/// Keeps what was done of a job whose results were to go to `target`, or to standard output without one; without an
/// output, nothing is kept of them: they are of a shard, which is there as a whole or not. Returns what there is to say.
pub(super) fn end_early<A: Answer>(
    cause: Cause,
    output: Option<Output<'_, A>>,
    target: Option<&Path>,
    watch: &mut Watch<'_>,
    job: &Job<'_>,
) -> Failure {
    let table = match &cause {
        // The last line of the table is why: it is whole.
        Cause::Failed(Error::Unusable(_)) => watch.unusable.finish(),
        _ => watch.unusable.keep_partial(),
    };
    let way_on = match output.map(Output::keep_partial) {
        None => Some("nothing is kept of the shard; the same command does it again".into()),
        Some(Ok(kept)) => way_on(kept.as_ref(), target, job),
        Some(Err(error)) => Some(format!("what was done could not be kept: {error}")),
    };
    let why = match cause {
        Cause::Stopped(exit) => stopped(exit, job.done().num_pictures),
        Cause::Failed(error) => failure(error),
    };
    let hints = [
        why.hint().map(String::from),
        way_on,
        table.err().map(|failure| failure.to_string()),
    ];
    let hints: Vec<String> = hints.into_iter().flatten().collect();
    why.with_hint((!hints.is_empty()).then(|| hints.join("; ")))
}

/// The failure that an end is which was asked for.
pub(super) fn stopped(exit: Option<Exit>, num_pictures: usize) -> Failure {
    let exit = exit.unwrap_or(Exit::Interrupted);
    let how = if exit == Exit::Terminated {
        "told to end"
    } else {
        "interrupted"
    };
    let message = if num_pictures == 0 {
        format!("{how} before the first picture was done")
    } else {
        format!("{how} after {}", pictures(num_pictures))
    };
    Failure::new(message).with_exit(exit)
}

/// Where the results are that were done, and how to get the others.
fn way_on(kept: Option<&Kept>, target: Option<&Path>, job: &Job<'_>) -> Option<String> {
    let done = job.done();
    if target.is_some_and(|target| address(target).is_some()) {
        return Some("nothing of it is kept there; the same command does all of them again".into());
    }
    if done.num_pictures == 0 || (target.is_some() && kept.is_none()) {
        return None;
    }
    let (Some(target), Some(kept)) = (target, kept) else {
        let num_inputs = done.num_inputs;
        return Some(format!(
            "the same command with `--skip {num_inputs}` does the others"
        ));
    };
    let kept_text = format!(
        "the rows of {} are in {}",
        pictures(kept.num_answers),
        kept.path.display()
    );
    // Rows that were done may have been lost with the disk; then which inputs are theirs is known only
    // where every input gave a row.
    let num_lost = (done.num_pictures - kept.num_answers) as u64;
    let is_known = num_lost == 0 || job.num_taken() == done.num_pictures as u64;
    Some(if is_known {
        format!(
            "{kept_text}; the same command with `--skip {} --output {}` does the others",
            done.num_inputs - num_lost,
            beside(target, "rest").display()
        )
    } else {
        format!("{kept_text}; the same command does all of them again")
    })
}

fn pictures(num: usize) -> String {
    let noun = if num == 1 { "picture" } else { "pictures" };
    format!("{} {noun}", with_separators(num))
}
