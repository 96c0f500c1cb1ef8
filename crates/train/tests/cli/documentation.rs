//! The README and the docs: short enough, and no link or recipe in them leads nowhere.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const MAX_README_LINES: usize = 120;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// All pages, from the root of the workspace.
fn pages() -> Vec<PathBuf> {
    let mut pages = vec![PathBuf::from("README.md"), PathBuf::from("CONTRIBUTING.md")];
    for entry in fs::read_dir(root().join("docs")).unwrap() {
        let name = entry.unwrap().file_name();
        pages.push(Path::new("docs").join(name));
    }
    pages
}

fn text(page: &Path) -> String {
    fs::read_to_string(root().join(page)).unwrap()
}

/// The anchors of a page's headings, as GitHub makes them.
fn anchors(page: &Path) -> BTreeSet<String> {
    let text = text(page);
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let anchor = |heading: &str| -> String {
        let letters = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = letters
            .chars()
            .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.collect::<String>().replace(' ', "-")
    };
    headings.map(anchor).collect()
}

/// The targets of the links of a page.
fn links(page: &Path) -> Vec<String> {
    let text = text(page);
    let targets = text
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    targets.map(String::from).collect()
}

#[test]
fn the_readme_is_short() {
    let num_lines = text(Path::new("README.md")).lines().count();
    assert!(num_lines <= MAX_README_LINES, "{num_lines} lines");
}

#[test]
fn links_lead_somewhere() {
    let mut num_links = 0;
    for page in pages() {
        for link in links(&page) {
            if link.starts_with("https:") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = match file {
                "" => page.clone(),
                file => page.parent().unwrap().join(file),
            };
            assert!(root().join(&target).exists(), "{}: {link}", page.display());
            let is_known = anchor.is_empty() || anchors(&target).contains(anchor);
            assert!(is_known, "{}: {link}", page.display());
            num_links += 1;
        }
    }
    assert!(num_links > 30);
}

#[test]
fn recipes_that_are_named_are_there() {
    for page in pages() {
        let text = text(&page);
        let is_part = |c: char| c.is_ascii_alphanumeric() || "-_/.".contains(c);
        for (place, _) in text.match_indices("configs/") {
            let name = &text[place..];
            let end = name.find(|c| !is_part(c)).unwrap_or(name.len());
            let name = name[..end].trim_end_matches('.');
            // The log keeps its old names; `R` and `N` stand for any recipe there.
            let is_recipe = Path::new(name)
                .extension()
                .is_some_and(|ending| ending == "toml");
            if is_recipe && !page.ends_with("LOG.md") {
                assert!(root().join(name).is_file(), "{}: {name}", page.display());
            }
        }
    }
}
