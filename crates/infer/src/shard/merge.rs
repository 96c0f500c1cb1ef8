//! The shards of a job become one table: all there, each once, of one model and the same inputs, as they were written.

use super::Shard;
use super::checked::Part;
use super::join::join;
use super::record::{RECORD_END, ShardRecord};
use crate::error::{Error, ShardError};
use crate::output::{Format, Sink};
use crate::places;
use base::files::parent;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// So many shards that are missing are named.
const MAX_NAMED: usize = 20;

/// What was joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Merged {
    /// Shards.
    pub num_shards: usize,
    /// Pictures that have an answer.
    pub num_pictures: u64,
    /// Inputs that could not be used.
    pub num_unusable: u64,
}

/// The shards of an output that are done, by the records that lie beside it.
///
/// # Errors
///
/// Where there are none, or the folder cannot be read.
pub fn find_shards(output: &Path) -> Result<Vec<PathBuf>, ShardError> {
    let folder = parent(output);
    let stem = output.file_stem().unwrap_or_default().to_string_lossy();
    let names = places::beginning_with(folder, &format!("{stem}."));
    let names = names.map_err(|source| ShardError::Read {
        path: folder.into(),
        source,
    })?;
    let mut shards = Vec::new();
    for path in names {
        let name = path.to_string_lossy();
        let Some(file) = name.strip_suffix(RECORD_END).map(PathBuf::from) else {
            continue;
        };
        // Others begin with the same letters.
        let record = ShardRecord::read(&file)?;
        let is_ours = record
            .is_some_and(|record| record.shard().path(output).file_name() == file.file_name());
        if is_ours {
            shards.push(file);
        }
    }
    if shards.is_empty() {
        let output = output.into();
        return Err(ShardError::None { output });
    }
    Ok(shards)
}

/// Joins shards to what one run would have written.
///
/// # Errors
///
/// Where one is missing, there twice, of another job or not as it was written, and where files cannot be read or
/// written. What was at the sink's place stays then.
pub fn merge(files: &[PathBuf], format: Format, mut sink: Sink) -> Result<Merged, Error> {
    let parts = checked(files)?;
    join(&parts, format, &mut sink)?;
    sink.finish()?;
    let sum = |number: fn(&ShardRecord) -> u64| parts.iter().map(|part| number(&part.record)).sum();
    Ok(Merged {
        num_shards: parts.len(),
        num_pictures: sum(|record| record.num_pictures),
        num_unusable: sum(|record| record.num_unusable),
    })
}

/// All shards of one job, in order.
fn checked(files: &[PathBuf]) -> Result<Vec<Part>, ShardError> {
    let mut parts = Vec::new();
    for file in files {
        let record = ShardRecord::read(file)?.ok_or_else(|| ShardError::NoRecord {
            file: file.clone(),
            record: ShardRecord::path_of(file),
        })?;
        let file = file.clone();
        parts.push(Part { file, record });
    }
    parts.sort_by_key(|part| part.record.shard().number());
    if let Some(first) = parts.first() {
        for part in &parts {
            check_job(first, part)?;
        }
    }
    for pair in parts.windows(2) {
        if let [first, second] = pair
            && first.record.shard() == second.record.shard()
        {
            return Err(ShardError::Twice {
                shard: first.record.shard().to_string(),
                first: first.file.clone(),
                second: second.file.clone(),
            });
        }
    }
    check_missing(&parts)?;
    for part in &parts {
        check_place(part)?;
    }
    Ok(parts)
}

fn check_job(first: &Part, part: &Part) -> Result<(), ShardError> {
    let (one, other) = (first.record.shard().count(), part.record.shard().count());
    let cut = (one != other).then(|| format!("one is of {one} shards, the other of {other}"));
    let difference = cut.or_else(|| first.record.origin.difference(&part.record.origin));
    match difference {
        None => Ok(()),
        Some(difference) => Err(ShardError::Different {
            first: first.file.clone(),
            second: part.file.clone(),
            difference,
        }),
    }
}

fn check_missing(parts: &[Part]) -> Result<(), ShardError> {
    let count = parts.first().map_or(0, |part| part.record.shard().count());
    let there: BTreeSet<u32> = parts
        .iter()
        .map(|part| part.record.shard().number())
        .collect();
    let missing: Vec<String> = (1..=count)
        .filter(|number| !there.contains(number))
        .map(|number| format!("{number}/{count}"))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let mut named = missing[..missing.len().min(MAX_NAMED)].join(", ");
    if let Some(num_more) = missing.len().checked_sub(MAX_NAMED + 1) {
        let _ = write!(named, " and {} more", num_more + 1);
    }
    let (noun, verb) = if missing.len() == 1 {
        ("shard", "is")
    } else {
        ("shards", "are")
    };
    Err(ShardError::Missing {
        missing: format!("{noun} {named} {verb}"),
        found: format!("{} of {count}", there.len()),
    })
}

/// Whether a shard did the share that it was to do, and its rows are as long as they were.
fn check_place(part: &Part) -> Result<(), ShardError> {
    let record = &part.record;
    let shard: Shard = record.shard();
    let span = shard.span(record.origin.num_inputs, record.origin.batch_size);
    let problem = |problem: String| ShardError::BadRecord {
        path: ShardRecord::path_of(&part.file),
        problem,
    };
    if record.first_input != span.first {
        let (expected, found) = (span.first, record.first_input);
        return Err(problem(format!(
            "expected inputs from {expected} on, found {found}"
        )));
    }
    if !record.has_its_rows(&part.file)? {
        return Err(ShardError::Changed {
            file: part.file.clone(),
            problem: format!("its record says {} bytes", record.num_bytes),
        });
    }
    Ok(())
}
