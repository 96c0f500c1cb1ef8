//! The manifest of a saved model, under a seal that fits it.
#![no_main]

mod model_folder;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| model_folder::load(bytes, model_folder::WEIGHTS));
