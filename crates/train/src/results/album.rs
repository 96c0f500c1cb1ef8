//! Pictures of the first layer's weights over a run. Owns which steps are kept: the first, the last,
//! and some about equally far apart.

use crate::observer::{EvaluationRecord, Observer, Snapshot, StepReport};
use report::content::WeightSnapshot;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Steps that a report shows.
const NUM_SHOWN: usize = 5;
/// Pictures of a wide layer that are kept.
const MAX_PICTURES: usize = 64;

/// What a checkpoint has of it.
const FILE: &str = "weight-pictures.bin";

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

/// All of the pages but their values, which follow in this order.
#[derive(Serialize, Deserialize)]
struct Index {
    /// Step, layer, height, width, count.
    kept: Vec<(usize, String, usize, usize, usize)>,
    has_newest: bool,
    num_seen: usize,
    stride: usize,
}

impl Pages {
    /// A line of JSON, and the values.
    fn to_bytes(&self) -> Vec<u8> {
        let pages = self.kept.iter().chain(&self.newest);
        let index = Index {
            kept: pages
                .clone()
                .map(|page| {
                    let layer = page.layer.clone();
                    (page.step, layer, page.height, page.width, page.count)
                })
                .collect(),
            has_newest: self.newest.is_some(),
            num_seen: self.num_seen,
            stride: self.stride,
        };
        let mut bytes = serde_json::to_vec(&index).unwrap_or_default();
        bytes.push(b'\n');
        let values = pages.flat_map(|page| &page.values);
        bytes.extend(values.flat_map(|value| value.to_le_bytes()));
        bytes
    }

    /// None where it is something else.
    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let end = bytes.iter().position(|&byte| byte == b'\n')?;
        let index: Index = serde_json::from_slice(&bytes[..end]).ok()?;
        let mut rest = &bytes[end + 1..];
        let mut kept = Vec::new();
        for (step, layer, height, width, count) in index.kept {
            let num_values = height.checked_mul(width)?.checked_mul(count)?;
            let values;
            (values, rest) = rest.split_at_checked(num_values.checked_mul(size_of::<f32>())?)?;
            let (values, _) = values.as_chunks();
            kept.push(WeightSnapshot {
                step,
                layer,
                height,
                width,
                count,
                values: values
                    .iter()
                    .map(|&value| f32::from_le_bytes(value))
                    .collect(),
            });
        }
        let newest = if index.has_newest { kept.pop() } else { None };
        rest.is_empty().then_some(Self {
            kept,
            newest,
            num_seen: index.num_seen,
            stride: index.stride,
        })
    }

    /// Forgets what a training that was given up showed.
    fn forget_after(&mut self, step: usize) {
        self.kept.retain(|page| page.step <= step);
        self.newest = self.kept.last().cloned();
    }

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
    /// With the pictures of a checkpoint, where it has some that can be read.
    pub(crate) fn of_checkpoint(files: &BTreeMap<String, Vec<u8>>) -> Self {
        let pages = files.get(FILE).and_then(|bytes| Pages::from_bytes(bytes));
        Self(Arc::new(Mutex::new(pages.unwrap_or_default())))
    }

    /// The pictures to show, oldest first.
    pub(crate) fn chosen(&self) -> Vec<WeightSnapshot> {
        let pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pages.chosen()
    }
}

impl Observer for Album {
    fn steps(&mut self, _: &StepReport) {}

    fn kept_files(&self) -> Vec<(String, Vec<u8>)> {
        let pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        vec![(FILE.to_string(), pages.to_bytes())]
    }

    fn went_back(&mut self, history: &[EvaluationRecord], _: &str) -> Result<(), String> {
        let step = history.last().map_or(0, |record| record.step);
        let mut pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pages.forget_after(step);
        Ok(())
    }

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
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn pages_go_through_a_checkpoint() {
        let mut pages = Pages::default();
        for step in 0..30 {
            pages.add(WeightSnapshot {
                step,
                layer: "first layer".into(),
                height: 2,
                width: 1,
                count: 1,
                values: vec![step as f32, f32::MIN_POSITIVE],
            });
        }
        let bytes = pages.to_bytes();
        let mut found = Pages::from_bytes(&bytes).unwrap();
        let told = |pages: &Pages| {
            let pages = pages.chosen().into_iter();
            pages
                .map(|page| (page.step, page.values))
                .collect::<Vec<_>>()
        };
        assert_eq!(told(&found), told(&pages));
        assert_eq!(found.to_bytes(), bytes);
        assert!(Pages::from_bytes(&bytes[..bytes.len() - 1]).is_none());
        found.forget_after(7);
        assert!(told(&found).iter().all(|(step, _)| *step <= 7));
    }

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
