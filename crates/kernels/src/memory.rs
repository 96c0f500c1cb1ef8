//! The allocator's patience. Tensors are made and dropped at every step; a page that goes back to the
//! system in between costs a page fault and its zeroing when it is needed again.

use libmimalloc_sys as _;
use std::ffi::{c_int, c_long};

/// mimalloc's option `purge_delay`, the same number in its versions 2 and 3.
const PURGE_DELAY: c_int = 15;
/// How long freed pages are kept: longer than anything that training repeats.
const DELAY_MILLISECONDS: c_long = 1_000;

#[allow(unsafe_code)]
// SAFETY: as mimalloc's header declares it, where the option is a C enumeration.
unsafe extern "C" {
    safe fn mi_option_set(option: c_int, value: c_long);
}

/// Keeps freed pages for a second instead of 10 ms, in programs that allocate with mimalloc; in others
/// it changes nothing.
pub fn keep_freed_memory() {
    mi_option_set(PURGE_DELAY, DELAY_MILLISECONDS);
}
