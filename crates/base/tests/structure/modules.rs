//! The modules of a crate and the paths that they name. Tests are left out: they may lean on what they like.

use crate::circles::Arrows;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use syn::visit::{self, Visit};
use syn::{ItemMod, ItemUse, UseTree};

/// One file of a crate.
pub struct File {
    pub path: PathBuf,
    /// Its module, from the crate's root: `["picture", "many"]`.
    pub module: Vec<String>,
    pub paths: Vec<Named>,
}

/// A path that a file names.
pub struct Named {
    /// Within the crate, from its root, as far as it is spelt out.
    pub target: Vec<String>,
    /// Its first part, where it is no module of the crate.
    pub external: Option<String>,
    pub text: String,
}

/// All files of a crate's library.
pub struct Crate {
    pub name: String,
    pub files: Vec<File>,
    modules: BTreeSet<Vec<String>>,
    /// Where a name that a module hands on comes from: (module, name) → path from the root.
    handed_on: BTreeMap<(Vec<String>, String), Vec<String>>,
}

impl File {
    /// Whether it is this module of the root, or below it.
    pub fn is_below(&self, module: &str) -> bool {
        self.module.first().is_some_and(|first| first == module)
    }
}

impl Crate {
    /// Reads every file below `src` but the program and the tests.
    pub fn read(folder: &Path) -> Self {
        let source = folder.join("src");
        let mut parsed = Vec::new();
        for path in rust_files(&source) {
            let module = module_of(path.strip_prefix(&source).unwrap());
            let is_test = module.iter().any(|part| part == "tests");
            let is_program = path == source.join("main.rs");
            if !is_test && !is_program {
                let text = std::fs::read_to_string(&path).unwrap();
                let file = syn::parse_file(&text)
                    .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                parsed.push((path, module, file));
            }
        }
        let modules = parsed.iter().map(|(_, module, _)| module.clone()).collect();
        let mut read = Self {
            name: folder.file_name().unwrap().to_string_lossy().into_owned(),
            files: Vec::new(),
            modules,
            handed_on: BTreeMap::new(),
        };
        for (path, module, file) in parsed {
            let mut reader = Reader::new(&read.modules, &module);
            reader.visit_file(&file);
            let Reader {
                named, handed_on, ..
            } = reader;
            for (name, target) in handed_on {
                read.handed_on.insert((module.clone(), name), target);
            }
            read.files.push(File {
                path,
                module,
                paths: named,
            });
        }
        read
    }

    /// For each module that has children, by its path (`::a::b`, empty for the root): which child leans on which.
    pub fn arrows_by_parent(&self) -> Vec<(String, Arrows)> {
        let mut all: BTreeMap<Vec<String>, Arrows> = BTreeMap::new();
        for file in &self.files {
            for named in &file.paths {
                let target = self.module_behind(&named.target);
                let shared = common(&file.module, &target);
                if let (Some(from), Some(to)) = (file.module.get(shared), target.get(shared)) {
                    let arrows = all.entry(target[..shared].to_vec()).or_default();
                    arrows.insert((from.clone(), to.clone()));
                }
            }
        }
        all.into_iter()
            .map(|(module, arrows)| (spelt(&module), arrows))
            .collect()
    }

    /// A circle with a line of code for each of its arrows.
    pub fn explain(&self, parent: &str, circle: &[String]) -> String {
        let parent: Vec<String> = parent
            .split("::")
            .filter(|part| !part.is_empty())
            .map(ToString::to_string)
            .collect();
        let mut text = circle.join(" → ");
        for (place, from) in circle.iter().enumerate() {
            let to = &circle[(place + 1) % circle.len()];
            let starts = |module: &[String], child: &String| {
                module.starts_with(&parent) && module.get(parent.len()) == Some(child)
            };
            let example = self.files.iter().find_map(|file| {
                let leads_there = |named: &&Named| starts(&self.module_behind(&named.target), to);
                let named = file.paths.iter().find(leads_there)?;
                starts(&file.module, from)
                    .then(|| format!("\n    {} names {}", file.path.display(), named.text))
            });
            text.push_str(&example.unwrap_or_default());
        }
        text
    }

    /// The module in which what a path names is written, as far as can be told.
    fn module_behind(&self, path: &[String]) -> Vec<String> {
        let mut path = path.to_vec();
        for _ in 0..8 {
            let depth = self.depth(&path);
            let Some(name) = path.get(depth) else { break };
            let key = (path[..depth].to_vec(), name.clone());
            let Some(source) = self.handed_on.get(&key) else {
                break;
            };
            path = source.iter().chain(&path[depth + 1..]).cloned().collect();
        }
        path.truncate(self.depth(&path));
        path
    }

    /// How many of the first parts of a path are modules.
    fn depth(&self, path: &[String]) -> usize {
        (0..=path.len())
            .rev()
            .find(|&depth| self.modules.contains(&path[..depth]))
            .unwrap_or(0)
    }
}

/// `::a::b`; nothing for the root.
fn spelt(module: &[String]) -> String {
    let mut text = String::new();
    for part in module {
        text.push_str("::");
        text.push_str(part);
    }
    text
}

fn common(left: &[String], right: &[String]) -> usize {
    let pairs = left.iter().zip(right);
    pairs.take_while(|(left, right)| left == right).count()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn module_of(path: &Path) -> Vec<String> {
    let mut parts: Vec<String> = path
        .with_extension("")
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    if matches!(parts.last().map(String::as_str), Some("mod" | "lib")) {
        parts.pop();
    }
    parts
}

/// Collects what one file names.
struct Reader<'a> {
    modules: &'a BTreeSet<Vec<String>>,
    module: &'a [String],
    named: Vec<Named>,
    handed_on: Vec<(String, Vec<String>)>,
}

impl<'a> Reader<'a> {
    fn new(modules: &'a BTreeSet<Vec<String>>, module: &'a [String]) -> Self {
        Self {
            modules,
            module,
            named: Vec::new(),
            handed_on: Vec::new(),
        }
    }

    /// A path from the crate's root, where it is one of the crate's own.
    fn rooted(&self, parts: &[String]) -> Option<Vec<String>> {
        let mut at = self.module.to_vec();
        let mut rest = parts;
        match parts.first()?.as_str() {
            "crate" => {
                at.clear();
                rest = &parts[1..];
            }
            "self" => rest = &parts[1..],
            "super" => {
                while rest.first().is_some_and(|part| part == "super") {
                    at.pop();
                    rest = &rest[1..];
                }
            }
            first => {
                at.push(first.to_string());
                let is_child = self.modules.contains(&at);
                at.pop();
                if !is_child {
                    return None;
                }
            }
        }
        at.extend_from_slice(rest);
        Some(at)
    }

    fn add(&mut self, parts: &[String]) {
        let target = self.rooted(parts);
        self.named.push(Named {
            external: target.is_none().then(|| parts[0].clone()),
            target: target.unwrap_or_default(),
            text: parts.join("::"),
        });
    }

    fn add_tree(&mut self, tree: &UseTree, before: &[String], hands_on: bool) {
        match tree {
            UseTree::Path(path) => {
                let before = [before, &[path.ident.to_string()]].concat();
                self.add_tree(&path.tree, &before, hands_on);
            }
            UseTree::Name(name) if name.ident == "self" => self.add(before),
            UseTree::Name(name) => self.add_name(before, &name.ident, &name.ident, hands_on),
            UseTree::Rename(rename) => {
                self.add_name(before, &rename.ident, &rename.rename, hands_on);
            }
            UseTree::Glob(_) => self.add(before),
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.add_tree(tree, before, hands_on);
                }
            }
        }
    }

    fn add_name(
        &mut self,
        before: &[String],
        name: &syn::Ident,
        new_name: &syn::Ident,
        hands_on: bool,
    ) {
        let parts = [before, &[name.to_string()]].concat();
        self.add(&parts);
        if let Some(target) = self.rooted(&parts).filter(|_| hands_on) {
            self.handed_on.push((new_name.to_string(), target));
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        // What a module imports for itself can be named through it by its children too.
        self.add_tree(&item.tree, &[], true);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.segments.len() > 1 {
            let parts: Vec<String> = path
                .segments
                .iter()
                .map(|segment| segment.ident.to_string())
                .collect();
            self.add(&parts);
        }
        visit::visit_path(self, path);
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        let is_tests = item.ident == "tests" || item.attrs.iter().any(is_cfg_test);
        if !is_tests {
            visit::visit_item_mod(self, item);
        }
    }
}

fn is_cfg_test(attribute: &syn::Attribute) -> bool {
    attribute.path().is_ident("cfg")
        && attribute
            .parse_args::<syn::Path>()
            .is_ok_and(|path| path.is_ident("test"))
}
