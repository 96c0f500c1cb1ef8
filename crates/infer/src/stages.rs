//! Where the time goes: how long each stage of a job was at work.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A part of the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Walking folders and reading files.
    Reading,
    /// Turning the bytes of pictures into pixels.
    Decoding,
    /// Bringing pictures to MNIST's form.
    Preparing,
    /// The network.
    Network,
    /// Writing results, and pictures as the network sees them.
    Writing,
    /// The network had nothing to do because no picture was ready.
    Waiting,
}

const AT_WORK: [(Stage, &str); 5] = [
    (Stage::Reading, "reading"),
    (Stage::Decoding, "decoding"),
    (Stage::Preparing, "preparing"),
    (Stage::Network, "network"),
    (Stage::Writing, "writing"),
];

/// Time spent in each stage, in nanoseconds, from any thread.
#[derive(Debug, Default)]
pub struct Stages([AtomicU64; 6]);

impl Stages {
    /// Does something as part of a stage.
    pub fn time<T>(&self, stage: Stage, action: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = action();
        let nanoseconds = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.0[stage as usize].fetch_add(nanoseconds, Ordering::Relaxed);
        result
    }

    /// Time spent in a stage so far.
    #[must_use]
    pub fn spent(&self, stage: Stage) -> Duration {
        Duration::from_nanos(self.0[stage as usize].load(Ordering::Relaxed))
    }

    /// The share of each stage in all work and its time for each of so many pictures, a line a stage.
    /// Threads that work at the same time count each for itself.
    #[must_use]
    pub fn to_text(&self, num_pictures: usize) -> String {
        let seconds = |stage| self.spent(stage).as_secs_f64();
        let total: f64 = AT_WORK.iter().map(|&(stage, _)| seconds(stage)).sum();
        let mut text = format!("work: {total:.2} s on all threads");
        for (stage, name) in AT_WORK {
            let share = 100.0 * seconds(stage) / total.max(f64::MIN_POSITIVE);
            let each = 1e6 * seconds(stage) / num_pictures.max(1) as f64;
            let _ = write!(text, "\n  {name:9} {share:5.1} %  {each:8.2} µs a picture");
        }
        let waited = seconds(Stage::Waiting);
        let _ = write!(text, "\nthe network waited {waited:.2} s for pictures");
        text
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
        let text = stages.to_text(10_000);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "work: 2.00 s on all threads");
        assert_eq!(lines[2], "  decoding   15.0 %     30.00 µs a picture");
        assert_eq!(lines[3], "  preparing   0.0 %      0.00 µs a picture");
        assert_eq!(lines[4], "  network    80.0 %    160.00 µs a picture");
        assert_eq!(lines[6], "the network waited 5.00 s for pictures");
        assert!(Stages::default().to_text(0).contains("  0.0 %"));
        let before = stages.spent(Stage::Writing);
        assert_eq!(stages.time(Stage::Writing, || 7), 7);
        assert!(stages.spent(Stage::Writing) > before);
    }
}
