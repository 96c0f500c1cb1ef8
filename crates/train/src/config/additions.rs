//! The recipe's `[additions]`: images that the program draws and trains on beside the set's own. The
//! drawing is the `data` crate's.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Images that are drawn before training, and trained on beside the set's own. They are images like all others:
/// augmentation changes them too, and `augmentation.taper` does not take them away.
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
    /// Pairs of digits that touch, whole: so many for each training image. The network learns to read each as the two
    /// digits it is, with outputs of its own, `00` to `99`, which `infer --digits many` reads beside those of digits.
    #[schemars(range(min = 0.0, max = 4.0))]
    pub pairs: f64,
    /// Digits that the program draws as they are written in Europe: 1 with a long flag, crossed 7, 4 and
    /// 9: so many for each training image.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub european: f64,
    /// Letters and signs that the program draws, and which the network learns as none of the digits: so many for each
    /// training image. Words beside numbers are then less often read as digits.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub letters: f64,
    /// Epochs after which all of them are drawn anew, so that a large network cannot learn them by heart. 0: they stay
    /// as they are.
    pub refresh_every: usize,
}

impl AdditionsConfig {
    /// The kinds by their keys, and how many of each there are for each training image.
    #[must_use]
    pub(crate) fn kinds(&self) -> [(&'static str, f64); 5] {
        [
            ("additions.pens", self.pens),
            ("additions.touching", self.touching),
            ("additions.pairs", self.pairs),
            ("additions.european", self.european),
            ("additions.letters", self.letters),
        ]
    }

    /// Those of the kinds that are not read as one digit each: as none, or as two.
    #[must_use]
    pub(crate) fn other_answers(&self) -> [(&'static str, f64); 3] {
        let [_, touching, pairs, _, letters] = self.kinds();
        [touching, pairs, letters]
    }

    /// What is drawn.
    #[must_use]
    pub(crate) fn to_draw(self) -> data::additions::AdditionsConfig {
        data::additions::AdditionsConfig {
            pens: self.pens,
            touching: self.touching,
            pairs: self.pairs,
            european: self.european,
            letters: self.letters,
        }
    }
}
