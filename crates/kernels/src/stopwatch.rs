//! How long each operation takes, for benches. Owns the times, and which thread they are taken on; not
//! what is done with them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

thread_local! {
    /// None while nobody asks: then nothing is measured.
    static TIMES: RefCell<Option<BTreeMap<String, Duration>>> = const { RefCell::new(None) };
}

/// Does something and tells how long each of this crate's operations took in all while it was done: those
/// that the calling thread asked for, on the CPU. What other threads did for it counts, as time.
pub fn with_stopwatch<T>(work: impl FnOnce() -> T) -> (T, BTreeMap<String, Duration>) {
    let before = TIMES.replace(Some(BTreeMap::new()));
    let result = work();
    let times = TIMES.replace(before);
    (result, times.unwrap_or_default())
}

/// Does one operation, whose time counts under `name`.
pub(crate) fn timed<T>(name: impl FnOnce() -> String, work: impl FnOnce() -> T) -> T {
    if TIMES.with_borrow(Option::is_none) {
        return work();
    }
    let start = Instant::now();
    let result = work();
    let elapsed = start.elapsed();
    TIMES.with_borrow_mut(|times| {
        if let Some(times) = times {
            *times.entry(name()).or_default() += elapsed;
        }
    });
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_summed_by_name_while_somebody_asks() {
        let one = || {
            timed(
                || "one".into(),
                || std::thread::sleep(Duration::from_millis(2)),
            );
        };
        let ((), times) = with_stopwatch(|| {
            one();
            one();
            timed(|| "other".into(), || ());
        });
        one();
        assert_eq!(times.keys().collect::<Vec<_>>(), ["one", "other"]);
        assert!(times["one"] >= Duration::from_millis(4) && times["other"] < times["one"]);
    }
}
