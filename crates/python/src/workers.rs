//! The threads that compute, a pool for each process.
//!
//! A process that comes of a fork has none of its parent's threads. So the pool is made at the first use, and made
//! anew where this is another process than the one that it was made in.

use crate::errors::of_panic;
use base::guarded;
use pyo3::exceptions::PyRuntimeError;
use pyo3::{PyErr, Python};
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::process;
use std::sync::{Arc, Mutex, PoisonError};

/// As main threads have it; what is computed was written for those.
const STACK_BYTES: usize = 8 << 20;

/// The pool, and the process that has its threads.
static POOL: Mutex<Option<(u32, Arc<ThreadPool>)>> = Mutex::new(None);

/// Does something on one of the threads that compute, while nobody holds the interpreter's lock here. A panic is an
/// exception.
pub(crate) fn on_workers<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, PyErr> {
    let pool = pool()?;
    pool.install(|| guarded(work))
        .map_err(|panic| of_panic(&panic))
}

/// What Ctrl-C raises, from where the interpreter's lock is let go.
#[expect(
    clippy::redundant_closure_for_method_calls,
    reason = "the method itself is of one lifetime alone"
)]
pub(crate) fn check_signals() -> Result<(), PyErr> {
    Python::attach(|py| py.check_signals())
}

fn pool() -> Result<Arc<ThreadPool>, PyErr> {
    let mut kept = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    let process = process::id();
    if let Some((owner, pool)) = kept.as_ref()
        && *owner == process
    {
        return Ok(Arc::clone(pool));
    }
    let pool = ThreadPoolBuilder::new()
        .stack_size(STACK_BYTES)
        .thread_name(|index| format!("digits {index}"))
        .build()
        .map_err(|error| PyRuntimeError::new_err(format!("cannot start threads: {error}")))?;
    let pool = Arc::new(pool);
    // Nobody is there to hear of the end of a pool of the parent's.
    std::mem::forget(kept.replace((process, Arc::clone(&pool))));
    Ok(pool)
}
