//! Many small pictures of one size in one PNG, and the style rules by which a page shows them one
//! by one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{Markup, html};

use super::{Pixels8, SIDE, encode};
use crate::ReportError;
use crate::colour::Rgb;
use crate::content::Pixels;

/// Pictures in a row of a sheet.
const COLUMNS: usize = 16;

/// A sheet of pictures. Tiles are addressed by their place, from 0.
pub(crate) struct Sheet {
    /// Its class in the page.
    name: String,
    /// Classes of its tiles.
    classes: String,
    png: Vec<u8>,
    columns: usize,
    rows: usize,
    /// Width over height of a tile.
    ratio: f64,
}

impl Sheet {
    /// Digits, dark ink on white paper (pages turn them over in dark mode).
    pub(crate) fn digits(name: &str, pictures: &[&Pixels]) -> Result<Self, ReportError> {
        let (data, columns, rows) = arrange(pictures, SIDE, SIDE, 0);
        let paper: Vec<u8> = data.into_iter().map(|ink| 255 - ink).collect();
        let png = encode(&Pixels8::Grey(&paper), (columns * SIDE, rows * SIDE))?;
        Ok(Self {
            name: name.to_string(),
            classes: format!("tile digit {name}"),
            png,
            columns,
            rows,
            ratio: 1.0,
        })
    }

    /// Pictures whose pixels are places in a table of colours; `ground` fills what is left over.
    pub(crate) fn indexed(
        name: &str,
        pictures: &[&[u8]],
        (height, width): (usize, usize),
        table: &[(Rgb, u8)],
        ground: u8,
    ) -> Result<Self, ReportError> {
        let (data, columns, rows) = arrange(pictures, height, width, ground);
        let size = (columns * width, rows * height);
        let png = encode(&Pixels8::Indexed(&data, table), size)?;
        Ok(Self {
            name: name.to_string(),
            classes: format!("tile {name}"),
            png,
            columns,
            rows,
            ratio: width as f64 / height as f64,
        })
    }

    /// The rules that the page's style needs; `--tile` is the width of a tile.
    pub(crate) fn style(&self) -> String {
        let Self {
            name,
            columns,
            rows,
            ratio,
            ..
        } = self;
        format!(
            ".{name}{{--h:calc(var(--tile)/{ratio});\
             background-image:url(data:image/png;base64,{});\
             background-size:calc(var(--tile)*{columns}) calc(var(--h)*{rows})}}\n",
            STANDARD.encode(&self.png)
        )
    }

    /// The picture at `place`; without a `label` it is decoration.
    pub(crate) fn tile(&self, place: usize, label: Option<&str>) -> Markup {
        let (row, column) = (place / self.columns, place % self.columns);
        let style = format!("--x:{column};--y:{row}");
        html! {
            @if let Some(label) = label {
                span class=(self.classes) style=(style) role="img" aria-label=(label) title=(label) {}
            } @else {
                span class=(self.classes) style=(style) aria-hidden="true" {}
            }
        }
    }
}

/// Pictures side by side: the pixels of the sheet, its columns and rows of pictures.
fn arrange<P: AsRef<[u8]>>(
    pictures: &[P],
    height: usize,
    width: usize,
    ground: u8,
) -> (Vec<u8>, usize, usize) {
    let columns = pictures.len().clamp(1, COLUMNS);
    let rows = pictures.len().div_ceil(columns).max(1);
    let mut data = vec![ground; rows * height * columns * width];
    for (place, picture) in pictures.iter().enumerate() {
        let lines = picture.as_ref().chunks_exact(width).take(height);
        for (line, source) in lines.enumerate() {
            let start = ((place / columns * height + line) * columns + place % columns) * width;
            data[start..start + width].copy_from_slice(source);
        }
    }
    (data, columns, rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_stand_side_by_side_then_below() {
        let pictures: Vec<[u8; 2]> = (0..17).map(|place| [place, place + 100]).collect();
        let (data, columns, rows) = arrange(&pictures, 2, 1, 9);
        assert_eq!((columns, rows, data.len()), (16, 2, 64));
        assert_eq!(
            (data[3], data[16 + 3], data[32], data[48]),
            (3, 103, 16, 116)
        );
        assert_eq!(data[33], 9);
    }
}
