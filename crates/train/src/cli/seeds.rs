//! Several seeds on the command line.

use std::str::FromStr;

/// Seeds, at most: each has a run folder.
const MAX_SEEDS: usize = 10_000;

/// Different seeds, in the order they were given in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seeds(Vec<u64>);

impl Seeds {
    /// The seeds, one at least.
    #[must_use]
    pub fn list(&self) -> &[u64] {
        &self.0
    }
}

/// `1..16` has both ends; `1,2,5..8` is a list.
impl FromStr for Seeds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut seeds = Vec::new();
        for part in text.split(',') {
            let (first, last) = part.split_once("..").unwrap_or((part, part));
            let (first, last) = (seed(first)?, seed(last.trim_start_matches('='))?);
            if first > last {
                return Err(format!("{part} goes backwards: {last}..{first}"));
            }
            if last - first >= MAX_SEEDS as u64 {
                return Err(format!("at most {MAX_SEEDS} seeds"));
            }
            seeds.extend(first..=last);
            if seeds.len() > MAX_SEEDS {
                return Err(format!("at most {MAX_SEEDS} seeds"));
            }
        }
        let mut sorted = seeds.clone();
        sorted.sort_unstable();
        match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(format!("seed {} is there twice", pair[0])),
            None => Ok(Self(seeds)),
        }
    }
}

fn seed(text: &str) -> Result<u64, String> {
    // Recipes keep a seed as a signed integer.
    let seed = text.trim().parse::<i64>().ok();
    let seed = seed.and_then(|seed| u64::try_from(seed).ok());
    seed.ok_or_else(|| format!("`{text}` is no seed; 1..16 and 1,2,5 are seeds"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn ranges_have_both_ends() {
        let list = |text: &str| text.parse::<Seeds>().map(|seeds| seeds.0);
        assert_eq!(list("1..4"), Ok(vec![1, 2, 3, 4]));
        assert_eq!(list("7"), Ok(vec![7]));
        assert_eq!(list("42, 1..=3"), Ok(vec![42, 1, 2, 3]));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let wrong = |text: &str| text.parse::<Seeds>().unwrap_err();
        assert_eq!(wrong("4..1"), "4..1 goes backwards: 1..4");
        assert_eq!(wrong("1..3,2"), "seed 2 is there twice");
        assert_eq!(
            wrong("0..18446744073709551615"),
            "`18446744073709551615` is no seed; 1..16 and 1,2,5 are seeds"
        );
        assert_eq!(wrong("0..9223372036854775807"), "at most 10000 seeds");
        for text in ["", "..", "a", "1..", "-1", "1,,2"] {
            assert!(wrong(text).contains("is no seed"), "{text}");
        }
    }
}
