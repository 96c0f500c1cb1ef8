//! Trains a network on images of handwritten digits: the library behind the program `train`.
//!
//! [`run::run`] is the whole of a run, on one screen. Nothing of a run is switched for the whole process:
//! signals are the program's ([`program`]), and a run is stopped by the handle that it is given.

pub mod augment;
pub mod batches;
mod best;
pub mod checkpoint;
pub mod cli;
pub mod compare;
pub mod config;
pub mod dataset;
pub mod devices;
mod display;
mod heartbeat;
pub mod keys;
mod meter;
pub mod observer;
mod optimizer;
mod predictions;
pub mod preview;
pub mod program;
mod results;
pub mod run;
pub mod run_folder;
mod saved_run;
pub mod schedule;
mod silent_renderer;
mod state;
pub mod strategy;
pub mod teachers;
pub mod trainee;
pub mod training;
pub mod trial;
mod updates;
pub mod write;
