//! What is looked for among the bytes of a PDF file.

use super::lexer::is_blank;

/// The number of an object in `7 0` at the end of these bytes.
pub(super) fn number_before(bytes: &[u8]) -> Option<u32> {
    let is_digit = |byte: &u8| byte.is_ascii_digit();
    let without = |bytes: &[u8], is_of: fn(u8) -> bool| {
        let kept = bytes.iter().rposition(|&byte| !is_of(byte));
        kept.map_or(0, |place| place + 1)
    };
    // Numbers have at most ten digits, and blanks are few.
    let bytes = &bytes[bytes.len().saturating_sub(40)..];
    let bytes = &bytes[..without(bytes, is_blank)];
    let before_generation = &bytes[..without(bytes, |byte| byte.is_ascii_digit())];
    let before_blanks = &before_generation[..without(before_generation, is_blank)];
    let start = without(before_blanks, |byte| byte.is_ascii_digit());
    let has_both =
        before_generation.len() < bytes.len() && before_blanks.len() < before_generation.len();
    let digits = before_blanks
        .get(start..)
        .filter(|digits| has_both && digits.first().is_some_and(is_digit))?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Behind the end of the line that begins a stream's data.
pub(super) fn behind_line(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at) == Some(&b' ') {
        at += 1;
    }
    match bytes.get(at..).unwrap_or_default() {
        [b'\r', b'\n', ..] => at + 2,
        [b'\r' | b'\n', ..] => at + 1,
        _ => at,
    }
}

/// Where these bytes occur first.
pub(super) fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}
