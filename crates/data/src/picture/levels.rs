//! Counts of levels of grey, and the levels that part them.

use image::GrayImage;

/// Number of pixels of each level of grey.
pub(super) type Histogram = [u32; 256];

pub(super) fn histogram<'pixels>(pixels: impl IntoIterator<Item = &'pixels u8>) -> Histogram {
    let mut counts = [0; 256];
    for &pixel in pixels {
        counts[usize::from(pixel)] += 1;
    }
    counts
}

/// The levels of grey with the number of their pixels, darkest first.
fn levels(counts: &[u32]) -> impl Iterator<Item = (u8, u32)> + '_ {
    (0..=u8::MAX).zip(counts.iter().copied())
}

/// The level of grey under which the given part of the pixels lies.
pub(super) fn quantile(counts: &Histogram, part: f32) -> u8 {
    let total: u32 = counts.iter().sum();
    let wanted = (f64::from(part) * f64::from(total)).max(1.0);
    let mut num_below = 0;
    let reached = |&(_, count): &(u8, u32)| {
        num_below += count;
        f64::from(num_below) >= wanted
    };
    levels(counts)
        .find(reached)
        .map_or(u8::MAX, |(level, _)| level)
}

/// Levels between nearly the darkest and nearly the brightest pixels.
pub(super) fn spread(counts: &Histogram) -> u8 {
    quantile(counts, 0.995).saturating_sub(quantile(counts, 0.005))
}

pub(super) fn median(counts: &Histogram) -> u8 {
    quantile(counts, 0.5)
}

/// Otsu's threshold: the level up to which pixels belong together best, and so do those above.
///
/// `None` where all pixels are of one level.
pub(super) fn threshold(counts: &Histogram) -> Option<u8> {
    let moment = |(level, count): (u8, u32)| f64::from(level) * f64::from(count);
    let total: f64 = counts.iter().map(|&count| f64::from(count)).sum();
    let total_moment: f64 = levels(counts).map(moment).sum();
    let (mut below, mut below_moment) = (0.0, 0.0);
    let mut best = None;
    let mut best_variance = 0.0;
    for (level, count) in levels(counts) {
        below += f64::from(count);
        below_moment += moment((level, count));
        let above = total - below;
        if below > 0.0 && above > 0.0 {
            let gap = (total_moment - below_moment) / above - below_moment / below;
            let variance = below * above * gap * gap;
            if variance > best_variance {
                (best, best_variance) = (Some(level), variance);
            }
        }
    }
    best
}

/// The pixels on the picture's four edges.
pub(super) fn border(grey: &GrayImage) -> Vec<u8> {
    let width = grey.width().max(1) as usize;
    let mut rows = grey.as_raw().chunks_exact(width);
    let (first, last) = (rows.next(), rows.next_back());
    let sides = rows.flat_map(|row| row.first().into_iter().chain(row[1..].last()));
    let ends = first.into_iter().chain(last).flatten();
    ends.chain(sides).copied().collect()
}

/// The part of the pixels on the picture's edges that is brighter than a level.
pub(super) fn bright_part_of_border(grey: &GrayImage, level: u8) -> f32 {
    let border = border(grey);
    let bright = border.iter().filter(|&&pixel| pixel > level).count();
    bright as f32 / border.len().max(1) as f32
}
