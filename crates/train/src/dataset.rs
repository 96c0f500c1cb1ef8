//! From the recipe's `[data]` to training, validation and test images. The only place where the
//! program decides what to train on; reading and downloading are the `data` crate's.

use crate::config::{DataConfig, Fallback, Recipe, SplitKind, Validation};
use console::{DownloadBar, Failure, Terminal};
use data::synthetic::SyntheticConfig;
use data::{
    Cuttings, DataError, Dataset, KnownSet, LabeledImages, Lookup, Rows, SetOptions, SplitConfig,
    SplitOrder,
};
use model::DatasetProvenance;
use std::path::Path;

/// What is said of a run whose recipe has `validation = "test"`.
pub(crate) const VALIDATES_ON_TEST: &str = "this recipe validates on the test images: its test accuracy is \
    chosen on what it is tested on, and higher than on images never seen";

/// Everything a run needs of its data.
pub struct TrainingData {
    /// What it trains on.
    pub train: LabeledImages,
    /// What it trains on beside that: some of these, drawn again with other pens.
    pub redrawn: LabeledImages,
    /// And digits that touched, cut apart.
    pub cuttings: Cuttings,
    /// What it selects on; may be empty.
    pub validation: LabeledImages,
    /// What it is tested on, once.
    pub test: LabeledImages,
    /// Names of the classes, in the order of the labels.
    pub class_names: Vec<String>,
    /// What goes into everything that is saved.
    pub provenance: DatasetProvenance,
}

impl TrainingData {
    /// Images that an epoch shows.
    #[must_use]
    pub fn num_shown(&self) -> usize {
        self.train.len() + self.redrawn.len() + self.cuttings.len()
    }

    /// The data set's name, and what it stands in for.
    #[must_use]
    pub fn label(&self) -> String {
        let name = &self.provenance.name;
        match &self.provenance.stands_in_for {
            Some(wanted) => format!("{name}, standing in for {wanted}"),
            None => name.clone(),
        }
    }
}

/// A failure with the data's own way out.
fn data_failure(error: &DataError) -> Failure {
    Failure::new(error).with_hint(error.hint())
}

/// All that a recipe trains on: [`load`], and what it adds of digits of other pens and digits that touch.
///
/// # Errors
///
/// As of [`load`].
pub fn load_for_training(recipe: &Recipe, terminal: &Terminal) -> Result<TrainingData, Failure> {
    let mut data = load(&recipe.data, recipe.seed, terminal)?;
    let num = |share: f64| (share * data.train.len() as f64).round() as usize;
    let (num_redrawn, num_pairs) = (
        num(recipe.augmentation.pens),
        num(recipe.augmentation.touching),
    );
    data.redrawn = data::redrawn(&data.train, num_redrawn, recipe.seed);
    data.cuttings = data::cuttings(&data.train, num_pairs, recipe.seed);
    Ok(data)
}

/// Finds, reads and splits the data, without such additions.
///
/// # Errors
///
/// Where it is not to be had, damaged, or too small for the split.
pub fn load(config: &DataConfig, seed: u64, terminal: &Terminal) -> Result<TrainingData, Failure> {
    let (set, stands_in_for) = find(config, seed, terminal)?;
    let sha256 = set.sha256();
    let (training, test) = match set.test {
        Some(test) => (set.train, test),
        None => data::set_test_aside(&set.train, seed).map_err(|error| data_failure(&error))?,
    };
    let order = match config.split {
        SplitKind::Seeded => SplitOrder::Seeded { seed },
        SplitKind::Last => SplitOrder::Last,
    };
    let (train, validation) = match config.validation {
        Validation::Test => {
            terminal.warn(VALIDATES_ON_TEST);
            (training, test.clone())
        }
        Validation::Images(validation) => {
            let split = SplitConfig { validation, order };
            let parts = data::split(&training, split).map_err(|error| data_failure(&error))?;
            (parts.train, parts.validation.unwrap_or_default())
        }
    };
    Ok(TrainingData {
        train,
        redrawn: LabeledImages::default(),
        cuttings: Cuttings::default(),
        validation,
        test,
        class_names: fill_up(set.class_names),
        provenance: DatasetProvenance {
            name: set.name,
            sha256,
            origin: set.origin,
            stands_in_for,
        },
    })
}

/// The data set, and the name of the one that it stands in for.
fn find(
    config: &DataConfig,
    seed: u64,
    terminal: &Terminal,
) -> Result<(Dataset, Option<String>), Failure> {
    if config.dataset == "synthetic" {
        return Ok((draw(config, terminal), None));
    }
    let Ok(set) = config.dataset.parse::<KnownSet>() else {
        return read_path(config, seed).map(|set| (set, None));
    };
    let lookup = Lookup::from_environment(config.dir.clone(), config.offline);
    match data::load(set, &lookup, &DownloadBar::new(terminal)) {
        Ok(set) => Ok((set, None)),
        Err(error @ DataError::NotAvailable { .. })
            if config.fallback == Some(Fallback::Synthetic) =>
        {
            terminal.note(&error.to_string());
            terminal.warn(&stand_in_warning(set.name()));
            Ok((draw(config, terminal), Some(set.name().to_string())))
        }
        Err(error) => Err(data_failure(&error)),
    }
}

/// What a user of drawn digits has to know.
#[must_use]
pub fn stand_in_warning(wanted: &str) -> String {
    format!(
        "{wanted} is NOT in use: it is neither on disk nor to be downloaded, so that, as the \
         recipe says (fallback = \"synthetic\"), digits drawn by the program stand in for it. \
         All figures of this run are about drawn digits."
    )
}

fn draw(config: &DataConfig, terminal: &Terminal) -> Dataset {
    let size = config.synthetic;
    terminal.note(&format!("drawing {} digits", size.train + size.test));
    data::synthetic::draw(&SyntheticConfig {
        num_train: size.train,
        num_test: size.test,
        seed: size.seed,
    })
}

fn read_path(config: &DataConfig, seed: u64) -> Result<Dataset, Failure> {
    let path = Path::new(&config.dataset);
    if !path.exists() {
        let known: Vec<&str> = KnownSet::ALL.iter().map(|set| set.name()).collect();
        let message = format!(
            "data.dataset: `{}` is neither a known data set ({}, synthetic) nor a file or folder",
            config.dataset,
            known.join(", ")
        );
        return Err(Failure::usage(message));
    }
    let options = SetOptions {
        rows: Rows {
            number: config.rows,
            seed,
        },
        test: config.test.clone(),
    };
    data::read_set(path, &options).map_err(|error| data_failure(&error))
}

/// The network has ten outputs; names for those that the data has no class for.
fn fill_up(mut class_names: Vec<String>) -> Vec<String> {
    for class in class_names.len()..base::NUM_CLASSES {
        class_names.push(format!("(unused {class})"));
    }
    class_names
}
