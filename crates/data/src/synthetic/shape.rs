//! From a skeleton and a hand to the curves on paper.
//!
//! Owns the mixing of poses, the smooth curve through the knots, and all bending. Knows neither
//! thickness nor pixels, and draws no parameter of its own: spreads come from the hand.

use std::f32::consts::TAU;

use rand::Rng;

use super::skeletons::{Form, Knot, Skeleton};
use super::writer::{Hand, normal, uniform};

/// A place on paper: x to the right, y down, in heights of the digit.
pub(super) type Point = [f32; 2];

/// Points per stretch of curve between two knots.
const POINTS_PER_STRETCH: usize = 12;
/// How often there is a mark beside the digit.
const CHANCE_OF_SPECK: f32 = 0.04;
/// Middle of the digit; bending leaves it about where it is.
const CENTRE: f32 = 0.5;

/// The strokes of a digit written by `hand`, each a row of close points.
pub(super) fn write(
    form: &Form,
    weights: &[f32],
    hand: &Hand,
    rng: &mut impl Rng,
) -> Vec<Vec<Point>> {
    let mut skeleton = mixed(form, weights);
    for stroke in &mut skeleton {
        jitter(stroke, hand, rng);
    }
    let sway = Waves::new(hand.sway, 1.0, rng);
    let tremor = Waves::new(hand.tremor, 6.0, rng);
    let mut strokes = Vec::with_capacity(skeleton.len());
    for stroke in &skeleton {
        let mut points = curve(stroke, hand.roundness);
        overrun(&mut points, hand.overrun, rng);
        for point in &mut points {
            *point = bent(tremor.moved(sway.moved(*point)), hand);
        }
        strokes.push(points);
    }
    if uniform(rng) < CHANCE_OF_SPECK {
        strokes.push(speck(rng));
    }
    strokes
}

/// A short mark somewhere about the digit, as scans have them of what stands beside it.
fn speck(rng: &mut impl Rng) -> Vec<Point> {
    let from = [0, 1].map(|_| (uniform(rng) - 0.5) * 1.1);
    let length = 0.3 * uniform(rng) * uniform(rng);
    let (sin, cos) = (TAU * uniform(rng)).sin_cos();
    vec![from, [from[0] + length * cos, from[1] + length * sin]]
}

/// The weighted mean of a form's poses.
fn mixed(form: &Form, weights: &[f32]) -> Skeleton {
    let Some(first) = form.poses.first() else {
        return Skeleton::new();
    };
    let mut mean = first.clone();
    for knot in mean.iter_mut().flatten() {
        (knot.x, knot.y) = (0.0, 0.0);
    }
    for (pose, weight) in form.poses.iter().zip(weights) {
        for (sum, knot) in mean.iter_mut().flatten().zip(pose.iter().flatten()) {
            sum.x += weight * knot.x;
            sum.y += weight * knot.y;
        }
    }
    mean
}

/// Moves each knot a little by itself and all of them together.
fn jitter(stroke: &mut [Knot], hand: &Hand, rng: &mut impl Rng) {
    let shift = [normal(rng), normal(rng)].map(|deviate| hand.stroke_shift * deviate);
    for knot in stroke {
        knot.x += shift[0] + hand.jitter * normal(rng);
        knot.y += shift[1] + hand.jitter * normal(rng);
    }
}

/// A cardinal spline through the knots; tangents stop at corners and ends.
fn curve(knots: &[Knot], roundness: f32) -> Vec<Point> {
    let mut points = Vec::with_capacity(knots.len() * POINTS_PER_STRETCH + 1);
    let place = |index: usize| knots.get(index).map(|knot| [knot.x, knot.y]);
    for (index, pair) in knots.windows(2).enumerate() {
        let (from, to) = ([pair[0].x, pair[0].y], [pair[1].x, pair[1].y]);
        let before = if pair[0].is_corner {
            None
        } else {
            index.checked_sub(1).and_then(place)
        };
        let after = if pair[1].is_corner {
            None
        } else {
            place(index + 2)
        };
        let length = distance(from, to);
        let leave = tangent(before.unwrap_or(from), from, to, length * roundness);
        let arrive = tangent(from, to, after.unwrap_or(to), length * roundness);
        for step in 0..POINTS_PER_STRETCH {
            let t = step as f32 / POINTS_PER_STRETCH as f32;
            points.push(hermite(from, to, leave, arrive, t));
        }
    }
    points.extend(knots.last().map(|knot| [knot.x, knot.y]));
    points
}

/// The tangent at `at`, of the given length, for a curve from `before` to `after`: nearer
/// neighbours count more, so that uneven knots make no loops.
fn tangent(before: Point, at: Point, after: Point, length: f32) -> Point {
    let (near, far) = (
        distance(before, at).max(1e-3),
        distance(at, after).max(1e-3),
    );
    let direction = |axis: usize| {
        let arriving = (at[axis] - before[axis]) / near;
        let leaving = (after[axis] - at[axis]) / far;
        (arriving * far + leaving * near) / (near + far)
    };
    [direction(0) * length, direction(1) * length]
}

fn hermite(from: Point, to: Point, leave: Point, arrive: Point, t: f32) -> Point {
    let (t2, t3) = (t * t, t * t * t);
    let weights = [
        2.0 * t3 - 3.0 * t2 + 1.0,
        t3 - 2.0 * t2 + t,
        3.0 * t2 - 2.0 * t3,
        t3 - t2,
    ];
    [0, 1].map(|axis| {
        let values = [from[axis], leave[axis], to[axis], arrive[axis]];
        weights
            .iter()
            .zip(values)
            .map(|(weight, value)| weight * value)
            .sum()
    })
}

/// Cuts off or prolongs both ends of a stroke by a part of its length.
fn overrun(points: &mut Vec<Point>, spread: f32, rng: &mut impl Rng) {
    for _ in 0..2 {
        let part = spread * normal(rng);
        let num_points = (part.abs() * points.len() as f32).round() as usize;
        if part < 0.0 {
            points.truncate(points.len().saturating_sub(num_points).max(2));
        } else if let [.., before, last] = points[..] {
            let step = [last[0] - before[0], last[1] - before[1]];
            points.extend((1..=num_points).map(|count| {
                [
                    last[0] + step[0] * count as f32,
                    last[1] + step[1] * count as f32,
                ]
            }));
        }
        points.reverse();
    }
}

/// The hand's bending of the whole plane.
fn bent([x, y]: Point, hand: &Hand) -> Point {
    let (x, y) = (x - CENTRE, y - CENTRE);
    let room = |value: f32| (1.0 - 4.0 * value * value).max(0.0);
    let (x, y) = (
        x * (1.0 - hand.taper * 2.0 * y) + hand.bulge[0] * room(y),
        y + hand.bulge[1] * room(y),
    );
    let x = x * hand.stretch.exp() - hand.slant * y;
    let (sin, cos) = hand.rotation.sin_cos();
    [x * cos - y * sin, x * sin + y * cos]
}

/// A smooth random displacement of the plane: neighbours move together.
struct Waves {
    /// Wave vector, phase and amplitude, per wave.
    waves: [(Point, f32, Point); 3],
}

impl Waves {
    /// Waves of about `frequency` per height that move points by about `spread`.
    fn new(spread: f32, frequency: f32, rng: &mut impl Rng) -> Self {
        let mut wave = || {
            let vector = [normal(rng), normal(rng)].map(|part| TAU * 0.6 * frequency * part);
            let phase = TAU * uniform(rng);
            // Short waves must be low, or they make kinks.
            let num_cycles = vector[0].hypot(vector[1]) / (TAU * frequency);
            let height = spread / (0.5 + num_cycles * num_cycles);
            (
                vector,
                phase,
                [normal(rng), normal(rng)].map(|part| height * part),
            )
        };
        Self {
            waves: [wave(), wave(), wave()],
        }
    }

    fn moved(&self, [x, y]: Point) -> Point {
        self.waves
            .iter()
            .fold([x, y], |[to_x, to_y], (vector, phase, amplitude)| {
                let height = (vector[0] * x + vector[1] * y + phase).sin();
                [to_x + amplitude[0] * height, to_y + amplitude[1] * height]
            })
    }
}

pub(super) fn distance(from: Point, to: Point) -> f32 {
    (to[0] - from[0]).hypot(to[1] - from[1])
}
