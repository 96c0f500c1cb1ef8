//! Which training images a report shows: the first ones as they are, as the first epoch changes them, and
//! the first ones of each kind that the recipe adds.

use super::Findings;
use crate::preview;
use data::LabeledImages;
use report::content::{Addition, Picture, Pixels, Samples};

/// Images of each kind that are shown.
const NUM_SAMPLES: usize = 9;

impl Findings<'_> {
    pub(super) fn samples(&self) -> Samples {
        let train = &self.data.train;
        let count = train.len().min(NUM_SAMPLES);
        let picture = |index: usize, pixels: Pixels| Picture {
            pixels,
            label: self.data.class_names[usize::from(train.labels()[index])].clone(),
        };
        let plain = (0..count).filter_map(|index| Some(picture(index, *train.image(index)?)));
        // As the first epoch shows them, where the recipe changes images.
        let rows = preview::rows(self.recipe, self.data, count, &[1]).unwrap_or_default();
        let augmented: Option<Vec<Picture>> = rows
            .iter()
            .enumerate()
            .map(|(index, row)| Some(picture(index, *row.get(1)?)))
            .collect();
        Samples {
            plain: plain.collect(),
            augmented: augmented.filter(|images| !images.is_empty()),
            additions: self.additions(),
        }
    }

    /// What the recipe adds to the training images, with the first ones of each kind.
    fn additions(&self) -> Vec<Addition> {
        let data::Additions {
            redrawn,
            cuttings,
            european,
            letters,
        } = &self.data.additions;
        let digit = |label: u8| self.data.class_names[usize::from(label)].clone();
        let pair = |label: u8| format!("{label:02}");
        let first = |images: &LabeledImages, count: usize, name: &dyn Fn(u8) -> String| {
            let pictures = images.labels().iter().enumerate().take(count);
            pictures
                .filter_map(|(index, &label)| {
                    Some(Picture {
                        pixels: *images.image(index)?,
                        label: name(label),
                    })
                })
                .collect::<Vec<_>>()
        };
        let none = |pixels: &[u8], count: usize| {
            let images = pixels.as_chunks().0.iter().take(count);
            let pictures = images.map(|pixels| Picture {
                pixels: *pixels,
                label: "no digit".to_string(),
            });
            pictures.collect::<Vec<_>>()
        };
        let mut cut = first(&cuttings.digits, NUM_SAMPLES.div_ceil(2), &digit);
        cut.extend(none(&cuttings.none, NUM_SAMPLES - cut.len()));
        let kinds = [
            (
                "digits drawn again with other pens",
                redrawn.len(),
                first(redrawn, NUM_SAMPLES, &digit),
            ),
            (
                "parts of digits that touch, cut apart",
                cuttings.num_cut(),
                cut,
            ),
            (
                "pairs of digits that touch",
                cuttings.pairs.len(),
                first(&cuttings.pairs, NUM_SAMPLES, &pair),
            ),
            (
                "digits as written in Europe",
                european.len(),
                first(european, NUM_SAMPLES, &digit),
            ),
            (
                "letters and signs",
                self.data.additions.num_letters(),
                none(letters, NUM_SAMPLES),
            ),
        ];
        kinds
            .into_iter()
            .filter(|(_, num_images, _)| *num_images > 0)
            .map(|(name, num_images, pictures)| Addition {
                name: name.to_string(),
                num_images,
                pictures,
            })
            .collect()
    }
}
