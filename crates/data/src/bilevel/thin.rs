//! Thinning: the middle lines of bilevel ink, one pixel wide.
//!
//! Owns the algorithm of Zhang and Suen (1984), nothing else.

use image::GrayImage;

/// The middle lines of `ink` (0 is paper, anything else ink), as 0 and 255.
#[must_use]
pub fn thinned(ink: &GrayImage) -> GrayImage {
    let mut lines = Padded::of(ink);
    let mut left: Vec<usize> = lines.ink().collect();
    loop {
        let num_before = left.len();
        for is_first in [true, false] {
            let (removed, kept): (Vec<usize>, Vec<usize>) = left
                .into_iter()
                .partition(|&place| lines.is_removable(place, is_first));
            for place in removed {
                lines.cells[place] = false;
            }
            left = kept;
        }
        if left.len() == num_before {
            return lines.drawn(ink.width(), ink.height());
        }
    }
}

/// Where ink is, with a cell of paper on every side.
struct Padded {
    cells: Vec<bool>,
    columns: usize,
}

impl Padded {
    fn of(ink: &GrayImage) -> Self {
        let columns = ink.width() as usize + 2;
        let mut cells = vec![false; columns * (ink.height() as usize + 2)];
        for (x, y, pixel) in ink.enumerate_pixels() {
            cells[(y as usize + 1) * columns + x as usize + 1] = pixel.0[0] > 0;
        }
        Self { cells, columns }
    }

    /// The places of all ink.
    fn ink(&self) -> impl Iterator<Item = usize> {
        let places = self.cells.iter().enumerate();
        places.filter_map(|(place, &is_ink)| is_ink.then_some(place))
    }

    fn drawn(&self, width: u32, height: u32) -> GrayImage {
        let mut ink = GrayImage::new(width, height);
        for place in self.ink() {
            let (x, y) = (place % self.columns - 1, place / self.columns - 1);
            ink.get_pixel_mut(x as u32, y as u32).0[0] = u8::MAX;
        }
        ink
    }

    fn is_removable(&self, place: usize, is_first: bool) -> bool {
        let (above, below) = (place - self.columns, place + self.columns);
        // From the north, clockwise.
        let around = [
            above,
            above + 1,
            place + 1,
            below + 1,
            below,
            below - 1,
            place - 1,
            above - 1,
        ]
        .map(|place| self.cells[place]);
        let num_ink = around.iter().filter(|&&is_ink| is_ink).count();
        let num_starts = (0..8)
            .filter(|&at| !around[at] && around[(at + 1) % 8])
            .count();
        let [north, _, east, _, south, _, west, _] = around;
        let keeps_sides = if is_first {
            !(east && south && (north || west))
        } else {
            !(north && west && (east || south))
        };
        (2..=6).contains(&num_ink) && num_starts == 1 && keeps_sides
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Luma;

    fn ink(rows: &[&str]) -> GrayImage {
        let width = rows.first().map_or(0, |row| row.len());
        GrayImage::from_fn(width as u32, rows.len() as u32, |x, y| {
            let is_ink = rows[y as usize].as_bytes()[x as usize] == b'#';
            Luma([if is_ink { 255 } else { 0 }])
        })
    }

    #[test]
    fn a_bar_becomes_its_middle_line() {
        let thin = thinned(&ink(&["#########"; 3]));
        let columns: Vec<usize> = (0..9)
            .map(|x| (0..3).filter(|&y| thin.get_pixel(x, y).0[0] > 0).count())
            .collect();
        assert!(columns.iter().all(|&count| count <= 1), "{columns:?}");
        assert!(columns[1..8].iter().filter(|&&count| count == 1).count() >= 6);
    }

    #[test]
    fn lines_stay_and_rings_stay_closed() {
        let line = ink(&["........", ".######.", "........"]);
        assert_eq!(thinned(&line), line);
        let ring = thinned(&ink(&[
            "#######", "#######", "##...##", "##...##", "##...##", "#######", "#######",
        ]));
        // The paper inside does not run out.
        assert_eq!(ring.get_pixel(3, 3).0[0], 0);
        for straight in [[3, 0], [3, 6], [0, 3], [6, 3]] {
            let [x, y] = straight;
            let way: Vec<u8> = (0..=3)
                .map(|step| {
                    let toward = |from: i32| (from + (3 - from).signum() * step) as u32;
                    ring.get_pixel(toward(x), toward(y)).0[0]
                })
                .collect();
            assert!(way.contains(&255), "{straight:?}: {way:?}");
        }
        assert_eq!(thinned(&GrayImage::new(4, 3)), GrayImage::new(4, 3));
    }
}
