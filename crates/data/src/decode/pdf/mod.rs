//! PDF files whose pages are scanned pictures: each page is taken out as the file of a picture.
//!
//! Owns which pages there are. The crate `lopdf` has the values of such files and the ways in which they are packed; its
//! reader keeps all objects in memory and has no bound on all of them together, so that they are found and read here one by one.

mod bytes;
mod layout;
mod lexer;
mod matrix;
mod objects;
mod page;
mod picture;
mod write;

use crate::decode::{DecodeError, DecodeLimits};
use crate::tiff_file::MAX_PAGES;
use lopdf::{Dictionary, Object};
use objects::Objects;
use std::collections::HashSet;

/// How such a file begins.
pub(crate) const PDF_START: &[u8] = b"%PDF-";
const COMMAND: &str = "pdftoppm -r 300 -png in.pdf page";
/// Lists of pages lie in each other so deep.
const MAX_DEPTH: usize = 64;

/// A file whose pages are known.
pub(crate) struct Pdf<B> {
    objects: Objects<B>,
    /// What refers to each.
    pages: Vec<Object>,
}

impl<B: AsRef<[u8]>> Pdf<B> {
    /// Finds the pages of a file in memory.
    ///
    /// # Errors
    /// [`DecodeError::Convert`] where it is encrypted, [`DecodeError::Structure`] where it has no pages or is out of
    /// bounds.
    pub(crate) fn open(bytes: B) -> Result<Self, DecodeError> {
        let objects = Objects::find(bytes)?;
        if objects.is_encrypted() {
            return Err(unread("an encrypted PDF file"));
        }
        let root = objects.dictionary(objects.root()).unwrap_or_default();
        let mut pages = Vec::new();
        if let Ok(tree) = root.get(b"Pages") {
            gather(&objects, tree, MAX_DEPTH, &mut HashSet::new(), &mut pages);
        }
        if pages.is_empty() {
            let error = "it has no pages; it may be cut off or damaged";
            return Err(DecodeError::Structure(error.into()));
        }
        Ok(Self { objects, pages })
    }

    /// How many there are.
    pub(crate) fn num_pages(&self) -> usize {
        self.pages.len()
    }

    /// The file of a page's picture; pages are counted from 0.
    ///
    /// # Errors
    /// [`DecodeError::Convert`] where the page is not one scanned picture, or one packed in a way that is not read;
    /// others where it is damaged or larger than the limits.
    pub(crate) fn page(
        &self,
        number: usize,
        limits: &DecodeLimits,
    ) -> Result<Vec<u8>, DecodeError> {
        let page = self
            .pages
            .get(number)
            .and_then(|page| self.objects.dictionary(page));
        let page = page.ok_or_else(|| DecodeError::Structure("the page is not there".into()))?;
        let scan = page::scan(&self.objects, &page)?;
        let max_bytes = limits.max_file_bytes;
        picture::file(&self.objects, &scan.picture, scan.orientation, max_bytes)
    }
}

/// The pages in a list of them, or the one that it is.
fn gather<B: AsRef<[u8]>>(
    objects: &Objects<B>,
    node: &Object,
    depth_left: usize,
    visited: &mut HashSet<u32>,
    pages: &mut Vec<Object>,
) {
    let is_new = node
        .as_reference()
        .is_ok_and(|(number, _)| visited.insert(number));
    if !is_new || pages.len() == MAX_PAGES {
        return;
    }
    let dictionary: Dictionary = objects.dictionary(node).unwrap_or_default();
    match objects.get(&dictionary, b"Kids") {
        Object::Array(kids) if depth_left > 0 => {
            for kid in &kids {
                gather(objects, kid, depth_left - 1, visited, pages);
            }
        }
        _ if dictionary.has_type(b"Page") => pages.push(node.clone()),
        _ => {}
    }
}

/// The error of what is sound and not read.
fn unread(what: &str) -> DecodeError {
    DecodeError::Convert {
        what: what.into(),
        command: COMMAND,
    }
}

#[cfg(test)]
mod tests;
