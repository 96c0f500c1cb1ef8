//! What every crate of this workspace may lean on: the sizes of an image, numbers and names for people,
//! files that are written whole or not at all, bounds on what is in hand, guarded calls, and streams
//! of random numbers.
//!
//! Knows nothing of images, networks or command lines. Depends on no other crate of the workspace.

pub mod files;
mod gate;
mod guard;
pub mod random;
mod sizes;
mod text;

pub use gate::{Gate, Permit};
pub use guard::{guarded, is_guarded, panic_text};
pub use sizes::{BOX_SIDE, IMAGE_PIXELS, IMAGE_SIDE, MAX_CLASSES, MIN_CLASSES, NUM_DIGITS};
pub use text::{align_columns, harmless, hexadecimal, inert, natural_order, with_separators};
