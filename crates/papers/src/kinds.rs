//! The kinds of paper and their names.

use std::fmt;
use std::str::FromStr;

/// A kind of paper, with the light and the camera that go with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Paper {
    /// White and clean, as scanned or drawn on a screen; three in ten are white on black.
    White,
    /// Grey, with grey ink on it.
    Grey,
    /// White, in light that falls off, with the shadow of a hand.
    Shadow,
    /// Squared in blue.
    Squared,
    /// Ruled, some with a margin line.
    Ruled,
    /// Brown packing paper with fibres.
    Kraft,
    /// A blackboard with chalk and smears.
    Blackboard,
    /// A telephone's picture in poor light: noise, blur, dark corners, a tint.
    Phone,
    /// JPEG of quality 30.
    Jpeg,
    /// 16×16 pixels in all; half of them light on dark.
    Tiny,
}

impl Paper {
    /// All kinds.
    pub const ALL: [Self; 10] = [
        Self::White,
        Self::Grey,
        Self::Shadow,
        Self::Squared,
        Self::Ruled,
        Self::Kraft,
        Self::Blackboard,
        Self::Phone,
        Self::Jpeg,
        Self::Tiny,
    ];

    /// Its name, as [`FromStr`] reads it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::White => "white",
            Self::Grey => "grey",
            Self::Shadow => "shadow",
            Self::Squared => "squared",
            Self::Ruled => "ruled",
            Self::Kraft => "kraft",
            Self::Blackboard => "blackboard",
            Self::Phone => "phone",
            Self::Jpeg => "jpeg",
            Self::Tiny => "tiny",
        }
    }
}

impl fmt::Display for Paper {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// No kind of paper has this name.
#[derive(Debug, thiserror::Error)]
#[error(
    "no paper `{0}`: expected one of white, grey, shadow, squared, ruled, kraft, blackboard, phone, jpeg, tiny"
)]
pub struct UnknownPaper(String);

impl FromStr for Paper {
    type Err = UnknownPaper;

    fn from_str(name: &str) -> Result<Self, UnknownPaper> {
        let mut kinds = Self::ALL.into_iter();
        kinds
            .find(|paper| paper.name() == name)
            .ok_or_else(|| UnknownPaper(name.into()))
    }
}
