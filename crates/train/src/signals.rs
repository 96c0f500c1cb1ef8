//! Ctrl-C, and the system's request to end: the only handler of this process, set by the program and
//! not by its library.

use burn::train::Interrupter;
use console::{Exit, Failure, Terminal};

/// A handle that stops training after a step. The first signal uses it; the second one ends the
/// program.
pub(crate) fn stop_handle(terminal: &Terminal) -> Result<Interrupter, Failure> {
    let stop = Interrupter::new();
    let (handle, terminal) = (stop.clone(), terminal.clone());
    ctrlc::set_handler(move || {
        if handle.should_stop() {
            train::give_screen_back();
            std::process::exit(Exit::Interrupted as i32);
        }
        handle.stop(Some("interrupted"));
        terminal.warn("interrupted: saving what there is; again to stop at once");
    })
    .map_err(Failure::new)?;
    Ok(stop)
}
