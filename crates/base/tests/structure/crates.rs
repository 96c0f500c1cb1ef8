//! Which crate may lean on which.

use std::path::Path;

/// Each crate and all of ours that it may name, in what it builds and in its tests.
const ALLOWED: [(&str, &[&str], &[&str]); 10] = [
    ("base", &[], &[]),
    ("kernels", &["base"], &[]),
    ("data", &["base"], &["papers"]),
    ("papers", &["base", "data"], &[]),
    ("report", &["base"], &[]),
    ("model", &["base", "kernels"], &[]),
    ("console", &["base", "data"], &[]),
    (
        "train",
        &["base", "console", "data", "kernels", "model", "report"],
        &["papers"],
    ),
    (
        "infer",
        &["base", "console", "data", "model", "report"],
        &["papers", "train"],
    ),
    (
        "python",
        &["base", "console", "data", "infer", "model", "train"],
        &[],
    ),
];

/// Every dependency that goes against the order, as `FROM leans on TO`.
pub fn wrong_arrows(root: &Path) -> Vec<String> {
    let mut wrong = Vec::new();
    for entry in std::fs::read_dir(root.join("crates")).unwrap() {
        let folder = entry.unwrap().path();
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let Ok(text) = std::fs::read_to_string(folder.join("Cargo.toml")) else {
            continue;
        };
        let Some((_, built, tested)) = ALLOWED.iter().find(|(known, ..)| *known == name) else {
            wrong.push(format!("{name} has no place in the order of the crates"));
            continue;
        };
        let mut section = "";
        for line in text.lines() {
            if line.starts_with('[') {
                section = line;
            }
            let named = line.split(['.', ' ', '=']).next().unwrap_or("");
            let is_ours = ALLOWED.iter().any(|(known, ..)| *known == named);
            let may = match section {
                "[dependencies]" => built.contains(&named),
                "[dev-dependencies]" => built.contains(&named) || tested.contains(&named),
                _ => true,
            };
            if is_ours && !may {
                wrong.push(format!("{name} leans on {named}"));
            }
        }
    }
    wrong
}
