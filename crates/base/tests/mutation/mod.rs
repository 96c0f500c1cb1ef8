//! Bytes that are nearly what they should be: for tests that no reader panics, hangs, or takes changed bytes for whole
//! ones. Taken into the tests of several crates by its path.
#![allow(dead_code)]

use rand::rngs::ChaCha8Rng;
use rand::{Rng as _, RngExt as _, SeedableRng as _};
use std::ops::Range;
use std::time::{Duration, Instant};

/// How many variants of each file are tried, unless the variable says otherwise.
const USUAL_COUNT: usize = 200;
const VARIABLE: &str = "TORTURE_FILES";
/// Longer than this no reader takes for a small file, on the slowest machine.
const LONGEST: Duration = Duration::from_secs(20);
/// Longest stretch that is cut out, doubled or overwritten.
const LONGEST_STRETCH: usize = 64;
/// Numbers that make readers set memory aside, or go the wrong way.
const ODD_NUMBERS: [u32; 8] = [
    0,
    1,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x0001_0000,
    0x00ff_ffff,
    784,
];

/// How many variants of each file are to be tried.
pub fn count() -> usize {
    let given = std::env::var(VARIABLE).ok();
    given
        .and_then(|text| text.parse().ok())
        .unwrap_or(USUAL_COUNT)
}

/// Variants of a file: the same for the same seed.
pub struct Mutator(ChaCha8Rng);

impl Mutator {
    pub fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// The bytes, changed in one to four places.
    pub fn mutated(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut changed = bytes.to_vec();
        for _ in 0..self.0.random_range(1..=4) {
            self.change(&mut changed);
        }
        changed
    }

    fn odd(&mut self) -> u32 {
        ODD_NUMBERS[self.0.random_range(0..ODD_NUMBERS.len())]
    }

    fn change(&mut self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            bytes.push(self.0.random());
            return;
        }
        // Headers are short, and most is wrong in them.
        let end = if self.0.random_bool(0.5) {
            bytes.len().min(LONGEST_STRETCH)
        } else {
            bytes.len()
        };
        let place = self.0.random_range(0..end);
        let length = self
            .0
            .random_range(1..=LONGEST_STRETCH)
            .min(bytes.len() - place);
        let stretch = place..place + length;
        match self.0.random_range(0..8) {
            0 => bytes[place] ^= 1 << self.0.random_range(0..8),
            1 => bytes[place] = self.0.random(),
            2 => self.0.fill_bytes(&mut bytes[stretch]),
            3 => {
                bytes.drain(stretch);
            }
            4 => {
                let doubled = bytes[stretch].to_vec();
                bytes.splice(place..place, doubled);
            }
            5 => bytes.truncate(place),
            6 => {
                let other = number_from(bytes, self.0.random_range(0..bytes.len()));
                let other = if other.is_empty() || self.0.random_bool(0.3) {
                    self.odd().to_string().into_bytes()
                } else {
                    bytes[other].to_vec()
                };
                bytes.splice(number_from(bytes, place), other);
            }
            _ => {
                let number = self.odd();
                let odd = if self.0.random_bool(0.5) {
                    number.to_le_bytes()
                } else {
                    number.to_be_bytes()
                };
                for (byte, odd) in bytes[place..].iter_mut().zip(odd) {
                    *byte = odd;
                }
            }
        }
    }
}

/// The next number that is written in decimals; nothing at the end where there is none.
fn number_from(bytes: &[u8], from: usize) -> Range<usize> {
    let end = bytes.len();
    let of_kind = |from: usize, is_digit: bool| {
        let mut rest = bytes[from..].iter();
        let found = rest.position(|byte| byte.is_ascii_digit() == is_digit);
        found.map_or(end, |place| from + place)
    };
    let start = of_kind(from, true);
    start..of_kind(start, false)
}

/// Does something that must not hang.
pub fn in_time<T>(what: &str, action: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let found = action();
    let took = started.elapsed();
    assert!(took < LONGEST, "{what}: took {took:?}");
    found
}

/// The most memory that this process ever had, in megabytes; nothing where the system does not say.
pub fn peak_megabytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes / 1024)
}
