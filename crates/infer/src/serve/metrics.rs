//! Figures of the service for Prometheus.
//!
//! Owns the counters, and the text format. The number of series is fixed: nothing that clients send becomes a label.

use super::problem::Reason;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Upper ends of the buckets of latencies, in seconds.
const LATENCY_BUCKETS: [f64; 12] = [
    0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0,
];
/// The same of batches, in images.
const BATCH_BUCKETS: [f64; 10] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 1024.0];

/// Everything that is counted.
#[derive(Default)]
pub(super) struct Metrics {
    requests: [AtomicU64; Reason::ALL.len()],
    latency: Histogram<{ LATENCY_BUCKETS.len() }>,
    batches: Histogram<{ BATCH_BUCKETS.len() }>,
    skipped: AtomicU64,
}

/// What there is at the moment.
pub(super) struct Gauges {
    pub(super) num_queued_images: u64,
    pub(super) num_queued_bytes: u64,
    pub(super) num_active: usize,
    pub(super) is_ready: bool,
}

impl Metrics {
    /// A request was answered, or its client left.
    pub(super) fn count(&self, reason: Reason) {
        self.requests[reason as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// A prediction took so long, from the first byte of the request to the answer.
    pub(super) fn time(&self, latency: Duration) {
        self.latency.add(&LATENCY_BUCKETS, latency.as_secs_f64());
    }

    /// So many images went through the network together.
    pub(super) fn batch(&self, num_images: usize) {
        self.batches.add(&BATCH_BUCKETS, num_images as f64);
    }

    /// Work was not done because nobody waited for it any more.
    pub(super) fn skip(&self) {
        self.skipped.fetch_add(1, Ordering::Relaxed);
    }

    /// All of it in Prometheus's text format, version 0.0.4.
    pub(super) fn to_text(&self, gauges: &Gauges) -> String {
        let mut text = String::new();
        head(
            &mut text,
            "requests_total",
            "counter",
            "Requests by how they ended.",
        );
        for reason in Reason::ALL {
            let count = self.requests[reason as usize].load(Ordering::Relaxed);
            let name = reason.name();
            let _ = writeln!(text, "digits_requests_total{{reason=\"{name}\"}} {count}");
        }
        let skipped = self.skipped.load(Ordering::Relaxed);
        let is_ready = u64::from(gauges.is_ready);
        let singles = [
            (
                "skipped_total",
                "counter",
                "Pictures not looked at, as their client had left.",
                skipped,
            ),
            (
                "queue_images",
                "gauge",
                "Images in hand.",
                gauges.num_queued_images,
            ),
            (
                "queue_bytes",
                "gauge",
                "Bytes in hand.",
                gauges.num_queued_bytes,
            ),
            (
                "active_requests",
                "gauge",
                "Requests in hand.",
                gauges.num_active as u64,
            ),
            (
                "ready",
                "gauge",
                "1 where requests are taken, 0 while draining.",
                is_ready,
            ),
        ];
        for (name, kind, help, value) in singles {
            head(&mut text, name, kind, help);
            let _ = writeln!(text, "digits_{name} {value}");
        }
        let help = "Seconds from a prediction's request to its answer.";
        self.latency
            .write(&mut text, &LATENCY_BUCKETS, "latency_seconds", help);
        let help = "Images that went through the network together.";
        self.batches
            .write(&mut text, &BATCH_BUCKETS, "batch_images", help);
        text
    }
}

fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(
        text,
        "# HELP digits_{name} {help}\n# TYPE digits_{name} {kind}"
    );
}

/// Counts of values up to each of N bounds, and of those beyond.
struct Histogram<const N: usize> {
    counts: [AtomicU64; N],
    beyond: AtomicU64,
    /// In millionths.
    sum: AtomicU64,
}

impl<const N: usize> Default for Histogram<N> {
    fn default() -> Self {
        Self {
            counts: std::array::from_fn(|_| AtomicU64::new(0)),
            beyond: AtomicU64::new(0),
            sum: AtomicU64::new(0),
        }
    }
}

impl<const N: usize> Histogram<N> {
    fn add(&self, bounds: &[f64; N], value: f64) {
        let place = bounds.iter().position(|&bound| value <= bound);
        let count = place.map_or(&self.beyond, |place| &self.counts[place]);
        count.fetch_add(1, Ordering::Relaxed);
        self.sum.fetch_add((value * 1e6) as u64, Ordering::Relaxed);
    }

    fn write(&self, text: &mut String, bounds: &[f64; N], name: &str, help: &str) {
        head(text, name, "histogram", help);
        let mut total = 0;
        for (count, bound) in self.counts.iter().zip(bounds) {
            total += count.load(Ordering::Relaxed);
            let _ = writeln!(text, "digits_{name}_bucket{{le=\"{bound}\"}} {total}");
        }
        total += self.beyond.load(Ordering::Relaxed);
        let sum = self.sum.load(Ordering::Relaxed) as f64 / 1e6;
        let _ = writeln!(
            text,
            "digits_{name}_bucket{{le=\"+Inf\"}} {total}\ndigits_{name}_sum {sum}\ndigits_{name}_count {total}"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_add_up_and_the_series_are_always_the_same() {
        let metrics = Metrics::default();
        let gauges = Gauges {
            num_queued_images: 0,
            num_queued_bytes: 0,
            num_active: 0,
            is_ready: true,
        };
        let names = |text: &str| -> Vec<String> {
            let lines = text.lines().filter(|line| !line.starts_with('#'));
            lines
                .map(|line| line.rsplit_once(' ').map_or("", |parts| parts.0).to_owned())
                .collect()
        };
        let before = names(&metrics.to_text(&gauges));
        for milliseconds in [1, 3, 7_000] {
            metrics.time(Duration::from_millis(milliseconds));
            metrics.count(Reason::QueueFull);
        }
        let text = metrics.to_text(&gauges);
        assert_eq!(names(&text), before);
        for line in [
            "digits_requests_total{reason=\"queue_full\"} 3",
            "digits_latency_seconds_bucket{le=\"0.001\"} 1",
            "digits_latency_seconds_bucket{le=\"0.005\"} 2",
            "digits_latency_seconds_bucket{le=\"+Inf\"} 3",
            "digits_latency_seconds_sum 7.004",
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }
    }
}
