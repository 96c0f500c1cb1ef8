//! The messages of the TOML reader, for people: types and terms of the program's own language become
//! plain words. Owns the guesses at what was meant, too.

/// What readers say, and what people read. Applied in this order.
const PLAIN: [(&str, &str); 25] = [
    (
        "invalid type: unit variant, expected string only",
        "expected a text in quotes",
    ),
    ("invalid type: map", "invalid type: a table"),
    ("invalid type: sequence", "invalid type: a list"),
    ("invalid type: string", "invalid type: the text"),
    ("invalid type: integer", "invalid type: the number"),
    ("invalid type: floating point", "invalid type: the number"),
    ("invalid type: boolean", "invalid type: the value"),
    ("invalid value: string", "invalid value: the text"),
    ("invalid value: integer", "invalid value: the number"),
    ("invalid value: floating point", "invalid value: the number"),
    ("expected a boolean", "expected true or false"),
    ("expected a string", "expected a text in quotes"),
    ("expected path string", "expected a path in quotes"),
    ("expected a sequence", "expected a list"),
    ("expected a map", "expected a table"),
    (
        "expected an array of length",
        "expected a list of this length:",
    ),
    ("expected string or table", "expected a text in quotes"),
    ("wanted string or table", "expected a text in quotes"),
    ("expected f64", "expected a number"),
    ("expected f32", "expected a number"),
    ("expected i64", "expected a whole number"),
    ("expected usize", "expected a whole number of at least 0"),
    ("unknown variant", "unknown value"),
    ("missing field", "missing key"),
    ("key with no value", "a key without a value"),
];

/// A message of the reader's in plain words.
pub(super) fn plain(message: &str) -> String {
    let mut text = message.to_string();
    for (technical, plain) in PLAIN {
        text = text.replace(technical, plain);
    }
    for size in ["u8", "u16", "u32", "u64"] {
        text = text.replace(
            &format!("expected {size}"),
            "expected a whole number of at least 0",
        );
    }
    without_type_names(&text)
}

/// "expected struct `Name`" and the like without the name, which nobody outside has heard of.
fn without_type_names(text: &str) -> String {
    let mut plain = text.to_string();
    for (marker, word) in [
        ("expected struct ", "a table"),
        ("expected tuple struct ", "a list"),
        ("expected enum ", "a text in quotes"),
        ("expected internally tagged enum ", "a table with a kind"),
    ] {
        while let Some(start) = plain.find(marker) {
            let name = start + marker.len();
            let rest = &plain[name..];
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_'));
            let end = name + end.unwrap_or(rest.len());
            plain.replace_range(start..end, &format!("expected {word}"));
        }
    }
    plain
}

/// The known word nearest to an unknown one, where one is near.
pub(super) fn nearest_of<'a>(
    unknown: &str,
    known: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    known
        .map(|word| (strsim::damerau_levenshtein(unknown, word), word))
        .filter(|(distance, word)| *distance <= 1 + word.len() / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// The known word nearest to the unknown one in a message of the reader's, such as "unknown field
/// `a`, expected one of `b`, `c`".
pub(super) fn nearest(message: &str) -> Option<String> {
    if !message.starts_with("unknown") {
        return None;
    }
    let mut words = message.split('`').skip(1).step_by(2);
    let unknown = words.next()?;
    nearest_of(unknown, words).map(String::from)
}

/// As a hint.
pub(super) fn did_you_mean(word: impl AsRef<str>) -> String {
    format!("did you mean `{}`?", word.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_become_words() {
        for (technical, expected) in [
            (
                "invalid type: string \"many\", expected usize",
                "invalid type: the text \"many\", expected a whole number of at least 0",
            ),
            (
                "invalid type: integer `3`, expected struct DataConfig",
                "invalid type: the number `3`, expected a table",
            ),
        ] {
            assert_eq!(plain(technical), expected);
        }
    }

    #[test]
    fn what_is_far_is_not_suggested() {
        assert_eq!(
            nearest("unknown field `epoks`, expected `epochs`").as_deref(),
            Some("epochs")
        );
        assert_eq!(nearest("unknown field `zzz`, expected `epochs`"), None);
        assert_eq!(nearest("something else `epoks` `epochs`"), None);
    }
}
