//! Why a recipe could not be had.

use std::path::PathBuf;

/// Why a recipe could not be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
        /// The recipe that may be meant.
        suggestion: Option<String>,
    },
    /// The file or the flag is no recipe's.
    #[error("{origin}: {problem}")]
    Wrong {
        /// The file or the flag.
        origin: String,
        /// What is wrong, with line and caret where the reader knows them.
        problem: String,
        /// The way out.
        suggestion: Option<String>,
    },
    /// A value makes no run.
    #[error("{origin}: {key} {problem}")]
    Value {
        /// File and line, or flag.
        origin: String,
        /// The key.
        key: String,
        /// What is wrong, and what is allowed.
        problem: String,
    },
    /// Keys that do nothing where they stand; each with its place and what it needs.
    #[error("{}", keys.join("\n       "))]
    NoEffect {
        /// A line a key.
        keys: Vec<String>,
    },
}

impl ConfigError {
    /// The way out.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unreadable { suggestion, .. } | Self::Wrong { suggestion, .. } => {
                suggestion.clone()
            }
            Self::Value { .. } => None,
            Self::NoEffect { keys } => Some(if keys.len() == 1 {
                "leave it out, or set what it needs".into()
            } else {
                "leave them out, or set what they need".into()
            }),
        }
    }

    pub(super) fn with_suggestion(mut self, text: String) -> Self {
        if let Self::Unreadable { suggestion, .. } | Self::Wrong { suggestion, .. } = &mut self {
            *suggestion = Some(text);
        }
        self
    }
}
