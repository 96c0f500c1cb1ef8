//! The options that name a model and a device, of every command that has them.

use clap::Args;
use model::{DEFAULT_INFERENCE_BATCH, DEVICE_SPELLINGS, Views};
use std::path::PathBuf;

/// The largest batch that may be asked for, in images.
const MAX_BATCH: i64 = 100_000;

/// The model and how it is run.
#[derive(Debug, Args)]
#[command(next_help_heading = "Model")]
pub(super) struct ModelArgs {
    /// The run folder that `train` wrote, or its name, such as cnn-001, or the .safetensors file of one; given several times, or as a pattern,
    /// the networks answer together, by the mean of their logits, each at its own temperature
    #[arg(short, long = "model", value_name = "RUN")]
    pub(super) models: Vec<PathBuf>,
    #[arg(long, value_name = "DEVICE", default_value = "auto", help = device_help())]
    pub(super) device: String,
    /// Images that go through the network at once
    #[arg(long, value_name = "N", default_value_t = DEFAULT_INFERENCE_BATCH as u32,
          value_parser = clap::value_parser!(u32).range(1..=MAX_BATCH))]
    pub(super) batch_size: u32,
    /// At how many angles each image is read: 1, 3 or 5, more rightly and so many times as long; as the recipe
    /// says where it is left out, mostly 1
    #[arg(long, value_name = "N", value_parser = views)]
    pub(super) views: Option<Views>,
}

fn views(text: &str) -> Result<Views, String> {
    let number: u8 = text.parse().map_err(|_| "expected 1, 3 or 5 views")?;
    Views::try_from(number).map_err(|error| error.to_string())
}

/// The help of `--device`.
pub(super) fn device_help() -> String {
    format!("Where to compute: {DEVICE_SPELLINGS}. For few pictures, cpu is the quickest")
}
