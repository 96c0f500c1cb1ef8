//! All that the parts of the service share, and the way of pictures through it.
//!
//! Owns the order of the steps: room, decoding on the blocking pool, the networks; and what becomes of it when the
//! client leaves on the way.

use super::admission::{Admission, Room};
use super::body::BodyLimits;
use super::collect::Collection;
use super::engine::{Engine, Outcome, Work};
use super::metrics::{Gauges, Metrics};
use super::phase::Phase;
use super::problem::{Problem, Reason};
use crate::digits::Digits;
use crate::input::Input;
use crate::output::telling_names;
use crate::predict::{Unread, settle};
use crate::prepare::{Decoder, Image};
use crate::stages::Stages;
use data::picture::Trace;
use data::{Content, Part, Record, are_digits};
use model::{Angles, Outputs, Temperature, Views};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// What is known of the models.
pub(super) struct About {
    /// What clients call them, as one.
    pub(super) name: String,
    pub(super) class_names: Vec<String>,
    pub(super) temperature: Temperature,
    /// At how many angles each image is read.
    pub(super) views: Views,
    /// Names of the run folders, first to last.
    pub(super) runs: Vec<String>,
}

impl About {
    /// Whether the classes are the digits, so that numbers can be read.
    pub(super) fn reads_numbers(&self) -> bool {
        are_digits(&self.class_names)
    }

    /// The names of the classes, where they are more than the digits.
    pub(super) fn telling_names(&self) -> Option<&[String]> {
        telling_names(&self.class_names)
    }
}

/// The service.
pub(super) struct State {
    pub(super) about: About,
    pub(super) decoder: Decoder,
    pub(super) engine: Engine,
    pub(super) admission: Admission,
    pub(super) body_limits: BodyLimits,
    pub(super) max_images: usize,
    pub(super) max_answer_time: Duration,
    pub(super) metrics: Arc<Metrics>,
    pub(super) phase: Phase,
    pub(super) collection: Option<Collection>,
}

/// A picture of a request: what it is called, and what it is.
pub(super) struct Picture {
    pub(super) name: String,
    pub(super) content: Content,
}

/// What is wanted of pictures.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wanted {
    pub(super) digits: Digits,
    pub(super) steps: bool,
    pub(super) first_layer: bool,
}

/// A picture that was looked at.
pub(super) struct Looked {
    pub(super) name: String,
    pub(super) image: Result<Image, Problem>,
    pub(super) traces: Vec<Trace>,
}

/// Pictures, what the networks say of them, and how long that took.
pub(super) struct Answered {
    pub(super) pictures: Vec<Looked>,
    pub(super) outcome: Outcome,
    pub(super) decoding: Duration,
    pub(super) networks: Duration,
}

impl State {
    /// What `/metrics` tells beside what was counted.
    pub(super) fn gauges(&self) -> Gauges {
        Gauges {
            num_queued_images: self.admission.num_images(),
            num_queued_bytes: self.admission.num_bytes(),
            num_active: self.phase.num_active(),
            is_ready: !self.phase.is_draining(),
        }
    }

    /// Pictures to logits, within the time that an answer may take.
    pub(super) async fn answer(
        self: &Arc<Self>,
        pictures: Vec<Picture>,
        wanted: Wanted,
        room: Room,
    ) -> Result<Answered, Problem> {
        self.in_time(self.look_and_read(pictures, wanted, room))
            .await
    }

    /// Images in MNIST's form, `[num_images * IMAGE_PIXELS]`, to logits, within the same time. Images without ink get
    /// logits as all others.
    pub(super) async fn answer_images(
        &self,
        num_images: usize,
        pixels: Vec<u8>,
        room: Room,
    ) -> Result<Outcome, Problem> {
        self.let_in(num_images, &room)?;
        self.in_time(self.read(pixels, false, room)).await
    }

    async fn in_time<T>(
        &self,
        work: impl Future<Output = Result<T, Problem>>,
    ) -> Result<T, Problem> {
        let answered = tokio::time::timeout(self.max_answer_time, work).await;
        answered.unwrap_or_else(|_| {
            let seconds = self.max_answer_time.as_secs_f64();
            let message = format!("there was no answer within {seconds} s");
            let hint = "send fewer pictures at once, or again when there is less to do";
            Err(Problem::new(Reason::TimedOut, message, hint))
        })
    }

    /// Checks that a request may have so many pictures.
    pub(super) fn check_number(&self, num: usize) -> Result<(), Problem> {
        if num > self.max_images {
            let most = self.max_images;
            let message = format!("the request has {num} pictures, expected at most {most}");
            return Err(Problem::new(
                Reason::TooLarge,
                message,
                "send them in several requests",
            ));
        }
        Ok(())
    }

    fn let_in(&self, num: usize, room: &Room) -> Result<(), Problem> {
        self.check_number(num)?;
        room.add_images(num)
    }

    async fn look_and_read(
        self: &Arc<Self>,
        pictures: Vec<Picture>,
        wanted: Wanted,
        room: Room,
    ) -> Result<Answered, Problem> {
        let num = pictures.len();
        self.let_in(num, &room)?;
        let start = Instant::now();
        // All at once: the pool decodes as many of them at a time as it has threads.
        let looks: Vec<_> = pictures
            .into_iter()
            .map(|picture| self.look(picture, wanted, room.clone()))
            .collect();
        let mut pictures = Vec::with_capacity(num);
        for look in looks {
            let failed = || Problem::failed("a picture could not be looked at");
            pictures.push(look.await.map_err(|_| failed())?);
        }
        let decoding = start.elapsed();
        let networks_start = Instant::now();
        self.settle(&mut pictures, &room).await?;
        let images = pictures
            .iter()
            .filter_map(|looked| looked.image.as_ref().ok());
        let seen = images.clone().flat_map(Image::for_network);
        let seen: Vec<&[u8]> = seen.map(|pixels| &pixels[..]).collect();
        let outcome = match wanted.digits {
            _ if seen.is_empty() => Outcome::of_nothing(),
            Digits::One => self.read(seen.concat(), wanted.first_layer, room).await?,
            Digits::Many(_) => self.read_numbers(images, &seen, room).await?,
        };
        Ok(Answered {
            pictures,
            outcome,
            decoding,
            networks: networks_start.elapsed(),
        })
    }

    /// Logits of the classes.
    async fn read(
        &self,
        pixels: Vec<u8>,
        wants_first_layer: bool,
        room: Room,
    ) -> Result<Outcome, Problem> {
        let work = Work {
            pixels,
            wanted: Outputs::Classes,
            angles: self.about.views.into(),
            wants_first_layer,
            room,
        };
        self.run(work).await
    }

    /// Has the engine do some work, once there is room for its pixels.
    async fn run(&self, work: Work) -> Result<Outcome, Problem> {
        work.room.add_bytes(work.pixels.len())?;
        self.engine.run(work).await.map_err(Problem::failed)
    }

    /// All outputs of what may be a digit of numbers, `seen`: as `Predictor::logits_of_images`.
    async fn read_numbers<'a>(
        &self,
        images: impl Iterator<Item = &'a Image> + Clone,
        seen: &[&[u8]],
        room: Room,
    ) -> Result<Outcome, Problem> {
        let work = |angles: Angles, pixels: Vec<u8>| Work {
            pixels,
            wanted: Outputs::All,
            angles,
            wants_first_layer: false,
            room: room.clone(),
        };
        let mut outcome = self.run(work(Views::One.into(), seen.concat())).await?;
        let mut unread = Unread::at(self.about.views, seen.len());
        loop {
            let next = unread.next(images.clone(), &outcome.logits, self.about.temperature);
            let Some(places) = next else {
                return Ok(outcome);
            };
            let pixels: Vec<&[u8]> = places.iter().map(|&place| seen[place]).collect();
            let angles = self.about.views.turned();
            let turned = self.run(work(angles, pixels.concat())).await?;
            let num_logits = outcome.num_logits;
            unread.add(&mut outcome.logits, &places, &turned.logits, num_logits);
            outcome.in_network += turned.in_network;
        }
    }

    /// Has the networks say what those pictures show that may be seen in several ways.
    async fn settle(&self, pictures: &mut [Looked], room: &Room) -> Result<(), Problem> {
        let images = pictures
            .iter()
            .filter_map(|looked| looked.image.as_ref().ok());
        let choices = images.flat_map(Image::choices);
        let pixels: Vec<u8> = choices
            .flat_map(|choice| choice.pixels.iter().copied())
            .collect();
        if pixels.is_empty() {
            return Ok(());
        }
        let outcome = self.read(pixels, false, room.clone()).await?;
        let images = pictures
            .iter_mut()
            .filter_map(|looked| looked.image.as_mut().ok());
        let num_classes = self.about.class_names.len();
        settle(images, &outcome.logits, num_classes, self.about.temperature);
        Ok(())
    }

    /// Decodes and prepares a picture on the pool; images in MNIST's form need no pool. It is not done where the
    /// receiver is dropped before its turn.
    fn look(
        self: &Arc<Self>,
        picture: Picture,
        wanted: Wanted,
        room: Room,
    ) -> oneshot::Receiver<Looked> {
        let (reply, looked) = oneshot::channel();
        if matches!(picture.content, Content::Pixels(_)) {
            let _ = reply.send(self.look_now(picture, wanted));
            return looked;
        }
        let state = Arc::clone(self);
        tokio::task::spawn_blocking(move || {
            if reply.is_closed() {
                state.metrics.skip();
            } else {
                let _ = reply.send(state.look_now(picture, wanted));
            }
            drop(room);
        });
        looked
    }

    fn look_now(&self, picture: Picture, wanted: Wanted) -> Looked {
        let Picture { name, content } = picture;
        let record = |content| {
            Input::Record(Record {
                name: name.clone(),
                content,
                label: None,
                part: Part::Unknown,
            })
        };
        let decoder = self.decoder.clone().looking_for(wanted.digits);
        let traces = match &content {
            Content::Picture(bytes) if wanted.steps => {
                // What cannot be used is said below.
                let traced = decoder.trace(record(Content::Picture(bytes.clone())));
                traced.map(|(_, traces)| traces).unwrap_or_default()
            }
            _ => Vec::new(),
        };
        let image = decoder.decode(0, record(content), &Stages::default());
        let unusable = |error: crate::input::Unusable| {
            let hint = "send PNG, JPEG, BMP, TIFF, WebP, GIF, PNM or a scanned PDF, within the bounds of `infer serve --help`";
            Problem::new(Reason::UnusablePicture, error.to_string(), hint)
        };
        Looked {
            image: image.map_err(unusable),
            name,
            traces,
        }
    }

    /// Looks at a picture that is to be kept; returns how the names of files of its format end.
    pub(super) fn check_picture(&self, bytes: &[u8]) -> Result<&'static str, Problem> {
        let picture = Picture {
            name: "picture".into(),
            content: Content::Picture(bytes.to_vec()),
        };
        let looked = self.look_now(picture, Wanted::default());
        let image = looked.image?;
        if image.digit().is_none() && image.choices().is_empty() {
            let message = "the picture shows no ink";
            return Err(Problem::new(
                Reason::UnusablePicture,
                message,
                "draw a digit first",
            ));
        }
        let format = image::guess_format(bytes).ok();
        let extension = format.and_then(|format| format.extensions_str().first());
        Ok(extension.copied().unwrap_or("png"))
    }
}
