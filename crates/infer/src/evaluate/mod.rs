//! Figures of a model on labelled images: a data set, which is in memory as a whole, or any number of
//! pictures, which are not.

mod confident;
mod many_digits;
mod one_digit;
mod report;
mod signs;
mod test_set;

pub use confident::{ConfidentAnswers, ConfidentFigures};
pub use many_digits::{StringFigures, StringReport};
pub use one_digit::{PictureFigures, on_test_set};
pub use report::{Measured, Report};
pub use test_set::TestSet;
