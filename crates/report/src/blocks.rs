//! Images as text for terminals.

use std::fmt::Write as _;

/// From paper to ink.
const RAMP: &[u8; 10] = b" .:-=+*#%@";

/// An image of `height` rows of `width` pixels (0 paper, 255 ink) as lines of `width` characters,
/// two rows of pixels to a line, each line ended by a newline. With `colour`, upper half blocks in
/// shades of grey (256-colour escape codes), ink bright; without, characters from space to `@`.
/// Pixels that are missing are paper.
#[must_use]
pub fn to_text(pixels: &[u8], width: usize, height: usize, colour: bool) -> String {
    let pixel = |row: usize, column: usize| {
        let inside = row < height;
        let place = row * width + column;
        inside
            .then(|| pixels.get(place).copied())
            .flatten()
            .unwrap_or(0)
    };
    let mut text = String::new();
    for row in (0..height).step_by(2) {
        let line = (0..width).map(|column| (pixel(row, column), pixel(row + 1, column)));
        if colour {
            coloured_line(&mut text, line);
        } else {
            text.extend(line.map(|(upper, lower)| shade(upper, lower)));
        }
        text.push('\n');
    }
    text
}

fn shade(upper: u8, lower: u8) -> char {
    let sum = usize::from(upper) + usize::from(lower);
    char::from(RAMP[sum * (RAMP.len() - 1) / 510])
}

fn coloured_line(text: &mut String, line: impl Iterator<Item = (u8, u8)>) {
    let mut current = None;
    for (upper, lower) in line {
        let shades = (grey(upper), grey(lower));
        if current != Some(shades) {
            let _ = write!(text, "\x1b[38;5;{};48;5;{}m", shades.0, shades.1);
            current = Some(shades);
        }
        text.push('▀');
    }
    text.push_str("\x1b[0m");
}

/// The nearest of the palette's 24 greys, or its black and white.
fn grey(value: u8) -> u8 {
    match value {
        0..=3 => 16,
        252..=255 => 231,
        _ => 232 + (u16::from(value) * 23 / 255) as u8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_rows_make_a_line_of_characters() {
        let pixels = [0, 255, 128, 0, 255, 0];
        assert_eq!(to_text(&pixels, 3, 2, false), " @:\n");
        assert_eq!(to_text(&pixels, 2, 3, false), ":=\n= \n");
        assert_eq!(to_text(&pixels[..1], 2, 2, false), "  \n");
        assert_eq!(to_text(&[], 0, 0, true), "");
    }

    #[test]
    fn colour_codes_change_only_where_shades_do() {
        let text = to_text(&[0, 0, 255, 0, 0, 255], 3, 2, true);
        assert_eq!(
            text,
            "\x1b[38;5;16;48;5;16m▀▀\x1b[38;5;231;48;5;231m▀\x1b[0m\n"
        );
    }
}
