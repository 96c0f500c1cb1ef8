//! Images ahead of the network: one thread reads, several decode, and what they made comes out in
//! the order of the inputs.
//!
//! Owns the threads and the bounds: so many inputs, and so many bytes of pictures that are not
//! decoded, are under way at most, however many there are in all. The threads are not joined: one
//! that waits for more of a list on standard input must not hold up the end of the program.

use super::reader::{CHUNK_INPUTS, Reader, Work};
use super::span::Span;
use crate::digits::Digits;
use crate::error::Error;
use crate::input::{Reading, Unusable};
use crate::prepare::{Decoder, Image};
use crate::stages::{Stage, Stages};
use crate::stop::Stop;
use base::{Gate, Permit};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use std::{thread, vec};

/// Inputs under way for each decoding thread, beside those that make up the batches ahead.
const INPUTS_A_THREAD: usize = 4 * CHUNK_INPUTS;
/// Batches that may be ready or under way while the network works on another.
const BATCHES_AHEAD: usize = 2;

/// How long nothing may come before it is asked whether anything is still wanted: inputs may come from a
/// list that somebody types.
const PATIENCE: Duration = Duration::from_millis(100);

/// An image, or what cannot be used, in the place of its input.
pub(super) type Decoded = Result<Image, Unusable>;

/// The images of all inputs, in order.
pub(super) struct Pipeline {
    done: Receiver<Done>,
    /// Chunks that were done before their turn.
    early: BTreeMap<usize, Done>,
    num_taken: usize,
    /// How many chunks there are in all, once that is known.
    num_chunks: Arc<OnceLock<usize>>,
    current: vec::IntoIter<Decoded>,
    /// Of the current chunk, where its files are kept.
    current_files: Option<Permit>,
    stop: Stop,
    is_stopped: bool,
    stages: Arc<Stages>,
}

/// A chunk that is decoded.
struct Done {
    number: usize,
    images: Vec<Decoded>,
    /// Where the images keep their files.
    files: Option<Permit>,
    _slots: Permit,
}

impl Pipeline {
    /// Starts reading those inputs of what the arguments name.
    ///
    /// # Errors
    ///
    /// Where the system gives no thread.
    pub(super) fn start(
        arguments: Vec<PathBuf>,
        span: Span,
        decoder: &Decoder,
        batch_size: usize,
        stop: Stop,
        stages: &Arc<Stages>,
    ) -> Result<Self, Error> {
        let num_threads = thread::available_parallelism().map_or(1, usize::from);
        let (to_decoders, work) = channel();
        let (to_network, done) = channel();
        let work = Arc::new(Mutex::new(work));
        for index in 0..num_threads {
            let (work, to_network) = (Arc::clone(&work), to_network.clone());
            let (decoder, stages) = (decoder.clone(), Arc::clone(stages));
            spawn(&format!("decoder {index}"), move || {
                decode(&work, &to_network, &decoder, &stages);
                // Its folder is let go before anybody hears that this thread is done.
                drop(decoder);
                drop(to_network);
            })?;
        }
        let num_chunks = Arc::new(OnceLock::new());
        let reader = Reader {
            reading: Reading {
                limits: decoder.limits(),
                with_labels: decoder.wants_labels(),
                remarks: decoder.remarks().clone(),
            },
            slots: Gate::new(match decoder.digits() {
                Digits::One => BATCHES_AHEAD * batch_size + INPUTS_A_THREAD * num_threads,
                // Each holds whatever may be a digit on it.
                Digits::Many(_) => CHUNK_INPUTS * (num_threads + 1),
            } as u64),
            bytes: Gate::new(decoder.limits().max_file_bytes),
            loader: decoder.keeps_files().then(|| decoder.clone()),
            span,
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
            current_files: None,
            stop,
            is_stopped: false,
            stages: Arc::clone(stages),
        })
    }

    /// The next image; `None` after the last, or where the end was asked for.
    ///
    /// # Errors
    ///
    /// Where a thread was lost, and so a part of the images.
    pub(super) fn next(&mut self) -> Result<Option<Decoded>, Error> {
        loop {
            if self.stop.is_requested() {
                self.is_stopped = true;
                return Ok(None);
            }
            if let Some(image) = self.current.next() {
                return Ok(Some(image));
            }
            // Whoever asks for more has let them go.
            self.current_files = None;
            if let Some(done) = self.early.remove(&self.num_taken) {
                self.num_taken += 1;
                self.current = done.images.into_iter();
                self.current_files = done.files;
                continue;
            }
            let received = self
                .stages
                .time(Stage::Waiting, || self.done.recv_timeout(PATIENCE));
            match received {
                Ok(done) => {
                    self.early.insert(done.number, done);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    let is_end = self.num_chunks.get() == Some(&self.num_taken);
                    return if is_end {
                        Ok(None)
                    } else {
                        Err(Error::Internal("a thread was lost"))
                    };
                }
            }
        }
    }

    /// Whether what was taken is to be let go before more is asked for: it keeps files, and there is no room for those
    /// of a next chunk before that.
    pub(super) fn is_to_be_let_go(&self) -> bool {
        self.current_files.is_some() && self.current.len() == 0
    }

    /// Whether it ended because the end was asked for.
    pub(super) fn is_stopped(&self) -> bool {
        self.is_stopped
    }
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> Result<(), Error> {
    let thread = thread::Builder::new().name(name.into()).spawn(body);
    thread.map(drop).map_err(Error::Thread)
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
            bytes,
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
            files: decoder.keeps_files().then_some(bytes),
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
        all_in(Span::default(), arguments)
    }

    fn all_in(span: Span, arguments: Vec<PathBuf>) -> Vec<String> {
        let decoder = Decoder::new(DecodeLimits::default(), None);
        let stages = Arc::default();
        let mut pipeline =
            Pipeline::start(arguments, span, &decoder, 100, Stop::default(), &stages).unwrap();
        let mut found = Vec::new();
        while let Some(decoded) = pipeline.next().unwrap() {
            found.push(match decoded {
                Ok(image) => image.path,
                Err(unusable) => format!("! {unusable}"),
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
        let paths = vec![torn.clone(), path.clone(), torn.clone()];
        assert_eq!(all_in(Span::after(19_990), paths.clone()), found[19_990..]);
        let span = Span {
            first: 90,
            end: Some(253),
        };
        assert_eq!(all_in(span, paths), found[90..253]);
        let torn = format!("! {}: cannot decode the picture", torn.display());
        assert!(found[0].starts_with(&torn) && found[20_001].starts_with(&torn));
    }

    #[test]
    fn nothing_at_all_ends_at_once() {
        assert!(all(Vec::new()).is_empty());
    }

    /// Chunks are done one after the other, each once the files of the one before it were let go.
    #[test]
    fn files_that_are_kept_are_bounded_and_all_come() {
        const NUM_FILES: usize = 40;
        let folder = tempfile::tempdir().unwrap();
        let paths = (0..NUM_FILES).map(|index| folder.path().join(format!("{index}.bmp")));
        let paths: Vec<PathBuf> = paths.collect();
        for path in &paths {
            image::RgbImage::new(300, 340).save(path).unwrap();
        }
        let limits = DecodeLimits {
            max_file_bytes: 1 << 20,
            ..DecodeLimits::default()
        };
        let decoder = Decoder::new(limits, None).looking_for(Digits::ANY);
        let decoder = decoder.keeping_files(true);
        let (stop, stages) = (Stop::default(), Arc::default());
        let mut pipeline =
            Pipeline::start(paths, Span::default(), &decoder, 100, stop, &stages).unwrap();
        thread::sleep(Duration::from_millis(300));
        let mut num_ready = 0;
        while let Ok(done) = pipeline.done.try_recv() {
            num_ready += done.images.len();
            pipeline.early.insert(done.number, done);
        }
        assert!(num_ready <= 4, "{num_ready} files are kept");
        let mut kept = Vec::new();
        let mut num_images = 0;
        while let Some(image) = pipeline.next().unwrap() {
            kept.push(image.unwrap().file.unwrap());
            num_images += 1;
            assert!(kept.len() <= 4, "{} files are kept", kept.len());
            if pipeline.is_to_be_let_go() {
                kept.clear();
            }
        }
        assert_eq!(num_images, NUM_FILES);
    }
}
