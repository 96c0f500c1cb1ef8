//! How a form is written down in the tables.

/// A form as it is written down: its weight and its poses.
pub(super) type Row = (f32, &'static [&'static str]);
