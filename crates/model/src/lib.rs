//! The networks, what is saved of them, how they are evaluated, and the devices they run on.
//!
//! Knows tensors, weights and metrics; never files of images or data sets.

mod adapter;
mod artifact;
mod artifact_error;
mod calibration;
mod classifier;
mod cnn;
mod config;
mod dense;
mod device;
mod evaluation;
mod inference;
mod initializer;
mod layout;
mod manifest;
mod network_fields;
mod self_check;
mod tally;
mod weights;

pub use artifact::{
    MANIFEST_FILE, MODEL_FOLDER, ModelDescription, SavedModel, WEIGHTS_FILE, load_manifest,
    load_model, save_model, verify_weights,
};
pub use artifact_error::ArtifactError;
pub use calibration::{NoTemperature, Temperature};
pub use classifier::{Classifier, TrainingContext};
pub use config::{
    Activation, ClassifierConfig, CnnConfig, ConvolutionConfig, DenseConfig, DropoutOn,
    InitializerConfig, InputConfig, LinearConfig, NetworkConfig, Padding, Pool, WeightDistribution,
};
pub use device::{
    DEVICE_SPELLINGS, DeviceChoice, DeviceClass, DeviceError, OpenDevice, list_choices,
    num_threads, open_device,
};
pub use evaluation::{CalibrationBin, ClassEvaluation, Evaluation, Scaling, most_probable};
pub use inference::{
    DEFAULT_INFERENCE_BATCH, InferenceError, pixels_to_tensor, predict_logits, read_floats,
};
pub use kernels::keep_freed_memory;
pub use layout::{LayerSummary, NetworkConfigError, NetworkSummary};
pub use manifest::{
    DatasetProvenance, InputConvention, Manifest, ProgramProvenance, SavedMetrics, Score,
    WeightsEntry,
};
pub use self_check::{SELF_CHECK_TOLERANCE, SelfCheck, self_check};
pub use tally::Tally;
pub use weights::NamedWeights;
