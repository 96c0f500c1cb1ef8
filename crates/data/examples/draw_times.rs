//! Times the drawing of digits and of what is added to them, on all threads and without the cache.
//!
//! `draw_times COUNT` draws COUNT digits, and half as many again with other pens, and pairs for a twentieth.

use std::error::Error;
use std::io::Write as _;
use std::time::Instant;

use data::synthetic::{SyntheticConfig, draw};
use data::{cuttings, redrawn};

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
    let started = Instant::now();
    let pens = redrawn(&digits, count / 2, 1);
    writeln!(
        out,
        "{} with other pens: {:.2?}",
        pens.len(),
        started.elapsed()
    )?;
    let started = Instant::now();
    let pairs = cuttings(&digits, count / 20, 1);
    writeln!(
        out,
        "{} cuttings of {} pairs: {:.2?}",
        pairs.len(),
        count / 20,
        started.elapsed()
    )?;
    Ok(())
}
