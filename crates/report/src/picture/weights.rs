//! Weights as steps of the diverging colour map.

use crate::colour::{DIVERGING_STEPS, Rgb, diverging};
use crate::content::WeightSnapshot;

/// At most so many pictures of one snapshot.
const MAX_PICTURES: usize = 64;
/// The place of 0 in the table of colours.
pub(crate) const ZERO: u8 = DIVERGING_STEPS;

/// A snapshot as steps of the colour map.
pub(crate) struct Steps {
    /// One entry a picture: places in [`Steps::table`], row by row.
    pub(crate) pictures: Vec<Vec<u8>>,
    /// The weight of the strongest colour; the same for all pictures.
    pub(crate) largest: f32,
    /// How many weights are not finite; they are drawn as 0.
    pub(crate) num_broken: usize,
}

impl Steps {
    /// `None` where the snapshot has no picture, or fewer values than one picture needs.
    pub(crate) fn new(snapshot: &WeightSnapshot) -> Option<Self> {
        let size = snapshot.height.checked_mul(snapshot.width)?;
        if size == 0 {
            return None;
        }
        let num_pictures = snapshot.count.min(MAX_PICTURES);
        let pictures: Vec<&[f32]> = snapshot
            .values
            .chunks_exact(size)
            .take(num_pictures)
            .collect();
        let weights = || pictures.iter().copied().flatten().copied();
        let finite = weights().filter(|weight| weight.is_finite());
        let largest = finite.map(f32::abs).fold(0.0, f32::max);
        let num_broken = weights().filter(|weight| !weight.is_finite()).count();
        let step = |&weight: &f32| {
            let share = if weight.is_finite() && largest > 0.0 {
                weight / largest
            } else {
                0.0
            };
            (f32::from(ZERO) + (share * f32::from(DIVERGING_STEPS)).round()) as u8
        };
        (!pictures.is_empty()).then(|| Self {
            pictures: pictures
                .iter()
                .map(|picture| picture.iter().map(step).collect())
                .collect(),
            largest,
            num_broken,
        })
    }

    /// Colour and opacity of each step.
    pub(crate) fn table() -> Vec<(Rgb, u8)> {
        let steps = i16::from(DIVERGING_STEPS);
        (-steps..=steps).map(diverging).collect()
    }

    /// The colour of a step on white ground.
    pub(crate) fn on_white(step: u8) -> Rgb {
        let (rgb, opacity) = diverging(i16::from(step) - i16::from(ZERO));
        let share = f64::from(opacity) / 255.0;
        rgb.map(|part| (f64::from(part) * share + 255.0 * (1.0 - share)).round() as u8)
    }
}

/// At most `limit` of `all`, evenly spaced, with the first and the last.
pub(crate) fn first_and_last<T>(all: &[T], limit: usize) -> Vec<&T> {
    if all.len() <= limit || limit < 2 {
        return all.iter().take(limit).collect();
    }
    (0..limit)
        .map(|place| &all[place * (all.len() - 1) / (limit - 1)])
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn snapshot(values: Vec<f32>) -> WeightSnapshot {
        WeightSnapshot {
            step: 0,
            layer: "conv1".to_string(),
            height: 1,
            width: 2,
            count: 2,
            values,
        }
    }

    #[test]
    fn one_scale_serves_all_pictures_and_is_symmetrical() {
        let steps = Steps::new(&snapshot(vec![-0.5, 0.25, 0.0, f32::NAN, 9.0])).unwrap();
        assert_eq!(steps.pictures, [[0, 90], [60, 60]]);
        assert!((steps.largest - 0.5).abs() < 1e-6 && steps.num_broken == 1);
        assert_eq!(Steps::table().len(), 121);
        assert_eq!(Steps::on_white(ZERO), [255; 3]);
    }

    #[test]
    fn weights_may_be_zero_or_missing() {
        let steps = Steps::new(&snapshot(vec![0.0; 4])).unwrap();
        assert_eq!(steps.pictures, [[60, 60], [60, 60]]);
        assert!(Steps::new(&snapshot(vec![1.0])).is_none());
        assert!(Steps::new(&WeightSnapshot::default()).is_none());
    }

    #[test]
    fn first_and_last_are_among_those_chosen() {
        let all: Vec<usize> = (0..100).collect();
        assert_eq!(first_and_last(&all, 4), [&0, &33, &66, &99]);
        assert_eq!(first_and_last(&all[..3], 4), [&0, &1, &2]);
    }
}
