//! The networks, what is saved of them, how they are evaluated, and the devices they run on.
//!
//! Knows tensors, weights and metrics; never files of images or data sets.

mod adapter;
mod artifact;
mod artifact_error;
mod calibration;
mod checks;
mod classifier;
mod config;
mod device;
mod device_choice;
mod evaluation;
mod exchange;
mod exchange_error;
mod host;
mod inference;
mod initializer;
mod layers;
mod manifest;
mod network;
mod saved;
mod self_check;
mod summary;
mod tally;
mod views;
mod weights;

pub use artifact::{
    ModelDescription, load_manifest, load_model, load_weights, save_model, verify_weights,
};
pub use artifact_error::ArtifactError;
pub use calibration::{NoTemperature, Temperature, most_probable};
pub use checks::NetworkConfigError;
pub use classifier::Classifier;
pub use config::{ClassifierConfig, InputConfig, NUM_PAIRS};
pub use device::{DeviceClass, OpenDevice, hardware_gpus, list_choices, num_threads, open_device};
pub use device_choice::{DEVICE_SPELLINGS, DeviceChoice, DeviceError};
pub use evaluation::{CalibrationBin, ClassEvaluation, Evaluation, Scaling};
pub use exchange::{
    is_weights_file, load_weights_file, safetensors_of, save_safetensors, to_torch,
};
pub use exchange_error::ExchangeError;
pub use host::{InferenceError, has_finite_weights, pixels_to_tensor, read_floats, read_numbers};
pub use inference::{DEFAULT_INFERENCE_BATCH, Outputs, predict, predict_logits};
pub use initializer::{InitializerConfig, WeightDistribution};
pub use kernels::keep_freed_memory;
pub use layers::{
    Activation, ConvolutionConfig, ConvolutionalConfig, Padding, Pool, ResidualConfig,
    TrainingContext,
};
pub use manifest::{
    DatasetProvenance, InputConvention, MANIFEST_FILE, MODEL_FOLDER, Manifest, ProgramProvenance,
    SavedMetrics, Score, WEIGHTS_FILE, WeightsEntry,
};
pub use network::{CnnConfig, DenseConfig, DropoutOn, LinearConfig, NetworkConfig};
pub use saved::SavedModel;
pub use self_check::{SELF_CHECK_TOLERANCE, SelfCheck, self_check};
pub use summary::{LayerSummary, NetworkSummary};
pub use tally::Tally;
pub use views::{Angles, NoViews, Views};
pub use weights::NamedWeights;
