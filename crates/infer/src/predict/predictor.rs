//! Saved models on an open device: pixels in, logits out.
//!
//! Owns how several models answer together. Knows no files of images.

use super::look::{likeliest, settle};
use super::unread::Unread;
use crate::digits::Digits;
use crate::error::Error;
use crate::prepare::Image;
use base::IMAGE_PIXELS;
use data::are_digits;
use data::picture::Choice;
use model::{
    Angles, DeviceClass, Manifest, NamedWeights, OpenDevice, Outputs, SavedModel, Temperature,
    Views, pixels_to_tensor, predict,
};

/// Networks that are ready to predict, mostly one.
pub struct Predictor {
    first: SavedModel,
    /// Those that answer together with the first.
    others: Vec<SavedModel>,
    device: OpenDevice,
    batch_size: usize,
    views: Views,
}

impl Predictor {
    /// Of models that tell the same classes apart and are on the device; `batch_size` images go through a network at
    /// once, each read at so many views.
    ///
    /// # Errors
    ///
    /// Where there are none.
    pub fn of(
        models: Vec<SavedModel>,
        device: OpenDevice,
        batch_size: usize,
        views: Views,
    ) -> Result<Self, Error> {
        let mut models = models.into_iter();
        let first = models.next().ok_or(Error::NoModel)?;
        Ok(Self {
            first,
            others: models.collect(),
            device,
            batch_size,
            views,
        })
    }

    /// Logits, `[num_images * num_classes]`, of `pixels`, `[num_images * IMAGE_PIXELS]`. Of several models,
    /// the means of their logits, each divided by its own temperature.
    ///
    /// # Errors
    ///
    /// Where the device fails.
    pub fn logits(&self, pixels: &[u8]) -> Result<Vec<f32>, Error> {
        self.predict(Outputs::Classes, pixels)
    }

    /// The same of what is wanted: all outputs, `[num_images * num_outputs]`, are those of the classes, and behind them
    /// those of pairs of digits where [all networks read them](Predictor::reads_pairs).
    ///
    /// # Errors
    ///
    /// Where the device fails.
    pub fn predict(&self, wanted: Outputs, pixels: &[u8]) -> Result<Vec<f32>, Error> {
        self.predict_at(self.views, wanted, pixels)
    }

    /// The same at other angles than those of its views.
    ///
    /// # Errors
    ///
    /// Where the device fails.
    pub fn predict_at(
        &self,
        angles: impl Into<Angles>,
        wanted: Outputs,
        pixels: &[u8],
    ) -> Result<Vec<f32>, Error> {
        let angles = angles.into();
        let wanted = self.available(wanted);
        let mut logits = self.logits_of(&self.first, angles, wanted, pixels)?;
        if self.others.is_empty() {
            return Ok(logits);
        }
        let weight = |model: &SavedModel| {
            let temperature = f64::from(model.manifest.temperature.unwrap_or_default());
            (1.0 / (temperature * (1 + self.others.len()) as f64)) as f32
        };
        let first = weight(&self.first);
        for logit in &mut logits {
            *logit *= first;
        }
        for model in &self.others {
            let weight = weight(model);
            for (logit, other) in logits
                .iter_mut()
                .zip(self.logits_of(model, angles, wanted, pixels)?)
            {
                *logit += weight * other;
            }
        }
        Ok(logits)
    }

    /// Settles what those images show that may be seen in several ways: what looks most like a digit to the networks.
    ///
    /// # Errors
    ///
    /// Where the device fails.
    pub fn settle(&self, images: &mut [Image]) -> Result<(), Error> {
        let choices = || images.iter().flat_map(Image::choices);
        if choices().next().is_none() {
            return Ok(());
        }
        let pixels: Vec<u8> = choices()
            .flat_map(|choice| choice.pixels.iter().copied())
            .collect();
        let logits = self.logits(&pixels)?;
        let temperature = self.temperature().unwrap_or_default();
        settle(images, &logits, self.num_classes(), temperature);
        Ok(())
    }

    /// The place of that one of several ways to see a picture that looks most like a digit to the networks; `logits`
    /// has a row for each. `None` where there are none.
    #[must_use]
    pub fn likeliest(&self, logits: &[f32], choices: &[Choice]) -> Option<usize> {
        let prices = choices.iter().map(|choice| choice.price);
        let temperature = self.temperature().unwrap_or_default();
        likeliest(logits, self.num_classes(), temperature, prices)
    }

    /// Whether all networks read two digits that touch as one.
    #[must_use]
    pub fn reads_pairs(&self) -> bool {
        self.manifests().all(|manifest| manifest.classifier.pairs)
    }

    /// What of that there is.
    fn available(&self, wanted: Outputs) -> Outputs {
        if self.reads_pairs() {
            wanted
        } else {
            Outputs::Classes
        }
    }

    /// How many logits an image has.
    #[must_use]
    pub fn num_logits(&self, wanted: Outputs) -> usize {
        let num_classes = self.num_classes();
        match self.available(wanted) {
            Outputs::Classes => num_classes,
            Outputs::All => self.manifest().classifier.num_outputs(num_classes),
        }
    }

    /// How many classes there are, and logits of an image.
    #[must_use]
    pub fn num_classes(&self) -> usize {
        self.manifest().class_names.len()
    }

    /// Checks that pictures of so many digits are to be read by these networks: numbers only by those of digits.
    ///
    /// # Errors
    ///
    /// Where the networks tell other classes apart.
    pub fn check_reads(&self, digits: Digits) -> Result<(), Error> {
        let names = &self.manifest().class_names;
        if !digits.are_many() || are_digits(names) {
            return Ok(());
        }
        Err(Error::NoDigits {
            names: names.join(", "),
        })
    }

    /// Logits of everything on these images, in order: a row of `num_classes` for each, and of `num_outputs` where they
    /// are of many digits. What is not settled has none.
    ///
    /// # Errors
    ///
    /// Where the device fails.
    pub fn logits_of_images(&self, images: &[Image]) -> Result<Vec<f32>, Error> {
        let seen = images.iter().flat_map(Image::for_network);
        let seen: Vec<&[u8]> = seen.map(|pixels| &pixels[..]).collect();
        if seen.is_empty() {
            return Ok(Vec::new());
        }
        if images.iter().any(|image| !image.clusters().is_empty()) {
            self.logits_of_many(images, &seen)
        } else {
            self.predict(Outputs::Classes, &seen.concat())
        }
    }

    /// The same of images of many digits, on which is `seen`.
    fn logits_of_many(&self, images: &[Image], seen: &[&[u8]]) -> Result<Vec<f32>, Error> {
        let mut logits = self.predict_at(Views::One, Outputs::All, &seen.concat())?;
        let num_logits = self.num_logits(Outputs::All);
        let temperature = self.temperature().unwrap_or_default();
        let mut unread = Unread::at(self.views, seen.len());
        while let Some(places) = unread.next(images, &logits, temperature) {
            let pixels: Vec<&[u8]> = places.iter().map(|&place| seen[place]).collect();
            let turned = self.predict_at(self.views.turned(), Outputs::All, &pixels.concat())?;
            unread.add(&mut logits, &places, &turned, num_logits);
        }
        Ok(logits)
    }

    fn logits_of(
        &self,
        model: &SavedModel,
        angles: Angles,
        wanted: Outputs,
        pixels: &[u8],
    ) -> Result<Vec<f32>, Error> {
        let (classifier, device) = (&model.classifier, &self.device.device);
        let batch_size = self.batch_size;
        let found = self
            .device
            .compute(|| predict(classifier, wanted, pixels, batch_size, angles, device));
        Ok(found?)
    }

    /// What the first layer makes of an image, of the first model: `[channels, height, width]` or `[features]`.
    ///
    /// # Errors
    ///
    /// Where the device fails.
    pub fn first_layer(&self, pixels: &[u8; IMAGE_PIXELS]) -> Result<NamedWeights, Error> {
        let (classifier, device) = (&self.first.classifier, &self.device.device);
        let found = self
            .device
            .compute(|| classifier.first_layer_output(pixels_to_tensor(pixels, device)));
        Ok(found?)
    }

    /// What [`Predictor::logits`] are still to be divided by; `None` where they are to be taken as they are.
    #[must_use]
    pub fn temperature(&self) -> Option<Temperature> {
        let temperature = self.first.manifest.temperature;
        temperature.filter(|_| self.others.is_empty())
    }

    /// All that was saved beside the weights, of the first model: the others have the same classes.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.first.manifest
    }

    /// The same of all models.
    pub fn manifests(&self) -> impl Iterator<Item = &Manifest> {
        let all = std::iter::once(&self.first).chain(&self.others);
        all.map(|model| &model.manifest)
    }

    /// What the device is called, for people.
    #[must_use]
    pub fn device_name(&self) -> &str {
        &self.device.name
    }

    /// At how many views each image is read.
    #[must_use]
    pub fn views(&self) -> Views {
        self.views
    }

    /// What to say where images are read at other views than those that probabilities were fitted at.
    #[must_use]
    pub fn remark_on_views(&self) -> Option<String> {
        let manifest = self
            .manifests()
            .find(|manifest| manifest.views != self.views && manifest.temperature.is_some())?;
        Some(format!(
            "probabilities were fitted at {} view{}, and are used at {}",
            manifest.views.number(),
            if manifest.views == Views::One {
                ""
            } else {
                "s"
            },
            self.views.number()
        ))
    }

    /// What the device is made of.
    #[must_use]
    pub fn device_class(&self) -> DeviceClass {
        self.device.class
    }

    /// Images that go through a network at once.
    #[must_use]
    pub fn batch_size(&self) -> usize {
        self.batch_size
    }
}
