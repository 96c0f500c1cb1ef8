//! The digits that the examples put on paper.

use std::error::Error;
use std::path::PathBuf;

use data::synthetic::{SyntheticConfig, draw};
use data::{Dataset, KnownSet, LabeledImages, MNIST_DIR, SplitConfig, SplitOrder, split};
use papers::Paper;

/// Those of `part`: test, train, or validation, which the recipes set aside, so that a network has
/// not been trained on them. Drawn ones are enough for `count` on each kind of paper.
pub(crate) fn images(part: &str, count: usize) -> Result<LabeledImages, Box<dyn Error>> {
    let dataset = dataset(count * Paper::ALL.len())?;
    let images = match part {
        "train" => Some(dataset.train),
        "validation" => {
            let config = SplitConfig {
                validation: 5000,
                order: SplitOrder::Seeded { seed: 42 },
            };
            split(dataset.train, config)?.validation
        }
        "test" => dataset.test,
        _ => None,
    };
    images.ok_or_else(|| "the set has no such images".into())
}

fn dataset(count: usize) -> Result<Dataset, Box<dyn Error>> {
    let Some(folder) = std::env::var_os(MNIST_DIR) else {
        let config = SyntheticConfig {
            num_train: count,
            num_test: count,
            seed: 1,
        };
        return Ok(draw(&config));
    };
    let lookup = data::Lookup::from_environment(Some(PathBuf::from(folder)), true);
    Ok(data::load(KnownSet::Mnist, &lookup, &data::Silent)?)
}

/// Which image comes at a place: spread over the set, which comes in the order of its writers. Ten
/// kinds of a thousand have each of ten thousand once.
#[allow(dead_code, reason = "not every example spreads its digits")]
pub(crate) fn spread(place: usize, paper: Paper, seed: u64, num_images: usize) -> usize {
    let number = place * Paper::ALL.len() + paper as usize;
    (seed as usize + number * 7919) % num_images
}
