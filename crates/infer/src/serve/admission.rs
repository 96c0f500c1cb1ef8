//! What the service has in hand at a time, bounded in images and in bytes on every path.
//!
//! Owns the two bounds. A request that finds no room is told so at once; nothing waits for room.

use super::problem::Problem;
use base::{Gate, Permit};
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes are asked for in pieces of at least this size.
const PIECE: u64 = 16 << 10;

/// The bounds.
pub(super) struct Admission {
    images: Arc<Gate>,
    bytes: Arc<Gate>,
}

/// Room for one request, given back when the last part of its work is done or dropped.
#[derive(Clone)]
pub(super) struct Room(Arc<RoomInner>);

struct RoomInner {
    images: Arc<Gate>,
    bytes: Arc<Gate>,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    permits: Vec<Permit>,
    /// Bytes that were asked for and are not used yet.
    num_spare_bytes: u64,
}

impl Admission {
    pub(super) fn new(max_images: u64, max_bytes: u64) -> Self {
        Self {
            images: Gate::new(max_images),
            bytes: Gate::new(max_bytes),
        }
    }

    /// Room for nothing yet.
    pub(super) fn room(&self) -> Room {
        Room(Arc::new(RoomInner {
            images: Arc::clone(&self.images),
            bytes: Arc::clone(&self.bytes),
            held: Mutex::default(),
        }))
    }

    pub(super) fn num_images(&self) -> u64 {
        self.images.taken()
    }

    pub(super) fn num_bytes(&self) -> u64 {
        self.bytes.taken()
    }
}

impl Room {
    /// Room for more images.
    pub(super) fn add_images(&self, num_images: usize) -> Result<(), Problem> {
        let permit = self.0.images.try_enter(num_images as u64);
        let permit = permit.ok_or_else(Problem::full)?;
        self.held().permits.push(permit);
        Ok(())
    }

    /// Room for more bytes.
    pub(super) fn add_bytes(&self, num_bytes: usize) -> Result<(), Problem> {
        let num_bytes = num_bytes as u64;
        let mut held = self.held();
        if held.num_spare_bytes < num_bytes {
            let wanted = (num_bytes - held.num_spare_bytes).max(PIECE);
            let permit = self.0.bytes.try_enter(wanted).ok_or_else(Problem::full)?;
            held.permits.push(permit);
            held.num_spare_bytes += wanted;
        }
        held.num_spare_bytes -= num_bytes;
        Ok(())
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Held> {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_comes_back_with_the_last_who_holds_it() {
        let admission = Admission::new(3, 4 * PIECE);
        let first = admission.room();
        assert!(first.add_images(2).is_ok());
        assert!(first.add_bytes(10).is_ok() && first.add_bytes(20).is_ok());
        assert_eq!((admission.num_images(), admission.num_bytes()), (2, PIECE));
        let second = admission.room();
        assert!(second.add_images(2).is_err());
        assert!(second.add_bytes(3 * PIECE as usize).is_ok());
        assert!(second.add_bytes(1).is_err());
        let copy = first.clone();
        drop((first, second));
        assert_eq!((admission.num_images(), admission.num_bytes()), (2, PIECE));
        drop(copy);
        assert_eq!((admission.num_images(), admission.num_bytes()), (0, 0));
    }
}
