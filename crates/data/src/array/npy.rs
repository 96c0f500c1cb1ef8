//! The head of `NumPy`'s `.npy` files.
//!
//! Parsed here, in a few lines, and not by a library: the head is short text, its announced length is bounded before
//! it is read, and what follows it is what IDX files hold too, so that both go through one reader.

use super::Header;
use crate::element::Element;
use crate::error::DataError;
use crate::unpack::Contents;

/// How such a file begins.
pub(crate) const NPY_START: &[u8] = b"\x93NUMPY";
/// The longest head that is read; that of an array of numbers has about a hundred bytes.
const MAX_HEAD_BYTES: u64 = 1 << 14;

/// Reads the head, from the start of a file.
///
/// # Errors
/// [`DataError::Format`] where it is none, or one of an array that is not of numbers.
pub(crate) fn read_head(contents: &mut Contents<'_>) -> Result<Header, DataError> {
    let start = contents.read_up_to(8)?;
    let version = start.get(6).copied().unwrap_or(0);
    let bad = |contents: &Contents<'_>, expected: &str, found: &str| DataError::Format {
        path: contents.path().into(),
        offset: 0,
        expected: expected.into(),
        found: found.into(),
    };
    if !start.starts_with(NPY_START) || !(1..=3).contains(&version) {
        let found = format!("{start:x?}");
        return Err(bad(
            contents,
            "the head of a NumPy file of version 1 to 3",
            &found,
        ));
    }
    let size = contents.read_up_to(if version == 1 { 2 } else { 4 })?;
    let mut word = [0; 8];
    word[..size.len()].copy_from_slice(&size);
    let num_bytes = u64::from_le_bytes(word);
    if num_bytes > MAX_HEAD_BYTES {
        let expected = format!("a head of at most {MAX_HEAD_BYTES} bytes");
        return Err(bad(contents, &expected, &num_bytes.to_string()));
    }
    let text = contents.read_up_to(num_bytes)?;
    let text = String::from_utf8_lossy(&text).into_owned();
    let header = parse(&text, contents.offset());
    header.map_err(|found| bad(contents, "an array of numbers", &found))
}

/// Parses `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 28, 28), }`.
fn parse(text: &str, num_bytes: u64) -> Result<Header, String> {
    let after = |key: &str| {
        let place = text.find(&format!("'{key}':"))? + key.len() + 3;
        text.get(place..).map(str::trim_start)
    };
    let missing = || format!("`{}`", text.chars().take(60).collect::<String>().trim_end());
    let kind = after("descr").ok_or_else(missing)?;
    let kind = kind
        .strip_prefix('\'')
        .and_then(|kind| kind.split_once('\''));
    let (kind, _) = kind.ok_or("a table of several types; save its columns one by one")?;
    let (order, kind) = kind.split_at_checked(1).ok_or_else(missing)?;
    let element = element(kind).ok_or_else(|| {
        if kind.starts_with('O') {
            "Python objects (pickle), which may run programs when read; save an array of numbers"
                .into()
        } else {
            format!("type `{kind}`; convert with .astype('uint8')")
        }
    })?;
    let sizes = after("shape").and_then(|shape| shape.strip_prefix('(')?.split_once(')'));
    let (sizes, _) = sizes.ok_or_else(missing)?;
    let sizes = sizes
        .split(',')
        .map(str::trim)
        .filter(|size| !size.is_empty());
    let shape: Result<Vec<u64>, _> = sizes
        .map(|size| size.trim_end_matches('L').parse())
        .collect();
    let shape = shape.map_err(|_| missing())?;
    let is_by_columns = after("fortran_order")
        .ok_or_else(missing)?
        .starts_with("True");
    Ok(Header {
        element,
        is_big_endian: order == ">",
        is_by_columns: is_by_columns && shape.len() > 1,
        shape,
        num_bytes,
    })
}

fn element(kind: &str) -> Option<Element> {
    Some(match kind {
        "b1" => Element::Bool,
        "u1" => Element::U8,
        "i1" => Element::I8,
        "u2" => Element::U16,
        "i2" => Element::I16,
        "u4" => Element::U32,
        "i4" => Element::I32,
        "u8" => Element::U64,
        "i8" => Element::I64,
        "f2" => Element::F16,
        "f4" => Element::F32,
        "f8" => Element::F64,
        _ => return None,
    })
}
