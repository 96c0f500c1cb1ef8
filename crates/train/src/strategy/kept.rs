//! Weights that are worth keeping: those of an evaluation, whose every number is finite.

use crate::checkpoint::{KeptAbout, from_bytes, to_bytes};
use crate::observer::EvaluationRecord;
use crate::trainee::Trainee;
use burn::module::Module as _;
use burn::tensor::Device;
use model::Evaluation;

/// The weights of an evaluation, and its figures.
#[derive(Clone)]
pub(super) struct Kept {
    pub record: EvaluationRecord,
    pub evaluation: Evaluation,
    /// On the device that trains.
    trainee: Trainee,
    /// On the CPU, where the device that trains is another: it may be lost.
    copy: Option<Trainee>,
}

impl Kept {
    /// What an evaluation of `trainee`, which is on `device`, came to.
    pub(super) fn new(
        record: EvaluationRecord,
        evaluation: Evaluation,
        trainee: Trainee,
        device: &Device,
    ) -> Self {
        let cpu = Device::flex();
        let copy = (*device != cpu).then(|| trainee.clone().to_device(&cpu));
        Self {
            record,
            evaluation,
            trainee,
            copy,
        }
    }

    /// Its evaluation, and its weights as bytes.
    pub(super) fn to_checkpoint(&self) -> Result<(KeptAbout, Vec<u8>), String> {
        let about = KeptAbout {
            record: self.record.clone(),
            evaluation: self.evaluation.clone(),
        };
        Ok((about, to_bytes(self.trainee.clone())?))
    }

    /// What was kept, from a checkpoint; `blank` is a trainee of the same network on `device`.
    pub(super) fn from_checkpoint(
        about: &KeptAbout,
        weights: &[u8],
        blank: Trainee,
        device: &Device,
    ) -> Result<Self, String> {
        let trainee = from_bytes(blank, weights)?;
        let (record, evaluation) = (about.record.clone(), about.evaluation.clone());
        Ok(Self::new(record, evaluation, trainee, device))
    }

    /// The weights, on the device that trains.
    pub(super) fn into_trainee(self) -> Trainee {
        self.trainee
    }

    /// The weights where no device can be lost under them.
    pub(super) fn into_safe_trainee(self) -> Trainee {
        self.copy.unwrap_or(self.trainee)
    }
}
