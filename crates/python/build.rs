//! How a module for Python is linked where Python is not linked with it: macOS has to be told.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    pyo3_build_config::add_extension_module_link_args();
}
