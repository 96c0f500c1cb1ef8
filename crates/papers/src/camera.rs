//! Light and the camera: shadows, blur, noise, dark corners.

use image::{Rgb, imageops};
use rand::Rng;

use crate::chances::{between, chance, normal};
use crate::kinds::Paper;
use crate::surface::Scene;

/// Multiplies the scene by the light that falls on it.
pub(crate) fn light(scene: &mut Scene, paper: Paper, rng: &mut impl Rng) {
    // How much darker the far side is, and the shadow.
    let (fall, shadow) = match paper {
        Paper::Shadow => (between(rng, 0.3, 0.6), between(rng, 0.25, 0.5)),
        Paper::Phone => (between(rng, 0.1, 0.3), 0.0),
        Paper::Kraft | Paper::Blackboard => (between(rng, 0.0, 0.3), 0.0),
        Paper::Squared | Paper::Ruled | Paper::Jpeg => (between(rng, 0.0, 0.15), 0.0),
        Paper::White | Paper::Grey | Paper::Tiny => return,
    };
    let (width, height) = (scene.width() as f32, scene.height() as f32);
    let (direction, edge) = (
        between(rng, 0.0, std::f32::consts::TAU),
        between(rng, 0.0, std::f32::consts::TAU),
    );
    let (offset, softness) = (between(rng, -0.3, 0.3), between(rng, 0.03, 0.15));
    for (x, y, pixel) in scene.enumerate_pixels_mut() {
        let place = (x as f32 / width - 0.5, y as f32 / height - 0.5);
        let along = |angle: f32| place.0 * angle.cos() + place.1 * angle.sin();
        let slope = 1.0 - fall * (along(direction) / std::f32::consts::SQRT_2 + 0.5);
        let in_shadow = 1.0 / (1.0 + ((along(edge) - offset) / (0.25 * softness)).exp());
        let light = slope * (1.0 - shadow * in_shadow);
        pixel.0 = pixel.0.map(|level| level * light);
    }
    if paper == Paper::Phone {
        darken_corners(scene, between(rng, 0.0, 0.3));
    }
}

fn darken_corners(scene: &mut Scene, strength: f32) {
    let (width, height) = (scene.width() as f32, scene.height() as f32);
    for (x, y, pixel) in scene.enumerate_pixels_mut() {
        let place = (x as f32 / width - 0.5, y as f32 / height - 0.5);
        let light = 1.0 - strength * 2.0 * (place.0 * place.0 + place.1 * place.1);
        pixel.0 = pixel.0.map(|level| level * light);
    }
}

/// Blurs and adds noise.
pub(crate) fn expose(scene: &mut Scene, paper: Paper, rng: &mut impl Rng) {
    let (blur, noise) = match paper {
        Paper::Phone => (between(rng, 0.5, 1.3), between(rng, 12.0, 25.0)),
        Paper::Shadow | Paper::Kraft | Paper::Blackboard => {
            (between(rng, 0.3, 0.8), between(rng, 2.0, 6.0))
        }
        Paper::Jpeg => (between(rng, 0.3, 0.8), between(rng, 2.0, 5.0)),
        Paper::Squared | Paper::Ruled | Paper::Grey => {
            (between(rng, 0.3, 0.6), between(rng, 1.0, 4.0))
        }
        Paper::White if chance(rng, 0.5) => return,
        Paper::White | Paper::Tiny => (0.0, between(rng, 0.0, 3.0)),
    };
    if blur > 0.0 {
        *scene = imageops::blur(scene, blur);
    }
    for pixel in scene.pixels_mut() {
        let Rgb(levels) = pixel;
        for level in levels {
            *level += noise * normal(rng);
        }
    }
}
