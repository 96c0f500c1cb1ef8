//! What Burn's `Learner` hands out to a checkpointer, and to nobody else: weights and the optimizer's state. This
//! checkpointer keeps them in memory, for whoever asked for a checkpoint.

use burn::lr_scheduler::LrSchedulerRecord;
use burn::optim::OptimizerRecord;
use burn::store::ModuleRecord;
use burn::train::checkpoint::{
    Checkpoint, Checkpointer, CheckpointerError, CheckpointingAction, CheckpointingStrategy,
};
use burn::train::metric::store::EventStoreClient;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// Takes the parts of a checkpoint; clones take them to the same place.
#[derive(Clone, Default)]
pub(crate) struct Collector(Arc<Shared>);

#[derive(Default)]
struct Shared {
    parts: Mutex<Parts>,
    changed: Condvar,
}

/// Each part, once it is there: its bytes, or what went wrong.
#[derive(Default)]
struct Parts {
    model: Option<Result<Vec<u8>, String>>,
    optimizer: Option<Result<Vec<u8>, String>>,
    has_schedule: bool,
}

impl Parts {
    fn are_there(&self) -> bool {
        self.model.is_some() && self.optimizer.is_some() && self.has_schedule
    }
}

impl Collector {
    /// Waits for all parts, and hands out weights and optimizer. The schedule's step is the loop's own.
    pub(crate) fn take(&self) -> Result<(Vec<u8>, Vec<u8>), String> {
        let parts = self.0.parts.lock().unwrap_or_else(PoisonError::into_inner);
        let parts = self.0.changed.wait_while(parts, |parts| !parts.are_there());
        let mut parts = parts.unwrap_or_else(PoisonError::into_inner);
        let Parts {
            model, optimizer, ..
        } = std::mem::take(&mut *parts);
        let (model, optimizer) = model.zip(optimizer).ok_or("it was not handed out")?;
        Ok((model?, optimizer?))
    }
}

/// A record's bytes.
pub(super) fn bytes_of(record: impl Checkpoint) -> Result<Vec<u8>, String> {
    let bytes = record.checkpoint_into_bytes();
    Ok(bytes.map_err(|error| error.to_string())?.to_vec())
}

/// A record that is one of the parts.
trait Part: Checkpoint {
    fn put_into(self, parts: &mut Parts);
}

impl Part for ModuleRecord {
    fn put_into(self, parts: &mut Parts) {
        parts.model = Some(bytes_of(self));
    }
}

impl Part for OptimizerRecord {
    fn put_into(self, parts: &mut Parts) {
        parts.optimizer = Some(bytes_of(self));
    }
}

impl Part for LrSchedulerRecord {
    fn put_into(self, parts: &mut Parts) {
        parts.has_schedule = true;
    }
}

impl<P: Part> Checkpointer<P> for Collector {
    fn save(&self, _: usize, record: P) -> Result<(), CheckpointerError> {
        let mut parts = self.0.parts.lock().unwrap_or_else(PoisonError::into_inner);
        record.put_into(&mut parts);
        self.0.changed.notify_all();
        Ok(())
    }

    fn delete(&self, _: usize) -> Result<(), CheckpointerError> {
        Ok(())
    }

    /// Nothing is ever loaded through Burn's checkpointer: a run goes on from what was verified.
    fn restore(&self, _: usize) -> Result<P, CheckpointerError> {
        Err(CheckpointerError::Unknown(
            "checkpoints are read elsewhere".into(),
        ))
    }
}

/// Burn's rule of when to save: whenever it is asked. When to ask is the loop's to know.
pub(crate) struct EveryTime;

impl CheckpointingStrategy for EveryTime {
    fn checkpointing(&mut self, _: usize, _: &EventStoreClient) -> Vec<CheckpointingAction> {
        vec![CheckpointingAction::Save]
    }
}
