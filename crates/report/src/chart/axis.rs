//! Where numbers lie on an axis, and which of them are written there.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

use crate::number;

/// Losses that span more than this factor are drawn on a logarithmic scale.
const LOGARITHMIC_FROM: f64 = 20.0;
/// So do errors (1 − accuracy) whose largest and smallest differ by this factor.
const STRETCHED_FROM: f64 = 6.0;
/// Numbers beyond this, which only a broken run has, are not drawn: their differences would be infinite.
const LARGEST_DRAWN: f64 = 1e30;
/// At most so many numbers on an axis.
const MAX_TICKS: usize = 7;

/// How numbers are placed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Scale {
    /// As they are.
    Linear,
    /// By their logarithm; smaller ones are placed at `floor`.
    Logarithmic { floor: f64 },
    /// Fractions, by the logarithm of what is missing to 1; smaller lacks are placed at `floor`.
    Stretched { floor: f64 },
}

/// How numbers are written.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Format {
    Plain,
    Percent,
}

/// One axis.
#[derive(Debug, Clone)]
pub(crate) struct Axis {
    pub(crate) scale: Scale,
    /// From end to end, as placed.
    pub(crate) range: Range<f64>,
    /// Place and text.
    pub(crate) ticks: Vec<(f64, String)>,
}

impl Axis {
    /// For epochs and the like: from 0, unless the numbers are far from it.
    pub(crate) fn progress(values: &[f64]) -> Self {
        let (low, high) = extremes(values);
        let low = if low > 0.0 && low < high * 0.8 {
            0.0
        } else {
            low.min(0.0)
        };
        let range = if high > low {
            low..high
        } else {
            low..low + 1.0
        };
        Self::linear(range, Format::Plain)
    }

    /// For losses.
    pub(crate) fn loss(values: &[f64]) -> Self {
        let floor = smallest_positive(values);
        let (low, high) = extremes(values);
        if floor.is_finite() && low >= 0.0 && high / floor > LOGARITHMIC_FROM {
            Self::logarithmic(floor, high)
        } else {
            Self::linear(padded(low, high), Format::Plain)
        }
    }

    /// For rates that may be zero: always linear and from 0.
    pub(crate) fn rate(values: &[f64]) -> Self {
        let (low, high) = extremes(values);
        let high = if high > 0.0 { high } else { 1.0 };
        Self::linear(low.min(0.0)..high * 1.05, Format::Plain)
    }

    /// For fractions guessed right. Where the errors span much, the axis is stretched towards 100%.
    pub(crate) fn accuracy(values: &[f64]) -> Self {
        let errors: Vec<f64> = values.iter().map(|value| 1.0 - value).collect();
        let floor = smallest_positive(&errors);
        let (low, high) = extremes(values);
        let inside = low >= 0.0 && high <= 1.0;
        if inside && floor.is_finite() && (1.0 - low) / floor > STRETCHED_FROM {
            return Self::stretched(floor, high, 1.0 - low);
        }
        if !inside {
            return Self::fraction();
        }
        let range = padded(low, high);
        Self::linear(range.start.max(0.0)..range.end.min(1.0), Format::Percent)
    }

    /// From 0 to 1, as percentages.
    pub(crate) fn fraction() -> Self {
        Self::linear(0.0..1.0, Format::Percent)
    }

    fn linear(range: Range<f64>, format: Format) -> Self {
        let step = round_step((range.end - range.start) / (MAX_TICKS - 1) as f64);
        let first = (range.start / step - 1e-9).ceil();
        let ticks = (0..=2 * MAX_TICKS)
            .map(|tick| (first + tick as f64) * step)
            .take_while(|&place| place <= range.end + step * 1e-9)
            .map(|place| (place, written(place, format, step)))
            .collect();
        Self {
            scale: Scale::Linear,
            range,
            ticks,
        }
    }

    fn logarithmic(low: f64, high: f64) -> Self {
        let scale = Scale::Logarithmic { floor: low };
        let range = (low.log10() - 0.05)..(high.log10() + 0.05);
        let decades = range.start.floor() as i32..=range.end.ceil() as i32;
        let of = |mantissas: &'static [f64], every: usize| -> Vec<f64> {
            decades
                .clone()
                .step_by(every)
                .flat_map(|power| mantissas.iter().map(move |m| m * 10f64.powi(power)))
                .filter(|value| range.contains(&value.log10()))
                .collect()
        };
        let values = [(&[1.0, 2.0, 5.0][..], 1), (&[1.0, 3.0], 1), (&[1.0], 1)]
            .into_iter()
            .map(|(mantissas, every)| of(mantissas, every))
            .find(|values| values.len() <= MAX_TICKS)
            .unwrap_or_else(|| of(&[1.0], decades.clone().count().div_ceil(MAX_TICKS)));
        let ticks = values
            .into_iter()
            .map(|value| (value.log10(), number::short(value)))
            .collect();
        Self {
            scale,
            range,
            ticks,
        }
    }

    fn stretched(smallest_error: f64, best: f64, largest_error: f64) -> Self {
        // All right lies beyond every logarithm: a little above the best that is not.
        let perfect = best >= 1.0;
        let floor = if perfect {
            smallest_error / 2.0
        } else {
            smallest_error
        };
        let scale = Scale::Stretched { floor };
        let place = |error: f64| -error.log10();
        let range = (place(largest_error) - 0.03)..(place(floor) + 0.05);
        let candidates = |mantissas: &'static [f64]| -> Vec<f64> {
            (0..9)
                .flat_map(|power| mantissas.iter().map(move |m| m * 10f64.powi(-power)))
                .filter(|&error| error < 1.0 && range.contains(&place(error)))
                .filter(|&error| !perfect || error >= floor * 1.6)
                .collect()
        };
        let errors = [&[5.0, 2.0, 1.0][..], &[3.0, 1.0], &[1.0]]
            .into_iter()
            .map(candidates)
            .find(|errors| errors.len() < MAX_TICKS)
            .unwrap_or_default();
        let mut ticks: Vec<(f64, String)> = errors
            .into_iter()
            .map(|error| {
                (
                    place(error),
                    format!("{}%", number::short(100.0 - error * 100.0)),
                )
            })
            .collect();
        if perfect {
            ticks.push((place(floor), "100%".to_string()));
        }
        Self {
            scale,
            range,
            ticks,
        }
    }

    /// Where `value` lies; `None` for what is not drawn.
    pub(crate) fn place(&self, value: f64) -> Option<f64> {
        let place = match self.scale {
            Scale::Linear => value,
            Scale::Logarithmic { floor } => value.max(floor).log10(),
            Scale::Stretched { floor } => -(1.0 - value).max(floor).log10(),
        };
        (is_drawn(value) && place.is_finite()).then_some(place)
    }
}

/// Lets the chart library draw the axis: its coordinates are places, not values.
impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, place: &f64, (from, to): (i32, i32)) -> i32 {
        let share = (place - self.range.start) / (self.range.end - self.range.start);
        // What lies outside, as nothing but a broken number does, is put at the edge.
        from + (f64::from(to - from) * share.clamp(-1.0, 2.0)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        if hint.weight().allow_light_points() {
            return Vec::new();
        }
        self.ticks.iter().map(|(place, _)| *place).collect()
    }

    fn range(&self) -> Range<f64> {
        self.range.clone()
    }
}

impl ValueFormatter<f64> for Axis {
    fn format_ext(&self, place: &f64) -> String {
        self.ticks
            .iter()
            .find(|(tick, _)| tick.total_cmp(place).is_eq())
            .map_or_else(String::new, |(_, text)| text.clone())
    }
}

fn written(place: f64, format: Format, step: f64) -> String {
    match format {
        Format::Plain => number::short(place),
        Format::Percent => {
            let decimals = (-(step * 100.0).log10().floor()).clamp(0.0, 6.0) as usize;
            number::percent(place, decimals)
        }
    }
}

/// Whether a number can be drawn at all.
pub(crate) fn is_drawn(value: f64) -> bool {
    value.abs() <= LARGEST_DRAWN
}

/// The smallest and largest number; 0 and 1 where there is none.
fn extremes(values: &[f64]) -> (f64, f64) {
    let drawn = values.iter().copied().filter(|&value| is_drawn(value));
    let (low, high) = drawn.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    if low <= high { (low, high) } else { (0.0, 1.0) }
}

fn smallest_positive(values: &[f64]) -> f64 {
    values
        .iter()
        .copied()
        .filter(|&value| is_drawn(value) && value > 0.0)
        .fold(f64::INFINITY, f64::min)
}

fn padded(low: f64, high: f64) -> Range<f64> {
    let span = if high > low {
        high - low
    } else {
        high.abs().max(0.1) * 0.2
    };
    low - span * 0.06..high + span * 0.06
}

/// The smallest of 1, 2, 5, 10, … (times any power of ten) that is not below `step`.
fn round_step(step: f64) -> f64 {
    if !(step.is_finite() && step > 0.0) {
        return 1.0;
    }
    let power = 10f64.powi(step.log10().floor() as i32);
    [1.0, 2.0, 5.0]
        .into_iter()
        .map(|mantissa| mantissa * power)
        .find(|&round| round >= step * (1.0 - 1e-9))
        .unwrap_or(10.0 * power)
}

#[cfg(test)]
mod tests;
