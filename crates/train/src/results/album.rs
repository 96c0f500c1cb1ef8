//! Pictures of the first layer's weights over a run. Owns which steps are kept: the first, the last,
//! and some about equally far apart.

use crate::observer::{EvaluationRecord, Observer, Snapshot, StepReport};
use report::content::WeightSnapshot;
use std::sync::{Arc, Mutex, PoisonError};

/// Steps that a report shows.
const NUM_SHOWN: usize = 5;
/// Pictures of a wide layer that are kept.
const MAX_PICTURES: usize = 64;

/// Collects while a run goes on; clones share what they collect.
#[derive(Clone, Default)]
pub(crate) struct Album(Arc<Mutex<Pages>>);

/// As many as there is room for, or fewer, evenly spread over the snapshots so far, and the newest.
#[derive(Default)]
struct Pages {
    kept: Vec<WeightSnapshot>,
    newest: Option<WeightSnapshot>,
    num_seen: usize,
    stride: usize,
}

impl Pages {
    fn add(&mut self, page: WeightSnapshot) {
        let stride = self.stride.max(1);
        if self.num_seen.is_multiple_of(stride) {
            self.kept.push(page.clone());
        }
        if self.kept.len() > 2 * NUM_SHOWN {
            let mut is_even = false;
            self.kept.retain(|_| {
                is_even = !is_even;
                is_even
            });
            self.stride = 2 * stride;
        }
        self.num_seen += 1;
        self.newest = Some(page);
    }

    /// The first, the newest, and evenly chosen ones in between.
    fn chosen(&self) -> Vec<WeightSnapshot> {
        let mut pages: Vec<&WeightSnapshot> = self.kept.iter().collect();
        if let Some(newest) = &self.newest
            && pages.last().is_none_or(|last| last.step != newest.step)
        {
            pages.push(newest);
        }
        let count = pages.len().min(NUM_SHOWN);
        let last = pages.len().saturating_sub(1);
        (0..count)
            .map(|place| pages[place * last / (count - 1).max(1)].clone())
            .collect()
    }
}

impl Album {
    /// The pictures to show, oldest first.
    pub(crate) fn chosen(&self) -> Vec<WeightSnapshot> {
        let pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pages.chosen()
    }
}

impl Observer for Album {
    fn steps(&mut self, _: &StepReport) {}

    fn evaluation(&mut self, _: &EvaluationRecord) -> Result<(), String> {
        Ok(())
    }

    fn snapshot(&mut self, snapshot: &Snapshot<'_>) -> Result<(), String> {
        let page = first_layer(snapshot)?;
        let mut pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pages.add(page);
        Ok(())
    }
}

/// The first layer's weights as pictures, the first ones of a wide layer.
pub(super) fn first_layer(snapshot: &Snapshot<'_>) -> Result<WeightSnapshot, String> {
    let pictures = snapshot.classifier.first_layer_pictures();
    let pictures = pictures.map_err(|error| error.to_string())?;
    let (count, height, width) = match pictures.shape[..] {
        [count, height, width] => (count.min(MAX_PICTURES), height, width),
        _ => (0, 0, 0),
    };
    let mut values = pictures.values;
    values.truncate(count * height * width);
    Ok(WeightSnapshot {
        step: snapshot.step,
        layer: "first layer".to_string(),
        height,
        width,
        count,
        values,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(num_snapshots: usize) -> Vec<usize> {
        let mut pages = Pages::default();
        for step in 0..num_snapshots {
            pages.add(WeightSnapshot {
                step,
                ..Default::default()
            });
        }
        let chosen = pages.chosen();
        chosen.iter().map(|page| page.step).collect()
    }

    #[test]
    fn first_and_last_are_always_there() {
        assert_eq!(steps(0), [] as [usize; 0]);
        assert_eq!(steps(1), [0]);
        assert_eq!(steps(3), [0, 1, 2]);
        assert_eq!(steps(9), [0, 2, 4, 6, 8]);
        for num_snapshots in [12, 101, 1_000, 1_777] {
            let steps = steps(num_snapshots);
            assert_eq!((steps[0], steps[4]), (0, num_snapshots - 1));
            let gaps = steps.windows(2).map(|pair| pair[1] - pair[0]);
            let (least, most) = (gaps.clone().min(), gaps.max());
            assert!(most < least.map(|gap| 4 * gap), "{steps:?}");
        }
    }
}
