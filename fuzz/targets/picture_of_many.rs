#![no_main]

#[path = "../../crates/data/tests/torture/readers.rs"]
mod readers;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| readers::picture_of_many(bytes));
