//! The paper, what is printed on it, and the ink's colour.
//!
//! Owns colours, lines, fibres and smears. Light and noise are `camera`'s.

use image::imageops::{self, FilterType};
use image::{GrayImage, Luma, Rgb, Rgb32FImage};
use rand::{Rng, RngExt as _};

use crate::chances::{between, chance};
use crate::kinds::Paper;
use crate::places::Placed;

/// Colours of 0 to 255, not yet rounded.
pub(crate) type Scene = Rgb32FImage;

type Colour = [f32; 3];

/// Paper of its colour with its lines, and the ink on it.
pub(crate) fn with_ink(placed: &Placed, paper: Paper, rng: &mut impl Rng) -> Scene {
    let (ground, pen) = colours(paper, rng);
    let (width, height) = placed.ink.dimensions();
    let mut scene = Scene::from_pixel(width, height, Rgb(ground));
    let mut ink = placed.ink.clone();
    match paper {
        Paper::Squared => squares(&mut scene, placed.digit_side, rng),
        Paper::Ruled => rules(&mut scene, placed.digit_side, rng),
        Paper::Kraft => fibres(&mut scene, rng),
        Paper::Blackboard => {
            smears(&mut scene, rng);
            crumble(&mut ink, rng);
        }
        _ => {}
    }
    for (pixel, ink) in scene.pixels_mut().zip(ink.pixels()) {
        lay_over(pixel, pen, f32::from(ink.0[0]) / 255.0);
    }
    if is_inverted(paper, rng) {
        for pixel in scene.pixels_mut() {
            pixel.0 = pixel.0.map(|level| 255.0 - level);
        }
    }
    scene
}

fn is_inverted(paper: Paper, rng: &mut impl Rng) -> bool {
    match paper {
        Paper::White => chance(rng, 0.3),
        Paper::Tiny => chance(rng, 0.5),
        _ => false,
    }
}

fn lay_over(pixel: &mut Rgb<f32>, colour: Colour, cover: f32) {
    for (level, over) in pixel.0.iter_mut().zip(colour) {
        *level += cover * (over - *level);
    }
}

/// Of the paper and of the ink.
fn colours(paper: Paper, rng: &mut impl Rng) -> (Colour, Colour) {
    const NEUTRAL: Colour = [1.0; 3];
    const BLUE: Colour = [0.45, 0.6, 1.4];
    let mut shade = |low: f32, high: f32, tint: Colour| {
        let level = between(rng, low, high);
        tint.map(|part| (level * part).min(255.0))
    };
    match paper {
        Paper::White | Paper::Tiny => (shade(235.0, 255.0, NEUTRAL), shade(0.0, 80.0, NEUTRAL)),
        Paper::Grey => {
            let ground = shade(140.0, 190.0, [1.0, 1.0, 0.97]);
            (ground, shade(0.35 * ground[0], 0.6 * ground[0], NEUTRAL))
        }
        Paper::Squared | Paper::Ruled => {
            let ground = shade(232.0, 250.0, [1.0, 1.0, 0.98]);
            let is_blue = shade(0.0, 1.0, NEUTRAL)[0] < 0.5;
            let tint = if is_blue { BLUE } else { NEUTRAL };
            (ground, shade(20.0, 85.0, tint))
        }
        Paper::Kraft => (
            shade(165.0, 200.0, [1.0, 0.76, 0.53]),
            shade(20.0, 60.0, NEUTRAL),
        ),
        Paper::Blackboard => (
            shade(25.0, 60.0, [0.9, 1.1, 0.95]),
            shade(190.0, 240.0, [1.0, 1.0, 0.95]),
        ),
        Paper::Shadow => (
            shade(215.0, 245.0, NEUTRAL),
            shade(15.0, 75.0, [0.9, 0.9, 1.2]),
        ),
        Paper::Phone => (
            shade(190.0, 235.0, [1.0, 0.95, 0.82]),
            shade(20.0, 80.0, NEUTRAL),
        ),
        Paper::Jpeg => (
            shade(200.0, 245.0, NEUTRAL),
            shade(10.0, 80.0, [0.8, 0.8, 1.3]),
        ),
    }
}

/// Parallel lines, `spacing` apart, at an angle to the horizontal, as covers of 0 to 1.
struct Lines {
    spacing: f32,
    width: f32,
    phase: f32,
    angle: f32,
}

impl Lines {
    fn cover(&self, x: u32, y: u32) -> f32 {
        let across = y as f32 * self.angle.cos() - x as f32 * self.angle.sin() + self.phase;
        let from_line = (across / self.spacing).fract().abs() * self.spacing;
        let distance = from_line.min(self.spacing - from_line);
        (0.5 + 0.5 * self.width - distance).clamp(0.0, 1.0)
    }

    fn print(&self, scene: &mut Scene, colour: Colour) {
        for (x, y, pixel) in scene.enumerate_pixels_mut() {
            lay_over(pixel, colour, self.cover(x, y));
        }
    }
}

fn line_colour(rng: &mut impl Rng) -> Colour {
    let level = between(rng, 130.0, 190.0);
    [level, level + 25.0, level + 60.0]
}

fn squares(scene: &mut Scene, digit_side: f32, rng: &mut impl Rng) {
    let spacing = (digit_side / between(rng, 1.5, 3.5)).max(7.0);
    let width = (spacing * between(rng, 0.04, 0.08)).max(0.8);
    let angle = between(rng, -0.07, 0.07);
    let colour = line_colour(rng);
    for turn in [0.0, std::f32::consts::FRAC_PI_2] {
        let phase = between(rng, 1000.0, 1000.0 + spacing);
        let angle = angle + turn;
        let lines = Lines {
            spacing,
            width,
            phase,
            angle,
        };
        lines.print(scene, colour);
    }
}

fn rules(scene: &mut Scene, digit_side: f32, rng: &mut impl Rng) {
    let spacing = (digit_side * between(rng, 0.7, 1.6)).max(10.0);
    let width = (spacing * between(rng, 0.02, 0.04)).max(0.8);
    let angle = between(rng, -0.07, 0.07);
    let phase = between(rng, 1000.0, 1000.0 + spacing);
    let lines = Lines {
        spacing,
        width,
        phase,
        angle,
    };
    lines.print(scene, line_colour(rng));
    if chance(rng, 0.3) {
        let far = 4.0 * (scene.width() + scene.height()) as f32;
        let margin = Lines {
            spacing: far,
            phase: far + between(rng, 0.05, 0.3) * scene.width() as f32,
            angle: angle + std::f32::consts::FRAC_PI_2,
            ..lines
        };
        margin.print(scene, [225.0, 120.0, 130.0]);
    }
}

/// Random levels from -1 to 1 that change over about `grain` pixels.
fn clouds(width: u32, height: u32, grain: f32, rng: &mut impl Rng) -> Vec<f32> {
    let cells = |side: u32| (side as f32 / grain).ceil() as u32 + 2;
    let coarse = GrayImage::from_fn(cells(width), cells(height), |_, _| Luma([rng.random()]));
    let fine = imageops::resize(&coarse, width, height, FilterType::CatmullRom);
    fine.pixels()
        .map(|pixel| f32::from(pixel.0[0]) / 127.5 - 1.0)
        .collect()
}

fn fibres(scene: &mut Scene, rng: &mut impl Rng) {
    let (width, height) = scene.dimensions();
    let mottle = clouds(width, height, 12.0, rng);
    for (pixel, level) in scene.pixels_mut().zip(mottle) {
        pixel.0 = pixel.0.map(|value| value * (1.0 + 0.05 * level));
    }
    for _ in 0..width * height / 150 {
        let (mut x, mut y) = (
            between(rng, 0.0, width as f32),
            between(rng, 0.0, height as f32),
        );
        let mut angle = between(rng, 0.0, std::f32::consts::TAU);
        let factor = 1.0 + between(rng, -0.14, 0.10);
        for _ in 0..rng.random_range(4..16) {
            if let Some(pixel) = scene.get_pixel_mut_checked(x as u32, y as u32) {
                pixel.0 = pixel.0.map(|value| value * factor);
            }
            angle += between(rng, -0.3, 0.3);
            (x, y) = (x + angle.cos(), y + angle.sin());
        }
    }
}

fn smears(scene: &mut Scene, rng: &mut impl Rng) {
    let (width, height) = scene.dimensions();
    let grain = between(rng, 0.1, 0.4) * width.min(height) as f32;
    let strength = between(rng, 5.0, 22.0);
    let broad = clouds(width, height, grain.max(4.0), rng);
    let fine = clouds(width, height, 2.0, rng);
    for ((pixel, broad), fine) in scene.pixels_mut().zip(broad).zip(fine) {
        let chalk = strength * (1.0 + broad) + 5.0 * fine;
        pixel.0 = pixel.0.map(|value| value + chalk);
    }
}

/// Chalk leaves out the board's pores.
fn crumble(ink: &mut GrayImage, rng: &mut impl Rng) {
    let (width, height) = ink.dimensions();
    let pores = clouds(width, height, 1.5, rng);
    let depth = between(rng, 0.2, 0.6);
    for (pixel, pore) in ink.pixels_mut().zip(pores) {
        let left = 1.0 - depth * (pore + 0.3).clamp(0.0, 1.0);
        pixel.0[0] = (f32::from(pixel.0[0]) * left) as u8;
    }
}
