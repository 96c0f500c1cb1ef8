//! What is wrong with a file of weights, and the way out. The path is told by whoever opened it.

/// What is wrong with a file of weights.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// It is not what its name says.
    #[error("no {kind} file that can be read: {problem}")]
    Malformed {
        /// The kind of file.
        kind: &'static str,
        /// What is wrong, and where.
        problem: String,
    },
    /// It says nothing of the network that its weights belong to.
    #[error(
        "it has weights, and does not say of which network: it was not written by `infer export`"
    )]
    NoNetwork,
    /// It has no weights that are known by name.
    #[error("{0}")]
    NoWeights(String),
    /// Its weights are not those of the network.
    #[error("its weights do not fit the network: {0}")]
    Mismatch(String),
    /// A weight is no finite number.
    #[error("`{0}` has values that are no finite numbers, which answer nothing")]
    NotFinite(String),
    /// It is not the file that was written.
    #[error("damaged: expected SHA-256 {expected} of its weights, found {found}")]
    Damaged {
        /// What it says itself.
        expected: String,
        /// What it is.
        found: String,
    },
}

impl ExchangeError {
    pub(crate) fn malformed(kind: &'static str, problem: impl Into<String>) -> Self {
        Self::Malformed {
            kind,
            problem: problem.into(),
        }
    }

    /// The way out.
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::Malformed {
                kind: "PyTorch", ..
            }
            | Self::NoWeights(_) => {
                "save the weights alone, by torch.save(network.state_dict(), FILE) or as safetensors"
            }
            Self::Malformed { .. } | Self::Damaged { .. } => "copy or write the file again",
            Self::NoNetwork => {
                "give its weights a recipe with the same layers: train RECIPE --init FILE; --steps 1 trains least"
            }
            Self::Mismatch(_) => {
                "`[model]` of the recipe says the layers; `infer export --format safetensors` shows names and layouts"
            }
            Self::NotFinite(_) => "its training diverged: take weights from before that",
        }
    }
}
