//! The objects of a PDF file: where each lies, and what it is.
//!
//! Found by going over the whole file once, and not by its table of places, of which there are four kinds and which is
//! what is wrong in damaged files: of two objects of one number the later one counts, as it does in files that were
//! added to. Owns the bounds of what a file's structure may unpack to. Objects are read when they are asked for.

use super::bytes::{behind_line, find, number_before};
use super::lexer::{Lexer, Token};
use crate::decode::DecodeError;
use lopdf::{DecompressError, Dictionary, Error, Object, Stream};
use std::collections::HashMap;
use std::ops::Range;

/// The most objects of a file.
const MAX_OBJECTS: usize = 1 << 19;
/// What all streams of objects together may unpack to, in bytes.
const MAX_UNPACKED: usize = 16 << 20;
/// The most trailers and streams of places: one a change to the file.
const MAX_TRAILERS: usize = 4096;
/// The value of an object, and of a trailer, takes no more bytes.
const MAX_VALUE_BYTES: usize = 1 << 22;
const MAX_TRAILER_BYTES: usize = 1 << 14;
/// A reference leads to another one so many times.
const MAX_REFERENCES: usize = 8;
const END_OF_STREAM: &[u8] = b"endstream";

/// Where an object lies.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// In the file, behind `obj`.
    File(usize),
    /// In an unpacked stream of objects.
    Stream { number: usize, at: usize },
}

/// A file whose objects are known.
pub(super) struct Objects<B> {
    bytes: B,
    places: HashMap<u32, Place>,
    /// Streams of objects, unpacked.
    streams: Vec<Vec<u8>>,
    /// Of the last trailer that has one.
    root: Object,
    is_encrypted: bool,
}

impl<B: AsRef<[u8]>> Objects<B> {
    /// Goes over a file.
    ///
    /// # Errors
    /// Where it has more objects than [`MAX_OBJECTS`], or unpacks to more than [`MAX_UNPACKED`].
    pub(super) fn find(bytes: B) -> Result<Self, DecodeError> {
        let mut objects = Self {
            bytes,
            places: HashMap::new(),
            streams: Vec::new(),
            root: Object::Null,
            is_encrypted: false,
        };
        let (mut at, mut left) = (0, MAX_UNPACKED);
        let (mut last, mut num_trailers) = (None, 0);
        // Where there is none behind one place, there is none behind the next.
        let mut may_end = true;
        while let Some(found) = objects.next_word(at) {
            let bytes = objects.bytes.as_ref();
            at = match found {
                Word::Object(number, place) => {
                    last = Some((number, place));
                    objects.insert(number, Place::File(place))?;
                    place
                }
                Word::Stream(place) => {
                    let start = behind_line(bytes, place);
                    let rest = bytes.get(start..).filter(|_| may_end).unwrap_or_default();
                    let end = find(rest, END_OF_STREAM).map(|length| start + length);
                    may_end = end.is_some();
                    if let (Some((_, begin)), Some(end)) = (last.take(), end) {
                        objects.look_into(begin, place, start..end, &mut left)?;
                    }
                    end.map_or(place, |end| end + END_OF_STREAM.len())
                }
                Word::Trailer(place) => {
                    num_trailers += 1;
                    let end = (place + MAX_TRAILER_BYTES).min(bytes.len());
                    let value = Lexer::new(&bytes[place..end], 0).value();
                    if let Some(Object::Dictionary(trailer)) = value {
                        objects.note(&trailer);
                    }
                    place
                }
            };
            if num_trailers > MAX_TRAILERS {
                let error = format!("it has more than {MAX_TRAILERS} trailers");
                return Err(DecodeError::Structure(error));
            }
        }
        Ok(objects)
    }

    /// What the file's catalog is.
    pub(super) fn root(&self) -> &Object {
        &self.root
    }

    /// Whether it takes a password, or the empty one, to read it.
    pub(super) fn is_encrypted(&self) -> bool {
        self.is_encrypted
    }

    fn insert(&mut self, number: u32, place: Place) -> Result<(), DecodeError> {
        if self.places.len() == MAX_OBJECTS && !self.places.contains_key(&number) {
            let error = format!("it has more than {MAX_OBJECTS} objects");
            return Err(DecodeError::Structure(error));
        }
        self.places.insert(number, place);
        Ok(())
    }

    /// The next word that tells of an object, from here on.
    fn next_word(&self, from: usize) -> Option<Word> {
        let bytes = self.bytes.as_ref();
        (from..bytes.len()).find_map(|at| {
            let rest = &bytes[at..];
            match rest[0] {
                b'o' if rest.starts_with(b"obj") => {
                    number_before(&bytes[..at]).map(|number| Word::Object(number, at + 3))
                }
                b's' if rest.starts_with(b"stream") && !bytes[..at].ends_with(b"end") => {
                    let is_line = matches!(rest.get(6), Some(b'\r' | b'\n' | b' '));
                    is_line.then_some(Word::Stream(at + 6))
                }
                b't' if rest.starts_with(b"trailer") => Some(Word::Trailer(at + 7)),
                _ => None,
            }
        })
    }

    /// Looks into a stream whose dictionary goes from `begin` to `end`: objects in it count, and what it says as a
    /// trailer.
    fn look_into(
        &mut self,
        begin: usize,
        end: usize,
        data: Range<usize>,
        left: &mut usize,
    ) -> Result<(), DecodeError> {
        let bytes = self.bytes.as_ref();
        let head = &bytes[begin..end];
        let [of_objects, of_places] = [&b"ObjStm"[..], b"XRef"].map(|name| find(head, name));
        if of_objects.or(of_places).is_none() {
            return Ok(());
        }
        let Some(Object::Dictionary(dictionary)) = Lexer::new(&bytes[..end], begin).value() else {
            return Ok(());
        };
        if !dictionary.has_type(b"ObjStm") {
            if dictionary.has_type(b"XRef") {
                self.note(&dictionary);
            }
            return Ok(());
        }
        let whole =
            |key: &[u8]| usize::try_from(dictionary.get(key)?.as_i64()?).map_err(Error::from);
        let (Ok(number), Ok(first)) = (whole(b"N"), whole(b"First")) else {
            return Ok(());
        };
        let stream = Stream::new(dictionary, bytes[data].to_vec());
        let unpacked = match stream.decompressed_content_with_limit(*left) {
            Ok(unpacked) => unpacked,
            Err(Error::Decompress(DecompressError::MemoryLimitExceeded { .. })) => {
                let error = format!("its objects unpack to more than {MAX_UNPACKED} bytes");
                return Err(DecodeError::Structure(error));
            }
            // What was in it is missing, and named where it is missed.
            Err(_) => return Ok(()),
        };
        *left -= unpacked.len();
        let mut lexer = Lexer::new(&unpacked, 0);
        let mut places = Vec::new();
        for _ in 0..number {
            let mut next = || u32::try_from(lexer.value()?.as_i64().ok()?).ok();
            let Some((number, offset)) = next().zip(next()) else {
                break;
            };
            places.push((number, first.saturating_add(offset as usize)));
        }
        let stream = self.streams.len();
        for (number, at) in places {
            self.insert(number, Place::Stream { number: stream, at })?;
        }
        self.streams.push(unpacked);
        Ok(())
    }

    /// What a trailer says.
    fn note(&mut self, trailer: &Dictionary) {
        if let Ok(root) = trailer.get(b"Root") {
            self.root = root.clone();
        }
        self.is_encrypted |= trailer.has(b"Encrypt");
    }

    /// The value that this one is, or refers to; null where that is not there.
    pub(super) fn resolved(&self, object: &Object) -> Object {
        let mut object = object.clone();
        for _ in 0..MAX_REFERENCES {
            let Object::Reference((number, _)) = object else {
                return object;
            };
            object = self
                .lexer(number)
                .and_then(|mut lexer| lexer.value())
                .unwrap_or(Object::Null);
        }
        Object::Null
    }

    /// What a dictionary has under a key, resolved; null where it has nothing.
    pub(super) fn get(&self, dictionary: &Dictionary, key: &[u8]) -> Object {
        dictionary
            .get(key)
            .map_or(Object::Null, |object| self.resolved(object))
    }

    /// A dictionary that this one is, or refers to.
    pub(super) fn dictionary(&self, object: &Object) -> Option<Dictionary> {
        match self.resolved(object) {
            Object::Dictionary(dictionary) => Some(dictionary),
            _ => None,
        }
    }

    /// The stream that an object refers to: its dictionary, and its data as they are packed.
    pub(super) fn stream(&self, object: &Object) -> Option<(Dictionary, &[u8])> {
        let number = object.as_reference().ok()?.0;
        let Some(Place::File(_)) = self.places.get(&number) else {
            return None;
        };
        let mut lexer = self.lexer(number)?;
        let Object::Dictionary(dictionary) = lexer.value()? else {
            return None;
        };
        if lexer.next() != Some(Token::Word(b"stream")) {
            return None;
        }
        let bytes = self.bytes.as_ref();
        let data = bytes.get(behind_line(bytes, lexer.at())..)?;
        let length = self.get(&dictionary, b"Length").as_i64().ok();
        let length = length.and_then(|length| usize::try_from(length).ok());
        // A length is believed where the stream ends there.
        let is_right = |&length: &usize| {
            let behind = data.get(length..).unwrap_or_default();
            behind.trim_ascii_start().starts_with(END_OF_STREAM)
        };
        let length = length
            .filter(is_right)
            .or_else(|| find(data, END_OF_STREAM));
        Some((dictionary, &data[..length.unwrap_or(data.len())]))
    }

    /// At the value of an object.
    fn lexer(&self, number: u32) -> Option<Lexer<'_>> {
        let (bytes, at) = match *self.places.get(&number)? {
            Place::File(at) => (self.bytes.as_ref(), at),
            Place::Stream { number, at } => (self.streams.get(number)?.as_slice(), at),
        };
        let end = at.saturating_add(MAX_VALUE_BYTES).min(bytes.len());
        Some(Lexer::new(&bytes[..end], at.min(end)))
    }
}

/// A word that tells of an object, with the place behind it.
enum Word {
    Object(u32, usize),
    Stream(usize),
    Trailer(usize),
}
