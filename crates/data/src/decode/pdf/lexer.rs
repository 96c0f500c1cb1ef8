//! The words of PDF files: values, and the words between them.
//!
//! Owns how they are written and the bounds of one value. What they mean is the other modules'.

use lopdf::{Dictionary, Object, StringFormat};

/// Values lie in each other so deep.
const MAX_DEPTH: usize = 32;
/// One value holds so many; the largest list of a sound file is that of its pages.
const MAX_VALUES: usize = 1 << 17;

/// What comes next.
#[derive(Debug, PartialEq)]
pub(super) enum Token<'a> {
    Value(Object),
    /// `obj`, `stream`, an operator, or a bracket that closes nothing.
    Word(&'a [u8]),
}

/// Reads tokens from some place on.
pub(super) struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Of the value that is being read.
    values_left: usize,
}

impl<'a> Lexer<'a> {
    /// From this place on.
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self {
            bytes,
            at,
            values_left: 0,
        }
    }

    /// Where it stands, behind the last token.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// The next token; `None` at the end, and where values lie too deep in each other or are too many.
    pub(super) fn next(&mut self) -> Option<Token<'a>> {
        self.values_left = MAX_VALUES;
        self.token(0)
    }

    /// The next value; `None` where another word comes.
    pub(super) fn value(&mut self) -> Option<Object> {
        match self.next()? {
            Token::Value(value) => Some(value),
            Token::Word(_) => None,
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while let Some(byte) = self.peek() {
            if byte == b'%' {
                let rest = &self.bytes[self.at..];
                let end = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
                self.at += end.unwrap_or(rest.len());
            } else if is_blank(byte) {
                self.at += 1;
            } else {
                return;
            }
        }
    }

    fn token(&mut self, depth: usize) -> Option<Token<'a>> {
        self.values_left = self.values_left.checked_sub(1)?;
        self.skip_blanks();
        let start = self.at;
        let first = self.peek()?;
        self.at += 1;
        let value = match first {
            b'/' => Object::Name(self.name()),
            b'(' => Object::String(self.text(), StringFormat::Literal),
            b'<' if self.peek() == Some(b'<') => {
                self.at += 1;
                Object::Dictionary(self.dictionary(depth)?)
            }
            b'<' => Object::String(self.hexadecimal(), StringFormat::Hexadecimal),
            b'[' => Object::Array(self.array(depth)?),
            b'>' if self.peek() == Some(b'>') => {
                self.at += 1;
                return Some(Token::Word(&self.bytes[start..self.at]));
            }
            byte if is_delimiter(byte) => {
                return Some(Token::Word(&self.bytes[start..self.at]));
            }
            _ => {
                self.at = start;
                let word = self.regular();
                match number(word) {
                    Some(number) => self.reference(&number).unwrap_or(number),
                    None => match word {
                        b"true" => Object::Boolean(true),
                        b"false" => Object::Boolean(false),
                        b"null" => Object::Null,
                        word => return Some(Token::Word(word)),
                    },
                }
            }
        };
        Some(Token::Value(value))
    }

    /// Up to the next blank or bracket.
    fn regular(&mut self) -> &'a [u8] {
        let rest = &self.bytes[self.at..];
        let end = rest
            .iter()
            .position(|&byte| is_blank(byte) || is_delimiter(byte));
        let word = &rest[..end.unwrap_or(rest.len())];
        self.at += word.len();
        word
    }

    /// The reference `7 0 R` that begins with this number, where it is one.
    fn reference(&mut self, number: &Object) -> Option<Object> {
        let number = u32::try_from(number.as_i64().ok()?).ok()?;
        let mut ahead = Self::new(self.bytes, self.at);
        ahead.skip_blanks();
        let generation = std::str::from_utf8(ahead.regular()).ok()?.parse().ok()?;
        ahead.skip_blanks();
        if ahead.regular() != b"R" {
            return None;
        }
        self.at = ahead.at;
        Some(Object::Reference((number, generation)))
    }

    fn name(&mut self) -> Vec<u8> {
        let word = self.regular();
        let mut name = Vec::with_capacity(word.len());
        let mut rest = word;
        while let Some((&byte, after)) = rest.split_first() {
            let escaped = match (byte, after) {
                (b'#', [high, low, ..]) => digit(*high).zip(digit(*low)),
                _ => None,
            };
            if let Some((high, low)) = escaped {
                name.push(high << 4 | low);
                rest = &after[2..];
            } else {
                name.push(byte);
                rest = after;
            }
        }
        name
    }

    /// A text in round brackets, which may have such brackets in it.
    fn text(&mut self) -> Vec<u8> {
        let mut text = Vec::new();
        let mut num_open = 1;
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'(' => num_open += 1,
                b')' => {
                    num_open -= 1;
                    if num_open == 0 {
                        break;
                    }
                }
                b'\\' => {
                    text.extend(self.escaped());
                    continue;
                }
                _ => {}
            }
            text.push(byte);
        }
        text
    }

    /// What stands behind a backslash; nothing for the end of a line.
    fn escaped(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(match byte {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'b' => 8,
            b'f' => 12,
            b'\r' => {
                self.at += usize::from(self.peek() == Some(b'\n'));
                return None;
            }
            b'\n' => return None,
            b'0'..=b'7' => {
                let mut code = u16::from(byte - b'0');
                for _ in 0..2 {
                    let Some(next @ b'0'..=b'7') = self.peek() else {
                        break;
                    };
                    code = code << 3 | u16::from(next - b'0');
                    self.at += 1;
                }
                code as u8
            }
            other => other,
        })
    }

    fn hexadecimal(&mut self) -> Vec<u8> {
        let rest = &self.bytes[self.at..];
        let end = rest.iter().position(|&byte| byte == b'>');
        let word = &rest[..end.unwrap_or(rest.len())];
        self.at = (self.at + word.len() + 1).min(self.bytes.len());
        let digits: Vec<u8> = word.iter().filter_map(|&byte| digit(byte)).collect();
        let pairs = digits.chunks(2);
        pairs
            .map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or(0))
            .collect()
    }

    /// Up to its bracket, or to the end.
    fn array(&mut self, depth: usize) -> Option<Vec<Object>> {
        let mut values = Vec::new();
        if depth == MAX_DEPTH {
            return None;
        }
        loop {
            match self.token(depth + 1)? {
                Token::Value(value) => values.push(value),
                Token::Word(b"]") => return Some(values),
                // A file cut off, or damaged.
                Token::Word(b"endobj" | b"stream" | b">>") => return None,
                Token::Word(_) => {}
            }
        }
    }

    fn dictionary(&mut self, depth: usize) -> Option<Dictionary> {
        let mut dictionary = Dictionary::new();
        if depth == MAX_DEPTH {
            return None;
        }
        let mut key: Option<Vec<u8>> = None;
        loop {
            match (self.token(depth + 1)?, key.take()) {
                (Token::Value(Object::Name(name)), None) => key = Some(name),
                (Token::Value(value), Some(key)) => dictionary.set(key, value),
                (Token::Word(b">>"), _) => return Some(dictionary),
                (Token::Word(b"endobj" | b"stream"), _) => return None,
                _ => {}
            }
        }
    }
}

/// A number, whole or with places; `None` where it is another word.
fn number(word: &[u8]) -> Option<Object> {
    if !word
        .iter()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.'))
    {
        return None;
    }
    let text = std::str::from_utf8(word).ok()?;
    match text.parse::<i64>() {
        Ok(whole) => Some(Object::Integer(whole)),
        Err(_) => text.parse().ok().map(Object::Real),
    }
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 12 | b'\r' | b' ')
}

fn is_delimiter(byte: u8) -> bool {
    matches!(
        byte,
        b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%'
    )
}

#[cfg(test)]
mod tests;
