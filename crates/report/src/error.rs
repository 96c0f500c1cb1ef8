//! What can go wrong between numbers and pictures.

use thiserror::Error;

/// Why a picture could not be made.
#[derive(Debug, Error)]
pub enum ReportError {
    /// The chart library refused.
    #[error("cannot draw the chart “{chart}”: {reason}")]
    Chart {
        /// The title of the chart.
        chart: String,
        /// What the library says.
        reason: String,
    },
    /// The drawing could not be turned into pixels.
    #[error("cannot turn a drawing into pixels: {reason}")]
    Drawing {
        /// What the library says.
        reason: String,
    },
    /// The picture would not fit into memory or into a viewer.
    #[error("a picture of {width}×{height} pixels is too large, at most {limit} pixels are drawn")]
    TooLarge {
        /// Width in pixels.
        width: usize,
        /// Height in pixels.
        height: usize,
        /// The largest allowed product of the two.
        limit: usize,
    },
    /// The pixels could not be written as PNG.
    #[error("cannot write a PNG of {width}×{height} pixels: {source}")]
    Png {
        /// Width in pixels.
        width: usize,
        /// Height in pixels.
        height: usize,
        /// What the encoder says.
        source: png::EncodingError,
    },
}

impl ReportError {
    /// The way out, where there is one.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::TooLarge { .. } => Some("draw fewer pictures at once"),
            _ => None,
        }
    }
}
