//! The options of `infer serve`.

use super::model_arguments::ModelArgs;
use crate::serve::Limits;
use clap::{Args, ValueEnum};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// `infer serve`.
#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    #[command(flatten)]
    pub(super) model: ModelArgs,
    /// What clients call the model; without it, the name of the run folder
    #[arg(long, value_name = "NAME", help_heading = "Model")]
    pub(super) name: Option<String>,
    /// Where to listen; port 0 takes a free one
    #[arg(
        long,
        value_name = "ADDRESS",
        default_value = "127.0.0.1:8080",
        help_heading = "Service"
    )]
    pub(super) listen: SocketAddr,
    /// Only answer who has one of the keys in this file, one a line; for the page too
    #[arg(long, value_name = "FILE", help_heading = "Service")]
    pub(super) api_key_file: Option<PathBuf>,
    /// Let pages of this origin ask, a scheme and a host, or of all with *; may be given several times
    #[arg(long, value_name = "ORIGIN", help_heading = "Service")]
    pub(super) cors: Vec<String>,
    /// Keep pictures whose label somebody set right on the page, in this folder: a set to train on
    #[arg(long, value_name = "DIR", help_heading = "Service")]
    pub(super) collect: Option<PathBuf>,
    /// How requests are logged on standard error: as text with --verbose, as JSON always
    #[arg(long, value_enum, default_value_t, help_heading = "Service")]
    pub(super) log_format: LogFormat,
    /// Images in hand at a time; who comes when there is no room is told to come again (429)
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_queued_images, help_heading = "Limits",
          value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    max_queue: u64,
    /// Bytes in hand at a time, in MiB: bodies of requests, and what was made of them
    #[arg(long, value_name = "MIB", default_value_t = Limits::default().max_queued_bytes >> 20, help_heading = "Limits",
          value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    max_queue_size: u64,
    /// The largest body of a request, in MiB
    #[arg(long, value_name = "MIB", default_value_t = Limits::default().max_body_bytes >> 20, help_heading = "Limits",
          value_parser = clap::value_parser!(u64).range(1..=4_096))]
    max_body: u64,
    /// The most pixels that one picture may have
    #[arg(long, value_name = "N", default_value_t = Limits::default().decode.max_pixels, help_heading = "Limits")]
    max_pixels: u64,
    /// Connections at a time
    #[arg(long, value_name = "N", default_value_t = 1_000, help_heading = "Limits",
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    max_connections: u32,
    /// Seconds for a request's body to come, and again for its answer
    #[arg(long, value_name = "SECONDS", default_value_t = 20, help_heading = "Limits",
          value_parser = clap::value_parser!(u64).range(1..=3_600))]
    timeout: u64,
    /// Set slanting digits upright before the network sees them
    #[arg(long, help_heading = "Service")]
    pub(super) deskew: bool,
}

/// How requests are logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    /// For people
    #[default]
    Text,
    /// A JSON object a line
    Json,
}

impl ServeArgs {
    /// The bounds that these options set.
    pub(super) fn limits(&self) -> Limits {
        let default = Limits::default();
        let (max_body_bytes, time) = (self.max_body << 20, Duration::from_secs(self.timeout));
        let mut decode = default.decode;
        decode.max_pixels = self.max_pixels;
        decode.max_file_bytes = max_body_bytes;
        Limits {
            max_queued_images: self.max_queue,
            max_queued_bytes: self.max_queue_size << 20,
            max_body_bytes,
            max_connections: self.max_connections as usize,
            max_body_time: time,
            max_answer_time: time,
            decode,
            ..default
        }
    }
}
