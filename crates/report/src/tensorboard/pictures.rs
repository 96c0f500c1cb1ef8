//! What event files show as pictures: a mosaic of weights, a confusion matrix. Small bitmaps drawn
//! pixel by pixel; charts for reports are not made here.

use image::{ImageFormat, Rgb, RgbImage};
use std::io::Cursor;

const WHITE: Rgb<u8> = Rgb([255; 3]);
const GREY: Rgb<u8> = Rgb([128; 3]);
const BLACK: Rgb<u8> = Rgb([0; 3]);
/// Height and width that a picture of a mosaic is at least enlarged to, in pixels.
const MIN_PICTURE_SIDE: usize = 28;
/// Most pixels of a mosaic's side.
const MAX_SIDE: usize = 4_096;
/// Size of a cell of a confusion matrix: five digits wide.
const CELL: (u32, u32) = (44, 20);
/// Pixels of the screen for one pixel of a digit.
const DIGIT_SCALE: u32 = 2;
/// Most classes of a confusion matrix that is drawn.
const MAX_CLASSES: usize = 64;

/// The digits, each in five rows of three pixels, the highest bit on the left.
const DIGITS: [[u8; 5]; 10] = [
    [0b111, 0b101, 0b101, 0b101, 0b111],
    [0b010, 0b110, 0b010, 0b010, 0b111],
    [0b111, 0b001, 0b111, 0b100, 0b111],
    [0b111, 0b001, 0b111, 0b001, 0b111],
    [0b101, 0b101, 0b111, 0b001, 0b001],
    [0b111, 0b100, 0b111, 0b001, 0b111],
    [0b111, 0b100, 0b111, 0b101, 0b111],
    [0b111, 0b001, 0b010, 0b010, 0b010],
    [0b111, 0b101, 0b111, 0b101, 0b111],
    [0b111, 0b101, 0b111, 0b001, 0b111],
];

/// A picture as a PNG file.
pub(super) struct Encoded {
    pub width: u32,
    pub height: u32,
    pub png: Vec<u8>,
}

pub(super) fn encode(picture: &RgbImage) -> Result<Encoded, String> {
    let mut png = Cursor::new(Vec::new());
    let encoded = picture.write_to(&mut png, ImageFormat::Png);
    encoded.map_err(|error| error.to_string())?;
    Ok(Encoded {
        width: picture.width(),
        height: picture.height(),
        png: png.into_inner(),
    })
}

/// The first `limit` of the pictures `[pictures, height, width]` side by side, in rows of eight.
pub(super) fn mosaic(shape: [usize; 3], values: &[f32], limit: usize) -> Result<RgbImage, String> {
    let [count, height, width] = shape;
    let size = count
        .checked_mul(height)
        .and_then(|size| size.checked_mul(width));
    if size != Some(values.len()) || values.is_empty() {
        let found = values.len();
        return Err(format!("{found} values are no pictures of shape {shape:?}"));
    }
    let count = count.min(limit);
    let num_columns = count.min(8);
    let num_rows = count.div_ceil(num_columns);
    let zoom = MIN_PICTURE_SIDE.div_ceil(height.max(width)).max(1);
    // One pixel of frame around each picture.
    let (total_width, total_height) = (
        num_columns * (width * zoom + 1) + 1,
        num_rows * (height * zoom + 1) + 1,
    );
    if total_width > MAX_SIDE || total_height > MAX_SIDE {
        return Err(format!(
            "makes a mosaic of {total_width}×{total_height} pixels, but at most {MAX_SIDE} each \
             way are drawn"
        ));
    }
    let shown = &values[..count * height * width];
    let finite = shown.iter().filter(|value| value.is_finite());
    let largest = finite.fold(0.0_f32, |largest, value| largest.max(value.abs()));
    let mut mosaic = RgbImage::from_pixel(total_width as u32, total_height as u32, GREY);
    for (index, picture) in shown.chunks_exact(height * width).enumerate() {
        let left = 1 + (index % num_columns) * (width * zoom + 1);
        let top = 1 + (index / num_columns) * (height * zoom + 1);
        for (position, &value) in picture.iter().enumerate() {
            let (row, column) = (position / width, position % width);
            let x = (left + column * zoom) as u32;
            let y = (top + row * zoom) as u32;
            fill(
                &mut mosaic,
                (x, y),
                (zoom as u32, zoom as u32),
                diverging(value, largest),
            );
        }
    }
    Ok(mosaic)
}

/// Blue at `-largest`, white at 0, red at `largest`, black where there is no number.
fn diverging(value: f32, largest: f32) -> Rgb<u8> {
    if !value.is_finite() {
        return BLACK;
    }
    if largest == 0.0 {
        return WHITE;
    }
    let share = (value / largest).clamp(-1.0, 1.0);
    let faded = (255.0 * (1.0 - share.abs())).round() as u8;
    if share < 0.0 {
        Rgb([faded, faded, 255])
    } else {
        Rgb([255, faded, faded])
    }
}

/// `counts[truth][prediction]`, with the number of each class above and beside.
pub(super) fn confusion(counts: &[Vec<usize>]) -> Result<RgbImage, String> {
    let num_classes = counts.len();
    if num_classes == 0 || counts.iter().any(|row| row.len() != num_classes) {
        return Err("the confusion matrix is not square".to_string());
    }
    if num_classes > MAX_CLASSES {
        return Err(format!(
            "the confusion matrix has {num_classes} classes, but at most {MAX_CLASSES} are drawn"
        ));
    }
    let (width, height) = CELL;
    let num_cells = num_classes as u32 + 1;
    let mut picture = RgbImage::from_pixel(num_cells * width, num_cells * height, WHITE);
    for (truth, row) in counts.iter().enumerate() {
        let edge = (truth as u32 + 1) * height;
        write_number(&mut picture, (0, edge), truth, GREY);
        write_number(&mut picture, ((truth as u32 + 1) * width, 0), truth, GREY);
        let total: usize = row.iter().sum();
        for (prediction, &count) in row.iter().enumerate() {
            let place = ((prediction as u32 + 1) * width, edge);
            let share = count as f32 / total.max(1) as f32;
            let faded = (255.0 * (1.0 - share)).round() as u8;
            fill(&mut picture, place, CELL, Rgb([faded, faded, 255]));
            if count > 0 {
                let ink = if share > 0.5 { WHITE } else { BLACK };
                write_number(&mut picture, place, count, ink);
            }
        }
    }
    Ok(picture)
}

/// Writes a number into the middle of a cell; what is too wide for it is cut off on the right.
fn write_number(picture: &mut RgbImage, cell: (u32, u32), number: usize, ink: Rgb<u8>) {
    let digits: Vec<usize> = number
        .to_string()
        .bytes()
        .map(|digit| usize::from(digit - b'0'))
        .collect();
    let step = 4 * DIGIT_SCALE;
    let text_width = digits.len() as u32 * step - DIGIT_SCALE;
    let left = CELL.0.saturating_sub(text_width) / 2;
    let top = (CELL.1 - 5 * DIGIT_SCALE) / 2;
    let num_fitting = (CELL.0 / step) as usize;
    for (index, &digit) in digits.iter().take(num_fitting).enumerate() {
        let x = cell.0 + left + index as u32 * step;
        for (row, bits) in DIGITS[digit].iter().enumerate() {
            for column in (0..3_u32).filter(|column| bits & (0b100 >> column) != 0) {
                let y = cell.1 + top + row as u32 * DIGIT_SCALE;
                let corner = (x + column * DIGIT_SCALE, y);
                fill(picture, corner, (DIGIT_SCALE, DIGIT_SCALE), ink);
            }
        }
    }
}

/// Paints a rectangle, which must lie in the picture.
fn fill(picture: &mut RgbImage, corner: (u32, u32), size: (u32, u32), colour: Rgb<u8>) {
    for y in corner.1..corner.1 + size.1 {
        for x in corner.0..corner.0 + size.0 {
            picture.put_pixel(x, y, colour);
        }
    }
}
