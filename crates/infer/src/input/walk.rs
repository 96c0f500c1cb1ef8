//! The inputs that a user named, in the order in which they were named.
//!
//! Owns files, folders, patterns and lists of them, and what is said of those that cannot be used. A
//! name is looked up only when its turn comes, so memory does not grow with the number of pictures: only
//! the names of one folder or of one pattern are held at a time. What is in a file of many images is the
//! data crate's.

use super::elsewhere::objects;
use super::item::{Input, Unusable};
use super::list::{lines, path_of_line};
use super::names::{LIST_MARK, STANDARD_INPUT, has_known_name, is_left_by_a_system};
use crate::remote::install;
use base::files::{is_pattern, matched, open_file};
use data::decode::has_picture_name;
use data::remote::address;
use data::{DecodeLimits, Records, Remarks, has_labels_name, may_have_pages};
use std::cell::Cell;
use std::fmt::Display;
use std::fs;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use walkdir::{DirEntry, WalkDir};

type Stream = Box<dyn Iterator<Item = Input>>;

/// How files are read.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// What one picture may cost.
    pub limits: DecodeLimits,
    /// Whether labels are wanted with the images.
    pub with_labels: bool,
    /// What is passed over, or understood in an unusual way, goes here.
    pub remarks: Remarks,
}

/// All inputs, in order.
pub struct Inputs {
    stream: Stream,
    /// How many are still to be passed over; whoever opens a file passes over its share.
    to_pass: Rc<Cell<u64>>,
    /// What came behind those that were passed over.
    next: Option<Input>,
}

impl Inputs {
    /// The inputs that the arguments name.
    #[must_use]
    pub fn new(arguments: Vec<PathBuf>, reading: &Reading) -> Self {
        let to_pass: Rc<Cell<u64>> = Rc::default();
        let walk = Walk {
            reading: reading.clone(),
            to_pass: Rc::clone(&to_pass),
        };
        let inputs = arguments.into_iter().flat_map(move |argument| {
            if argument.as_os_str() == STANDARD_INPUT {
                walk.listed("standard input".into(), io::stdin().lock())
            } else if let Some(list) = list_file(&argument) {
                walk.list_file(&list)
            } else {
                walk.expand(argument)
            }
        });
        Self {
            stream: Box::new(inputs),
            to_pass,
            next: None,
        }
    }

    /// Passes over so many inputs, or all where there are fewer; returns how many it were.
    pub fn pass_over(&mut self, num_inputs: u64) -> u64 {
        self.to_pass.set(num_inputs);
        while self.to_pass.get() > 0 {
            let next = self.stream.next();
            let num_left = self.to_pass.get();
            match next {
                // Those before it were passed over where its file was opened.
                Some(input) if num_left == 0 => self.next = Some(input),
                Some(_) => self.to_pass.set(num_left - 1),
                None => break,
            }
        }
        num_inputs - self.to_pass.replace(0)
    }
}

impl Iterator for Inputs {
    type Item = Input;

    fn next(&mut self) -> Option<Input> {
        self.next.take().or_else(|| self.stream.next())
    }
}

/// How names become inputs.
#[derive(Clone, Default)]
struct Walk {
    reading: Reading,
    to_pass: Rc<Cell<u64>>,
}

/// The file of a list that `@FILE` names, unless something has that very name.
fn list_file(argument: &Path) -> Option<PathBuf> {
    let list = argument.to_str()?.strip_prefix(LIST_MARK)?;
    (!argument.exists()).then(|| list.into())
}

impl Walk {
    /// A list of paths, one a line.
    fn listed(&self, name: String, list: impl BufRead + 'static) -> Stream {
        let of_line = name.clone();
        let walk = self.clone();
        let inputs = lines(list).flat_map(move |line| match line {
            Ok(line) if line.trim_ascii().is_empty() => nothing(),
            Ok(line) => walk.expand(path_of_line(line)),
            Err(error) => unusable(of_line.clone(), error),
        });
        unless_empty(inputs, name, "expected a list of paths, found none")
    }

    fn list_file(&self, list: &Path) -> Stream {
        match open_file(list) {
            Ok(file) => self.listed(list.display().to_string(), BufReader::new(file)),
            Err(error) => unusable(list.display().to_string(), error),
        }
    }

    /// A file, a folder or a pattern. What is there by that very name is never taken for a pattern.
    fn expand(&self, path: PathBuf) -> Stream {
        if let Some(address) = address(&path) {
            return self.elsewhere(address);
        }
        match fs::metadata(&path) {
            Ok(metadata) if metadata.is_dir() => self.in_folder(&path),
            Ok(_) => self.in_file(path),
            Err(_) if is_pattern(&path) => self.matching(&path),
            Err(error) => unusable(path.display().to_string(), error),
        }
    }

    fn matching(&self, pattern: &Path) -> Stream {
        let shown = pattern.display().to_string();
        let Some(text) = pattern.to_str() else {
            return unusable(shown, "no such file, and patterns must be Unicode");
        };
        let paths = match matched(text) {
            Ok(paths) => paths,
            Err(error) => return unusable(shown, error),
        };
        let mut found: Vec<walkdir::Result<PathBuf>> = paths.collect();
        let path_of = |entry: &walkdir::Result<PathBuf>| match entry {
            Ok(path) => path.to_string_lossy().into_owned(),
            Err(error) => name_of(error),
        };
        found.sort_by(|left, right| base::natural_order(&path_of(left), &path_of(right)));
        let walk = self.clone();
        let inputs = found.into_iter().flat_map(move |entry| match entry {
            Ok(path) => walk.expand(path),
            Err(error) => unusable(name_of(&error), error),
        });
        unless_empty(inputs, shown, "nothing has such a name")
    }

    /// The pictures and files of many images of a folder and the folders in it, by their names;
    /// hidden ones are passed over.
    fn in_folder(&self, folder: &Path) -> Stream {
        let by_name = |left: &DirEntry, right: &DirEntry| {
            base::natural_order(
                &left.file_name().to_string_lossy(),
                &right.file_name().to_string_lossy(),
            )
        };
        let entries = WalkDir::new(folder)
            .follow_links(true)
            .sort_by(by_name)
            .into_iter()
            .filter_entry(|entry| entry.depth() == 0 || !is_left_by_a_system(entry));
        let shown = folder.display().to_string();
        let of_entry = shown.clone();
        let walk = self.clone();
        let inputs = entries.flat_map(move |entry| match entry {
            Ok(entry) if entry.file_type().is_dir() => nothing(),
            Ok(entry) if !has_known_name(&entry) => {
                // Labels are read with their images.
                if !has_labels_name(&entry.file_name().to_string_lossy()) {
                    walk.reading.remarks.pass_over(entry.path());
                }
                nothing()
            }
            Ok(entry) => walk.in_file(entry.into_path()),
            Err(error) => {
                let path = error.path().map(|path| path.display().to_string());
                unusable(path.unwrap_or_else(|| of_entry.clone()), error)
            }
        });
        let reason = "no pictures and no IDX, NumPy, Parquet, tar or zip files in this folder";
        unless_empty(inputs, shown, reason)
    }

    /// A file: a picture where it is named as one of one page, else by its contents.
    fn in_file(&self, path: PathBuf) -> Stream {
        let name = path.to_string_lossy();
        if has_picture_name(&name) && !may_have_pages(&name) {
            return Box::new(std::iter::once(Input::File(path)));
        }
        let shown = path.display().to_string();
        match fs::metadata(&path) {
            Ok(metadata) if metadata.is_file() => {}
            Ok(_) => return unusable(shown, "neither a file nor a folder"),
            Err(error) => return unusable(shown, error),
        }
        self.records(path)
    }

    /// An object on another machine, or those of a folder of objects.
    fn elsewhere(&self, address: &str) -> Stream {
        install();
        if has_picture_name(address) && !may_have_pages(address) {
            return Box::new(std::iter::once(Input::File(address.into())));
        }
        if !address.ends_with('/') {
            return self.records(address.into());
        }
        let objects = match objects(address, &self.reading.remarks) {
            Ok(objects) => objects,
            Err(error) => return unusable(address, error),
        };
        let (of_object, walk) = (address.to_owned(), self.clone());
        let inputs = objects.flat_map(move |object| match object {
            Ok(object) => walk.elsewhere(&object),
            Err(error) => unusable(of_object.clone(), error),
        });
        let reason = "no pictures and no IDX, NumPy, Parquet, tar or zip files below this address";
        unless_empty(inputs, address.to_owned(), reason)
    }

    /// A file that may be of many images.
    fn records(&self, path: PathBuf) -> Stream {
        let shown = path.display().to_string();
        let Reading {
            limits,
            with_labels,
            remarks,
        } = &self.reading;
        match Records::open(&path, limits, *with_labels, remarks) {
            Ok(None) => Box::new(std::iter::once(Input::File(path))),
            Ok(Some(mut records)) => {
                let to_pass = self.to_pass.get();
                let num_passed = records.pass_over(to_pass);
                self.to_pass.set(to_pass - num_passed);
                let file = shown.clone();
                let inputs = records.map(move |record| match record {
                    Ok(record) => Input::Record(record),
                    Err(error) => Input::Unusable(Unusable::in_file(&file, &error)),
                });
                if num_passed > 0 {
                    return Box::new(inputs);
                }
                unless_empty(inputs, shown, "there are no images in this file")
            }
            Err(error) => only(Unusable::in_file(&shown, &error)),
        }
    }
}

/// Of what could not be walked.
fn name_of(error: &walkdir::Error) -> String {
    let path = error.path().map(Path::to_string_lossy);
    path.unwrap_or_default().into_owned()
}

fn nothing() -> Stream {
    Box::new(std::iter::empty())
}

fn unusable(path: impl Into<String>, reason: impl Display) -> Stream {
    only(Unusable::new(path, reason))
}

fn only(unusable: Unusable) -> Stream {
    Box::new(std::iter::once(Input::Unusable(unusable)))
}

/// The inputs, or one that says why there are none.
fn unless_empty(
    mut inputs: impl Iterator<Item = Input> + 'static,
    path: String,
    reason: &str,
) -> Stream {
    match inputs.next() {
        None => unusable(path, reason),
        Some(first) => Box::new(std::iter::once(first).chain(inputs)),
    }
}

#[cfg(test)]
mod tests;
