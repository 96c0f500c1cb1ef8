//! The Python module `digits._digits`: what the package `digits` does by the programs' own libraries.
//!
//! Owns the way between Python's values and theirs: arrays' memory is read where it lies, in parts; the interpreter's
//! lock is not held while anything is computed; errors become Python's. What users see is written in Python, in
//! `crates/python/digits`.

mod answers;
mod arrow;
mod engine;
mod errors;
mod pictures;
mod pixels;
mod programs;
mod sets;
mod training;
mod workers;

use pyo3::pymodule;

/// Tensors are made and dropped at every batch: this allocator hands their pages out again. It is that of this
/// module alone; Python keeps its own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What the package `digits` is built on; no interface for users.
#[pymodule]
mod _digits {
    #[pymodule_export]
    use super::arrow::{answers_to_array, answers_to_stream};
    #[pymodule_export]
    use super::engine::Engine;
    #[pymodule_export]
    use super::errors::{
        DeviceError, InputError, ModelError, RecipeError, SetError, TrainingError,
    };
    #[pymodule_export]
    use super::programs::{run_program, version};
    #[pymodule_export]
    use super::sets::load_set;
    #[pymodule_export]
    use super::training::train;

    use pyo3::prelude::*;

    #[pymodule_init]
    #[expect(clippy::unnecessary_wraps, reason = "what PyO3 calls returns a result")]
    fn begin(_module: &Bound<'_, PyModule>) -> PyResult<()> {
        model::keep_freed_memory();
        Ok(())
    }
}
