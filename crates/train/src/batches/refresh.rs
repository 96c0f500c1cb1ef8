//! Additions that are drawn anew every few epochs, on another thread while the epochs before go on.

use super::Resident;
use crate::config::Recipe;
use crate::dataset::TrainingData;
use burn::tensor::Device;
use data::additions::{AdditionsConfig, draw_anew};
use data::{Additions, LabeledImages};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

/// What is drawn, and when.
#[derive(Clone)]
pub(crate) struct Refresh {
    train: Arc<LabeledImages>,
    config: AdditionsConfig,
    seed: u64,
    /// Epochs between two drawings.
    every: usize,
    num_epochs: usize,
    counts: [usize; 6],
    /// Of classes, and of the network's outputs.
    widths: (usize, usize),
}

impl Refresh {
    /// For a training of so many epochs, where its recipe draws anew in it.
    pub(crate) fn new(recipe: &Recipe, data: &TrainingData, num_epochs: usize) -> Option<Self> {
        let every = recipe.additions.refresh_every;
        let is_due = every > 0 && every < num_epochs && !data.additions.is_empty();
        let num_classes = data.class_names.len();
        is_due.then(|| Self {
            train: Arc::new(data.train.clone()),
            config: recipe.additions.to_draw(),
            seed: recipe.seed,
            every,
            num_epochs,
            counts: data.additions.counts(),
            widths: (num_classes, recipe.classifier().num_outputs(num_classes)),
        })
    }

    /// The drawing that a pass shows, by the pass's number, from 1. The drawing before training is number 0.
    fn number(&self, pass: u64) -> usize {
        usize::try_from(pass.saturating_sub(1)).unwrap_or(usize::MAX) / self.every
    }

    fn draw(&self, number: usize) -> Additions {
        draw_anew(&self.train, &self.config, self.seed, number, self.counts)
    }

    /// The drawing on a thread of its own; nothing where no pass will show it, or where there are no more threads.
    fn begin(&self, number: usize) -> Option<Ahead> {
        if number.saturating_mul(self.every) >= self.num_epochs {
            return None;
        }
        let refresh = self.clone();
        let thread = Builder::new().name("additions".into());
        let drawing = thread.spawn(move || refresh.draw(number)).ok()?;
        Some(Ahead { number, drawing })
    }
}

/// The drawing after the one that is shown.
struct Ahead {
    number: usize,
    drawing: JoinHandle<Additions>,
}

/// The images on the device, which change with their additions.
pub(super) struct Refreshed {
    refresh: Refresh,
    shown: Mutex<Shown>,
}

struct Shown {
    number: usize,
    images: Resident,
    ahead: Option<Ahead>,
}

impl Refreshed {
    /// `images` are those of the drawing before training.
    pub(super) fn new(refresh: Refresh, images: Resident) -> Self {
        let shown = Shown {
            number: 0,
            images,
            ahead: None,
        };
        Self {
            refresh,
            shown: Mutex::new(shown),
        }
    }

    /// The same on another device.
    pub(super) fn to_device(&self, device: &Device) -> Self {
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let copy = Shown {
            number: shown.number,
            images: shown.images.to_device(device),
            ahead: None,
        };
        Self {
            refresh: self.refresh.clone(),
            shown: Mutex::new(copy),
        }
    }

    /// What a pass shows, by its number, from 1: a pure function of it, whatever passes there were before.
    pub(super) fn images(&self, pass: u64) -> Resident {
        let number = self.refresh.number(pass);
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if shown.number != number {
            let ahead = shown.ahead.take().filter(|ahead| ahead.number == number);
            let drawn = ahead.and_then(|ahead| ahead.drawing.join().ok());
            let additions = drawn.unwrap_or_else(|| self.refresh.draw(number));
            let Refresh { train, widths, .. } = &self.refresh;
            let device = shown.images.packed.device();
            shown.images = Resident::for_training(train, &additions, *widths, &device);
            shown.number = number;
        }
        if shown.ahead.is_none() {
            shown.ahead = self.refresh.begin(number + 1);
        }
        shown.images.clone()
    }
}
