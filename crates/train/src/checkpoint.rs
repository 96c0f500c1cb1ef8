//! Checkpoints: all that it takes to go on with a training as if it had never stopped. Owns their form, in memory and
//! on disk; when one is taken, the loop decides.

mod collector;
mod store;

pub(crate) use collector::{Collector, EveryTime};
pub use store::{CHECKPOINTS_FOLDER, CheckpointError, CheckpointStore};

use collector::bytes_of;

use crate::observer::EvaluationRecord;
use crate::state::LoopState;
use burn::module::Module;
use burn::store::ModuleRecord;
use burn::tensor::Bytes;
use model::Evaluation;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A training between two steps.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    pub(crate) about: About,
    /// The weights, the optimizer's state, and the weights that are kept beside them, in Burn's own format.
    pub(crate) model: Vec<u8>,
    pub(crate) optimizer: Vec<u8>,
    pub(crate) average: Option<Vec<u8>>,
    pub(crate) best: Option<Vec<u8>>,
    pub(crate) last: Option<Vec<u8>>,
    /// What observers keep, by the names of files.
    pub(crate) of_observers: BTreeMap<String, Vec<u8>>,
}

/// All of a checkpoint that is no tensor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct About {
    /// The checksum of the data set.
    pub dataset_sha256: String,
    /// The program that wrote it.
    pub version: String,
    pub git_commit: Option<String>,
    pub state: LoopState,
    /// The evaluation whose weights are the best ones, and the last one.
    pub best: Option<KeptAbout>,
    pub last: Option<KeptAbout>,
}

/// Of weights that are kept: the evaluation that they had.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeptAbout {
    pub record: EvaluationRecord,
    pub evaluation: Evaluation,
}

impl Checkpoint {
    /// Steps done.
    #[must_use]
    pub fn step(&self) -> usize {
        self.about.state.step
    }

    /// The epoch under way, from 1.
    #[must_use]
    pub fn epoch(&self) -> usize {
        self.about.state.epoch
    }
}

/// A module's parameters as bytes.
pub(crate) fn to_bytes(module: impl Module) -> Result<Vec<u8>, String> {
    bytes_of(module.into_record())
}

/// The same module with the parameters of such bytes, on its own device.
pub(crate) fn from_bytes<M: Module>(module: M, bytes: &[u8]) -> Result<M, String> {
    ModuleRecord::from_bytes(Bytes::from_bytes_vec(bytes.to_vec()))
        .and_then(|record| module.try_load_record(record))
        .map_err(|error| error.to_string())
}
