//! The program `train`.

use std::process::ExitCode;

/// Tensors are made and dropped at every step: this allocator hands their pages out again, where the
/// system's gives them back and takes page faults for new ones.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    model::keep_freed_memory();
    train::program::main(std::env::args_os()).into()
}
