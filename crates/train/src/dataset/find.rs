//! From the name of a data set, or a path, to its images.

use super::{data_failure, say_if_damaged, watch};
use crate::config::{DataConfig, Fallback, OnError};
use crate::heartbeat::Heartbeat;
use base::with_separators;
use console::{DownloadBar, Failure, Terminal};
use data::synthetic::SyntheticConfig;
use data::{Cache, DataError, Dataset, KnownSet, Lookup, Remarks, Rows, SetFormat, SetOptions};
use std::path::Path;

/// The data set, and the name of the one that it stands in for.
pub(super) fn find(
    config: &DataConfig,
    seed: u64,
    terminal: &Terminal,
    heartbeat: &Heartbeat,
) -> Result<(Dataset, Option<String>), Failure> {
    let name = &config.dataset;
    if !is_known_or_drawn(name) {
        return read_path(config, seed, terminal, heartbeat).map(|set| (set, None));
    }
    match known_or_drawn(name, config, terminal, heartbeat) {
        Ok(set) => Ok((set, None)),
        Err(error @ DataError::NotAvailable { .. }) if config.fallback == Fallback::Synthetic => {
            terminal.note(&error.to_string());
            terminal.warn(&stand_in_warning(name));
            Ok((draw(config, terminal, heartbeat), Some(name.clone())))
        }
        Err(error) => Err(data_failure(&error)),
    }
}

fn is_known_or_drawn(name: &str) -> bool {
    name == crate::config::SYNTHETIC || name.parse::<KnownSet>().is_ok()
}

/// A known set or drawn digits, by name; nothing stands in for it.
///
/// # Errors
///
/// Where the name is unknown or the set is not to be had.
pub fn read_known_or_drawn(config: &DataConfig, terminal: &Terminal) -> Result<Dataset, Failure> {
    let name = &config.dataset;
    if !is_known_or_drawn(name) {
        return Err(Failure::usage(format!(
            "`{name}` is no data set ({})",
            names()
        )));
    }
    let heartbeat = Heartbeat::start(terminal);
    known_or_drawn(name, config, terminal, &heartbeat).map_err(|error| data_failure(&error))
}

fn names() -> String {
    let known = KnownSet::ALL.map(KnownSet::name).join(", ");
    format!("{known}, {}", crate::config::SYNTHETIC)
}

fn known_or_drawn(
    name: &str,
    config: &DataConfig,
    terminal: &Terminal,
    heartbeat: &Heartbeat,
) -> Result<Dataset, DataError> {
    let Ok(set) = name.parse::<KnownSet>() else {
        return Ok(draw(config, terminal, heartbeat));
    };
    heartbeat.doing(format!("reading {name}"));
    let lookup = Lookup::from_environment(config.dir.clone(), config.offline);
    data::load(set, &lookup, &DownloadBar::new(terminal))
}

/// What a user of drawn digits has to know.
#[must_use]
pub fn stand_in_warning(wanted: &str) -> String {
    format!(
        "{wanted} is NOT in use: it is neither on disk nor to be downloaded, so that, as the \
         recipe says (fallback = \"synthetic\"), digits drawn by the program stand in for it. \
         All figures of this run are about drawn digits. `--no-fallback` forbids this."
    )
}

fn draw(config: &DataConfig, terminal: &Terminal, heartbeat: &Heartbeat) -> Dataset {
    let size = config.synthetic;
    let what = format!("drawing {} digits", with_separators(size.train + size.test));
    terminal.note(&what);
    let config = SyntheticConfig {
        num_train: size.train,
        num_test: size.test,
        seed: size.seed,
    };
    let cache = Cache::from_environment();
    let watch = watch(&what, heartbeat);
    let (set, cache_use) = data::synthetic::draw_watched(&config, cache.as_ref(), &watch);
    say_if_damaged(&cache_use, terminal);
    set
}

fn read_path(
    config: &DataConfig,
    seed: u64,
    terminal: &Terminal,
    heartbeat: &Heartbeat,
) -> Result<Dataset, Failure> {
    let path = Path::new(&config.dataset);
    if !path.exists() {
        let Some(from) = &config.write_from else {
            let message = format!(
                "data.dataset: `{}` is neither a known data set ({}) nor a file or folder",
                config.dataset,
                names()
            );
            return Err(Failure::usage(message));
        };
        write_first(path, from, config, terminal, heartbeat)?;
    }
    heartbeat.doing(format!("reading {}", path.display()));
    let options = SetOptions {
        rows: Rows {
            number: config.rows,
            seed,
        },
        test: config.test.clone().filter(|_| !config.is_without_test()),
        skips_unusable: config.on_error == OnError::Skip,
        orientation: config.orientation.into(),
        remarks: Remarks::default(),
    };
    let read = data::read_set(path, &options);
    for remark in options.remarks.said() {
        terminal.note(&remark);
    }
    for loss in options.remarks.losses() {
        terminal.warn(&loss);
    }
    let mut set = read.map_err(|error| unreadable(&error))?;
    if config.is_without_test() {
        set.test = None;
    }
    Ok(set)
}

/// A failure with the way out; an image that cannot be used may be left out.
fn unreadable(error: &DataError) -> Failure {
    let failure = data_failure(error);
    match error {
        DataError::Picture { .. } | DataError::Record { .. } => {
            failure.with_hint(Some("--on-error skip leaves out what cannot be used"))
        }
        _ => failure,
    }
}

/// Writes the training images of a set to a file that is missing, as the recipe asks.
fn write_first(
    path: &Path,
    from: &str,
    config: &DataConfig,
    terminal: &Terminal,
    heartbeat: &Heartbeat,
) -> Result<(), Failure> {
    let name = path.to_string_lossy();
    let format = SetFormat::ALL.into_iter().find(|format| {
        let end = format!(".{format}");
        name.ends_with(&end) || name.ends_with(&format!("{end}.gz"))
    });
    let format = format.ok_or_else(|| {
        let message =
            format!("data.write_from writes .csv, .csv.gz and .parquet files, not {name}");
        Failure::usage(message).with_hint(Some("train write --help"))
    })?;
    terminal.note(&format!(
        "{name} is missing: {from} is written there first, as the recipe says (write_from)"
    ));
    let set = known_or_drawn(from, config, terminal, heartbeat);
    let set = set.map_err(|error| data_failure(&error))?;
    heartbeat.doing(format!("writing {name}"));
    data::write_images(&set.train, &set.class_names, format, path)
        .map_err(|error| data_failure(&error))
}
