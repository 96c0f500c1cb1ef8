//! From the recipe's `[data]` and `[additions]` to training, validation and test images. The only place
//! where the program decides what to train on; reading, downloading and drawing are the `data` crate's.

mod classes;
mod find;
mod oddities;

pub use find::{read_known_or_drawn, stand_in_warning};

use crate::config::{DataConfig, Recipe, SplitKind, Validation};
use crate::heartbeat::Heartbeat;
use base::with_separators;
use console::{Failure, ProgressMode, Terminal, Verbosity};
use data::additions;
use data::{
    Additions, Cache, CacheUse, DataError, Dataset, LabeledImages, SplitConfig, SplitOrder,
};
use model::DatasetProvenance;
use serde::Serialize;
use std::time::Instant;

/// What is said of a run whose recipe has `validation = "test"`.
pub(crate) const VALIDATES_ON_TEST: &str = "this recipe validates on the test images: its test accuracy is \
    chosen on what it is tested on, and higher than on images never seen";

/// Everything a run needs of its data.
pub struct TrainingData {
    /// What it trains on.
    pub train: LabeledImages,
    /// What it trains on beside that, at first.
    pub additions: Additions,
    /// What it selects on; may be empty.
    pub validation: LabeledImages,
    /// What it is tested on, once; may be empty.
    pub test: LabeledImages,
    /// Names of the classes, in the order of the labels.
    pub class_names: Vec<String>,
    /// What goes into everything that is saved.
    pub provenance: DatasetProvenance,
    /// How long it took to have all this.
    pub preparation: Preparation,
}

/// How long it took to have the data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Preparation {
    /// Seconds of finding, downloading, reading and splitting the set.
    pub reading_seconds: f64,
    /// Seconds of drawing the additions, or of finding them in the cache.
    pub additions_seconds: f64,
    /// Whether the additions had been drawn before.
    pub additions_found: bool,
}

impl TrainingData {
    /// Images to train on, and nothing else: no additions, nothing to select on or to be tested on, no sum.
    #[must_use]
    pub fn to_train_on(train: LabeledImages, class_names: Vec<String>, name: &str) -> Self {
        Self {
            train,
            additions: Additions::default(),
            validation: LabeledImages::default(),
            test: LabeledImages::default(),
            class_names,
            provenance: DatasetProvenance {
                name: name.to_owned(),
                sha256: String::new(),
                origin: String::new(),
                stands_in_for: None,
            },
            preparation: Preparation::default(),
        }
    }

    /// Images that an epoch shows.
    #[must_use]
    pub fn num_shown(&self) -> usize {
        self.train.len() + self.additions.len()
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

    /// What is trained on beside the set's own images, where there is something.
    #[must_use]
    pub fn additions_text(&self) -> Option<String> {
        let Additions {
            redrawn,
            cuttings,
            european,
            letters: _,
        } = &self.additions;
        let kinds = [
            (redrawn.len(), "digits drawn again with other pens"),
            (cuttings.num_cut(), "parts of digits that touch"),
            (cuttings.pairs.len(), "pairs of digits that touch"),
            (european.len(), "digits as written in Europe"),
            (self.additions.num_letters(), "letters and signs"),
        ];
        let named = kinds.iter().filter(|(count, _)| *count > 0);
        let named: Vec<String> = named
            .map(|(count, what)| format!("{} {what}", with_separators(*count)))
            .collect();
        (!named.is_empty()).then(|| named.join(", "))
    }
}

/// A failure with the data's own way out.
pub(crate) fn data_failure(error: &DataError) -> Failure {
    Failure::new(error).with_hint(error.hint())
}

/// All that a recipe trains on: a set, split, and what is added of digits of other pens and digits that touch.
///
/// # Errors
///
/// Where the set is not to be had, damaged, or too small for the split.
pub(crate) fn load_for_training(
    recipe: &Recipe,
    terminal: &Terminal,
    heartbeat: &Heartbeat,
) -> Result<TrainingData, Failure> {
    let found = FoundSet::find(&recipe.data, recipe.seed, terminal, heartbeat)?;
    prepare(found, recipe, terminal, heartbeat)
}

/// As [`load_for_training`], of a set that was found already.
///
/// # Errors
///
/// Where it is too small for the split.
pub(crate) fn prepare(
    found: FoundSet,
    recipe: &Recipe,
    terminal: &Terminal,
    heartbeat: &Heartbeat,
) -> Result<TrainingData, Failure> {
    heartbeat.doing("splitting the images");
    let mut data = split(found, &recipe.data, recipe.seed, terminal)?;
    let config = recipe.additions.to_draw();
    let num_images = data.train.len();
    let wanted = [
        (config.num_redrawn(num_images), "digits of other pens"),
        (config.num_pairs(num_images), "pairs of digits that touch"),
        (config.num_european(num_images), "European digits"),
        (config.num_letters(num_images), "letters and signs"),
    ];
    let wanted = wanted.iter().filter(|(count, _)| *count > 0);
    let wanted: Vec<String> = wanted
        .map(|(count, what)| format!("{} {what}", with_separators(*count)))
        .collect();
    if wanted.is_empty() {
        return Ok(data);
    }
    classes::check_additions(&data, &recipe.additions)?;
    let started = Instant::now();
    let what = format!("drawing {}", wanted.join(" and "));
    terminal.note(&what);
    let cache = Cache::from_environment();
    let watch = watch(&what, heartbeat);
    let (added, cache_use) =
        additions::draw(&data.train, &config, recipe.seed, cache.as_ref(), &watch);
    say_if_damaged(&cache_use, terminal);
    data.preparation.additions_found = cache_use == CacheUse::Found;
    data.preparation.additions_seconds = started.elapsed().as_secs_f64();
    if data.preparation.additions_found {
        terminal.detail("they had been drawn before");
    }
    data.additions = added;
    Ok(data)
}

/// Tells the heartbeat, now and then, how many of how many images are drawn.
fn watch(what: &str, heartbeat: &Heartbeat) -> impl Fn(usize, usize) + Sync {
    move |done, total| {
        // Each image takes microseconds: every hundredth of them is often enough.
        if done.is_multiple_of((total / 100).max(1)) {
            heartbeat.doing(format!("{what}: {} %", 100 * done / total.max(1)));
        }
    }
}

fn say_if_damaged(cache_use: &CacheUse, terminal: &Terminal) {
    if let CacheUse::Damaged(path) = cache_use {
        let path = path.display();
        terminal.warn(&format!("{path} was damaged, and is drawn again"));
    }
}

/// A data set as it was found, before anything of it is set aside.
#[derive(Clone)]
pub(crate) struct FoundSet {
    set: Dataset,
    /// The set that was wanted, where these are drawn digits in its place.
    stands_in_for: Option<String>,
    sha256: String,
    reading_seconds: f64,
    /// The seed that chose its rows, where it is not all of a file.
    seed: u64,
}

impl FoundSet {
    /// Finds and reads what a recipe wants.
    ///
    /// # Errors
    ///
    /// Where it is not to be had, or damaged.
    pub(crate) fn find(
        config: &DataConfig,
        seed: u64,
        terminal: &Terminal,
        heartbeat: &Heartbeat,
    ) -> Result<Self, Failure> {
        let started = Instant::now();
        let (set, stands_in_for) = find::find(config, seed, terminal, heartbeat)?;
        heartbeat.doing(format!("taking the sum of {}", set.name));
        let sha256 = set.sha256();
        Ok(Self {
            set,
            stands_in_for,
            sha256,
            reading_seconds: started.elapsed().as_secs_f64(),
            seed,
        })
    }

    /// The same for another seed: read again only where the seed chooses what is read.
    ///
    /// # Errors
    ///
    /// As of [`FoundSet::find`].
    pub(crate) fn for_seed(
        &self,
        config: &DataConfig,
        seed: u64,
        terminal: &Terminal,
        heartbeat: &Heartbeat,
    ) -> Result<Self, Failure> {
        if config.rows.is_some() && seed != self.seed {
            return Self::find(config, seed, terminal, heartbeat);
        }
        Ok(self.clone())
    }
}

/// Finds, reads and splits the data, without such additions.
///
/// # Errors
///
/// Where it is not to be had, damaged, or too small for the split.
pub(crate) fn load(
    config: &DataConfig,
    seed: u64,
    terminal: &Terminal,
    heartbeat: &Heartbeat,
) -> Result<TrainingData, Failure> {
    let found = FoundSet::find(config, seed, terminal, heartbeat)?;
    split(found, config, seed, terminal)
}

/// Splits a set, without additions.
///
/// # Errors
///
/// Where it is too small for the split.
fn split(
    found: FoundSet,
    config: &DataConfig,
    seed: u64,
    terminal: &Terminal,
) -> Result<TrainingData, Failure> {
    let started = Instant::now();
    let set = found.set;
    let class_names = classes::class_names(&set, config.classes)?;
    let (training, test) = match set.test {
        Some(test) => (set.train, test),
        None if config.is_without_test() => (set.train, LabeledImages::default()),
        None => data::set_test_aside(set.train, seed).map_err(|error| data_failure(&error))?,
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
        Validation::Images(number) if number > 0 && set.validation.is_some() => {
            terminal.note("validating on the set's own validation images");
            (training, set.validation.unwrap_or_default())
        }
        Validation::Images(validation) => {
            if set.validation.is_some() {
                terminal.note("the set's own validation images are left out (data.validation = 0)");
            }
            let split = SplitConfig { validation, order };
            let parts = data::split(training, split).map_err(|error| split_failure(&error))?;
            (parts.train, parts.validation.unwrap_or_default())
        }
    };
    Ok(TrainingData {
        train,
        additions: Additions::default(),
        validation,
        test,
        class_names,
        provenance: DatasetProvenance {
            name: set.name,
            sha256: found.sha256,
            origin: set.origin,
            stands_in_for: found.stands_in_for,
        },
        preparation: Preparation {
            reading_seconds: found.reading_seconds + started.elapsed().as_secs_f64(),
            ..Preparation::default()
        },
    })
}

/// Finds, reads and splits the data, for those who have nobody to tell of it; without additions.
///
/// # Errors
///
/// Where it is not to be had, damaged, or too small for the split.
pub fn load_silently(config: &DataConfig, seed: u64) -> Result<TrainingData, Failure> {
    let terminal = Terminal::new(Verbosity::Quiet, ProgressMode::None);
    load(config, seed, &terminal, &Heartbeat::start(&terminal))
}

/// With the command that fits the number of images there are.
fn split_failure(error: &DataError) -> Failure {
    let failure = data_failure(error);
    match error {
        DataError::Split { available, .. } => {
            let tenth = available / 10;
            failure.with_hint(Some(format!("--set data.validation={tenth}")))
        }
        _ => failure,
    }
}
