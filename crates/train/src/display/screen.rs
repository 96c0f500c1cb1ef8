//! The whole screen of a terminal, which Burn's renderer takes and this program has to give back
//! whatever happens. Owns what Burn leaves open: Ctrl-C, and leaving in a hurry.

use crossterm::cursor::Show;
use crossterm::event::DisableMouseCapture;
use crossterm::execute;
use crossterm::terminal::{LeaveAlternateScreen, disable_raw_mode, is_raw_mode_enabled};
use std::io::{self, IsTerminal as _};
use std::time::{Duration, Instant};

/// Longest that Burn's thread is waited for until it has the screen.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether there is a screen to draw on, and keys to read.
pub(crate) fn is_there() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// Lets Ctrl-C be the interrupt again, once the renderer has the screen: it reads every key itself
/// and takes Ctrl-C for none. Keys that stop or suspend the program without giving back the screen
/// stay off.
pub(crate) fn let_interrupts_through() {
    let start = Instant::now();
    while !is_taken() && start.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(5));
    }
    #[cfg(unix)]
    {
        use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex};
        use rustix::termios::{tcgetattr, tcsetattr};
        let input = io::stdin();
        if let Ok(mut modes) = tcgetattr(&input) {
            modes.local_modes |= LocalModes::ISIG;
            modes.special_codes[SpecialCodeIndex::VQUIT] = 0;
            modes.special_codes[SpecialCodeIndex::VSUSP] = 0;
            // Without it, training still stops by the renderer's own key.
            let _ = tcsetattr(&input, OptionalActions::Now, &modes);
        }
    }
}

/// Gives the screen back, cursor and all, where there is one: for those who end the program on the
/// spot.
pub fn give_back() {
    if !is_there() {
        return;
    }
    if is_taken() {
        let _ = disable_raw_mode();
        let _ = execute!(io::stdout(), DisableMouseCapture, LeaveAlternateScreen);
    }
    let _ = execute!(io::stdout(), Show);
}

fn is_taken() -> bool {
    is_raw_mode_enabled().unwrap_or(false)
}
