//! What a run shows at the terminal while it goes on: a bar, a line an evaluation, or the whole screen.

mod progress;
mod screen;
mod tui;

pub(crate) use progress::Progress;
pub use screen::give_back as give_screen_back;
pub(crate) use screen::is_there as has_screen;
pub(crate) use tui::Tui;
