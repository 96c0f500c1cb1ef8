//! The recipe's `[training.distillation]`: networks that the trained one learns from.

use model::Views;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Learning from what trained networks say of the same changed images (Hinton, Vinyals and Dean, 2015).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DistillationConfig {
    /// Runs of the teachers, or patterns such as `artifacts/cnn-seeds-001/*`. They answer together.
    #[schemars(length(min = 1))]
    pub teachers: Vec<String>,
    /// What logits, the teachers' and the student's, are divided by: above 1, classes that are no answer count for more.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub temperature: f64,
    /// Share of the teachers in the loss; the labels have the rest.
    #[schemars(range(max = 1), extend("exclusiveMinimum" = 0))]
    pub weight: f64,
    /// At how many angles the teachers read each image, more rightly and so many times as long.
    pub views: Views,
}

impl Default for DistillationConfig {
    fn default() -> Self {
        Self {
            teachers: Vec::new(),
            temperature: 2.0,
            weight: 1.0,
            views: Views::One,
        }
    }
}
