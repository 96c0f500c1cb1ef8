//! The colours of charts and pictures, each with its counterpart on dark ground.
//!
//! Charts carry the light colour in their attributes, so that they stand alone as pictures; a page
//! replaces it in dark mode by attribute selectors ([`dark_rules`]).

use std::fmt::Write as _;

use plotters::style::RGBColor;

/// Red, green and blue.
pub(crate) type Rgb = [u8; 3];

/// A colour on light and on dark ground.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Colour {
    pub(crate) light: Rgb,
    pub(crate) dark: Rgb,
}

const fn colour(light: Rgb, dark: Rgb) -> Colour {
    Colour { light, dark }
}

/// Titles.
pub(crate) const INK: Colour = colour([0x1b, 0x1f, 0x24], [0xe6, 0xe8, 0xeb]);
/// Labels.
pub(crate) const MUTED: Colour = colour([0x59, 0x62, 0x6d], [0x9d, 0xa7, 0xb3]);
/// Lines of axes.
pub(crate) const AXIS: Colour = colour([0xb4, 0xba, 0xc2], [0x4a, 0x53, 0x5e]);
/// Lines of the grid.
pub(crate) const GRID: Colour = colour([0xe6, 0xe8, 0xeb], [0x26, 0x2c, 0x34]);

/// Lines that are told apart by readers who do not see all colours: after Okabe and Ito (2008),
/// the pale ones darkened for thin lines on white.
pub(crate) const SERIES: [Colour; 8] = [
    colour([0x00, 0x72, 0xb2], [0x5a, 0xb4, 0xf0]),
    colour([0xd5, 0x5e, 0x00], [0xf5, 0x8b, 0x47]),
    colour([0x00, 0x9e, 0x73], [0x3c, 0xc9, 0xa0]),
    colour([0xcc, 0x79, 0xa7], [0xe2, 0x9c, 0xc4]),
    colour([0xc4, 0x8a, 0x00], [0xf2, 0xc1, 0x4b]),
    colour([0x3a, 0xa0, 0xd8], [0xa6, 0xde, 0xff]),
    colour([0x44, 0x48, 0x4d], [0xc9, 0xcd, 0xd2]),
    colour([0x80, 0x80, 0x10], [0xdc, 0xdc, 0x6a]),
];
/// What was measured on validation images, and accuracy.
pub(crate) const VALIDATION: Colour = SERIES[0];
/// What was measured in training, and what is wrong.
pub(crate) const TRAINING: Colour = SERIES[1];

/// The colour of run `index` in a comparison.
pub(crate) fn series(index: usize) -> Colour {
    SERIES[index % SERIES.len()]
}

impl Colour {
    /// For the chart library.
    pub(crate) fn plotter(self) -> RGBColor {
        let [red, green, blue] = self.light;
        RGBColor(red, green, blue)
    }

    /// "#0072B2", as the chart library writes it.
    pub(crate) fn hex(self) -> String {
        hex(self.light)
    }
}

fn hex([red, green, blue]: Rgb) -> String {
    format!("#{red:02X}{green:02X}{blue:02X}")
}

/// Style rules that turn the light colours of charts and swatches dark.
pub(crate) fn dark_rules() -> String {
    let mut rules = String::new();
    for colour in [INK, MUTED, AXIS, GRID].iter().chain(&SERIES) {
        let (light, dark) = (hex(colour.light), hex(colour.dark));
        let _ = write!(
            rules,
            "[fill=\"{light}\"]{{fill:{dark}}}[stroke=\"{light}\"]{{stroke:{dark}}}"
        );
    }
    rules
}

/// Steps of the diverging colour map from 0 to the largest weight.
pub(crate) const DIVERGING_STEPS: u8 = 60;

/// The diverging colour map: for step `-DIVERGING_STEPS..=DIVERGING_STEPS` colour and opacity.
/// 0 is the ground itself, so that the map suits light and dark pages.
pub(crate) fn diverging(step: i16) -> (Rgb, u8) {
    let rgb = if step < 0 {
        [0x1f, 0x6f, 0xc4]
    } else {
        [0xd9, 0x4a, 0x16]
    };
    let share = f64::from(step.unsigned_abs()) / f64::from(DIVERGING_STEPS);
    (rgb, (share.min(1.0) * 255.0).round() as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_differ_so_that_selectors_tell_them_apart() {
        let mut all: Vec<Rgb> = [INK, MUTED, AXIS, GRID]
            .iter()
            .chain(&SERIES)
            .map(|colour| colour.light)
            .collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 12);
    }

    #[test]
    fn the_diverging_map_is_symmetrical_about_nothing() {
        assert_eq!(diverging(0).1, 0);
        assert_eq!(diverging(30).1, diverging(-30).1);
        assert_eq!(diverging(60).1, 255);
        assert_ne!(diverging(60).0, diverging(-60).0);
    }
}
