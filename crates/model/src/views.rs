//! At how many angles a network reads an image: the mean of what it says is right more often than what it says of
//! the image as it is.

use base::IMAGE_PIXELS;
use burn::tensor::Tensor;
use kernels::{StepImages, Warp, resample};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How far images are turned, in degrees. From 6 to 13 there is no difference that validation could tell.
const TURN: f32 = 8.0;

/// The number of angles at which each image is read.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "u8", into = "u8")]
#[schemars(with = "u8", extend("enum" = [1, 3, 5]))]
pub enum Views {
    /// As it is.
    #[default]
    One,
    /// As it is, and turned by 8° both ways.
    Three,
    /// As it is, and turned by 4° and 8° both ways.
    Five,
}

/// A number of views that there is not.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("expected 1, 3 or 5 views, found {0}")]
pub struct NoViews(u8);

impl Views {
    /// How many they are.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Three => 3,
            Self::Five => 5,
        }
    }

    /// Whether each image is read as it is alone.
    #[must_use]
    pub fn is_one(&self) -> bool {
        *self == Self::One
    }

    /// How many, to stand behind a figure: nothing where it is one.
    #[must_use]
    pub fn behind_figure(self) -> String {
        if self.is_one() {
            String::new()
        } else {
            format!(" at {} views", self.number())
        }
    }

    /// Beside the image as it is: turned by so many degrees.
    fn turns(self) -> &'static [f32] {
        match self {
            Self::One => &[],
            Self::Three => &[-TURN, TURN],
            Self::Five => &[-TURN, -0.5 * TURN, 0.5 * TURN, TURN],
        }
    }

    /// The mean of what `forward` makes of the images, `[num_images, IMAGE_PIXELS]`, at each of the angles.
    #[must_use]
    pub fn mean(self, images_np: Tensor<2>, forward: impl Fn(Tensor<2>) -> Tensor<2>) -> Tensor<2> {
        Angles::from(self).mean(images_np, forward)
    }

    /// Its angles without the image as it is: for images of which that is known.
    #[must_use]
    pub fn turned(self) -> Angles {
        Angles {
            views: self,
            with_upright: false,
        }
    }

    /// The mean at all angles of what was said of an image as it is and, in the mean, at the others.
    #[must_use]
    pub fn with_turned(self, upright: f32, turned: f32) -> f32 {
        let number = f32::from(self.number());
        (upright + (number - 1.0) * turned) / number
    }
}

/// The angles at which images are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Angles {
    views: Views,
    /// Whether the image as it is is among them.
    with_upright: bool,
}

impl From<Views> for Angles {
    fn from(views: Views) -> Self {
        Self {
            views,
            with_upright: true,
        }
    }
}

impl Angles {
    /// The mean of what `forward` makes of the images, `[num_images, IMAGE_PIXELS]`, at each of them.
    pub(crate) fn mean(
        self,
        images_np: Tensor<2>,
        forward: impl Fn(Tensor<2>) -> Tensor<2>,
    ) -> Tensor<2> {
        let turns = self.views.turns();
        if turns.is_empty() {
            return forward(images_np);
        }
        let as_it_is = self.with_upright.then(|| forward(images_np.clone()));
        let number = turns.len() + usize::from(self.with_upright);
        let at_turns = turns
            .iter()
            .map(|&degrees| forward(turned(&images_np, degrees)));
        let sum = as_it_is
            .into_iter()
            .chain(at_turns)
            .reduce(|sum, said| sum + said);
        sum.map_or(images_np, |sum| sum / number as f32)
    }
}

impl TryFrom<u8> for Views {
    type Error = NoViews;

    fn try_from(number: u8) -> Result<Self, NoViews> {
        match number {
            1 => Ok(Self::One),
            3 => Ok(Self::Three),
            5 => Ok(Self::Five),
            other => Err(NoViews(other)),
        }
    }
}

impl From<Views> for u8 {
    fn from(views: Views) -> Self {
        views.number()
    }
}

/// Images, `[num_images, IMAGE_PIXELS]`, turned by so many degrees to the left or, below 0, to the right.
pub(crate) fn turned(images_np: &Tensor<2>, degrees: f32) -> Tensor<2> {
    let [num_images, pixels] = images_np.dims();
    debug_assert_eq!(pixels, IMAGE_PIXELS);
    let (sine, cosine) = degrees.to_radians().sin_cos();
    let warp = Warp {
        affine: [cosine, -sine, 0.0, sine, cosine, 0.0],
        ..Warp::default()
    };
    let images = StepImages::Pixels(images_np);
    resample(images, &vec![warp; num_images], None)
}
