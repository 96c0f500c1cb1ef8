//! What is said of one picture: its classes in order of probability, and whether it gets a label.

/// Why a picture gets no label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Note {
    /// Its picture is of one colour, or nearly.
    NoInk,
    /// The network is less confident than was asked for.
    LowConfidence,
}

impl Note {
    /// As rows have it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::NoInk => "no ink",
            Self::LowConfidence => "low confidence",
        }
    }
}

/// The classes of one picture, most probable first; none where it shows no ink.
pub(crate) struct Row {
    pub(super) path: String,
    pub(super) ranked: Vec<(usize, f64)>,
    pub(super) note: Option<Note>,
}

impl Row {
    /// The `top_k` most probable classes; of equally probable ones, the first.
    pub(crate) fn new(path: &str, probabilities: &[f64], top_k: usize) -> Self {
        let mut ranked: Vec<(usize, f64)> = probabilities.iter().copied().enumerate().collect();
        ranked.sort_by(|left, right| right.1.total_cmp(&left.1));
        ranked.truncate(top_k.max(1));
        Self {
            path: path.to_owned(),
            ranked,
            note: None,
        }
    }

    /// Of a picture that shows no ink.
    pub(crate) fn without_ink(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            ranked: Vec::new(),
            note: Some(Note::NoInk),
        }
    }

    /// Without a label where the most probable class is less probable than this, in the precision of
    /// what is written.
    pub(crate) fn unless_below(mut self, min_confidence: f64) -> Self {
        let best = self.ranked.first();
        if best.is_some_and(|&(_, probability)| (probability as f32) < min_confidence as f32) {
            self.note = Some(Note::LowConfidence);
        }
        self
    }

    /// The class and the probability at a rank, from 0. There is no class where the picture gets none,
    /// and nothing at all where it shows no ink.
    pub(super) fn at(&self, rank: usize) -> (Option<usize>, Option<f64>) {
        let Some(&(label, probability)) = self.ranked.get(rank) else {
            return (None, None);
        };
        let is_given = rank > 0 || self.note.is_none();
        (is_given.then_some(label), Some(probability))
    }

    /// The classes with their probabilities, for people: `7 (98.12 %), 1 (1.20 %)`.
    pub(crate) fn classes_text(&self, names: Option<&[String]>) -> String {
        let classes = self.ranked.iter().map(|&(label, probability)| {
            let name = names.and_then(|names| names.get(label));
            let name = name.map(|name| format!(" {name}")).unwrap_or_default();
            format!("{label}{name} ({:.2} %)", 100.0 * probability)
        });
        classes.collect::<Vec<_>>().join(", ")
    }
}
