//! A bound on what several threads have in hand together, such as bytes of memory.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// Lets threads in as long as there is room.
#[derive(Debug)]
pub struct Gate {
    capacity: u64,
    free: Mutex<u64>,
    freed: Condvar,
}

/// Room that was taken; given back when this is dropped.
#[derive(Debug)]
pub struct Permit {
    gate: Arc<Gate>,
    amount: u64,
}

impl Gate {
    /// With so much room.
    #[must_use]
    pub fn new(capacity: u64) -> Arc<Self> {
        Arc::new(Self {
            capacity,
            free: Mutex::new(capacity),
            freed: Condvar::new(),
        })
    }

    /// Waits until there is room for `amount`. What is larger than the gate takes all of it.
    #[must_use]
    pub fn enter(self: &Arc<Self>, amount: u64) -> Permit {
        let amount = amount.min(self.capacity);
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        while *free < amount {
            free = self
                .freed
                .wait(free)
                .unwrap_or_else(PoisonError::into_inner);
        }
        *free -= amount;
        self.permit(amount)
    }

    /// The same without waiting: `None` where there is no room for `amount` now, or never.
    #[must_use]
    pub fn try_enter(self: &Arc<Self>, amount: u64) -> Option<Permit> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        *free = free.checked_sub(amount)?;
        Some(self.permit(amount))
    }

    /// How much is in at the moment.
    #[must_use]
    pub fn taken(&self) -> u64 {
        self.capacity - *self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn permit(self: &Arc<Self>, amount: u64) -> Permit {
        Permit {
            gate: Arc::clone(self),
            amount,
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut free = self
            .gate
            .free
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *free += self.amount;
        self.gate.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[test]
    fn who_does_not_wait_is_turned_away() {
        let gate = Gate::new(10);
        let first = gate.try_enter(7);
        assert!(first.is_some() && gate.try_enter(4).is_none());
        assert_eq!(gate.taken(), 7);
        assert!(gate.try_enter(3).is_some(), "an empty place is free");
        drop(first);
        assert!(gate.try_enter(11).is_none());
        assert_eq!(gate.taken(), 0);
    }

    #[test]
    fn no_more_than_the_capacity_is_in_at_a_time() {
        let gate = Gate::new(10);
        let (inside, most) = (AtomicU64::new(0), AtomicU64::new(0));
        std::thread::scope(|scope| {
            for amount in [4, 4, 4, 7, 10, 1_000] {
                let (gate, inside, most) = (&gate, &inside, &most);
                scope.spawn(move || {
                    for _ in 0..100 {
                        let _permit = gate.enter(amount);
                        let now = inside.fetch_add(amount.min(10), Ordering::SeqCst);
                        most.fetch_max(now + amount.min(10), Ordering::SeqCst);
                        std::thread::yield_now();
                        inside.fetch_sub(amount.min(10), Ordering::SeqCst);
                    }
                });
            }
        });
        assert_eq!(most.into_inner(), 10);
    }
}
