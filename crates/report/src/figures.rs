//! What the galleries of a run's report show: which pictures, in which groups, and the words beside
//! them. Said once, here; the page (`html`) and the PNG files (`png`) each draw it in their own way.

use std::collections::BTreeSet;

use crate::content::{Misread, Picture, Pixels, Samples, TestResult, WeightSnapshot};
use crate::matrix::class_name;
use crate::number;
use crate::picture::{Steps, first_and_last};

/// At most so many misread images.
const MAX_MISREAD: usize = 200;
/// At most so many snapshots of the weights.
const MAX_SNAPSHOTS: usize = 8;

/// Training images under one heading.
pub(crate) struct SampleGroup<'a> {
    pub(crate) heading: String,
    /// What one of them is, for readers who do not see it.
    pub(crate) what: &'static str,
    pub(crate) pictures: &'a [Picture],
}

/// The training images as they are, as augmentation changes them, and what is added to them; groups
/// without a picture are left out.
pub(crate) fn samples(samples: &Samples) -> Vec<SampleGroup<'_>> {
    let group = |heading: &str, what, pictures| SampleGroup {
        heading: heading.to_string(),
        what,
        pictures,
    };
    let augmented = samples.augmented.as_deref().unwrap_or_default();
    let mut groups = vec![
        group(
            "The first training images",
            "Training image",
            samples.plain.as_slice(),
        ),
        group("The same, augmented", "Augmented training image", augmented),
    ];
    groups.extend(samples.additions.iter().map(|addition| {
        let count = number::count(addition.num_images);
        let heading = format!("Added: {count} {}", addition.name);
        group(&heading, "Added training image", &addition.pictures)
    }));
    groups.retain(|group| !group.pictures.is_empty());
    groups
}

/// The misread images that are shown, the worst first.
pub(crate) struct MisreadGallery<'a> {
    pub(crate) tiles: Vec<MisreadTile<'a>>,
    /// How many there are.
    pub(crate) num_misread: usize,
}

/// A misread image and the words beside it.
pub(crate) struct MisreadTile<'a> {
    pub(crate) misread: &'a Misread,
    pub(crate) truth: String,
    pub(crate) guess: String,
    pub(crate) confidence: String,
}

impl MisreadTile<'_> {
    /// Truth and guess.
    pub(crate) fn pair(&self) -> (usize, usize) {
        (self.misread.truth, self.misread.guess)
    }
}

impl<'a> MisreadGallery<'a> {
    /// `None` where no image was misread.
    pub(crate) fn new(test: &'a TestResult) -> Option<Self> {
        if test.misread.is_empty() {
            return None;
        }
        let tiles = shown(&test.misread, MAX_MISREAD).into_iter();
        Some(Self {
            tiles: tiles
                .map(|misread| MisreadTile {
                    misread,
                    truth: class_name(&test.class_names, misread.truth),
                    guess: class_name(&test.class_names, misread.guess),
                    confidence: number::percent(misread.confidence, 1),
                })
                .collect(),
            num_misread: test.misread.len(),
        })
    }

    /// How many are shown, where they are not all.
    pub(crate) fn num_shown(&self) -> Option<usize> {
        (self.tiles.len() < self.num_misread).then_some(self.tiles.len())
    }

    pub(crate) fn pixels(&self) -> impl Iterator<Item = &'a Pixels> {
        self.tiles.iter().map(|tile| &tile.misread.pixels)
    }

    /// The pairs of truth and guess that have an image here.
    pub(crate) fn pairs(&self) -> BTreeSet<(usize, usize)> {
        self.tiles.iter().map(MisreadTile::pair).collect()
    }
}

/// At most `limit` of `misread` (worst first), in their order: the worst of every pair of truth and
/// guess, so that every cell of the confusion matrix has one to show, then the worst of all.
fn shown(misread: &[Misread], limit: usize) -> Vec<&Misread> {
    let mut pairs = BTreeSet::new();
    let (first_of_pair, others): (Vec<usize>, Vec<usize>) =
        (0..misread.len()).partition(|&place| {
            let one = &misread[place];
            pairs.insert((one.truth, one.guess))
        });
    let mut places: Vec<usize> = first_of_pair
        .into_iter()
        .chain(others)
        .take(limit)
        .collect();
    places.sort_unstable();
    places.into_iter().map(|place| &misread[place]).collect()
}

/// The weights of a layer at one step, and the words beside them.
pub(crate) struct WeightGroup<'a> {
    pub(crate) snapshot: &'a WeightSnapshot,
    pub(crate) steps: Steps,
    /// "Step 1,000".
    pub(crate) heading: String,
    /// The weight of the strongest colour.
    pub(crate) largest: String,
}

/// Some steps, from the first to the last; those without a picture are left out.
pub(crate) fn weights(snapshots: &[WeightSnapshot]) -> Vec<WeightGroup<'_>> {
    first_and_last(snapshots, MAX_SNAPSHOTS)
        .into_iter()
        .filter_map(|snapshot| {
            let steps = Steps::new(snapshot)?;
            Some(WeightGroup {
                heading: format!("Step {}", number::count(snapshot.step)),
                largest: number::significant(f64::from(steps.largest), 3),
                snapshot,
                steps,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_has_its_worst_and_the_order_stays() {
        let misread: Vec<Misread> = (0..1_000)
            .map(|index| Misread {
                index,
                pixels: [0; 784],
                truth: if index == 900 { 3 } else { 4 },
                guess: 9,
                confidence: 1.0 - index as f64 / 1_000.0,
            })
            .collect();
        let places: Vec<usize> = shown(&misread, 5).iter().map(|one| one.index).collect();
        assert_eq!(places, [0, 1, 2, 3, 900]);
        assert_eq!(shown(&misread, 2_000).len(), 1_000);
    }
}
