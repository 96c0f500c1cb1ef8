//! Which of all inputs a job takes.

/// A stretch of inputs, by their places among all, from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The place of the first.
    pub first: u64,
    /// The place behind the last; `None` for all that there are.
    pub end: Option<u64>,
}

impl Span {
    /// All but the first, so many.
    #[must_use]
    pub fn after(num_skipped: u64) -> Self {
        Self {
            first: num_skipped,
            end: None,
        }
    }

    /// How many of `num_inputs` in all lie in it.
    #[must_use]
    pub fn num_of(self, num_inputs: u64) -> u64 {
        let end = self.end.map_or(num_inputs, |end| end.min(num_inputs));
        end.saturating_sub(self.first)
    }

    /// How many there are from this place on; `None` where nothing bounds them.
    pub(super) fn room_after(self, place: u64) -> Option<u64> {
        Some(self.end?.saturating_sub(place))
    }
}
