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

impl Collector {
    /// Waits for all parts, and hands out weights and optimizer. The schedule's step is the loop's own.
    pub(crate) fn take(&self) -> Result<(Vec<u8>, Vec<u8>), String> {
        let mut parts = self.0.parts.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if parts.has_schedule && parts.model.is_some() && parts.optimizer.is_some() {
                let Parts {
                    model, optimizer, ..
                } = std::mem::take(&mut *parts);
                let missing = || Err("it was not handed out".to_string());
                return Ok((
                    model.unwrap_or_else(missing)?,
                    optimizer.unwrap_or_else(missing)?,
                ));
            }
            let waited = self.0.changed.wait(parts);
            parts = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn put(&self, put: impl FnOnce(&mut Parts)) {
        put(&mut self.0.parts.lock().unwrap_or_else(PoisonError::into_inner));
        self.0.changed.notify_all();
    }
}

fn bytes_of<R: Checkpoint>(record: R) -> Result<Vec<u8>, String> {
    let bytes = record.checkpoint_into_bytes();
    Ok(bytes.map_err(|error| error.to_string())?.to_vec())
}

/// Nothing is ever loaded through Burn's checkpointer: a run goes on from what was verified.
fn not_from_here<R>() -> Result<R, CheckpointerError> {
    Err(CheckpointerError::Unknown(
        "checkpoints are read elsewhere".into(),
    ))
}

impl Checkpointer<ModuleRecord> for Collector {
    fn save(&self, _: usize, record: ModuleRecord) -> Result<(), CheckpointerError> {
        self.put(|parts| parts.model = Some(bytes_of(record)));
        Ok(())
    }

    fn delete(&self, _: usize) -> Result<(), CheckpointerError> {
        Ok(())
    }

    fn restore(&self, _: usize) -> Result<ModuleRecord, CheckpointerError> {
        not_from_here()
    }
}

impl Checkpointer<OptimizerRecord> for Collector {
    fn save(&self, _: usize, record: OptimizerRecord) -> Result<(), CheckpointerError> {
        self.put(|parts| parts.optimizer = Some(bytes_of(record)));
        Ok(())
    }

    fn delete(&self, _: usize) -> Result<(), CheckpointerError> {
        Ok(())
    }

    fn restore(&self, _: usize) -> Result<OptimizerRecord, CheckpointerError> {
        not_from_here()
    }
}

impl Checkpointer<LrSchedulerRecord> for Collector {
    fn save(&self, _: usize, _: LrSchedulerRecord) -> Result<(), CheckpointerError> {
        self.put(|parts| parts.has_schedule = true);
        Ok(())
    }

    fn delete(&self, _: usize) -> Result<(), CheckpointerError> {
        Ok(())
    }

    fn restore(&self, _: usize) -> Result<LrSchedulerRecord, CheckpointerError> {
        not_from_here()
    }
}

/// Burn's rule of when to save: whenever it is asked. When to ask is the loop's to know.
pub(crate) struct EveryTime;

impl CheckpointingStrategy for EveryTime {
    fn checkpointing(&mut self, _: usize, _: &EventStoreClient) -> Vec<CheckpointingAction> {
        vec![CheckpointingAction::Save]
    }
}
