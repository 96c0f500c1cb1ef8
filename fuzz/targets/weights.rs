//! The weights of a saved model, in Burn's form, under a manifest and a seal that fit them.
#![no_main]

mod model_folder;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    model_folder::load(&model_folder::manifest_of(bytes), bytes);
});
