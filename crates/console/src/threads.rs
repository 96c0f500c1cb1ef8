//! The threads that compute, of both programs.

/// Makes the main thread one of those that compute, instead of one that waits for them. Beside a main
/// thread at work, Linux starts all of them on the other processors, and where these are too few, leaves
/// two on one for a long while: on two processors, half the speed for the first tenth of a second.
pub(crate) fn compute_on_this_thread() {
    // Where there is a pool already, it does.
    let _ = rayon::ThreadPoolBuilder::new()
        .use_current_thread()
        .build_global();
}
