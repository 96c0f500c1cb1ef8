//! From curves to ink: a nib of varying thickness, round or squarer, on a bilevel raster.
//!
//! Owns thickness and rasterisation. Does not bend curves and does not shrink the picture.

use image::GrayImage;
use rand::Rng;

use super::shape::{Point, distance};
use super::writer::{Hand, normal, uniform};
use crate::bilevel::ink_box;

/// Longest side of the ink on the raster, in pixels.
const RASTER_SIDE: f32 = 80.0;
/// Paper around the ink, in pixels: rounding must not reach the edge.
const MARGIN: f32 = 2.0;
/// Thinnest and thickest line that is still a line, in longest sides of the digit.
const THICKNESS_RANGE: (f32, f32) = (0.055, 0.35);

/// A spot of ink in raster pixels: a circle, or a square with round corners.
struct Spot {
    centre: Point,
    radius: f32,
    squareness: f32,
}

/// Draws the strokes: 255 is ink, 0 paper.
pub(super) fn draw(strokes: &[Vec<Point>], hand: &Hand, rng: &mut impl Rng) -> GrayImage {
    let (low, high) = bounds(strokes);
    let longest = (high[0] - low[0]).max(high[1] - low[1]).max(1e-3);
    let thickness = hand
        .thickness
        .exp()
        .clamp(THICKNESS_RANGE.0, THICKNESS_RANGE.1);
    // The thickness is a part of the longest side of the finished ink.
    let scale = RASTER_SIDE * (1.0 - thickness) / longest;
    let border = MARGIN + RASTER_SIDE * thickness;
    let side = |axis: usize| ((high[axis] - low[axis]) * scale + 2.0 * border).ceil() as u32;
    let mut raster = GrayImage::new(side(0), side(1));
    for stroke in strokes {
        let placed = |point: &Point| [0, 1].map(|axis| (point[axis] - low[axis]) * scale + border);
        let points: Vec<Point> = stroke.iter().map(placed).collect();
        for spot in spots(&points, 0.5 * RASTER_SIDE * thickness, hand, rng) {
            stamp(&mut raster, &spot);
        }
    }
    softened(&raster)
}

/// The same with softer edges, as MNIST's are, each pixel a mean of its neighbourhood; but none outside of the ink's box:
/// it stays as large as it is.
fn softened(raster: &GrayImage) -> GrayImage {
    let mut ink = GrayImage::new(raster.width(), raster.height());
    let Some((left, top, width, height)) = ink_box(raster) else {
        return ink;
    };
    let stride = raster.width() as usize;
    let (left, top) = (left as usize, top as usize);
    let (width, height) = (width as usize, height as usize);
    let pixels = raster.as_raw();
    // Beyond the raster there is paper.
    let row = |y: usize| {
        let first = y.checked_mul(stride);
        first.and_then(|first| pixels.get(first..first + stride))
    };
    let rows = ink.chunks_exact_mut(stride).enumerate().skip(top);
    for (y, to) in rows.take(height) {
        let around = [y.wrapping_sub(1), y, y + 1].map(|y| row(y).unwrap_or_default());
        for (x, to) in to.iter_mut().enumerate().skip(left).take(width) {
            let sum: u16 = around
                .map(|row| {
                    let at = |x: usize| row.get(x).map_or(0, |&value| u16::from(value));
                    at(x.wrapping_sub(1)) + 2 * at(x) + at(x + 1)
                })
                .iter()
                .zip([1, 2, 1])
                .map(|(sum, weight)| sum * weight)
                .sum();
            *to = (sum / 16) as u8;
        }
    }
    ink
}

fn bounds(strokes: &[Vec<Point>]) -> (Point, Point) {
    let far = ([f32::MAX; 2], [f32::MIN; 2]);
    strokes.iter().flatten().fold(far, |(low, high), point| {
        let axes = [0, 1];
        (
            axes.map(|axis| low[axis].min(point[axis])),
            axes.map(|axis| high[axis].max(point[axis])),
        )
    })
}

/// Spots along a stroke, close enough to join.
fn spots(points: &[Point], radius: f32, hand: &Hand, rng: &mut impl Rng) -> Vec<Spot> {
    let (phase, cycles) = (
        std::f32::consts::TAU * uniform(rng),
        3.0 + 2.0 * normal(rng),
    );
    let mut spots = Vec::new();
    for (index, pair) in points.windows(2).enumerate() {
        let along = index as f32 / points.len() as f32;
        let pressure = 1.0 + hand.pressure * (phase + cycles * along).sin();
        let direction = (pair[1][1] - pair[0][1]).atan2(pair[1][0] - pair[0][0]);
        let nib = 1.0 + hand.nib.0 * (2.0 * (direction - hand.nib.1)).cos();
        let num_steps = distance(pair[0], pair[1]).ceil().max(1.0) as usize;
        spots.extend((0..=num_steps).map(|step| {
            let part = step as f32 / num_steps as f32;
            let centre = [0, 1].map(|axis| pair[0][axis] + part * (pair[1][axis] - pair[0][axis]));
            let edge = 1.0 + hand.roughness * normal(rng);
            Spot {
                centre,
                radius: (radius * pressure * nib * edge).max(1.0),
                squareness: hand.squareness,
            }
        }));
    }
    spots
}

/// Blackens every pixel whose centre lies in the spot.
fn stamp(raster: &mut GrayImage, spot: &Spot) {
    let (width, height) = (raster.width() as usize, raster.height());
    let ([x, y], radius) = (spot.centre, spot.radius);
    let last_row = ((y + radius).floor().max(0.0) as u32).min(height.saturating_sub(1));
    for row in (y - radius).ceil().max(0.0) as u32..=last_row {
        let rise = row as f32 - y;
        let reach = if spot.squareness > 2.0 {
            let part = 1.0 - (rise / radius).abs().powf(spot.squareness);
            radius * part.max(0.0).powf(spot.squareness.recip())
        } else {
            (radius * radius - rise * rise).max(0.0).sqrt()
        };
        let left = (x - reach).ceil().max(0.0) as usize;
        let right = ((x + reach).floor().max(0.0) as usize + 1).min(width);
        let start = row as usize * width;
        if let Some(pixels) = raster.get_mut(start + left..start + right) {
            pixels.fill(u8::MAX);
        }
    }
}
