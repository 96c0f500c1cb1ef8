//! Batches for Burn's `Learner`, gathered by index from images that lie on the device as a whole.
//! Nothing is done on the host for a single image, except drawing how `augment` is to change it.
//! Shapes: `images_np` is `[batch, IMAGE_PIXELS]`; `packed` is `[images, IMAGE_PIXELS / 4]`, four
//! pixels in each integer.
//!
//! Packed, because GPUs without 8-bit integers would need four bytes a pixel, and many refuse
//! buffers above 128 MiB: MNIST would not fit.

mod refresh;

pub(crate) use refresh::Refresh;

use crate::augment::{Augmenter, Showing};
use crate::dataset::TrainingData;
use base::IMAGE_PIXELS;
use burn::data::dataloader::{DataLoader, DataLoaderIterator, Progress};
use burn::data::dataset::DatasetError;
use burn::tensor::{Device, Int, Tensor, TensorData};
use data::{Additions, LabeledImages};
use kernels::{StepImages, pack_bytes};
use refresh::Refreshed;
use std::ops::Range;
use std::sync::Arc;

/// Some images and their labels, on a device.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The images.
    pub images: BatchImages,
    /// Labels, `[batch]`; behind the classes come pairs of digits, and the number of outputs stands for none of them.
    pub targets: Tensor<1, Int>,
    /// Images that are of a class.
    pub num_labelled: usize,
    /// Batches handed out before this one, in all passes: in training, the steps before it.
    pub step: u64,
}

/// The images of a batch, gathered when they are asked for: a step of training may gather them itself.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one batch at a time")]
pub enum BatchImages {
    /// Some of all the packed images, and which they are, `[batch]`.
    Packed(Tensor<2, Int>, Tensor<1, Int>),
    /// Pixels 0–255, `[batch, IMAGE_PIXELS]`.
    Pixels(Tensor<2>),
}

impl Batch {
    /// Pixels 0–255, `[batch, IMAGE_PIXELS]`.
    #[must_use]
    pub fn images_np(&self) -> Tensor<2> {
        self.step_images().pixels()
    }

    /// The same as a step in one piece takes them.
    #[must_use]
    pub fn step_images(&self) -> StepImages<'_> {
        match &self.images {
            BatchImages::Packed(packed, indices) => StepImages::Packed(packed, indices),
            BatchImages::Pixels(images_np) => StepImages::Pixels(images_np),
        }
    }

    /// How many there are.
    #[must_use]
    pub fn num_images(&self) -> usize {
        self.targets.dims()[0]
    }
}

/// In which order a loader hands out its images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// As they come.
    Sequential,
    /// Every pass by another permutation, a pure function of the seed and of the number of the
    /// pass: the first pass is 1.
    Shuffled {
        /// The run's seed.
        seed: u64,
    },
}

/// Packed pixels of all images, on a device, and their labels, on the host.
#[derive(Clone)]
struct Resident {
    packed: Tensor<2, Int>,
    labels: Arc<[u8]>,
    /// Those that are of a class come first.
    num_labelled: usize,
}

impl Resident {
    fn new(pixels: &[&[u8]], labels: Vec<u8>, num_labelled: usize, device: &Device) -> Self {
        Self {
            packed: pack_bytes(pixels, IMAGE_PIXELS, device),
            labels: labels.into(),
            num_labelled,
        }
    }

    /// All that is trained on, for a network of so many classes and outputs. Images of none of these come last.
    fn for_training(
        train: &LabeledImages,
        additions: &Additions,
        (num_classes, num_outputs): (usize, usize),
        device: &Device,
    ) -> Self {
        let Additions {
            redrawn,
            cuttings,
            european,
            letters,
        } = additions;
        let digits = [train, redrawn, &cuttings.digits, european];
        let [own, redrawn, cut, european] = digits.map(LabeledImages::pixels);
        let mut labels = digits.map(LabeledImages::labels).concat();
        // The outputs of pairs come behind those of the classes.
        let pairs = cuttings.pairs.labels().iter();
        labels.extend(pairs.map(|label| label + num_classes as u8));
        let num_labelled = labels.len();
        // The number of outputs stands for none of them; only sets of digits have images of none.
        labels.resize(train.len() + additions.len(), num_outputs as u8);
        let pairs = cuttings.pairs.pixels();
        let pixels = [own, redrawn, cut, european, pairs, &cuttings.none, letters];
        Self::new(&pixels, labels, num_labelled, device)
    }

    fn to_device(&self, device: &Device) -> Self {
        Self {
            packed: self.packed.clone().to_device(device),
            labels: self.labels.clone(),
            num_labelled: self.num_labelled,
        }
    }

    /// Labels of the chosen images, `[chosen]`.
    fn targets(&self, chosen: &[i32]) -> Tensor<1, Int> {
        let label = |&image: &i32| i32::from(self.labels[image.unsigned_abs() as usize]);
        let labels: Vec<i32> = chosen.iter().map(label).collect();
        let data = TensorData::new(labels, [chosen.len()]);
        Tensor::from_data(data, &self.packed.device())
    }
}

/// What the passes show.
#[derive(Clone)]
enum Shown {
    /// The same images.
    Fixed(Box<Resident>),
    /// Images of which some are others after some passes.
    Refreshed(Arc<Refreshed>),
}

impl Shown {
    /// The images of a pass, by its number, from 1.
    fn images(&self, pass: u64) -> Resident {
        match self {
            Self::Fixed(images) => Resident::clone(images),
            Self::Refreshed(images) => images.images(pass),
        }
    }

    fn to_device(&self, device: &Device) -> Self {
        match self {
            Self::Fixed(images) => Self::Fixed(Box::new(images.to_device(device))),
            Self::Refreshed(images) => Self::Refreshed(Arc::new(images.to_device(device))),
        }
    }
}

/// A whole set of images on a device, handed out in batches; the last one may be smaller.
#[derive(Clone)]
pub struct ResidentLoader {
    shown: Shown,
    range: Range<usize>,
    batch_size: usize,
    order: Order,
    augmenter: Option<Augmenter>,
}

impl ResidentLoader {
    /// Puts the images on `device`, which is one with automatic differentiation for training.
    #[must_use]
    pub fn new(images: &LabeledImages, batch_size: usize, order: Order, device: &Device) -> Self {
        let labels = images.labels().to_vec();
        let all = Resident::new(&[images.pixels()], labels, images.len(), device);
        Self::from_parts(
            Shown::Fixed(Box::new(all)),
            0..images.len(),
            batch_size,
            order,
        )
    }

    /// Puts all that is trained on on `device`, for a network of so many outputs.
    #[must_use]
    pub(crate) fn for_training(
        data: &TrainingData,
        num_outputs: usize,
        refresh: Option<Refresh>,
        batch_size: usize,
        order: Order,
        device: &Device,
    ) -> Self {
        let widths = (data.class_names.len(), num_outputs);
        let all = Resident::for_training(&data.train, &data.additions, widths, device);
        let shown = match refresh {
            Some(refresh) => Shown::Refreshed(Arc::new(Refreshed::new(refresh, all))),
            None => Shown::Fixed(Box::new(all)),
        };
        Self::from_parts(shown, 0..data.num_shown(), batch_size, order)
    }

    fn from_parts(shown: Shown, range: Range<usize>, batch_size: usize, order: Order) -> Self {
        Self {
            shown,
            range,
            batch_size: batch_size.max(1),
            order,
            augmenter: None,
        }
    }

    /// With images changed on their way out, where there is an augmenter.
    #[must_use]
    pub fn with_augmenter(mut self, augmenter: Option<Augmenter>) -> Self {
        self.augmenter = augmenter;
        self
    }

    /// One pass over the images, by its number, from 1.
    pub(crate) fn pass(&self, number: usize) -> Batches<'_> {
        let num_before = number.saturating_sub(1) as u64;
        Batches {
            loader: self,
            all: self.shown.images(num_before + 1),
            indices: self.indices(num_before + 1),
            first_position: num_before * self.range.len() as u64,
            first_step: num_before * self.num_batches() as u64,
            position: 0,
        }
    }

    /// Batches of one pass.
    pub(crate) fn num_batches(&self) -> usize {
        self.range.len().div_ceil(self.batch_size)
    }

    fn indices(&self, pass: u64) -> Vec<i32> {
        // The device holds fewer than 2³¹ images: they would be more than a terabyte.
        let to_index = |offset: usize| i32::try_from(self.range.start + offset).unwrap_or(i32::MAX);
        match self.order {
            Order::Sequential => (0..self.range.len()).map(to_index).collect(),
            Order::Shuffled { seed } => data::permutation(self.range.len(), seed, pass)
                .into_iter()
                .map(|offset| to_index(offset as usize))
                .collect(),
        }
    }
}

impl DataLoader<Batch> for ResidentLoader {
    /// The first pass over the images. The loop asks for others by their number.
    fn iter<'a>(&'a self) -> Box<dyn DataLoaderIterator<Batch> + 'a> {
        Box::new(self.pass(1))
    }

    fn num_items(&self) -> usize {
        self.range.len()
    }

    fn to_device(&self, device: &Device) -> Arc<dyn DataLoader<Batch>> {
        Arc::new(Self {
            shown: self.shown.to_device(device),
            ..self.clone()
        })
    }

    fn slice(&self, start: usize, end: usize) -> Arc<dyn DataLoader<Batch>> {
        let end = (self.range.start + end).min(self.range.end);
        let start = (self.range.start + start).min(end);
        Arc::new(Self {
            range: start..end,
            ..self.clone()
        })
    }
}

/// A pass over the images.
pub(crate) struct Batches<'a> {
    loader: &'a ResidentLoader,
    /// The images of this pass, and others.
    all: Resident,
    indices: Vec<i32>,
    /// Images of the passes before.
    first_position: u64,
    /// Batches of the passes before.
    first_step: u64,
    position: usize,
}

impl Batches<'_> {
    /// Without the first batches.
    pub(crate) fn after(mut self, num_batches: usize) -> Self {
        let position = num_batches.saturating_mul(self.loader.batch_size);
        self.position = position.min(self.indices.len());
        self
    }

    /// Images handed out.
    pub(crate) fn num_done(&self) -> usize {
        self.position
    }

    /// The images of this pass from `position` on, as the augmenter wants to know of them.
    fn showings(&self, chosen: &[i32], position: usize) -> Vec<Showing> {
        let first = self.first_position + position as u64;
        let showing = |(image, position): (&i32, u64)| Showing {
            image: image.unsigned_abs(),
            position,
        };
        chosen.iter().zip(first..).map(showing).collect()
    }
}

impl Iterator for Batches<'_> {
    type Item = Result<Batch, DatasetError>;

    fn next(&mut self) -> Option<Self::Item> {
        let end = (self.position + self.loader.batch_size).min(self.indices.len());
        let chosen = self
            .indices
            .get(self.position..end)
            .filter(|chosen| !chosen.is_empty())?;
        let all = &self.all;
        let data = TensorData::new(chosen.to_vec(), [chosen.len()]);
        let indices = Tensor::<1, Int>::from_data(data, &all.packed.device());
        let images = match &self.loader.augmenter {
            Some(augmenter) => {
                let images = StepImages::Packed(&all.packed, &indices);
                let showings = self.showings(chosen, self.position);
                BatchImages::Pixels(augmenter.apply(images, &showings))
            }
            None => BatchImages::Packed(all.packed.clone(), indices),
        };
        let step = self.first_step + (self.position / self.loader.batch_size) as u64;
        self.position = end;
        Some(Ok(Batch {
            images,
            targets: all.targets(chosen),
            num_labelled: chosen
                .iter()
                .filter(|&&image| (image.unsigned_abs() as usize) < all.num_labelled)
                .count(),
            step,
        }))
    }
}

impl DataLoaderIterator<Batch> for Batches<'_> {
    fn progress(&self) -> Progress {
        Progress::new(self.position, self.indices.len(), Some("images".into()))
    }
}

#[cfg(test)]
mod tests;
