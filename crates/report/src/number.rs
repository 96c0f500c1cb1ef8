//! Numbers and names as readers want them. A number that is not finite is [`MISSING`].

pub(crate) use base::with_separators as count;

/// What stands where there is no number.
pub(crate) const MISSING: &str = "–";

/// A fraction as percentage with `decimals` decimals: 0.9831 is "98.31%".
pub(crate) fn percent(value: f64, decimals: usize) -> String {
    let percentage = value * 100.0;
    if percentage.is_finite() {
        format!("{percentage:.decimals$}%")
    } else {
        MISSING.to_string()
    }
}

/// `digits` significant digits: 0.025341 is "0.02534" with four.
pub(crate) fn significant(value: f64, digits: i32) -> String {
    if !value.is_finite() {
        return MISSING.to_string();
    }
    let size = value.abs();
    if size == 0.0 {
        return "0".to_string();
    }
    if !(1e-4..1e6).contains(&size) {
        let decimals = (digits - 1).max(0) as usize;
        return format!("{value:.decimals$e}");
    }
    let decimals = (digits - 1 - size.log10().floor() as i32).max(0) as usize;
    format!("{value:.decimals$}")
}

/// The shortest text that says the number, for axes: "0.05", "1e-5".
pub(crate) fn short(value: f64) -> String {
    if !value.is_finite() {
        return MISSING.to_string();
    }
    // Twelve digits hide what binary fractions leave behind, as in 0.1 + 0.2.
    let rounded: f64 = format!("{value:.12e}").parse().unwrap_or(value);
    if rounded != 0.0 && !(1e-4..1e6).contains(&rounded.abs()) {
        format!("{rounded:e}")
    } else {
        format!("{rounded}")
    }
}

/// An epoch to two decimals.
pub(crate) fn epoch(value: f64) -> String {
    short((value * 100.0).round() / 100.0)
}

/// An optional number, formatted, or [`MISSING`].
pub(crate) fn or_missing(value: Option<f64>, format: impl Fn(f64) -> String) -> String {
    value.map_or_else(|| MISSING.to_string(), format)
}

/// A count in at most four characters: "9.4k".
pub(crate) fn compact(value: usize) -> String {
    match value {
        0..1_000 => value.to_string(),
        1_000..9_950 => format!("{:.1}k", value as f64 / 1e3),
        9_950..999_500 => format!("{:.0}k", value as f64 / 1e3),
        _ => format!("{:.1}M", value as f64 / 1e6),
    }
}

/// "1 image", "2 images".
pub(crate) fn counted(value: usize, one: &str, many: &str) -> String {
    format!("{} {}", count(value), if value == 1 { one } else { many })
}

/// The first `limit` characters, with an ellipsis where there are more.
pub(crate) fn shortened(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_string();
    }
    text.chars()
        .take(limit.saturating_sub(1))
        .chain(['…'])
        .collect()
}

/// The 95% interval of an accuracy on so many images: "98.79–99.18%".
pub(crate) fn accuracy_interval(accuracy: f64, num_images: usize) -> Option<String> {
    let (low, high) = wilson_interval(accuracy, num_images)?;
    Some(format!("{:.2}–{}", low * 100.0, percent(high, 2)))
}

/// The 95% interval of Wilson around a `share` found in `num_trials` trials.
fn wilson_interval(share: f64, num_trials: usize) -> Option<(f64, f64)> {
    if num_trials == 0 || !(0.0..=1.0).contains(&share) {
        return None;
    }
    let (z, trials) = (1.959_964, num_trials as f64);
    let squared = z * z / trials;
    let centre = (share + squared / 2.0) / (1.0 + squared);
    let spread = (share * (1.0 - share) / trials + squared / (4.0 * trials)).sqrt();
    let half_width = z / (1.0 + squared) * spread;
    Some((
        (centre - half_width).max(0.0),
        (centre + half_width).min(1.0),
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn numbers_are_short_and_broken_ones_are_a_dash() {
        assert_eq!(percent(0.98314, 2), "98.31%");
        assert_eq!(percent(f64::NAN, 2), "–");
        assert_eq!(significant(0.025_341, 4), "0.02534");
        assert_eq!(significant(2.345_678, 4), "2.346");
        assert_eq!(significant(1.2e-7, 2), "1.2e-7");
        assert_eq!(significant(f64::INFINITY, 2), "–");
        assert_eq!(short(0.1 + 0.2), "0.3");
        assert_eq!(short(1e-5), "1e-5");
        assert_eq!(short(0.0), "0");
        assert_eq!(count(60_000), "60,000");
        assert_eq!(count(999), "999");
        assert_eq!(compact(9_412), "9.4k");
        assert_eq!(compact(9_990), "10k");
        assert_eq!(shortened("Ankle boot", 6), "Ankle…");
    }

    #[test]
    fn the_interval_of_wilson_holds_the_share() {
        let (low, high) = wilson_interval(0.99, 10_000).unwrap();
        assert!((low - 0.98786).abs() < 1e-4 && (high - 0.99177).abs() < 1e-4);
        assert!((wilson_interval(1.0, 100).unwrap().1 - 1.0).abs() < 1e-12);
        assert!(wilson_interval(f64::NAN, 100).is_none());
        assert!(wilson_interval(0.5, 0).is_none());
    }
}
