//! Panics of decoders become errors.
//!
//! Decoders of other people's files must not be trusted never to panic: a picture on which one does
//! is one bad picture, and not the end of a job of a million. Owns the catching, and the mark by
//! which a panic hook knows that a panic is going to be caught and need not be shown.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// What `action` returns, or the text of its panic.
///
/// # Errors
/// The text of the panic.
pub fn guarded<T>(action: impl FnOnce() -> T) -> Result<T, String> {
    let was_guarded = IS_GUARDED.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(action));
    IS_GUARDED.set(was_guarded);
    outcome.map_err(|payload| panic_text(payload.as_ref()).to_owned())
}

/// Whether a panic of this thread is going to be caught by [`guarded`]: for panic hooks.
#[must_use]
pub fn is_guarded() -> bool {
    IS_GUARDED.get()
}

/// The text of a panic, from what `catch_unwind` caught.
#[must_use]
pub fn panic_text(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panics_become_their_text() {
        assert_eq!(guarded(|| 7), Ok(7));
        let number = 3;
        assert_eq!(
            guarded(|| panic!("bad block {number}")),
            Err::<(), _>("bad block 3".into())
        );
        assert_eq!(guarded(is_guarded), Ok(true));
        assert!(!is_guarded());
    }
}
