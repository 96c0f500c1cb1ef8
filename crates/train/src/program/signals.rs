//! Ctrl-C, and the system's request to end: the only handler of this process, set by the program and
//! not by a run.

use burn::train::Interrupter;
use console::{Failure, Interruption, Terminal};

/// The first signal stops training after the step; the second one ends the program.
pub(super) fn watch(terminal: &Terminal, stop: &Interrupter) -> Result<Interruption, Failure> {
    let (handle, terminal) = (stop.clone(), terminal.clone());
    let first = move |_| {
        handle.stop(Some("interrupted"));
        terminal.warn("interrupted: saving what there is; again to stop at once");
    };
    Interruption::watch(first, crate::display::give_screen_back).map_err(Failure::new)
}
