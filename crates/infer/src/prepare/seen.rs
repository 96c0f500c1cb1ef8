//! What a network is to see of one input.

use crate::truths::Truth;
use base::IMAGE_PIXELS;
use data::picture::{Choice, Cluster};

/// `[IMAGE_PIXELS]` pixels in MNIST's form: 0 is paper, 255 full ink.
pub type Pixels = Box<[u8; IMAGE_PIXELS]>;

/// What the network is to see of an input.
#[derive(Debug)]
pub struct Image {
    /// Its place among all inputs, from 0.
    pub number: u64,
    /// The path of its file, with `#INDEX` or `#MEMBER` where the file holds many.
    pub path: String,
    /// What is on it.
    pub seen: Seen,
    /// What it really shows, where that was asked for.
    pub truth: Option<Truth>,
    /// The file of a picture, as it is, where that was asked for.
    pub file: Option<Vec<u8>>,
}

/// What a picture shows.
#[derive(Debug)]
pub enum Seen {
    /// No ink.
    Blank,
    /// One digit.
    Digit(Pixels),
    /// The greatest of several digits, where one was looked for: there are plainly more.
    OneOfSeveral(Pixels),
    /// One digit, which may be seen in several ways: which of them it is, is for the network to say. And whether it is
    /// the greatest of several digits.
    Unsettled(Vec<Choice>, bool),
    /// Many digits, and whatever else may be one.
    Digits(Vec<Cluster>),
}

impl Seen {
    /// One digit, or the greatest of several.
    #[must_use]
    pub fn of_digit(pixels: Pixels, is_one_of_several: bool) -> Self {
        if is_one_of_several {
            Self::OneOfSeveral(pixels)
        } else {
            Self::Digit(pixels)
        }
    }
}

impl Image {
    /// Everything on it that goes through the network, in order.
    pub fn for_network(&self) -> impl Iterator<Item = &[u8; IMAGE_PIXELS]> {
        let parts = self.clusters().iter().flat_map(Cluster::parts);
        let parts = parts.map(|part| &*part.pixels);
        self.digit().into_iter().chain(parts)
    }

    /// The digit of a picture that is taken for one digit.
    #[must_use]
    pub fn digit(&self) -> Option<&[u8; IMAGE_PIXELS]> {
        match &self.seen {
            Seen::Digit(pixels) | Seen::OneOfSeveral(pixels) => Some(pixels),
            Seen::Blank | Seen::Unsettled(..) | Seen::Digits(_) => None,
        }
    }

    /// Whether it is taken for one digit, and plainly shows several.
    #[must_use]
    pub fn shows_several(&self) -> bool {
        matches!(self.seen, Seen::OneOfSeveral(_))
    }

    /// All that it may be, where that is not settled.
    #[must_use]
    pub fn choices(&self) -> &[Choice] {
        match &self.seen {
            Seen::Unsettled(choices, _) => choices,
            _ => &[],
        }
    }

    /// Settles that it is that one of its choices.
    pub fn settle(&mut self, chosen: usize) {
        if let Seen::Unsettled(choices, is_one_of_several) = &mut self.seen
            && chosen < choices.len()
        {
            let is_one_of_several = *is_one_of_several;
            let pixels = choices.swap_remove(chosen).pixels;
            self.seen = Seen::of_digit(pixels, is_one_of_several);
        }
    }

    /// All that may be one of many digits.
    #[must_use]
    pub fn clusters(&self) -> &[Cluster] {
        match &self.seen {
            Seen::Digits(clusters) => clusters,
            Seen::Blank | Seen::Digit(_) | Seen::OneOfSeveral(_) | Seen::Unsettled(..) => &[],
        }
    }

    /// Whether not all of these were cut apart: there was too much.
    #[must_use]
    pub fn is_crowded(&self) -> bool {
        self.clusters().iter().any(|cluster| cluster.is_uncut)
    }
}
