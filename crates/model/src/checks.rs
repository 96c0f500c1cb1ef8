//! What is wrong with a network's configuration, and the checks that several kinds of layers share. Owns no keys.

use base::with_separators;

/// Most values that one image may become between two layers, and most parameters of one layer: a
/// typing error should not ask for a terabyte.
const MAX_LAYER_VALUES: usize = 1 << 28;

/// A configuration that makes no network: which key, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {problem}")]
pub struct NetworkConfigError {
    /// The key, below `[model]`, such as `convolutions[1].kernel`.
    pub key: String,
    /// What is wrong, and what is allowed.
    pub problem: String,
}

/// The result of a check.
pub(crate) type Checked<T> = Result<T, NetworkConfigError>;

pub(crate) fn refuse<T>(key: impl Into<String>, problem: impl Into<String>) -> Checked<T> {
    Err(NetworkConfigError {
        key: key.into(),
        problem: problem.into(),
    })
}

/// A number of units or channels.
pub(crate) fn check_count(key: &str, count: usize) -> Checked<()> {
    if count > 0 {
        return Ok(());
    }
    refuse(key, "is 0, but must be at least 1")
}

/// A length in pixels that has to fit into `side`; `of_what` says whose side that is.
pub(crate) fn check_length(key: &str, length: usize, of_what: &str, side: usize) -> Checked<()> {
    if (1..=side).contains(&length) {
        return Ok(());
    }
    refuse(
        key,
        format!("is {length}, but the {of_what} is {side}×{side}: 1 to {side}"),
    )
}

/// A probability that is not 1.
pub(crate) fn check_probability(key: &str, probability: f64) -> Checked<()> {
    if (0.0..1.0).contains(&probability) {
        return Ok(());
    }
    refuse(
        key,
        format!("is {probability}, but must be at least 0 and below 1"),
    )
}

/// The product of all factors, where it is no absurd number of values for one layer.
pub(crate) fn checked_product(key: &str, factors: &[usize]) -> Checked<usize> {
    let product = factors
        .iter()
        .try_fold(1_usize, |product, &factor| product.checked_mul(factor));
    match product {
        Some(product) if product <= MAX_LAYER_VALUES => Ok(product),
        _ => refuse(
            key,
            format!(
                "makes a layer of more than {} values",
                with_separators(MAX_LAYER_VALUES)
            ),
        ),
    }
}
