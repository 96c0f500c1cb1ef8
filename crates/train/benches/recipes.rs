//! One recipe's training for some steps: one JSON object with its images a second, the share of each
//! operation in a step, and the resolved recipe. `benches/recipes.py` runs it for all recipes.
//!
//! Data is MNIST where `MNIST_DIR` names it, else drawn digits. What a recipe adds to the data before
//! training is left out: it costs a step nothing.
#![allow(missing_docs, clippy::print_stdout)]

use burn::train::Interrupter;
use kernels::with_stopwatch;
use model::{DeviceChoice, open_device};
use serde_json::json;
use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;
use train::config::{Fallback, Recipe, Validation};
use train::observer::Observer;
use train::strategy::Continuity;
use train::training::fit;

/// Shares of the time below this one are told together.
const SMALLEST_SHARE: f64 = 0.005;
/// Steps that the stopwatch looks at, at most.
const MAX_WATCHED_STEPS: usize = 400;

/// Images a second, and seconds of training.
fn train(
    recipe: &Recipe,
    data: &train::dataset::TrainingData,
) -> Result<(f64, f64), Box<dyn Error>> {
    let device = open_device(DeviceChoice::Cpu)?;
    let folder = tempfile::tempdir()?;
    let (path, interrupter) = (folder.path(), Interrupter::new());
    let nobody = Box::new(Vec::<Box<dyn Observer>>::new());
    let (device_of, alone) = (&device.device, Continuity::default());
    let fitted =
        device.compute(|| fit(recipe, data, device_of, path, &interrupter, alone, nobody))?;
    let outcome = fitted.1.ok_or("training ended without an outcome")?;
    Ok((outcome.images_per_second, outcome.train_seconds))
}

/// Operations and their shares of all the time, largest first.
fn shares(times: BTreeMap<String, Duration>, seconds: f64) -> Vec<(String, f64)> {
    let mut shares: Vec<(String, f64)> = Vec::new();
    let mut rest = 1.0;
    for (name, time) in times {
        let share = time.as_secs_f64() / seconds;
        if share >= SMALLEST_SHARE {
            rest -= share;
            shares.push((name, share));
        }
    }
    shares.push(("everything else".into(), rest));
    shares.sort_by(|one, other| other.1.total_cmp(&one.1));
    shares
}

fn main() -> Result<(), Box<dyn Error>> {
    model::keep_freed_memory();
    let mut arguments = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench");
    let path = PathBuf::from(arguments.next().ok_or("which recipe?")?);
    let steps: usize = arguments.next().map_or(Ok(1_000), |steps| steps.parse())?;
    // As in the programs.
    let _ = rayon::ThreadPoolBuilder::new()
        .use_current_thread()
        .build_global();
    let mut recipe = train::config::load(&path, &[])?.recipe;
    let config = json!(recipe);
    if recipe.data.dataset != "synthetic" {
        recipe.data.dataset = "mnist".into();
    }
    recipe.data.fallback = Fallback::Synthetic;
    recipe.data.rows = None;
    recipe.data.write_from = None;
    recipe.data.validation = Validation::Images(0);
    recipe.training.evaluate_every = None;
    recipe.training.early_stopping = None;
    recipe.training.epochs = None;
    recipe.training.steps = Some(steps);
    let data = train::dataset::load_silently(&recipe.data, recipe.seed)
        .map_err(|failure| format!("{failure:?}"))?;
    let (images_per_second, _) = train(&recipe, &data)?;
    recipe.training.steps = Some(steps.min(MAX_WATCHED_STEPS));
    let (watched, times) = with_stopwatch(|| train(&recipe, &data));
    let found = json!({
        "recipe": config,
        "images_per_second": images_per_second,
        "shares": shares(times, watched?.1),
    });
    println!("{found}");
    Ok(())
}

/// The programs' allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
