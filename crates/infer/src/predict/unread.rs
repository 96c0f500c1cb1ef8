//! Numbers at several views: all that may be a digit is read at one, and at the others what may be in the reading.
//!
//! Owns what is still to be read at the others, and what both make. Whoever has networks reads it.

use model::{Temperature, Views};

use super::contenders::contenders;
use super::of_images::with_logits;
use crate::prepare::Image;

/// What of some images was not read at all views.
pub struct Unread {
    /// Of each thing on them.
    is_read: Vec<bool>,
    views: Views,
}

impl Unread {
    /// So many things, which were read at one view and are to be read at these.
    #[must_use]
    pub fn at(views: Views, num_seen: usize) -> Self {
        let is_read = vec![views == Views::One; num_seen];
        Self { is_read, views }
    }

    /// The places of what is to be read at the other angles now, after what has been found of everything so far, `logits`;
    /// `None` where the readings are settled.
    pub fn next<'a>(
        &mut self,
        images: impl IntoIterator<Item = &'a Image, IntoIter: Clone>,
        logits: &[f32],
        temperature: Temperature,
    ) -> Option<Vec<usize>> {
        if self.is_read.iter().all(|is_read| *is_read) {
            return None;
        }
        let may_be_read = with_logits(images, logits).flat_map(|(image, logits)| {
            let digit = image.digit().map(|_| true);
            let parts = contenders(image.clusters(), logits, temperature);
            digit.into_iter().chain(parts)
        });
        let mut places = Vec::new();
        for (place, (may_be, is_read)) in may_be_read.zip(&mut self.is_read).enumerate() {
            if may_be && !*is_read {
                *is_read = true;
                places.push(place);
            }
        }
        (!places.is_empty()).then_some(places)
    }

    /// Makes of the logits in these places, which are those of one view, those of all: `turned` has, for each, a row of so
    /// many at the other angles.
    pub fn add(&self, logits: &mut [f32], places: &[usize], turned: &[f32], num_logits: usize) {
        for (place, turned) in places.iter().zip(turned.chunks_exact(num_logits)) {
            let upright = &mut logits[place * num_logits..][..num_logits];
            for (logit, &turned) in upright.iter_mut().zip(turned) {
                *logit = self.views.with_turned(*logit, turned);
            }
        }
    }
}
