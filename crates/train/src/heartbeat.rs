//! A sign of life: what the program is at, where it says nothing else for a while. A spinner on a
//! terminal; elsewhere a line. Owns the clock; what is done, those say who do it.

use console::Terminal;
use indicatif::ProgressBar;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Longest silence: shorter than the two seconds after which people wonder.
const SILENCE: Duration = Duration::from_millis(1_500);
const TEMPLATE: &str = "{spinner} {wide_msg} {elapsed}";

/// Says what the program is at until it is dropped.
pub(crate) struct Heartbeat {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    pulse: Mutex<Pulse>,
    changed: Condvar,
    terminal: Terminal,
}

struct Pulse {
    doing: String,
    last_word: Instant,
    is_over: bool,
    spinner: Option<ProgressBar>,
}

impl Shared {
    fn pulse(&self) -> MutexGuard<'_, Pulse> {
        self.pulse.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says what is done whenever nothing was said for long.
    fn beat(&self) {
        let mut pulse = self.pulse();
        while !pulse.is_over {
            let left = SILENCE.saturating_sub(pulse.last_word.elapsed());
            if left.is_zero() {
                if !pulse.doing.is_empty() {
                    self.terminal.sign_of_life(&format!("… {}", pulse.doing));
                }
                pulse.last_word = Instant::now();
                continue;
            }
            let waited = self.changed.wait_timeout(pulse, left);
            pulse = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Heartbeat {
    pub(crate) fn start(terminal: &Terminal) -> Self {
        let spinner = terminal.shows_bar().then(|| terminal.bar(None, TEMPLATE));
        let shared = Arc::new(Shared {
            pulse: Mutex::new(Pulse {
                doing: String::new(),
                last_word: Instant::now(),
                is_over: false,
                spinner,
            }),
            changed: Condvar::new(),
            terminal: terminal.clone(),
        });
        let beating = Arc::clone(&shared);
        // Without a thread there are no signs of life, and all else is as it is.
        let thread = std::thread::Builder::new().name("heartbeat".into());
        let thread = thread.spawn(move || beating.beat()).ok();
        Self { shared, thread }
    }

    /// What is done from now on.
    pub(crate) fn doing(&self, what: impl Into<String>) {
        let mut pulse = self.shared.pulse();
        pulse.doing = base::harmless(&what.into()).into_owned();
        if let Some(spinner) = &pulse.spinner {
            spinner.set_message(pulse.doing.clone());
        }
    }

    /// Something else was said just now.
    pub(crate) fn said(&self) {
        self.shared.pulse().last_word = Instant::now();
    }

    /// Somebody else shows a bar from now on.
    pub(crate) fn give_way(&self) {
        if let Some(spinner) = self.shared.pulse().spinner.take() {
            spinner.finish_and_clear();
        }
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        self.give_way();
        self.shared.pulse().is_over = true;
        self.shared.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
