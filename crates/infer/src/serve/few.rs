//! Lists of JSON that are short in every sound request: more is counted, and not kept.

use serde::de::{Deserialize, Deserializer, IgnoredAny, SeqAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;

/// The first values of a list.
#[derive(Debug)]
pub(super) struct Few<T, const MOST: usize> {
    pub(super) first: Vec<T>,
    /// Of the whole list.
    pub(super) number: usize,
}

impl<T, const MOST: usize> Default for Few<T, MOST> {
    fn default() -> Self {
        Self {
            first: Vec::new(),
            number: 0,
        }
    }
}

impl<'de, T: Deserialize<'de>, const MOST: usize> Deserialize<'de> for Few<T, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Counting(PhantomData))
    }
}

struct Counting<T, const MOST: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for Counting<T, MOST> {
    type Value = Few<T, MOST>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Few<T, MOST>, A::Error> {
        let mut few = Few::default();
        while few.first.len() < MOST {
            let Some(value) = list.next_element()? else {
                break;
            };
            few.first.push(value);
        }
        few.number = few.first.len();
        while few.number >= MOST && list.next_element::<IgnoredAny>()?.is_some() {
            few.number += 1;
        }
        Ok(few)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_too_much_is_counted() {
        for (text, first, number) in [
            ("[]", &[][..], 0),
            ("[1]", &[1], 1),
            ("[1, 2]", &[1, 2], 2),
            ("[1, 2, {\"3\": []}, 4]", &[1, 2], 4),
        ] {
            let few: Few<u8, 2> = serde_json::from_str(text).unwrap();
            assert_eq!((&few.first[..], few.number), (first, number), "{text}");
        }
        for text in ["[1, 2", "[1, 2, ]", "[-1]", "3"] {
            assert!(serde_json::from_str::<Few<u8, 2>>(text).is_err(), "{text}");
        }
    }
}
