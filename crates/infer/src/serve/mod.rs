//! `infer serve`: pictures in over HTTP, answers out, and a page to draw on.
//!
//! Owns the listening, the connections and the end. The way of a request: `routes` says who answers it, `body` reads
//! it within bounds, `predict` and `v2` read what it asks for, `state` leads its pictures over the decoders to the
//! networks' thread, `engine`, and `answer` says what came of them. Nothing here opens a file or an address that a
//! client names.

mod access;
mod admission;
mod answer;
mod body;
mod collect;
mod connections;
mod engine;
mod few;
mod log;
mod metrics;
mod multipart;
pub(crate) mod page;
mod phase;
mod pixels;
mod predict;
mod problem;
mod rest;
mod routes;
mod state;
mod tensors;
mod v2;

pub use access::Access;
pub use log::{RequestLine, Say};

use crate::error::Error;
use crate::predict::Predictor;
use crate::prepare::Decoder;
use admission::Admission;
use body::BodyLimits;
use collect::Collection;
use connections::Connections;
use data::DecodeLimits;
use data::picture::PictureOptions;
use engine::Engine;
use metrics::Metrics;
use phase::Phase;
use routes::Front;
use state::{About, State};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// Threads that read requests and write answers.
const NUM_SERVING_THREADS: usize = 2;
/// The most pictures that are collected.
const MAX_COLLECTED: usize = 100_000;
/// Pictures of one request.
const MAX_IMAGES: usize = 256;

/// What the service may take, and how long things may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Images in hand at a time, of all requests.
    pub max_queued_images: u64,
    /// Bytes of bodies and pixels in hand at a time, of all requests.
    pub max_queued_bytes: u64,
    /// Bytes of one request's body.
    pub max_body_bytes: u64,
    /// Connections at a time; others wait until one ends.
    pub max_connections: usize,
    /// From the first byte of a connection or the last of a request's answer to the end of the next header.
    pub max_header_time: Duration,
    /// For a body.
    pub max_body_time: Duration,
    /// From the end of a body to the answer.
    pub max_answer_time: Duration,
    /// From the wish to end to the end.
    pub max_drain_time: Duration,
    /// How long work is gathered before it goes through the networks.
    pub batch_wait: Duration,
    /// What one picture may cost.
    pub decode: DecodeLimits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_queued_images: 2_048,
            max_queued_bytes: 256 << 20,
            max_body_bytes: 16 << 20,
            max_connections: 1_000,
            max_header_time: Duration::from_secs(10),
            max_body_time: Duration::from_secs(20),
            max_answer_time: Duration::from_secs(20),
            max_drain_time: Duration::from_secs(30),
            batch_wait: Duration::from_micros(200),
            decode: DecodeLimits {
                max_file_bytes: 16 << 20,
                max_pixels: 25_000_000,
                max_memory_bytes: 256 << 20,
            },
        }
    }
}

/// What a service is made of, beside the networks.
#[derive(Clone, Default)]
pub struct Options {
    /// What clients call the models.
    pub name: String,
    /// Names of the run folders.
    pub runs: Vec<String>,
    /// What it may take.
    pub limits: Limits,
    /// How pictures are prepared.
    pub preparation: PictureOptions,
    /// Who may ask.
    pub access: Access,
    /// Where pictures that were read wrong are kept, with their right labels.
    pub collect: Option<PathBuf>,
    /// Is told of every request.
    pub say: Option<Say>,
}

/// A service that listens.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    front: Front,
    limits: Limits,
}

/// Ends a service, from any thread: what it has in hand is answered, and nothing more is taken.
#[derive(Clone)]
pub struct Drain(Arc<State>);

impl Drain {
    /// Asks for the end.
    pub fn begin(&self) {
        self.0.phase.drain();
    }
}

impl Server {
    /// Starts to listen, and warms the networks up. Nobody is answered before [`Server::run`].
    ///
    /// # Errors
    ///
    /// Where the address cannot be had, the folder for pictures cannot be made, or the networks fail.
    pub fn bind(
        address: SocketAddr,
        predictor: Predictor,
        options: Options,
    ) -> Result<Self, Error> {
        let failed = |source| Error::Listen { address, source };
        let listener = TcpListener::bind(address).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        // The first image through a network pays for what is made once.
        predictor.logits(&[0; base::IMAGE_PIXELS])?;
        let limits = options.limits;
        let collection = options.collect.map(|path| {
            let opened = Collection::open(&path, MAX_COLLECTED);
            opened.map_err(|source| Error::MakeFolder { path, source })
        });
        let metrics = Arc::<Metrics>::default();
        let about = About {
            name: options.name,
            class_names: predictor.manifest().class_names.clone(),
            temperature: predictor.temperature().unwrap_or_default(),
            views: predictor.views(),
            runs: options.runs,
        };
        let state = State {
            about,
            decoder: Decoder::new(limits.decode, None).preparing(options.preparation),
            engine: Engine::start(predictor, limits.batch_wait, Arc::clone(&metrics))?,
            admission: Admission::new(limits.max_queued_images, limits.max_queued_bytes),
            body_limits: BodyLimits {
                max_bytes: limits.max_body_bytes,
                max_time: limits.max_body_time,
            },
            // What can never find room is too large, and is told so.
            max_images: MAX_IMAGES.min(limits.max_queued_images as usize),
            max_answer_time: limits.max_answer_time,
            metrics,
            phase: Phase::default(),
            collection: collection.transpose()?,
        };
        let front = Front {
            state: Arc::new(state),
            access: options.access,
            say: options.say,
        };
        Ok(Self {
            listener,
            address,
            front,
            limits,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How to end it.
    #[must_use]
    pub fn drain(&self) -> Drain {
        Drain(Arc::clone(&self.front.state))
    }

    /// Answers until [`Drain::begin`] and everything in hand is answered; false where that took too long.
    ///
    /// # Errors
    ///
    /// Where the system gives no threads, or refuses to listen.
    pub fn run(self) -> Result<bool, Error> {
        let num_decoders = thread::available_parallelism().map_or(2, usize::from);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(NUM_SERVING_THREADS)
            .max_blocking_threads(num_decoders)
            .thread_name("serve")
            .enable_all()
            .build();
        let runtime = runtime.map_err(Error::Thread)?;
        let state = Arc::clone(&self.front.state);
        let connections = Connections::new(routes::router(self.front), &self.limits);
        let address = self.address;
        let is_drained = runtime.block_on(connections.serve(self.listener, &state.phase));
        // Who is still at work after the time for that is left behind.
        runtime.shutdown_background();
        is_drained.map_err(|source| Error::Listen { address, source })
    }
}
