//! The recipe's `[additions]`: images that the program draws and trains on beside the set's own. The
//! drawing is the `data` crate's.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Images that are drawn once, before training, and trained on beside the set's own. They are images
/// like all others: augmentation changes them too, and `augmentation.taper` does not take them away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AdditionsConfig {
    /// Digits drawn again with thin, wide and coarse pens: so many for each training image.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub pens: f64,
    /// Pairs of digits that touch, cut apart rightly and wrongly: so many pairs for each training
    /// image. What is no digit is learnt as none.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub touching: f64,
    /// Digits that the program draws as they are written in Europe: 1 with a long flag, crossed 7, 4 and
    /// 9: so many for each training image.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub european: f64,
}
