//! The structure of the workspace, held to its rules: no circles between modules, arrows between crates that go
//! one way, and a core of `infer` that knows no command line.
//!
//! A module and the modules below it count as one where their parent's other children are concerned; so a circle
//! is looked for among the children of each module in turn.

#![allow(clippy::unwrap_used)]

mod circles;
mod crates;
mod modules;

use circles::circle;
use modules::Crate;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

/// Every crate of the workspace, read.
fn all_crates() -> Vec<Crate> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(root().join("crates"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("src/lib.rs").is_file())
        .collect();
    folders.sort();
    folders.iter().map(|folder| Crate::read(folder)).collect()
}

#[test]
fn no_modules_lean_on_each_other_in_a_circle() {
    let mut found = Vec::new();
    for package in all_crates() {
        for (parent, arrows) in package.arrows_by_parent() {
            if let Some(circle) = circle(&arrows) {
                found.push(format!(
                    "{}{}: {}",
                    package.name,
                    parent,
                    package.explain(&parent, &circle)
                ));
            }
        }
    }
    assert!(found.is_empty(), "circles:\n{}", found.join("\n"));
}

#[test]
fn the_core_of_infer_knows_no_command_line() {
    let infer = all_crates()
        .into_iter()
        .find(|package| package.name == "infer")
        .unwrap();
    let mut found = Vec::new();
    for file in infer.files.iter().filter(|file| !file.is_below("cli")) {
        for path in &file.paths {
            let names_cli = path.target.first().is_some_and(|name| name == "cli");
            let names_clap = path.external.as_deref() == Some("clap");
            if (names_cli && !file.module.is_empty()) || names_clap {
                found.push(format!("{} names {}", file.path.display(), path.text));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn crates_lean_only_on_those_below() {
    let wrong = crates::wrong_arrows(&root());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_circle_is_seen() {
    let arrows = |pairs: &[(&str, &str)]| {
        pairs
            .iter()
            .map(|(from, to)| ((*from).to_string(), (*to).to_string()))
            .collect()
    };
    assert_eq!(circle(&arrows(&[("a", "b"), ("b", "c"), ("a", "c")])), None);
    let found = circle(&arrows(&[("a", "b"), ("b", "c"), ("c", "b")])).unwrap();
    assert_eq!(found.len(), 2);
}

#[test]
fn imports_are_read() {
    let folder = std::env::temp_dir().join(format!("digits-structure-{}", std::process::id()));
    let source = folder.join("src");
    std::fs::create_dir_all(&source).unwrap();
    let write = |name: &str, text: &str| std::fs::write(source.join(name), text).unwrap();
    write("lib.rs", "mod a; mod b; mod c; pub use b::Thing;");
    write("a.rs", "use crate::Thing; fn f() { crate::c::g() }");
    write("b.rs", "use super::a; pub struct Thing;");
    write(
        "c.rs",
        "pub(crate) fn g() {}\n#[cfg(test)] mod tests { use crate::a; }",
    );
    let package = Crate::read(&folder);
    std::fs::remove_dir_all(&folder).unwrap();
    let arrows = package.arrows_by_parent();
    let (_, arrows) = arrows.iter().find(|(parent, _)| parent.is_empty()).unwrap();
    let expected = [("a", "b"), ("a", "c"), ("b", "a")];
    let expected = expected.map(|(from, to)| (from.to_string(), to.to_string()));
    assert_eq!(*arrows, expected.into_iter().collect());
    assert!(circle(arrows).is_some());
}
