//! Bodies of several parts (RFC 7578), which are in memory already: cut apart at their boundary.
//!
//! Owns that form. What the parts are is not known here.

use memchr::memmem;

/// A part.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part<'a> {
    /// The name of its file, or else of its field.
    pub(super) name: String,
    pub(super) bytes: &'a [u8],
}

/// The first `most` parts of a body, in order, and how many there are in all; says what is wrong with it.
pub(super) fn parts<'a>(
    content_type: &str,
    body: &'a [u8],
    most: usize,
) -> Result<(Vec<Part<'a>>, usize), &'static str> {
    let boundary = parameter(content_type, "boundary").filter(|boundary| !boundary.is_empty());
    let boundary = boundary.ok_or("the Content-Type names no boundary")?;
    let delimiter = format!("\r\n--{boundary}");
    // The first delimiter may stand at the very beginning.
    let mut rest = match body.strip_prefix(&delimiter.as_bytes()[2..]) {
        Some(rest) => rest,
        None => {
            split(body, delimiter.as_bytes())
                .ok_or("the boundary is not in the body")?
                .1
        }
    };
    let (mut parts, mut number) = (Vec::new(), 0);
    while !rest.starts_with(b"--") {
        let begin = memchr::memchr(b'\n', rest).ok_or("a part has no end")?;
        let next = split(&rest[begin + 1..], delimiter.as_bytes());
        let (part, others) = next.ok_or("the last part has no end: is the body cut off?")?;
        if parts.len() < most {
            parts.push(read_part(part)?);
        }
        number += 1;
        rest = others;
    }
    Ok((parts, number))
}

fn read_part(part: &[u8]) -> Result<Part<'_>, &'static str> {
    let (head, bytes) = match part.strip_prefix(b"\r\n") {
        Some(bytes) => (&[][..], bytes),
        None => split(part, b"\r\n\r\n").ok_or("a part has no empty line behind its header")?,
    };
    let head = String::from_utf8_lossy(head);
    let disposition = head.lines().find(|line| {
        let name = line.split(':').next().unwrap_or("");
        name.trim().eq_ignore_ascii_case("content-disposition")
    });
    let disposition = disposition.unwrap_or("");
    let name = parameter(disposition, "filename").or_else(|| parameter(disposition, "name"));
    Ok(Part {
        name: name.unwrap_or_default(),
        bytes,
    })
}

/// What is before and after the first place of `mark`.
fn split<'a>(bytes: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let place = memmem::find(bytes, mark)?;
    Some((&bytes[..place], &bytes[place + mark.len()..]))
}

/// The value of `; name=value` or `; name="value"`.
fn parameter(header: &str, name: &str) -> Option<String> {
    let mut rest = header.split_once(';')?.1;
    loop {
        let (key, after) = rest.split_once('=')?;
        let is_found = key.trim().eq_ignore_ascii_case(name);
        let (value, others) = match after.trim_start().strip_prefix('"') {
            Some(quoted) => unquoted(quoted)?,
            None => match after.split_once(';') {
                Some((value, others)) => (value.trim().to_owned(), others),
                None => (after.trim().to_owned(), ""),
            },
        };
        if is_found {
            return Some(value);
        }
        rest = others.trim_start().trim_start_matches(';');
    }
}

/// Up to the closing quote, and what is behind it.
fn unquoted(quoted: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut letters = quoted.char_indices();
    while let Some((place, letter)) = letters.next() {
        match letter {
            '"' => return Some((value, &quoted[place + 1..])),
            '\\' => value.push(letters.next()?.1),
            letter => value.push(letter),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "multipart/form-data; charset=x; boundary=\"a b\"";

    #[test]
    fn parts_are_what_stands_between_the_boundaries() {
        let body = b"preamble\r\n--a b\r\nContent-Disposition: form-data; name=\"p\"; filename=\"a;\\\"b.png\"\r\n\
            Content-Type: image/png\r\n\r\n\x89PNG\r\n--a\r\n\r\n--a b \r\ncontent-disposition: form-data; name=q\r\n\r\n\
            \r\n--a b\r\n\r\nno header\r\n--a b--\r\nepilogue";
        let (found, number) = parts(TYPE, body, 9).unwrap_or_default();
        assert_eq!(number, found.len());
        let expected = [
            ("a;\"b.png", b"\x89PNG\r\n--a\r\n".as_slice()),
            ("q", b""),
            ("", b"no header"),
        ];
        let expected = expected.map(|(name, bytes)| Part {
            name: name.into(),
            bytes,
        });
        assert_eq!(found, expected);
        assert_eq!(parts(TYPE, b"--a b--", 9), Ok((Vec::new(), 0)));
        let (found, number) = parts(TYPE, body, 2).unwrap_or_default();
        assert_eq!((found.len(), number), (2, 3));
    }

    #[test]
    fn what_is_cut_off_is_said_to_be() {
        for body in [
            b"".as_slice(),
            b"--a c\r\n\r\nx\r\n--a c--",
            b"--a b",
            b"--a b\r\nheader\r\n\r\npicture",
            b"--a b\r\nheader: x\r\n--a b--",
        ] {
            assert!(parts(TYPE, body, 9).is_err(), "{body:?}");
        }
        assert!(parts("multipart/form-data", b"--\r\n", 9).is_err());
        assert!(parts("multipart/form-data; boundary=\"x", b"--x--", 9).is_err());
    }
}
