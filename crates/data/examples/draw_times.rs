//! Times the drawing of digits and of what is added to them, on all threads and without the cache.
//!
//! `draw_times COUNT` draws COUNT digits, and half as many again with other pens, a twentieth of pairs to be cut, and a
//! quarter of pairs to be read whole.

use std::error::Error;
use std::io::Write as _;
use std::time::Instant;

use data::additions::{self, AdditionsConfig};
use data::synthetic::{SyntheticConfig, draw};

fn main() -> Result<(), Box<dyn Error>> {
    let count: usize = std::env::args()
        .nth(1)
        .map_or(Ok(10_000), |text| text.parse())?;
    let mut out = std::io::stdout().lock();
    let started = Instant::now();
    let config = SyntheticConfig {
        num_train: count,
        num_test: 0,
        seed: 1,
    };
    let digits = draw(&config).train;
    writeln!(out, "{} digits: {:.2?}", digits.len(), started.elapsed())?;
    let nothing = AdditionsConfig::default();
    let other_pens = AdditionsConfig {
        pens: 0.5,
        ..nothing
    };
    let pairs = AdditionsConfig {
        touching: 0.05,
        ..nothing
    };
    let whole = AdditionsConfig {
        pairs: 0.25,
        ..nothing
    };
    for (name, config) in [
        ("with other pens", other_pens),
        ("cuttings", pairs),
        ("pairs", whole),
    ] {
        let started = Instant::now();
        let (drawn, _) = additions::draw(&digits, &config, 1, None, &|_, _| {});
        writeln!(out, "{} {name}: {:.2?}", drawn.len(), started.elapsed())?;
    }
    Ok(())
}
