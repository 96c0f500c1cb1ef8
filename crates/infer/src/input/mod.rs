//! What a user named becomes inputs, one after the other: files, folders, patterns, lists of them, and
//! the records of files of many pictures.

mod count;
mod elsewhere;
mod item;
mod list;
mod names;
mod walk;

pub use count::count_all;
pub use item::{Input, Unusable};
pub use walk::{Inputs, Reading};
