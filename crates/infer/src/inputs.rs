//! What the user named becomes images, one after the other, in the order in which it was named.
//!
//! Owns files, folders, patterns and lists of them, and what is said of those that cannot be used.
//! Everything is looked up only when its turn comes, so memory does not grow with the number of
//! pictures; only names are held, of one folder or of one pattern at a time. Decoding and the form
//! of MNIST are `data`'s.

use data::picture::{open, to_mnist};
use data::{IMAGE_PIXELS, ImageReader};
use glob::{GlobError, MatchOptions};
use std::cmp::Ordering;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use walkdir::{DirEntry, WalkDir};

/// Stands for a list of paths on standard input.
const STANDARD_INPUT: &str = "-";
/// Names of the pictures that are taken from folders, by their ends.
const PICTURE_EXTENSIONS: [&str; 3] = ["png", "jpg", "jpeg"];
/// In the names of the IDX files that are taken from folders.
const IDX_MARKS: [&str; 2] = ["-idx3-ubyte", ".idx3-ubyte"];
/// First bytes of IDX files, and of gzipped files: only IDX files are read gzipped.
const IDX_STARTS: [&[u8]; 2] = [&[0, 0, 8], &[0x1f, 0x8b]];
const PATTERN_CHARACTERS: [char; 3] = ['*', '?', '['];

type Stream = Box<dyn Iterator<Item = Input>>;

/// One image to be, or what is wrong with it.
pub(crate) enum Input {
    /// A picture that is not read yet.
    Picture(PathBuf),
    /// An image out of a file of many.
    Image(Image),
    /// What cannot be used, and why, in one line.
    Unusable(String),
}

/// An image in MNIST's form.
#[derive(Debug)]
pub(crate) struct Image {
    /// The path of its file, with `#INDEX` where the file holds many.
    pub(crate) path: String,
    /// `[IMAGE_PIXELS]`, 0 is paper.
    pub(crate) pixels: Box<[u8; IMAGE_PIXELS]>,
}

impl Input {
    /// Reads and converts it.
    ///
    /// # Errors
    ///
    /// Says in one line what cannot be used, and why.
    pub(crate) fn decode(self) -> Result<Image, String> {
        let path = match self {
            Self::Image(image) => return Ok(image),
            Self::Unusable(reason) => return Err(reason),
            Self::Picture(path) => path,
        };
        let pixels = open(&path).and_then(|picture| to_mnist(&picture));
        let path = path.display().to_string();
        match pixels {
            Ok(pixels) => Ok(Image {
                path,
                pixels: Box::new(pixels),
            }),
            Err(error) => Err(format!("{path}: {error}")),
        }
    }
}

/// All inputs, in order.
pub(crate) struct Inputs(Stream);

impl Inputs {
    /// The inputs that the arguments name.
    pub(crate) fn new(arguments: Vec<PathBuf>) -> Self {
        let inputs = arguments.into_iter().flat_map(|argument| {
            if argument.as_os_str() == STANDARD_INPUT {
                listed(io::stdin().lock())
            } else {
                expand(argument)
            }
        });
        Self(Box::new(inputs))
    }
}

impl Iterator for Inputs {
    type Item = Input;

    fn next(&mut self) -> Option<Input> {
        self.0.next()
    }
}

/// A list of paths, one a line.
fn listed(list: impl io::BufRead + 'static) -> Stream {
    let inputs = list.split(b'\n').flat_map(|line| match line {
        Ok(line) if line.trim_ascii().is_empty() => nothing(),
        Ok(line) => expand(path_of_line(line)),
        Err(error) => unusable(format!("standard input: {error}")),
    });
    unless_empty(inputs, || {
        "standard input: expected a list of paths, found none".into()
    })
}

fn path_of_line(mut line: Vec<u8>) -> PathBuf {
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    #[cfg(unix)]
    let path: OsString = std::os::unix::ffi::OsStringExt::from_vec(line);
    #[cfg(not(unix))]
    let path: OsString = String::from_utf8_lossy(&line).into_owned().into();
    path.into()
}

/// A file, a folder or a pattern. What is there by that very name is never taken for a pattern.
fn expand(path: PathBuf) -> Stream {
    match fs::metadata(&path) {
        Ok(metadata) if metadata.is_dir() => in_folder(path),
        Ok(_) => in_file(path),
        Err(_) if is_pattern(&path) => matching(&path),
        Err(error) => unusable(format!("{}: {error}", path.display())),
    }
}

fn is_pattern(path: &Path) -> bool {
    path.to_string_lossy().contains(PATTERN_CHARACTERS)
}

fn matching(pattern: &Path) -> Stream {
    let options = MatchOptions {
        require_literal_leading_dot: true,
        ..MatchOptions::new()
    };
    let shown = pattern.display();
    let Some(text) = pattern.to_str() else {
        return unusable(format!(
            "{shown}: no such file, and patterns must be Unicode"
        ));
    };
    let paths = match glob::glob_with(text, options) {
        Ok(paths) => paths,
        Err(error) => return unusable(format!("{shown}: {error}")),
    };
    let mut found: Vec<Result<PathBuf, GlobError>> = paths.collect();
    let path_of = |entry: &Result<PathBuf, GlobError>| match entry {
        Ok(path) => path.to_string_lossy().into_owned(),
        Err(error) => error.path().to_string_lossy().into_owned(),
    };
    found.sort_by(|left, right| natural_order(&path_of(left), &path_of(right)));
    let inputs = found.into_iter().flat_map(|entry| match entry {
        Ok(path) => expand(path),
        Err(error) => unusable(error.to_string()),
    });
    let shown = shown.to_string();
    unless_empty(inputs, move || format!("{shown}: nothing has such a name"))
}

/// `2` before `10`. Names that differ only in blanks are equal to `natord`.
fn natural_order(left: &str, right: &str) -> Ordering {
    natord::compare(left, right).then_with(|| left.cmp(right))
}

/// The pictures and IDX files of a folder and the folders in it, by their names; hidden ones are
/// passed over.
fn in_folder(folder: PathBuf) -> Stream {
    let by_name = |left: &DirEntry, right: &DirEntry| {
        natural_order(
            &left.file_name().to_string_lossy(),
            &right.file_name().to_string_lossy(),
        )
    };
    let entries = WalkDir::new(&folder)
        .follow_links(true)
        .sort_by(by_name)
        .into_iter()
        .filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry));
    let inputs = entries.flat_map(|entry| match entry {
        Ok(entry) if entry.file_type().is_dir() || !has_known_name(&entry) => nothing(),
        Ok(entry) => in_file(entry.into_path()),
        Err(error) => unusable(error.to_string()),
    });
    unless_empty(inputs, move || {
        format!(
            "{}: no PNG or JPEG pictures and no IDX files in this folder",
            folder.display()
        )
    })
}

fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().to_string_lossy().starts_with('.')
}

fn has_known_name(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy().to_ascii_lowercase();
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    PICTURE_EXTENSIONS.contains(&extension) || IDX_MARKS.iter().any(|mark| name.contains(mark))
}

/// A file, by its contents and not by its name.
fn in_file(path: PathBuf) -> Stream {
    match is_idx(&path) {
        Ok(false) => Box::new(std::iter::once(Input::Picture(path))),
        Ok(true) => in_idx(&path),
        Err(error) => unusable(format!("{}: {error}", path.display())),
    }
}

fn is_idx(path: &Path) -> io::Result<bool> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("neither a file nor a folder"));
    }
    let mut start = Vec::with_capacity(3);
    File::open(path)?.take(3).read_to_end(&mut start)?;
    Ok(IDX_STARTS.iter().any(|magic| start.starts_with(magic)))
}

fn in_idx(path: &Path) -> Stream {
    let images = match ImageReader::open(path) {
        Ok(images) => images,
        Err(error) => return unusable(error.to_string()),
    };
    let shown = path.display().to_string();
    let file = shown.clone();
    let inputs = images.enumerate().map(move |(index, image)| match image {
        Ok(pixels) => Input::Image(Image {
            path: format!("{file}#{index}"),
            pixels: Box::new(pixels),
        }),
        Err(error) => Input::Unusable(error.to_string()),
    });
    unless_empty(inputs, move || format!("{shown}: an IDX file of no images"))
}

fn nothing() -> Stream {
    Box::new(std::iter::empty())
}

fn unusable(reason: String) -> Stream {
    Box::new(std::iter::once(Input::Unusable(reason)))
}

/// The inputs, or one that says why there are none.
fn unless_empty(
    mut inputs: impl Iterator<Item = Input> + 'static,
    reason: impl FnOnce() -> String,
) -> Stream {
    match inputs.next() {
        None => unusable(reason()),
        Some(first) => Box::new(std::iter::once(first).chain(inputs)),
    }
}

#[cfg(test)]
mod tests;
