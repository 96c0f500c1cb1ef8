#![no_main]

mod weights_of_others;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| weights_of_others::load("a.pt", bytes));
