//! Which misread images are shown where there are too many.

use std::collections::BTreeSet;

use crate::content::Misread;

/// At most so many misread images on a page.
pub(crate) const MAX_SHOWN: usize = 200;

/// At most `limit` of `misread` (worst first), in their order: the worst of every pair of truth and
/// guess, so that every cell of the confusion matrix has one to show, then the worst of all.
pub(crate) fn shown(misread: &[Misread], limit: usize) -> Vec<&Misread> {
    let mut pairs = BTreeSet::new();
    let (first_of_pair, others): (Vec<usize>, Vec<usize>) =
        (0..misread.len()).partition(|&place| {
            let one = &misread[place];
            pairs.insert((one.truth, one.guess))
        });
    let mut places: Vec<usize> = first_of_pair
        .into_iter()
        .chain(others)
        .take(limit)
        .collect();
    places.sort_unstable();
    places.into_iter().map(|place| &misread[place]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_has_its_worst_and_the_order_stays() {
        let misread: Vec<Misread> = (0..1_000)
            .map(|index| Misread {
                index,
                pixels: [0; 784],
                truth: if index == 900 { 3 } else { 4 },
                guess: 9,
                confidence: 1.0 - index as f64 / 1_000.0,
            })
            .collect();
        let places: Vec<usize> = shown(&misread, 5).iter().map(|one| one.index).collect();
        assert_eq!(places, [0, 1, 2, 3, 900]);
        assert_eq!(shown(&misread, 2_000).len(), 1_000);
    }
}
