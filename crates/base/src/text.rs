//! Numbers and names as people read and sort them.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt::Write as _;

/// `1234567` as `1,234,567`.
#[must_use]
pub fn with_separators(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Lower-case hexadecimal digits of `bytes`, two a byte.
#[must_use]
pub fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The order in which people list names: `page 2` before `page 10`. Different names are never equal.
#[must_use]
pub fn natural_order(left: &str, right: &str) -> Ordering {
    // Names that differ only in blanks are equal to `natord`.
    natord::compare(left, right).then_with(|| left.cmp(right))
}

/// Text that a terminal shows and does not obey: names of files may have anything in them. Lines and tabs stay.
#[must_use]
pub fn harmless(text: &str) -> Cow<'_, str> {
    let is_harmful = |letter: char| letter.is_control() && letter != '\n' && letter != '\t';
    if text.contains(is_harmful) {
        text.replace(is_harmful, "\u{fffd}").into()
    } else {
        text.into()
    }
}

/// Spreadsheets take cells that begin so for formulas, which may start programs; behind an apostrophe they are text
/// (OWASP, "CSV injection"). A number below 0 is none.
#[must_use]
pub fn inert(text: &str) -> Cow<'_, str> {
    let is_of_number = |letter: char| letter.is_ascii_digit() || letter == '.' || letter == ',';
    let is_number = |text: &str| !text.is_empty() && text.chars().all(is_of_number);
    let is_negative = text.strip_prefix('-').is_some_and(is_number);
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_negative {
        format!("'{text}").into()
    } else {
        text.into()
    }
}

/// Columns of equal width, the first one flush left, the others flush right.
#[must_use]
pub fn align_columns(rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let line = |row: &Vec<String>| {
        let cells = row.iter().enumerate().map(|(column, cell)| {
            let width = width(column);
            match column {
                0 => format!("{cell:<width$}"),
                _ => format!("{cell:>width$}"),
            }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_string()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_text_and_negative_numbers_stay() {
        for formula in ["=1+1", "+1", "-1+1", "@a", "-", "-1.65;2"] {
            assert_eq!(inert(formula), format!("'{formula}"));
        }
        for text in ["-1.65", "-1,234.50", "1.65", "a=b", ""] {
            assert_eq!(inert(text), text);
        }
    }

    #[test]
    fn what_a_terminal_would_obey_is_shown_instead() {
        assert_eq!(harmless("a\tb\nc é"), "a\tb\nc é");
        assert_eq!(
            harmless("\u{1b}[2Jx\r\u{9b}"),
            "\u{fffd}[2Jx\u{fffd}\u{fffd}"
        );
    }

    #[test]
    fn columns_line_up() {
        let rows = [["run", "x"], ["long-name", "12"]].map(|row| row.map(String::from).to_vec());
        assert_eq!(align_columns(&rows), "run         x\nlong-name  12");
    }

    #[test]
    fn thousands_are_parted() {
        let texts = [0, 999, 1_000, 1_234_567].map(with_separators);
        assert_eq!(texts, ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn bytes_become_two_digits_each() {
        assert_eq!(hexadecimal(&[0, 10, 255]), "000aff");
    }

    #[test]
    fn numbers_in_names_count_as_numbers() {
        assert_eq!(natural_order("page 2", "page 10"), Ordering::Less);
        assert_eq!(natural_order("a b", "ab"), Ordering::Less);
        assert_eq!(natural_order("ab", "ab"), Ordering::Equal);
    }
}
