//! Confusion matrices of any size, also ragged ones, and how dark each cell is.

use base::MAX_CLASSES;

/// Of more classes the cells are small, with small figures.
const MAX_LARGE: usize = 16;
/// And of more there is no matrix: nobody would see anything in it.
const MAX_DRAWN: usize = 100;

/// A square matrix of counts: row = truth, column = guess.
pub(crate) struct Matrix {
    counts: Vec<Vec<usize>>,
    names: Vec<String>,
    /// The largest share of a row that is off the diagonal.
    worst: f64,
}

impl Matrix {
    /// `None` where there is no image, or more classes than any set has.
    pub(crate) fn new(names: &[String], confusion: &[Vec<usize>]) -> Option<Self> {
        let widest = confusion.iter().map(Vec::len).max().unwrap_or(0);
        let size = confusion.len().max(widest);
        if size > MAX_CLASSES {
            return None;
        }
        let counts: Vec<Vec<usize>> = (0..size)
            .map(|truth| {
                let row = confusion.get(truth).map_or(&[][..], Vec::as_slice);
                (0..size)
                    .map(|guess| row.get(guess).copied().unwrap_or(0))
                    .collect()
            })
            .collect();
        if counts.iter().flatten().all(|&count| count == 0) {
            return None;
        }
        let mut matrix = Self {
            counts,
            names: (0..size).map(|class| class_name(names, class)).collect(),
            worst: 0.0,
        };
        let cells = (0..size).flat_map(|truth| (0..size).map(move |guess| (truth, guess)));
        matrix.worst = cells
            .filter(|(truth, guess)| truth != guess)
            .map(|(truth, guess)| matrix.share(truth, guess))
            .fold(0.0, f64::max);
        Some(matrix)
    }

    /// The names of the classes; so many rows and columns there are.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// Whether the cells are to be small, because there are many.
    pub(crate) fn is_dense(&self) -> bool {
        self.names.len() > MAX_LARGE
    }

    /// Whether it can be looked at as a matrix at all.
    pub(crate) fn can_be_drawn(&self) -> bool {
        self.names.len() <= MAX_DRAWN
    }

    pub(crate) fn count(&self, truth: usize, guess: usize) -> usize {
        self.counts[truth][guess]
    }

    /// Images of class `truth`.
    pub(crate) fn support(&self, truth: usize) -> usize {
        sum(&self.counts[truth])
    }

    /// All images that were guessed wrong.
    pub(crate) fn num_mistakes(&self) -> usize {
        let counts: Vec<usize> = self.mistakes().iter().map(|mistake| mistake.2).collect();
        sum(&counts)
    }

    /// Of the images of class `truth`, the fraction guessed as `guess`; 0 where there is none.
    pub(crate) fn share(&self, truth: usize, guess: usize) -> f64 {
        match self.support(truth) {
            0 => 0.0,
            support => self.count(truth, guess) as f64 / support as f64,
        }
    }

    /// How strongly a cell is coloured, from 0 to 1. Mistakes are measured by the most frequent
    /// one, so that they can be seen where they are rare.
    pub(crate) fn strength(&self, truth: usize, guess: usize) -> f64 {
        let share = self.share(truth, guess);
        if truth == guess {
            share * 0.55
        } else if share > 0.0 {
            // No mistake is invisible, and one image is not as dark as the worst of a weak model.
            (share / self.worst.max(0.01)).sqrt().mul_add(0.75, 0.08)
        } else {
            0.0
        }
    }

    /// The mistakes from the most frequent: truth, guess, count.
    pub(crate) fn mistakes(&self) -> Vec<(usize, usize, usize)> {
        let size = self.names.len();
        let mut mistakes: Vec<_> = (0..size)
            .flat_map(|truth| (0..size).map(move |guess| (truth, guess)))
            .filter(|(truth, guess)| truth != guess)
            .map(|(truth, guess)| (truth, guess, self.count(truth, guess)))
            .filter(|(_, _, count)| *count > 0)
            .collect();
        mistakes.sort_by_key(|&(truth, guess, count)| (std::cmp::Reverse(count), truth, guess));
        mistakes
    }
}

/// Counts come from files too, which may say anything.
fn sum(counts: &[usize]) -> usize {
    counts.iter().copied().fold(0, usize::saturating_add)
}

/// The name of a class, or its number where it has none.
pub(crate) fn class_name(names: &[String], class: usize) -> String {
    names
        .get(class)
        .cloned()
        .unwrap_or_else(|| class.to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn ragged_matrices_are_filled_up() {
        let names = ["cat".to_string()];
        let matrix = Matrix::new(&names, &[vec![8, 2], vec![], vec![1, 0, 3]]).unwrap();
        assert_eq!(matrix.names(), ["cat", "1", "2"]);
        assert!((matrix.share(0, 1) - 0.2).abs() < 1e-12);
        assert_eq!((matrix.support(1), matrix.share(1, 1)), (0, 0.0));
        assert_eq!(matrix.mistakes(), [(0, 1, 2), (2, 0, 1)]);
        assert!(matrix.strength(2, 0) > matrix.strength(0, 1));
        assert!(Matrix::new(&names, &[]).is_none());
        assert!(Matrix::new(&names, &[vec![0; 10]]).is_none());
    }

    #[test]
    fn counts_may_be_of_any_size() {
        let matrix = Matrix::new(&[], &[vec![usize::MAX, 7], vec![usize::MAX, 1]]).unwrap();
        assert_eq!(
            (matrix.support(0), matrix.num_mistakes()),
            (usize::MAX, usize::MAX)
        );
        assert!(Matrix::new(&[], &[vec![1; 100_000]]).is_none());
        let of = |num_classes| Matrix::new(&[], &[vec![1; num_classes]]).unwrap();
        assert!(!of(10).is_dense() && of(47).is_dense() && of(47).can_be_drawn());
        assert!(!of(256).can_be_drawn() && of(256).mistakes().len() == 255);
    }
}
