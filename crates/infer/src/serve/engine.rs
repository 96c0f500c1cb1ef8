//! The thread that has the networks: work from all requests goes through them in common batches.
//!
//! Owns the batching. How much may be waiting is the admission's, which work has room of as long as it lives.

use super::admission::Room;
use super::metrics::Metrics;
use crate::error::Error;
use crate::predict::Predictor;
use base::{IMAGE_PIXELS, guarded};
use model::{Angles, NamedWeights, Outputs};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Images of one request on their way to the networks.
pub(super) struct Work {
    /// `[num_images * IMAGE_PIXELS]`.
    pub(super) pixels: Vec<u8>,
    /// What is wanted of the networks, and at which angles.
    pub(super) wanted: Outputs,
    pub(super) angles: Angles,
    /// Whether to tell what the first layer makes of the first image.
    pub(super) wants_first_layer: bool,
    /// Held as long as the work is.
    pub(super) room: Room,
}

/// What came of it.
pub(super) struct Outcome {
    /// `[num_images * num_classes]`, or `[num_images * num_outputs]` where all were wanted.
    pub(super) logits: Vec<f32>,
    /// How many there are of an image.
    pub(super) num_logits: usize,
    pub(super) first_layer: Option<NamedWeights>,
    /// How long the batch took that it was part of.
    pub(super) in_network: Duration,
}

impl Outcome {
    /// Of no images.
    pub(super) fn of_nothing() -> Self {
        Self {
            logits: Vec::new(),
            num_logits: 0,
            first_layer: None,
            in_network: Duration::ZERO,
        }
    }
}

struct Waiting {
    work: Work,
    reply: oneshot::Sender<Result<Outcome, String>>,
}

/// The way to the thread, which ends when the last of these is dropped.
#[derive(Clone)]
pub(super) struct Engine(Sender<Waiting>);

impl Engine {
    /// Starts the thread. Work is gathered for `wait` at most after its first piece, and up to the predictor's batch.
    pub(super) fn start(
        predictor: Predictor,
        wait: Duration,
        metrics: Arc<Metrics>,
    ) -> Result<Self, Error> {
        let (sender, receiver) = mpsc::channel();
        let thread = thread::Builder::new().name("network".into());
        let body = move || {
            while let Some(batch) = gather(&receiver, predictor.batch_size(), wait) {
                answer(&predictor, batch, &metrics);
            }
        };
        thread.spawn(body).map_err(Error::Thread)?;
        Ok(Self(sender))
    }

    /// Does some work. Where the future is dropped before its turn, the work is not done.
    pub(super) async fn run(&self, work: Work) -> Result<Outcome, String> {
        let (reply, outcome) = oneshot::channel();
        let is_sent = self.0.send(Waiting { work, reply }).is_ok();
        match outcome.await {
            Ok(outcome) if is_sent => outcome,
            _ => Err("the networks' thread has ended".into()),
        }
    }
}

/// The next batch; `None` where no more work can come.
fn gather(receiver: &Receiver<Waiting>, batch_size: usize, wait: Duration) -> Option<Vec<Waiting>> {
    let first = receiver.recv().ok()?;
    let end = Instant::now() + wait;
    let mut num_images = first.work.pixels.len() / IMAGE_PIXELS;
    let mut batch = vec![first];
    while num_images < batch_size {
        let left = end.saturating_duration_since(Instant::now());
        let Ok(more) = receiver.recv_timeout(left) else {
            break;
        };
        num_images += more.work.pixels.len() / IMAGE_PIXELS;
        batch.push(more);
    }
    Some(batch)
}

/// Puts a batch through the networks and tells everybody who still waits: together those who want the same.
fn answer(predictor: &Predictor, mut batch: Vec<Waiting>, metrics: &Metrics) {
    while let Some(first) = batch.first() {
        let (wanted, angles) = (first.work.wanted, first.work.angles);
        let wants_so =
            |waiting: &Waiting| waiting.work.wanted == wanted && waiting.work.angles == angles;
        let (alike, others) = batch.into_iter().partition(wants_so);
        answer_alike(predictor, wanted, angles, alike, metrics);
        batch = others;
    }
}

fn answer_alike(
    predictor: &Predictor,
    wanted: Outputs,
    angles: Angles,
    mut batch: Vec<Waiting>,
    metrics: &Metrics,
) {
    batch.retain(|waiting| {
        let is_wanted = !waiting.reply.is_closed();
        if !is_wanted {
            metrics.skip();
        }
        is_wanted
    });
    let num_bytes = batch.iter().map(|waiting| waiting.work.pixels.len()).sum();
    if num_bytes == 0 {
        return;
    }
    let mut pixels = Vec::with_capacity(num_bytes);
    for waiting in &batch {
        pixels.extend_from_slice(&waiting.work.pixels);
    }
    metrics.batch(num_bytes / IMAGE_PIXELS);
    let start = Instant::now();
    let logits = guarded(|| predictor.predict_at(angles, wanted, &pixels));
    let logits = logits.and_then(|logits| logits.map_err(|error| error.to_string()));
    let in_network = start.elapsed();
    let mut rest = logits.as_deref();
    for Waiting { work, reply } in batch {
        let outcome = match &mut rest {
            Err(message) => Err((**message).clone()),
            Ok(rest) => {
                let num_logits = predictor.num_logits(wanted);
                let all = work.pixels.len() / IMAGE_PIXELS * num_logits;
                let (own, others) = rest.split_at(all.min(rest.len()));
                *rest = others;
                first_layer(predictor, &work).map(|first_layer| Outcome {
                    logits: own.to_vec(),
                    num_logits,
                    first_layer,
                    in_network,
                })
            }
        };
        // Room is given back before the answer is read.
        drop(work.room);
        let _ = reply.send(outcome);
    }
}

fn first_layer(predictor: &Predictor, work: &Work) -> Result<Option<NamedWeights>, String> {
    let image = work.pixels.first_chunk::<IMAGE_PIXELS>();
    let Some(image) = image.filter(|_| work.wants_first_layer) else {
        return Ok(None);
    };
    let found = guarded(|| predictor.first_layer(image))?;
    found.map(Some).map_err(|error| error.to_string())
}
