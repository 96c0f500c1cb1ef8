//! One job on several machines: each does a share of the inputs, a shard, and the shards become one table.
//!
//! Owns how inputs are cut, what a shard says of itself, what an engine's environment says of the share that is meant,
//! and how shards are joined. Starts nothing anywhere: that is what Slurm, Kubernetes and others are for.

mod checked;
mod join;
mod merge;
mod origin;
mod record;
mod table;
mod task;

pub use merge::{Merged, find_shards, merge};
pub use origin::{NamedInput, Origin};
pub use record::ShardRecord;
pub use task::{Task, task};

use crate::predict::Span;
use base::files::beside;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The most shards of a job.
const MAX_SHARDS: u32 = 100_000;

/// Which share of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    number: u32,
    count: u32,
}

impl Shard {
    /// The one of this number, from 1, of so many; `None` where there is no such one.
    #[must_use]
    pub fn new(number: u32, count: u32) -> Option<Self> {
        let is_one = (1..=count).contains(&number) && count <= MAX_SHARDS;
        is_one.then_some(Self { number, count })
    }

    /// From 1.
    #[must_use]
    pub fn number(self) -> u32 {
        self.number
    }

    /// How many there are.
    #[must_use]
    pub fn count(self) -> u32 {
        self.count
    }

    /// Its inputs of so many: equal shares in the order of the inputs. Where a share has a batch or more, it begins with
    /// one, as one run would: a product of matrices of another size may round in another way. The last one goes on to the
    /// end, so that all are done even where there are more than were counted.
    #[must_use]
    pub fn span(self, num_inputs: u64, batch_size: u64) -> Span {
        let has_batches = num_inputs / u64::from(self.count) >= batch_size;
        let step = if has_batches { batch_size.max(1) } else { 1 };
        let before = |number: u32| {
            let place = u128::from(num_inputs) * u128::from(number) / u128::from(self.count);
            let place = u64::try_from(place).unwrap_or(u64::MAX);
            place - place % step
        };
        Span {
            first: before(self.number - 1),
            end: (self.number < self.count).then(|| before(self.number)),
        }
    }

    /// Where its rows go, where those of all were to go there: `digits.3-of-8.csv` for `digits.csv`.
    #[must_use]
    pub fn path(self, output: &Path) -> PathBuf {
        beside(output, &format!("{}-of-{}", self.number, self.count))
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.number, self.count)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/').and_then(|(number, count)| {
            Self::new(number.trim().parse().ok()?, count.trim().parse().ok()?)
        });
        numbers.ok_or_else(|| {
            format!("expected a number and how many there are, such as 3/8: 1/8 is the first, at most {MAX_SHARDS}")
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn shares_are_everything_once_and_in_order() {
        for (num_inputs, count, batch) in [
            (0, 1, 1),
            (0, 3, 1),
            (1, 3, 1_000),
            (10, 3, 1_000),
            (10, 3, 2),
            (1_000_003, 8, 1_000),
        ] {
            let step = if num_inputs / u64::from(count) < batch {
                1
            } else {
                batch
            };
            let mut next = 0;
            for number in 1..=count {
                let span = Shard::new(number, count).unwrap().span(num_inputs, batch);
                assert_eq!(span.first, next);
                let num = span.num_of(num_inputs);
                assert!(num.abs_diff(num_inputs / u64::from(count)) <= step);
                assert_eq!(span.first % step, 0);
                next += num;
                assert_eq!(span.end.is_none(), number == count);
            }
            assert_eq!(next, num_inputs);
        }
    }

    #[test]
    fn shards_are_written_as_people_count() {
        let shard: Shard = "3/8".parse().unwrap();
        assert_eq!((shard.number(), shard.count()), (3, 8));
        assert_eq!(shard.to_string(), "3/8");
        let path = shard.path(Path::new("out/digits.csv"));
        assert_eq!(path, Path::new("out/digits.3-of-8.csv"));
        for wrong in ["0/8", "9/8", "3", "/8", "a/b", "1/0", "1/100001"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
