//! What is on a page of a PDF file: whether it is one scanned picture and nothing else, and which way that is up.

use super::lexer::{Lexer, Token};
use super::matrix::{AS_IT_IS, Matrix, matrix, orientation, product};
use super::objects::Objects;
use super::unread;
use crate::decode::DecodeError;
use image::metadata::Orientation;
use lopdf::{Dictionary, Object, Stream};

/// What says what to draw is no longer than this, in bytes; the text that was read off a scanned page is in it.
const MAX_CONTENT_BYTES: usize = 8 << 20;
/// So often, pictures and other drawings are drawn.
const MAX_DRAWN: usize = 1024;
/// Operators have at most six operands; what comes before is forgotten.
const MAX_OPERANDS: usize = 8;
/// What was set aside to come back to, and drawings that draw others.
const MAX_SAVED: usize = 64;
const MAX_FORMS: usize = 4;
/// A page's parent has a parent, and so on.
const MAX_PARENTS: usize = 64;
/// Text of these modes does not show: that of a page that was read by a program, below its picture.
const HIDDEN_TEXT: [i64; 2] = [3, 7];
/// A picture of so much of a page hides what was drawn before.
const MIN_COVERED: f64 = 0.9;

/// The picture of a page that is one.
pub(super) struct Scan {
    /// What refers to it.
    pub(super) picture: Object,
    pub(super) orientation: Orientation,
}

/// What is on a page.
///
/// # Errors
/// Where that is not one picture and nothing else that shows.
pub(super) fn scan<B: AsRef<[u8]>>(
    objects: &Objects<B>,
    page: &Dictionary,
) -> Result<Scan, DecodeError> {
    let resources = inherited(objects, page, b"Resources");
    let resources = objects.dictionary(&resources).unwrap_or_default();
    let media = numbers(objects, &inherited(objects, page, b"MediaBox"));
    let mut drawing = Drawing {
        objects,
        pictures: Vec::new(),
        shows_others: false,
        bytes_left: MAX_CONTENT_BYTES,
        drawn_left: MAX_DRAWN,
        page_size: match media[..] {
            [left, bottom, right, top] => Some([(right - left).abs(), (top - bottom).abs()]),
            _ => None,
        },
    };
    let state = State {
        matrix: AS_IT_IS,
        is_hidden_text: false,
    };
    let content = content(objects, page)?;
    drawing.draw(&content, &resources, state, MAX_FORMS)?;
    let turned = inherited(objects, page, b"Rotate").as_i64().unwrap_or(0);
    let mut pictures = drawing.pictures.into_iter();
    match (pictures.next(), pictures.next()) {
        (Some((picture, matrix)), None) if !drawing.shows_others => Ok(Scan {
            picture,
            orientation: orientation(matrix, turned),
        }),
        (Some(_), None) => Err(unread(
            "a PDF page that shows more than one scanned picture",
        )),
        (Some(_), Some(_)) => Err(unread("a PDF page of several pictures")),
        (None, _) => Err(unread("a PDF page without a scanned picture")),
    }
}

/// What a page has under a key, or one of its parents.
fn inherited<B: AsRef<[u8]>>(objects: &Objects<B>, page: &Dictionary, key: &[u8]) -> Object {
    let mut node = page.clone();
    for _ in 0..MAX_PARENTS {
        let value = objects.get(&node, key);
        if !value.is_null() {
            return value;
        }
        let Some(parent) = node
            .get(b"Parent")
            .ok()
            .and_then(|parent| objects.dictionary(parent))
        else {
            break;
        };
        node = parent;
    }
    Object::Null
}

/// What is drawn, in one piece.
fn content<B: AsRef<[u8]>>(
    objects: &Objects<B>,
    page: &Dictionary,
) -> Result<Vec<u8>, DecodeError> {
    let contents = page.get(b"Contents").cloned().unwrap_or(Object::Null);
    let parts = match objects.resolved(&contents) {
        Object::Array(parts) => parts,
        _ => vec![contents],
    };
    let mut content = Vec::new();
    for part in parts {
        let left = MAX_CONTENT_BYTES.saturating_sub(content.len());
        content.extend(unpacked(objects, &part, left)?);
        content.push(b'\n');
    }
    Ok(content)
}

/// The data of a stream, unpacked, of at most so many bytes; none where there is no such stream.
pub(super) fn unpacked<B: AsRef<[u8]>>(
    objects: &Objects<B>,
    reference: &Object,
    max_bytes: usize,
) -> Result<Vec<u8>, DecodeError> {
    let Some((dictionary, data)) = objects.stream(reference) else {
        return Ok(Vec::new());
    };
    let mut plain = Dictionary::new();
    for key in [&b"Filter"[..], b"DecodeParms"] {
        let value = objects.get(&dictionary, key);
        if !value.is_null() {
            plain.set(key, value);
        }
    }
    Stream::new(plain, data.to_vec())
        .get_plain_content_with_limit(max_bytes)
        .map_err(|error| DecodeError::Structure(format!("what a page draws: {error}")))
}

/// What holds while something is drawn.
#[derive(Clone, Copy)]
struct State {
    matrix: Matrix,
    is_hidden_text: bool,
}

/// What was drawn so far.
struct Drawing<'a, B> {
    objects: &'a Objects<B>,
    /// References to pictures, and where the unit square goes that each fills.
    pictures: Vec<(Object, Matrix)>,
    shows_others: bool,
    bytes_left: usize,
    drawn_left: usize,
    page_size: Option<[f64; 2]>,
}

impl<B: AsRef<[u8]>> Drawing<'_, B> {
    fn draw(
        &mut self,
        content: &[u8],
        resources: &Dictionary,
        mut state: State,
        forms_left: usize,
    ) -> Result<(), DecodeError> {
        let left = self.bytes_left.checked_sub(content.len());
        self.bytes_left = left.ok_or_else(|| unread("a PDF page of very many lines"))?;
        let mut lexer = Lexer::new(content, 0);
        let mut operands: Vec<Object> = Vec::new();
        let mut saved = Vec::new();
        while let Some(token) = lexer.next() {
            let operator = match token {
                Token::Value(value) => {
                    if operands.len() == MAX_OPERANDS {
                        operands.remove(0);
                    }
                    operands.push(value);
                    continue;
                }
                Token::Word(operator) => operator,
            };
            match operator {
                b"q" if saved.len() < MAX_SAVED => saved.push(state),
                b"Q" => state = saved.pop().unwrap_or(state),
                b"cm" => {
                    if let Some(matrix) = matrix(&operands) {
                        state.matrix = product(matrix, state.matrix);
                    }
                }
                b"Tr" => {
                    let mode = operands.last().and_then(|mode| mode.as_i64().ok());
                    state.is_hidden_text = mode.is_some_and(|mode| HIDDEN_TEXT.contains(&mode));
                }
                b"Tj" | b"TJ" | b"'" | b"\"" => self.shows_others |= !state.is_hidden_text,
                b"f" | b"F" | b"f*" | b"B" | b"B*" | b"b" | b"b*" | b"s" | b"S" | b"sh" | b"BI" => {
                    self.shows_others = true;
                }
                b"Do" => {
                    let name = operands.last().and_then(|name| name.as_name().ok());
                    self.draw_named(name.unwrap_or_default(), resources, state, forms_left)?;
                }
                _ => {}
            }
            operands.clear();
        }
        Ok(())
    }

    /// Draws a picture or another drawing of the resources.
    fn draw_named(
        &mut self,
        name: &[u8],
        resources: &Dictionary,
        mut state: State,
        forms_left: usize,
    ) -> Result<(), DecodeError> {
        let left = self.drawn_left.checked_sub(1);
        self.drawn_left = left.ok_or_else(|| unread("a PDF page of very many pictures"))?;
        let named = self.objects.get(resources, b"XObject");
        let Some(reference) = named.as_dict().ok().and_then(|named| named.get(name).ok()) else {
            return Ok(());
        };
        let Some((dictionary, _)) = self.objects.stream(reference) else {
            return Ok(());
        };
        match self.objects.get(&dictionary, b"Subtype").as_name() {
            Ok(b"Image") => {
                let lets_through = |key| !self.objects.get(&dictionary, key).is_null();
                let is_opaque = ![&b"SMask"[..], b"Mask", b"ImageMask"]
                    .into_iter()
                    .any(lets_through);
                if is_opaque && self.covers(state.matrix) {
                    self.pictures.clear();
                    self.shows_others = false;
                }
                self.pictures.push((reference.clone(), state.matrix));
            }
            Ok(b"Form") if forms_left > 0 => {
                let values = self.objects.get(&dictionary, b"Matrix");
                if let Some(matrix) = values.as_array().ok().and_then(|values| matrix(values)) {
                    state.matrix = product(matrix, state.matrix);
                }
                let own = self.objects.get(&dictionary, b"Resources");
                let content = unpacked(self.objects, reference, self.bytes_left)?;
                let resources = own.as_dict().unwrap_or(resources);
                self.draw(&content, resources, state, forms_left - 1)?;
            }
            _ => self.shows_others = true,
        }
        Ok(())
    }

    /// Whether a picture that goes there hides the page.
    fn covers(&self, [a, b, c, d, ..]: Matrix) -> bool {
        let size = [a.abs().max(c.abs()), b.abs().max(d.abs())];
        let page = self.page_size.unwrap_or([f64::INFINITY; 2]);
        size.iter()
            .zip(page)
            .all(|(size, page)| *size >= MIN_COVERED * page)
    }
}

/// The numbers of an array, resolved; none where it is no array of numbers.
fn numbers<B: AsRef<[u8]>>(objects: &Objects<B>, array: &Object) -> Vec<f64> {
    let values = array.as_array().map(Vec::as_slice).unwrap_or_default();
    let values = values.iter().take(MAX_OPERANDS);
    values
        .filter_map(|value| objects.resolved(value).as_float().ok().map(f64::from))
        .collect()
}
