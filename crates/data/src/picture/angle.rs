//! Angles at which something on a picture leans: pixels turned by one, and the search for it.

use std::cmp::Ordering;

/// To pixels whose rows are level with a frame, and back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn {
    sine: f32,
    cosine: f32,
}

impl Turn {
    pub(super) fn by(degrees: f32) -> Self {
        let (sine, cosine) = degrees.to_radians().sin_cos();
        Self { sine, cosine }
    }

    pub(super) fn turned(self, (x, y): (f32, f32)) -> (f32, f32) {
        (
            self.cosine * x + self.sine * y,
            self.cosine * y - self.sine * x,
        )
    }

    pub(super) fn back(self, (along, across): (f32, f32)) -> (f32, f32) {
        (
            self.cosine * along - self.sine * across,
            self.cosine * across + self.sine * along,
        )
    }
}

/// The angle, in degrees from level, at which something is sharpest, up to the steepest either way: looked for in each of
/// these steps in turn, the next one around what was found. `compare` says which of two sharpnesses with their angles is
/// less.
pub(super) fn sharpest<S>(
    steepest: f32,
    steps: &[f32],
    sharpness: impl Fn(f32) -> S,
    compare: impl Fn(&(S, f32), &(S, f32)) -> Ordering,
) -> f32 {
    let mut best = 0.0;
    let mut reach = steepest;
    for &step in steps {
        let middle = best;
        let num = (2.0 * reach / step).round() as u32;
        let degrees = (0..=num).map(|number| middle - reach + step * number as f32);
        let sharpest = degrees
            .map(|degrees| (sharpness(degrees), degrees))
            .max_by(&compare);
        best = sharpest.map_or(best, |(_, degrees)| degrees);
        reach = step;
    }
    best
}
