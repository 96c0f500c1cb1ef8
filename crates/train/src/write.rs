//! The command `train write`: a data set as files of some format.

use crate::cli::WriteArguments;
use crate::config::DataConfig;
use crate::dataset::{data_failure, read_known_or_drawn};
use base::with_separators;
use console::{Exit, Failure, ProgressMode, Terminal, Verbosity, print_result};

/// Writes the set and prints the paths.
///
/// # Errors
///
/// Where the set is not to be had, or a file is there already.
pub fn write(arguments: &WriteArguments) -> Result<Exit, Failure> {
    let terminal = Terminal::new(Verbosity::Normal, ProgressMode::Auto);
    let mut config = DataConfig {
        dataset: arguments.dataset.clone(),
        dir: arguments.data_dir.clone(),
        offline: arguments.offline,
        ..DataConfig::default()
    };
    if let Some(count) = arguments.count {
        let count = count as usize;
        (config.synthetic.train, config.synthetic.test) = (count, count / 6);
    }
    let set = read_known_or_drawn(&config, &terminal)?;
    let num_test = set.test.as_ref().map_or(0, data::LabeledImages::len);
    terminal.note(&format!(
        "writing {} training and {} test images of {}",
        with_separators(set.train.len()),
        with_separators(num_test),
        set.name
    ));
    let paths = data::write_set(&set, arguments.format.into(), &arguments.out)
        .map_err(|error| data_failure(&error))?;
    for path in paths {
        print_result(&path.display().to_string()).map_err(Failure::new)?;
    }
    Ok(Exit::Done)
}
