//! Where the time goes: how long each stage of a job was at work.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A part of the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Walking folders and reading files of many images.
    Reading,
    /// Reading, decoding and preparing pictures, on all threads together.
    Decoding,
    /// The network.
    Network,
    /// Writing results.
    Writing,
    /// The network had nothing to do because no picture was ready.
    Waiting,
}

const AT_WORK: [(Stage, &str); 4] = [
    (Stage::Reading, "reading"),
    (Stage::Decoding, "decoding"),
    (Stage::Network, "network"),
    (Stage::Writing, "writing"),
];

/// Time spent in each stage, in nanoseconds, from any thread.
#[derive(Debug, Default)]
pub(crate) struct Stages([AtomicU64; 5]);

impl Stages {
    /// Does something as part of a stage.
    pub(crate) fn time<T>(&self, stage: Stage, action: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = action();
        let nanoseconds = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.0[stage as usize].fetch_add(nanoseconds, Ordering::Relaxed);
        result
    }

    /// Time spent in a stage so far.
    pub(crate) fn spent(&self, stage: Stage) -> Duration {
        Duration::from_nanos(self.0[stage as usize].load(Ordering::Relaxed))
    }

    /// The share of each stage in all work, in one line. Threads that work at the same time count
    /// each for itself.
    pub(crate) fn to_text(&self) -> String {
        let seconds = |stage| self.spent(stage).as_secs_f64();
        let total: f64 = AT_WORK.iter().map(|&(stage, _)| seconds(stage)).sum();
        let shares = AT_WORK.iter().map(|&(stage, name)| {
            let share = if total > 0.0 {
                seconds(stage) / total
            } else {
                0.0
            };
            format!("{name} {:.1} %", 100.0 * share)
        });
        let shares: Vec<String> = shares.collect();
        format!(
            "work: {} of {total:.2} s on all threads; the network waited {:.2} s for pictures",
            shares.join(", "),
            seconds(Stage::Waiting)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_the_work_and_waiting_is_none() {
        let stages = Stages::default();
        for (stage, nanoseconds) in [
            (Stage::Reading, 100_000_000),
            (Stage::Decoding, 300_000_000),
            (Stage::Network, 1_600_000_000),
            (Stage::Waiting, 5_000_000_000),
        ] {
            stages.0[stage as usize].store(nanoseconds, Ordering::Relaxed);
        }
        assert_eq!(
            stages.to_text(),
            "work: reading 5.0 %, decoding 15.0 %, network 80.0 %, writing 0.0 % of 2.00 s on all \
             threads; the network waited 5.00 s for pictures"
        );
        let before = stages.spent(Stage::Writing);
        assert_eq!(stages.time(Stage::Writing, || 7), 7);
        assert!(stages.spent(Stage::Writing) > before);
    }
}
