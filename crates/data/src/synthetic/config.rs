//! What there is to draw, and what a drawn set says of where it comes from: enough to draw the same set again.

const START: &str = "drawn by the program: ";
const AFTER_TRAIN: &str = " training and ";
const AFTER_TEST: &str = " test images, seed ";

/// How many digits to draw, and from which seed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntheticConfig {
    /// Number of training images.
    pub num_train: usize,
    /// Number of test images.
    pub num_test: usize,
    /// Same seed, same images.
    pub seed: u64,
}

impl Default for SyntheticConfig {
    fn default() -> Self {
        Self {
            num_train: 60_000,
            num_test: 10_000,
            seed: 1,
        }
    }
}

/// Which of the two sets of writers an image is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyntheticSplit {
    /// Training images.
    Train,
    /// Test images.
    Test,
}

impl SyntheticConfig {
    /// In words for the user, as in [`Dataset::origin`](crate::Dataset::origin).
    #[must_use]
    pub fn origin(&self) -> String {
        let (num_train, num_test, seed) = (self.num_train, self.num_test, self.seed);
        format!("{START}{num_train}{AFTER_TRAIN}{num_test}{AFTER_TEST}{seed}")
    }

    /// Reads what [`origin`](Self::origin) wrote; `None` for anything else.
    #[must_use]
    pub fn from_origin(origin: &str) -> Option<Self> {
        let (num_train, rest) = origin.strip_prefix(START)?.split_once(AFTER_TRAIN)?;
        let (num_test, seed) = rest.split_once(AFTER_TEST)?;
        Some(Self {
            num_train: num_train.parse().ok()?,
            num_test: num_test.parse().ok()?,
            seed: seed.parse().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_written_and_read() {
        let config = SyntheticConfig {
            num_train: 2_500,
            num_test: 500,
            seed: u64::MAX,
        };
        let origin = config.origin();
        assert!(
            origin.starts_with("drawn by the program: 2500 training and 500 test images, seed 18")
        );
        assert_eq!(SyntheticConfig::from_origin(&origin), Some(config));
        assert_eq!(SyntheticConfig::from_origin("/home/mnist"), None);
        assert_eq!(SyntheticConfig::from_origin(&format!("{origin}0x")), None);
    }
}
