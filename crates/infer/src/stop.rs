//! The wish that a job end early.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Tells a job to end as soon as it can, from any thread. Clones are of the same job.
///
/// Nothing in this library sets it: a program does, from its handler of Ctrl-C, or a server.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Asks for the end.
    pub fn request(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the end was asked for.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
