//! Whether the service takes requests, and how many it has in hand.

use super::problem::Problem;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tokio::sync::Notify;

/// Takes requests until it drains.
#[derive(Default)]
pub(super) struct Phase {
    is_draining: AtomicBool,
    num_active: AtomicUsize,
    /// Told when the draining begins, and whenever a request ends.
    changed: Notify,
}

/// A request that was taken and has no answer yet.
pub(super) struct Active<'a>(&'a Phase);

impl Phase {
    /// Takes a request, unless the service drains.
    pub(super) fn take(&self) -> Result<Active<'_>, Problem> {
        // Counted first: whoever drains sees it, or it sees the draining.
        self.num_active.fetch_add(1, Ordering::SeqCst);
        let active = Active(self);
        if self.is_draining() {
            return Err(Problem::draining());
        }
        Ok(active)
    }

    pub(super) fn drain(&self) {
        self.is_draining.store(true, Ordering::SeqCst);
        self.changed.notify_one();
    }

    pub(super) fn is_draining(&self) -> bool {
        self.is_draining.load(Ordering::SeqCst)
    }

    pub(super) fn num_active(&self) -> usize {
        self.num_active.load(Ordering::SeqCst)
    }

    /// Waits until the service drains.
    pub(super) async fn draining(&self) {
        while !self.is_draining() {
            self.changed.notified().await;
        }
    }

    /// Waits until the service drains and has nothing in hand.
    pub(super) async fn drained(&self) {
        while !self.is_draining() || self.num_active() > 0 {
            self.changed.notified().await;
        }
    }
}

impl Drop for Active<'_> {
    fn drop(&mut self) {
        self.0.num_active.fetch_sub(1, Ordering::SeqCst);
        self.0.changed.notify_one();
    }
}
