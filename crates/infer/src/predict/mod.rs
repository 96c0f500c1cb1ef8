//! Images through the networks: models on a device, and any number of images, batch after batch.

mod candidate;
mod contenders;
mod cuts;
mod job;
mod joins;
mod look;
mod models;
mod of_images;
mod others;
mod pairs;
mod pipeline;
mod predictor;
mod reader;
mod reading;
mod span;
mod unread;
mod ways;

pub use cuts::read_digits;
pub use job::{Done, Ending, Job, Recipient};
pub use look::settle;
pub use models::{Models, each_once, stand_in_warning};
pub use of_images::with_logits;
pub use predictor::Predictor;
pub use reading::{Digit, Fit, Reading};
pub use span::Span;
pub use unread::Unread;
