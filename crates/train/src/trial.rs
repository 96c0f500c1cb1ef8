//! How quick a device is at a recipe: some steps of its training, and some answers, on images of noise. And by that,
//! which device `auto` stands for.

use crate::config::{Recipe, Validation};
use crate::dataset::TrainingData;
use crate::observer::Observer;
use crate::strategy::Continuity;
use crate::training::fit;
use base::files::{Existing, WholeFile};
use base::{IMAGE_PIXELS, NUM_DIGITS, with_separators};
use burn::train::Interrupter;
use data::{LabeledImages, program_cache};
use model::{
    Classifier, DeviceChoice, DeviceClass, OpenDevice, Views, hardware_gpus, open_device,
    predict_logits, self_check,
};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Map, Value, json};
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Instant;

/// Images of noise, at least.
const NUM_IMAGES: usize = 512;
/// How long a device is timed, in seconds, and by how many steps at most.
const SECONDS: f64 = 0.3;
const MOST_STEPS: usize = 2_000;
/// Images of a batch of answers, and of one on a slow device.
const NUM_ANSWERED: usize = 1_000;
const FEW_ANSWERED: usize = 100;

/// Images a second on one device.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Speed {
    /// In training, by the recipe.
    pub training: f64,
    /// In use, from pixels on the host to logits on the host.
    pub inference: f64,
}

/// Times a recipe on a device.
///
/// # Errors
///
/// Where the device fails, or the recipe makes no network.
pub fn time(recipe: &Recipe, device: &OpenDevice) -> Result<Speed, String> {
    let batch_size = recipe.training.batch_size;
    let (recipe, data) = trial_of(recipe)?;
    device.compute(|| {
        // Kernels are compiled in the first step.
        train(&recipe, &data, device, 1)?;
        let (mut classifier, mut training) = train(&recipe, &data, device, 1)?;
        let num_steps = (SECONDS * training / batch_size as f64) as usize;
        if num_steps > 1 {
            (classifier, training) = train(&recipe, &data, device, num_steps.min(MOST_STEPS))?;
        }
        let inference = time_answers(&classifier, &data, device)?;
        Ok(Speed {
            training,
            inference,
        })
    })
}

/// Lets a GPU build the kernels of a recipe's steps, by one step on noise. They stay with the program. What fails here
/// fails in training, and is said there.
pub(crate) fn warm_up(recipe: &Recipe, device: &OpenDevice) {
    if device.class != DeviceClass::Cpu
        && let Ok((recipe, data)) = trial_of(recipe)
    {
        let _ = device.compute(|| train(&recipe, &data, device, 1));
    }
}

/// The recipe without all that goes on beside its steps, and the noise to take them on.
fn trial_of(recipe: &Recipe) -> Result<(Recipe, TrainingData), String> {
    let mut recipe = recipe.clone();
    recipe.training.epochs = None;
    recipe.training.evaluate_every = None;
    recipe.training.early_stopping = None;
    recipe.training.restore_best = false;
    recipe.data.validation = Validation::Images(0);
    let data = noise(NUM_IMAGES.max(2 * recipe.training.batch_size))?;
    Ok((recipe, data))
}

fn train(
    recipe: &Recipe,
    data: &TrainingData,
    device: &OpenDevice,
    num_steps: usize,
) -> Result<(Classifier, f64), String> {
    let mut recipe = recipe.clone();
    recipe.training.steps = Some(num_steps);
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let (path, never) = (folder.path(), Interrupter::new());
    let nobody = Box::new(Vec::<Box<dyn Observer>>::new());
    let alone = Continuity::default();
    let (classifier, outcome) = fit(&recipe, data, &device.device, path, &never, alone, nobody)
        .map_err(|error| error.to_string())?;
    let outcome = outcome.ok_or("the trial ended without an outcome")?;
    let seconds = outcome.train_seconds.max(1e-9);
    let num_images = outcome.num_steps * recipe.training.batch_size;
    Ok((classifier, num_images as f64 / seconds))
}

fn time_answers(
    classifier: &Classifier,
    data: &TrainingData,
    device: &OpenDevice,
) -> Result<f64, String> {
    use burn::module::Module as _;
    let classifier = classifier.valid();
    let pixels = data.train.pixels().iter().copied().cycle();
    let pixels: Vec<u8> = pixels.take(NUM_ANSWERED * IMAGE_PIXELS).collect();
    let answer = |num_images: usize| {
        let pixels = &pixels[..num_images * IMAGE_PIXELS];
        let started = Instant::now();
        predict_logits(
            &classifier,
            pixels,
            NUM_ANSWERED,
            Views::One,
            &device.device,
        )
        .map_err(|error| error.to_string())?;
        Ok::<f64, String>(num_images as f64 / started.elapsed().as_secs_f64())
    };
    answer(1)?;
    let slow = answer(FEW_ANSWERED)?;
    if slow * SECONDS < NUM_ANSWERED as f64 {
        return Ok(slow);
    }
    answer(NUM_ANSWERED)?;
    let (started, mut num_answered) = (Instant::now(), 0);
    while started.elapsed().as_secs_f64() < SECONDS {
        answer(NUM_ANSWERED)?;
        num_answered += NUM_ANSWERED;
    }
    Ok(num_answered as f64 / started.elapsed().as_secs_f64())
}

/// Images that are nothing, with labels.
fn noise(num_images: usize) -> Result<TrainingData, String> {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let pixels: Vec<u8> = (0..num_images * IMAGE_PIXELS)
        .map(|_| random.random())
        .collect();
    let labels = (0..num_images).map(|image| (image % NUM_DIGITS) as u8);
    let train = LabeledImages::new(pixels, labels.collect()).ok_or("no images of noise")?;
    let class_names = data::digit_names();
    Ok(TrainingData::to_train_on(train, class_names, "noise"))
}

/// The device that `auto` stands for, and why.
pub struct Found {
    /// The quickest for the recipe that computes rightly.
    pub device: OpenDevice,
    /// What was measured, for people; nothing where there was no choice.
    pub measured: Option<String>,
    /// GPUs that are not to be used, and why.
    pub refused: Vec<String>,
}

/// Times the CPU and every GPU at the recipe and takes the quickest. A GPU whose results differ from the CPU's is left
/// out. What was measured is kept, and not measured again for the same recipe, devices and drivers.
///
/// # Errors
///
/// Where not even the CPU can be used.
pub fn quickest(recipe: &Recipe) -> Result<Found, String> {
    let cpu = open_device(DeviceChoice::Cpu).map_err(|error| error.to_string())?;
    let mut refused = Vec::new();
    let mut candidates = vec![cpu];
    for choice in hardware_gpus() {
        match open_device(choice) {
            Ok(open) => candidates.push(open),
            Err(error) => refused.push(error.to_string()),
        }
    }
    Ok(quickest_of(recipe, candidates, refused, Kept::of_user()))
}

fn quickest_of(
    recipe: &Recipe,
    mut candidates: Vec<OpenDevice>,
    mut refused: Vec<String>,
    kept: Option<Kept>,
) -> Found {
    if candidates.len() == 1 {
        return Found {
            device: candidates.remove(0),
            measured: None,
            refused,
        };
    }
    let key = key(recipe, &candidates);
    let known = kept.as_ref().and_then(|kept| kept.read(&key));
    let is_known = known.is_some();
    let speeds = known.unwrap_or_else(|| {
        let speeds = measure(recipe, &candidates, &mut refused);
        if let Some(kept) = kept.filter(|_| refused.is_empty()) {
            kept.write(&key, &speeds);
        }
        speeds
    });
    let speed = |device: &OpenDevice| {
        let speed = speeds.get(&device.choice.to_string());
        speed.and_then(Value::as_f64).unwrap_or(0.0)
    };
    let texts = candidates
        .iter()
        .filter(|device| speed(device) > 0.0)
        .map(|device| {
            let images = with_separators(speed(device).round() as usize);
            format!("{} {images}", device.choice)
        });
    let texts: Vec<String> = texts.collect();
    let when = if is_known { ", as measured before" } else { "" };
    let measured = format!("{} images/s in training{when}", texts.join(", "));
    let mut best = 0;
    for index in 1..candidates.len() {
        if speed(&candidates[index]) > speed(&candidates[best]) {
            best = index;
        }
    }
    Found {
        device: candidates.swap_remove(best),
        measured: Some(measured),
        refused,
    }
}

/// Training images a second by device; those that are not to be used are told to `refused`.
fn measure(
    recipe: &Recipe,
    candidates: &[OpenDevice],
    refused: &mut Vec<String>,
) -> Map<String, Value> {
    let mut speeds = Map::new();
    for device in candidates {
        match check_and_time(recipe, device) {
            Ok(speed) => {
                speeds.insert(device.choice.to_string(), json!(speed));
            }
            Err(reason) => refused.push(format!("{} ({}): {reason}", device.choice, device.name)),
        }
    }
    speeds
}

/// Training images a second; an error where the device does not compute as the CPU does.
fn check_and_time(recipe: &Recipe, device: &OpenDevice) -> Result<f64, String> {
    if device.class != DeviceClass::Cpu {
        let check = device.compute(|| self_check(&device.device));
        let check = check.map_err(|error| error.to_string())?;
        if !check.has_passed() {
            return Err("its results differ from the CPU's".into());
        }
    }
    Ok(time(recipe, device)?.training)
}

/// What a measurement depends on.
fn key(recipe: &Recipe, candidates: &[OpenDevice]) -> Value {
    let devices: Vec<_> = candidates
        .iter()
        .map(|device| format!("{} {} {}", device.choice, device.name, device.driver))
        .collect();
    json!({
        "program": env!("CARGO_PKG_VERSION"),
        "devices": devices,
        "model": recipe.model,
        "augmentation": recipe.augmentation,
        "batch_size": recipe.training.batch_size,
        "optimizer": recipe.training.optimizer,
        "average": recipe.training.ema_decay,
        "clipping": recipe.training.clip_norm,
    })
}

/// Measurements kept in a file: a list of what each depends on and what was found. A file that cannot be read or
/// written is none.
struct Kept(PathBuf);

/// Most measurements in the file; the oldest go first.
const MOST_KEPT: usize = 50;

impl Kept {
    fn of_user() -> Option<Self> {
        Some(Self(program_cache()?.join("speeds.json")))
    }

    fn list(&self) -> Vec<Value> {
        let text = fs::read_to_string(&self.0).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    fn read(&self, key: &Value) -> Option<Map<String, Value>> {
        let list = self.list();
        let found = list.iter().find(|entry| entry["of"] == *key)?;
        found["images_per_second"].as_object().cloned()
    }

    fn write(&self, key: &Value, speeds: &Map<String, Value>) {
        let mut list = self.list();
        list.retain(|entry| entry["of"] != *key);
        list.push(json!({ "of": key, "images_per_second": speeds }));
        let surplus = list.len().saturating_sub(MOST_KEPT);
        list.drain(..surplus);
        // Measured again another time, where this fails.
        let _ = (|| {
            fs::create_dir_all(self.0.parent()?).ok()?;
            let mut file = WholeFile::create(&self.0).ok()?;
            file.write_all(serde_json::to_string_pretty(&list).ok()?.as_bytes())
                .ok()?;
            file.finish(Existing::Replace).ok()
        })();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn linear() -> Recipe {
        let mut recipe = Recipe {
            model: model::NetworkConfig::Linear(model::LinearConfig::default()),
            ..Recipe::default()
        };
        recipe.training.batch_size = 32;
        recipe
    }

    #[test]
    fn a_trial_is_a_speed() {
        let cpu = open_device(DeviceChoice::Cpu).unwrap();
        let speed = time(&linear(), &cpu).unwrap();
        assert!(speed.training > 0.0 && speed.inference > 0.0);
    }

    #[test]
    fn the_quickest_is_taken_and_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let file = || Some(Kept(folder.path().join("cache/speeds.json")));
        let candidates = || {
            let choices = [DeviceChoice::Cpu, DeviceChoice::Flex];
            choices.map(|choice| open_device(choice).unwrap()).to_vec()
        };
        let find = || quickest_of(&linear(), candidates(), Vec::new(), file());
        let first = find();
        assert!(first.refused.is_empty());
        let text = first.measured.unwrap();
        assert!(text.contains("cpu ") && text.contains("flex ") && !text.contains("before"));
        // Whatever was measured: from now on this.
        let path = file().unwrap().0;
        let mut list: Vec<Value> =
            serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        list[0]["images_per_second"] = json!({ "cpu": 10.0, "flex": 20.0 });
        fs::write(&path, serde_json::to_string(&list).unwrap()).unwrap();
        let second = find();
        assert_eq!(second.device.choice, DeviceChoice::Flex);
        assert_eq!(
            second.measured.unwrap(),
            "cpu 10, flex 20 images/s in training, as measured before"
        );
        // Another recipe is another matter, and a broken file is none.
        fs::write(&path, "{").unwrap();
        assert!(!find().measured.unwrap().contains("before"));
    }

    #[test]
    fn without_a_choice_nothing_is_measured() {
        let cpu = vec![open_device(DeviceChoice::Cpu).unwrap()];
        let found = quickest_of(&linear(), cpu, Vec::new(), None);
        assert!(found.measured.is_none() && found.device.choice == DeviceChoice::Cpu);
    }
}
