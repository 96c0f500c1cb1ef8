//! How users call the programs, for commands that they are told.

use std::sync::OnceLock;

/// The program that both programs are commands of, where they are.
static WHOLE: OnceLock<&str> = OnceLock::new();

/// From here on, both programs are commands of that one: `digits train`.
pub fn call_commands_of(whole: &'static str) {
    // What was said first holds.
    let _ = WHOLE.set(whole);
}

/// How a program is called: `cargo run -p train --`, unless [`call_commands_of`] says otherwise.
#[must_use]
pub fn command_of(program: &str) -> String {
    WHOLE.get().map_or_else(
        || format!("cargo run -p {program} --"),
        |whole| format!("{whole} {program}"),
    )
}
