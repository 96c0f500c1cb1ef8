//! Classifies pictures with trained networks: the library behind the program `infer`, for a server or
//! another language just as well.
//!
//! Knows pixels and figures, never tensors, and nothing of a command line or a terminal: whoever uses
//! it is told what happens by return values and by [`predict::Recipient`]. Only [`cli`] does, of which all
//! else knows nothing: it is here so that the program can be called from elsewhere.
//!
//! The way of a picture: [`input`] finds it, [`prepare`] brings it to MNIST's form, [`predict`] puts it
//! through the networks, and [`output`] writes the answer, or [`evaluate`] counts it; [`serve`] answers over HTTP, and
//! [`shard`] divides a job among machines.

pub mod cli;
mod digits;
mod error;
pub mod evaluate;
pub mod export;
pub mod facts;
pub mod input;
pub mod inspect;
pub mod orientation;
pub mod output;
mod places;
pub mod predict;
pub mod prepare;
mod remote;
pub mod serve;
pub mod shard;
pub mod show;
pub mod stages;
mod stop;
pub mod truths;

pub use digits::{Digits, Length};
pub use error::{Error, ShardError};
pub use stop::Stop;
