//! Any number of images through the network, batch after batch.
//!
//! Owns the loop, how it ends early, and how far it came; what is done with a batch is the recipient's.

use super::pipeline::Pipeline;
use super::predictor::Predictor;
use super::span::Span;
use crate::error::Error;
use crate::input::Unusable;
use crate::prepare::{Decoder, Image};
use crate::stages::{Stage, Stages};
use crate::stop::Stop;
use data::Remarks;
use std::path::PathBuf;
use std::sync::Arc;

/// Whoever takes what a job yields, in the order of the inputs.
pub trait Recipient {
    /// Takes a batch of images, and the logits of everything on them that shows ink, see [`with_logits`](super::with_logits).
    /// `Ok(false)` where no more are wanted.
    ///
    /// # Errors
    ///
    /// Where the job cannot go on.
    fn take(&mut self, images: &[Image], logits: &[f32]) -> Result<bool, Error>;

    /// Is told of an input that cannot be used.
    ///
    /// # Errors
    ///
    /// Where the job is to end there.
    fn pass_over(&mut self, unusable: &Unusable) -> Result<(), Error>;
}

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// After the last input.
    Complete,
    /// The recipient wanted no more.
    Enough,
    /// [`Stop`] was asked for.
    Stopped,
}

/// How far a job came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// Inputs that need not be looked at again, those that were skipped or cannot be used among them:
    /// the recipient has had all of them.
    pub num_inputs: u64,
    /// Pictures that the recipient took, those without ink among them.
    pub num_pictures: usize,
}

/// One run over many images.
pub struct Job<'a> {
    predictor: &'a Predictor,
    decoder: &'a Decoder,
    stop: Stop,
    span: Span,
    stages: Arc<Stages>,
    done: Done,
}

impl<'a> Job<'a> {
    /// Nothing is read yet.
    #[must_use]
    pub fn new(predictor: &'a Predictor, decoder: &'a Decoder) -> Self {
        Self {
            predictor,
            decoder,
            stop: Stop::default(),
            span: Span::default(),
            stages: Arc::default(),
            done: Done::default(),
        }
    }

    /// Ends early where that is asked for.
    #[must_use]
    pub fn with_stop(mut self, stop: Stop) -> Self {
        self.stop = stop;
        self
    }

    /// Takes these of all inputs, which keep their places among all.
    #[must_use]
    pub fn taking(mut self, span: Span) -> Self {
        self.span = span;
        self
    }

    /// What was passed over so far, or understood in an unusual way.
    #[must_use]
    pub fn remarks(&self) -> &Remarks {
        self.decoder.remarks()
    }

    /// Hands every batch and every input that cannot be used to the recipient. Where the end is asked
    /// for, images that are decoded and were to go into the next batch are still handed over.
    ///
    /// # Errors
    ///
    /// Where the device or the recipient fails. [`Job::done`] tells how far the job came.
    pub fn run(
        &mut self,
        paths: Vec<PathBuf>,
        recipient: &mut dyn Recipient,
    ) -> Result<Ending, Error> {
        let batch_size = self.predictor.batch_size();
        let mut images = Pipeline::start(
            paths,
            self.span,
            self.decoder,
            batch_size,
            self.stop.clone(),
            &self.stages,
        )?;
        self.done.num_inputs = self.span.first;
        let mut batch = Batch::default();
        while let Some(image) = images.next()? {
            match image {
                Ok(image) => batch.add(image),
                Err(unusable) => {
                    if let Err(error) = pass_over(&unusable, recipient) {
                        // That ends the job, but what came before it is good. The first error counts.
                        let _ = self.hand_over(&mut batch, recipient);
                        return Err(error);
                    }
                    batch.num_inputs += 1;
                }
            }
            let is_full = batch.num_seen >= batch_size || images.is_to_be_let_go();
            if is_full && !self.hand_over(&mut batch, recipient)? {
                return Ok(Ending::Enough);
            }
        }
        if !self.hand_over(&mut batch, recipient)? {
            return Ok(Ending::Enough);
        }
        Ok(if images.is_stopped() {
            Ending::Stopped
        } else {
            Ending::Complete
        })
    }

    /// Hands over what the batch holds, and empties it; false where the recipient wants no more.
    fn hand_over(
        &mut self,
        batch: &mut Batch,
        recipient: &mut dyn Recipient,
    ) -> Result<bool, Error> {
        let mut is_wanted = true;
        if !batch.images.is_empty() {
            self.settle(&mut batch.images)?;
            let images = &batch.images;
            let logits = self
                .stages
                .time(Stage::Network, || self.predictor.logits_of_images(images))?;
            is_wanted = self
                .stages
                .time(Stage::Writing, || recipient.take(images, &logits))?;
            self.done.num_pictures += images.len();
        }
        self.done.num_inputs += batch.num_inputs;
        batch.images.clear();
        (batch.num_seen, batch.num_inputs) = (0, 0);
        Ok(is_wanted)
    }

    /// Has the network say what those images show that may be seen in several ways, and saves what it said.
    fn settle(&self, images: &mut [Image]) -> Result<(), Error> {
        let unsettled: Vec<usize> = (0..images.len())
            .filter(|&place| !images[place].choices().is_empty())
            .collect();
        self.stages
            .time(Stage::Network, || self.predictor.settle(images))?;
        for place in unsettled {
            let saved = self.decoder.save(&images[place], &self.stages);
            saved.map_err(|unusable| Error::Picture(unusable.to_string()))?;
        }
        Ok(())
    }

    /// How far it came.
    #[must_use]
    pub fn done(&self) -> Done {
        self.done
    }

    /// Inputs that it took, without those that it skipped.
    #[must_use]
    pub fn num_taken(&self) -> u64 {
        self.done.num_inputs.saturating_sub(self.span.first)
    }

    /// Where the time went.
    #[must_use]
    pub fn stages(&self) -> &Stages {
        &self.stages
    }

    /// Images a second through the network alone, its inputs' upload included.
    #[must_use]
    pub fn network_images_per_second(&self) -> f64 {
        self.done.num_pictures as f64 / self.stages.spent(Stage::Network).as_secs_f64()
    }
}

/// Images that are to go through the network together.
#[derive(Default)]
struct Batch {
    images: Vec<Image>,
    /// All that is on them, and one for each without ink.
    num_seen: usize,
    /// Inputs since the last batch, those that cannot be used among them.
    num_inputs: u64,
}

impl Batch {
    fn add(&mut self, image: Image) {
        self.num_seen += image
            .for_network()
            .count()
            .max(image.choices().len())
            .max(1);
        self.num_inputs += 1;
        self.images.push(image);
    }
}

fn pass_over(unusable: &Unusable, recipient: &mut dyn Recipient) -> Result<(), Error> {
    if unusable.ends_job() {
        return Err(Error::Picture(unusable.to_string()));
    }
    recipient.pass_over(unusable)
}
