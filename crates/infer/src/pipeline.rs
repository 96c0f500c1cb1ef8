//! Images ahead of the network: one thread reads, several decode, and what they made comes out in
//! the order of the inputs.
//!
//! Owns the threads and the bounds: so many inputs, and so many bytes of pictures that are not
//! decoded, are under way at most, however many there are in all. The threads are not joined: one
//! that waits for more of a list on standard input must not hold up the end of the program.

use crate::cli::Digits;
use crate::input::{Decoder, Failed, Image, Input};
use crate::inputs::{Inputs, Reading};
use crate::stages::{Stage, Stages};
use base::{Gate, Permit, guarded};
use console::Failure;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::{thread, vec};

/// Inputs that go through the threads together, at most.
const CHUNK_INPUTS: usize = 64;
/// Bytes from which a chunk is not filled up any more.
const CHUNK_BYTES: u64 = 1 << 20;
/// What a file counts for that was not read yet: photos of many seconds must not end up in the same
/// chunk, while other threads have nothing to do.
const UNREAD_BYTES: u64 = CHUNK_BYTES / 4;
/// Inputs under way for each decoding thread, beside those that make up the batches ahead.
const INPUTS_A_THREAD: usize = 4 * CHUNK_INPUTS;
/// Batches that may be ready or under way while the network works on another.
const BATCHES_AHEAD: usize = 2;

/// An image, or what cannot be used, in the place of its input.
pub(crate) type Decoded = Result<Image, Failed>;

/// The images of all inputs, in order.
pub(crate) struct Pipeline {
    done: Receiver<Done>,
    /// Chunks that were done before their turn.
    early: BTreeMap<usize, Done>,
    num_taken: usize,
    /// How many chunks there are in all, once that is known.
    num_chunks: Arc<OnceLock<usize>>,
    current: vec::IntoIter<Decoded>,
    stages: Arc<Stages>,
}

/// A chunk to decode.
struct Work {
    number: usize,
    /// The place of its first input among all of them.
    first: u64,
    inputs: Vec<Input>,
    slots: Permit,
    _bytes: Permit,
}

/// A chunk that is decoded.
struct Done {
    number: usize,
    images: Vec<Decoded>,
    _slots: Permit,
}

impl Pipeline {
    /// Starts reading what the arguments name.
    ///
    /// # Errors
    ///
    /// Where the system gives no thread.
    pub(crate) fn start(
        arguments: Vec<PathBuf>,
        decoder: &Decoder,
        batch_size: usize,
        stages: &Arc<Stages>,
    ) -> Result<Self, Failure> {
        let num_threads = thread::available_parallelism().map_or(1, usize::from);
        let (to_decoders, work) = channel();
        let (to_network, done) = channel();
        let work = Arc::new(Mutex::new(work));
        for index in 0..num_threads {
            let (work, to_network) = (Arc::clone(&work), to_network.clone());
            let (decoder, stages) = (decoder.clone(), Arc::clone(stages));
            spawn(&format!("decoder {index}"), move || {
                decode(&work, &to_network, &decoder, &stages);
            })?;
        }
        let num_chunks = Arc::new(OnceLock::new());
        let reader = Reader {
            reading: Reading {
                limits: decoder.limits(),
                with_labels: decoder.wants_labels(),
            },
            slots: Gate::new(match decoder.digits() {
                Digits::One => BATCHES_AHEAD * batch_size + INPUTS_A_THREAD * num_threads,
                // Each holds whatever may be a digit on it.
                Digits::Many => CHUNK_INPUTS * (num_threads + 1),
            } as u64),
            bytes: Gate::new(decoder.limits().max_file_bytes),
            stages: Arc::clone(stages),
            num_chunks: Arc::clone(&num_chunks),
        };
        spawn("reader", move || reader.run(arguments, &to_decoders))?;
        Ok(Self {
            done,
            early: BTreeMap::new(),
            num_taken: 0,
            num_chunks,
            current: Vec::new().into_iter(),
            stages: Arc::clone(stages),
        })
    }

    /// The next image; `None` after the last.
    ///
    /// # Errors
    ///
    /// Where a thread was lost, and so a part of the images.
    pub(crate) fn next(&mut self) -> Result<Option<Decoded>, Failure> {
        loop {
            if let Some(image) = self.current.next() {
                return Ok(Some(image));
            }
            let Some(done) = self.next_chunk()? else {
                return Ok(None);
            };
            self.num_taken += 1;
            self.current = done.images.into_iter();
        }
    }

    fn next_chunk(&mut self) -> Result<Option<Done>, Failure> {
        loop {
            if let Some(done) = self.early.remove(&self.num_taken) {
                return Ok(Some(done));
            }
            match self.stages.time(Stage::Waiting, || self.done.recv()) {
                Ok(done) => {
                    self.early.insert(done.number, done);
                }
                Err(_) if self.num_chunks.get() == Some(&self.num_taken) => return Ok(None),
                Err(_) => return Err(Failure::new("internal error: a thread was lost")),
            }
        }
    }
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> Result<(), Failure> {
    let thread = thread::Builder::new().name(name.into()).spawn(body);
    thread
        .map(drop)
        .map_err(|error| Failure::new(format!("cannot start a thread: {error}")))
}

/// The thread that reads.
struct Reader {
    reading: Reading,
    slots: Arc<Gate>,
    bytes: Arc<Gate>,
    stages: Arc<Stages>,
    num_chunks: Arc<OnceLock<usize>>,
}

impl Reader {
    fn run(&self, arguments: Vec<PathBuf>, to_decoders: &Sender<Work>) {
        let mut inputs = Some(Inputs::new(arguments, self.reading));
        let mut first = 0;
        for number in 0.. {
            let chunk = self
                .stages
                .time(Stage::Reading, || next_inputs(&mut inputs));
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
                _bytes: self.bytes.enter(chunk.iter().map(Input::num_bytes).sum()),
                inputs: chunk,
            };
            first += num_inputs;
            if to_decoders.send(work).is_err() {
                return;
            }
        }
    }
}

/// The inputs of the next chunk. `inputs` is gone where looking for them panicked.
fn next_inputs(inputs: &mut Option<Inputs>) -> Vec<Input> {
    let mut chunk = Vec::with_capacity(CHUNK_INPUTS);
    let mut num_bytes = 0;
    while chunk.len() < CHUNK_INPUTS
        && num_bytes < CHUNK_BYTES
        && let Some(all) = inputs
    {
        match guarded(|| all.next()) {
            Ok(Some(input)) => {
                num_bytes += match input {
                    Input::File(_) => UNREAD_BYTES,
                    _ => input.num_bytes(),
                };
                chunk.push(input);
            }
            Ok(None) => *inputs = None,
            Err(panic) => {
                chunk.push(Input::Unusable(Failed::new("inputs", panic)));
                *inputs = None;
            }
        }
    }
    chunk
}

/// A thread that decodes, until there is nothing more or nobody takes it.
fn decode(work: &Mutex<Receiver<Work>>, done: &Sender<Done>, decoder: &Decoder, stages: &Stages) {
    loop {
        let received = work.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Work {
            number,
            first,
            inputs,
            slots,
            _bytes,
        }) = received
        else {
            return;
        };
        let inputs = (first..).zip(inputs);
        let images = inputs.map(|(place, input)| decoder.decode(place, input, stages));
        let images = images.collect();
        let chunk = Done {
            number,
            images,
            _slots: slots,
        };
        if done.send(chunk).is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use data::DecodeLimits;

    fn all(arguments: Vec<PathBuf>) -> Vec<String> {
        let decoder = Decoder::new(DecodeLimits::default(), None);
        let stages = Arc::default();
        let mut pipeline = Pipeline::start(arguments, &decoder, 100, &stages).unwrap();
        let mut found = Vec::new();
        while let Some(decoded) = pipeline.next().unwrap() {
            found.push(match decoded {
                Ok(image) => image.path,
                Err(failed) => format!("! {failed}"),
            });
        }
        found
    }

    #[test]
    fn many_more_inputs_than_fit_come_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("images.bin");
        let num_images = 20_000_u32;
        let mut bytes = [0x803, num_images, 28, 28].map(u32::to_be_bytes).concat();
        bytes.resize(16 + 784 * num_images as usize, 7);
        std::fs::write(&path, bytes).unwrap();
        let torn = folder.path().join("torn.png");
        std::fs::write(&torn, "no picture").unwrap();
        let found = all(vec![torn.clone(), path.clone(), torn.clone()]);
        assert_eq!(found.len(), 20_002);
        for (index, name) in found[1..20_001].iter().enumerate() {
            assert_eq!(*name, format!("{}#{index}", path.display()));
        }
        let torn = format!("! {}: cannot decode the picture", torn.display());
        assert!(found[0].starts_with(&torn) && found[20_001].starts_with(&torn));
    }

    #[test]
    fn nothing_at_all_ends_at_once() {
        assert!(all(Vec::new()).is_empty());
    }
}
