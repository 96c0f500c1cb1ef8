//! infer
fn main() {}
