//! The thread that reads: inputs in chunks, for the threads that decode.

use super::span::Span;
use crate::input::{Input, Inputs, Reading, Unusable};
use crate::prepare::Decoder;
use crate::stages::{Stage, Stages};
use base::{Gate, Permit, guarded};
use std::path::PathBuf;
use std::sync::mpsc::Sender;
use std::sync::{Arc, OnceLock};

/// Inputs that go through the threads together, at most.
pub(super) const CHUNK_INPUTS: usize = 64;
/// Bytes from which a chunk is not filled up any more.
const CHUNK_BYTES: u64 = 1 << 20;
/// What a file counts for that was not read yet: photos of many seconds must not end up in the same
/// chunk, while other threads have nothing to do.
const UNREAD_BYTES: u64 = CHUNK_BYTES / 4;

/// A chunk to decode.
pub(super) struct Work {
    pub(super) number: usize,
    /// The place of its first input among all of them.
    pub(super) first: u64,
    pub(super) inputs: Vec<Input>,
    pub(super) slots: Permit,
    pub(super) bytes: Permit,
}

/// The thread that reads.
pub(super) struct Reader {
    pub(super) reading: Reading,
    /// Reads the files of pictures, where they are kept: then all that is under way is known here.
    pub(super) loader: Option<Decoder>,
    /// Bounds the inputs under way.
    pub(super) slots: Arc<Gate>,
    /// Bounds the bytes under way of pictures that are not decoded.
    pub(super) bytes: Arc<Gate>,
    /// Which inputs are read on from the reader: what comes before is passed over.
    pub(super) span: Span,
    pub(super) stages: Arc<Stages>,
    /// How many chunks there are in all, once that is known.
    pub(super) num_chunks: Arc<OnceLock<usize>>,
}

impl Reader {
    /// Reads chunk after chunk, until there is nothing more or nobody takes it.
    pub(super) fn run(&self, arguments: Vec<PathBuf>, to_decoders: &Sender<Work>) {
        let mut inputs = Some(Inputs::new(arguments, &self.reading));
        let mut first = pass_over(&mut inputs, self.span.first);
        for number in 0.. {
            let chunk = self
                .stages
                .time(Stage::Reading, || self.next_inputs(first, &mut inputs));
            if chunk.is_empty() {
                // Nobody else sets it.
                let _ = self.num_chunks.set(number);
                return;
            }
            let num_inputs = chunk.len() as u64;
            let work = Work {
                number,
                first,
                slots: self.slots.enter(num_inputs),
                bytes: self.bytes.enter(chunk.iter().map(Input::num_bytes).sum()),
                inputs: chunk,
            };
            first += num_inputs;
            if to_decoders.send(work).is_err() {
                return;
            }
        }
    }

    /// The inputs of the next chunk, whose first has this place; none at the end.
    fn next_inputs(&self, first: u64, inputs: &mut Option<Inputs>) -> Vec<Input> {
        let mut chunk = Vec::with_capacity(CHUNK_INPUTS);
        let mut num_bytes = 0;
        let room = self.span.room_after(first).map(usize::try_from);
        let room = room.and_then(Result::ok).unwrap_or(usize::MAX);
        while chunk.len() < CHUNK_INPUTS.min(room)
            && num_bytes < CHUNK_BYTES
            && let Some(input) = next_input(inputs)
        {
            let least_bytes = match input {
                Input::File(_) => UNREAD_BYTES,
                _ => 0,
            };
            let input = match &self.loader {
                Some(loader) => loader.load(input),
                None => input,
            };
            num_bytes += least_bytes.max(input.num_bytes());
            chunk.push(input);
        }
        chunk
    }
}

/// Passes over so many inputs; returns how many it were. After a panic there are no more.
fn pass_over(inputs: &mut Option<Inputs>, num_inputs: u64) -> u64 {
    let passed = guarded(|| inputs.as_mut().map(|inputs| inputs.pass_over(num_inputs)));
    if let Ok(passed) = passed {
        return passed.unwrap_or(0);
    }
    *inputs = None;
    num_inputs
}

/// The next input. After a panic in looking for it there are no more: that is the last one.
fn next_input(inputs: &mut Option<Inputs>) -> Option<Input> {
    let all = inputs.as_mut()?;
    match guarded(|| all.next()) {
        Ok(Some(input)) => Some(input),
        Ok(None) => {
            *inputs = None;
            None
        }
        Err(panic) => {
            *inputs = None;
            Some(Input::Unusable(Unusable::new("inputs", panic)))
        }
    }
}
