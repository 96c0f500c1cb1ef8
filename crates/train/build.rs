//! Puts the recipes of `configs/` into the program, so that `train cnn` works from any folder.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Folders with recipes, below the workspace.
const FOLDERS: [&str; 2] = ["configs", "configs/tutorials"];

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    let workspace = PathBuf::from(variable("CARGO_MANIFEST_DIR")?).join("../..");
    let mut code = String::from("pub(super) const BUILT_IN: &[(&str, &str)] = &[\n");
    for folder in FOLDERS {
        println!(
            "cargo::rerun-if-changed={}",
            workspace.join(folder).display()
        );
        for path in recipes(&workspace.join(folder))? {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let path = path.canonicalize()?;
            // A string of Rust's, whatever the path has in it.
            let path = format!("{:?}", path.to_string_lossy());
            let label = format!("{:?}", format!("{folder}/{name}"));
            let _ = writeln!(code, "    ({label}, include_str!({path})),");
        }
    }
    code.push_str("];\n");
    fs::write(Path::new(&variable("OUT_DIR")?).join("recipes.rs"), code)
}

fn variable(name: &str) -> io::Result<String> {
    env::var(name).map_err(io::Error::other)
}

/// The TOML files of a folder, by name.
fn recipes(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "toml") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}
