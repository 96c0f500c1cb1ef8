//! The form of a mark.

/// The form of a mark: that of the ellipse with the same moments.
pub(super) struct Form {
    /// Its row.
    pub(super) middle: f32,
    /// Its axes, in pixels.
    pub(super) length: f32,
    pub(super) thickness: f32,
    /// How many pixels the long axis falls on one to the right, or, below 0, rises.
    pub(super) slope: f32,
}

impl Form {
    pub(super) fn of(points: impl Iterator<Item = (u32, u32)>) -> Self {
        let points: Vec<(f64, f64)> = points.map(|(x, y)| (f64::from(x), f64::from(y))).collect();
        let mean = |of: &dyn Fn(&(f64, f64)) -> f64| {
            points.iter().map(of).sum::<f64>() / points.len().max(1) as f64
        };
        let (x, y) = (mean(&|point| point.0), mean(&|point| point.1));
        // A pixel by itself has moments too.
        let across = mean(&|point| (point.0 - x).powi(2)) + 1.0 / 12.0;
        let down = mean(&|point| (point.1 - y).powi(2)) + 1.0 / 12.0;
        let both = mean(&|point| (point.0 - x) * (point.1 - y));
        let half = 0.5 * (across + down);
        let rest = (0.25 * (across - down).powi(2) + both * both).sqrt();
        let axis = |moment: f64| 4.0 * moment.max(0.0).sqrt();
        let angle = 0.5 * f64::atan2(2.0 * both, across - down);
        Self {
            middle: (y + 0.5) as f32,
            length: axis(half + rest) as f32,
            thickness: axis(half - rest) as f32,
            slope: angle.tan() as f32,
        }
    }
}
