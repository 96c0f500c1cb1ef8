#![allow(clippy::unwrap_used)]
use super::*;
use base::NUM_DIGITS;
use data::synthetic::{SyntheticSplit, draw_digit};
use model::{
    Activation, CnnConfig, ConvolutionConfig, ConvolutionalConfig, DenseConfig, LinearConfig,
    ModelDescription, NetworkConfig, Padding, Pool, ProgramProvenance, ResidualConfig,
    SavedMetrics, Views,
};
use model::{ClassifierConfig, DatasetProvenance, InputConfig, NamedWeights};
use model::{DeviceChoice, load_model, open_device, predict_logits, save_model};
use model::{load_weights_file, safetensors_of, to_torch};
use std::collections::BTreeMap;
use tempfile::TempDir;

const NUM_IMAGES: usize = 3;

/// Drawn digits.
fn pixels() -> Vec<u8> {
    let digits = 0..NUM_IMAGES;
    digits
        .flat_map(|index| draw_digit(1, SyntheticSplit::Test, index as u64, index as u8 * 3))
        .collect()
}

/// A saved model of this network, with weights and running statistics that are all different.
fn saved(network: NetworkConfig, seed: u64, temperature: f64) -> SavedModel {
    let folder = TempDir::new().unwrap();
    let device = open_device(DeviceChoice::Cpu).unwrap().device;
    let config = ClassifierConfig {
        input: InputConfig {
            mean: 0.13,
            std: 0.31,
        },
        network,
        pairs: false,
    };
    let blank = config.init(NUM_DIGITS, seed, &device).unwrap();
    let tensors = blank.tensors().unwrap().into_iter().map(|tensor| {
        let is_matrix = tensor.shape.len() > 1;
        let values = tensor.values.iter().enumerate().map(|(index, value)| {
            let bump = 0.3 * (index as f32 * 1.7).sin();
            if is_matrix { *value } else { value + bump }
        });
        let values = values.collect();
        to_torch(NamedWeights { values, ..tensor })
    });
    let path = folder.path().join("weights.safetensors");
    let bytes = safetensors_of(&tensors.collect::<Vec<_>>(), &BTreeMap::new());
    std::fs::write(&path, bytes).unwrap();
    let (classifier, _) = load_weights_file(&path, blank).unwrap();
    let description = ModelDescription {
        classifier: config,
        class_names: data::digit_names(),
        dataset: DatasetProvenance {
            name: "mnist".into(),
            sha256: "00".into(),
            origin: "nowhere".into(),
            stands_in_for: None,
        },
        seed,
        program: ProgramProvenance {
            name: "train".into(),
            version: "1.2.3".into(),
            git_commit: None,
        },
        metrics: SavedMetrics::default(),
        temperature: Some(temperature.try_into().unwrap()),
        views: Views::One,
        cut_short: None,
        based_on: None,
    };
    save_model(folder.path(), &classifier, description).unwrap();
    load_model(folder.path(), &device).unwrap()
}

fn logits_of(model: &SavedModel) -> Vec<f32> {
    let device = open_device(DeviceChoice::Cpu).unwrap().device;
    predict_logits(
        &model.classifier,
        &pixels(),
        NUM_IMAGES,
        Views::One,
        &device,
    )
    .unwrap()
}

/// What the file says: logits and probabilities.
fn run(bytes: &[u8]) -> (Vec<f64>, Vec<f64>) {
    let file = Model::decode(bytes).unwrap();
    let pixels = pixels().into_iter().map(f64::from).collect();
    let mut found = run::run(&file.graph.unwrap(), NUM_IMAGES, pixels).unwrap();
    (
        found.remove(LOGITS).unwrap(),
        found.remove(PROBABILITIES).unwrap(),
    )
}

fn check(models: &[SavedModel], logits: &[f32], temperature: f64) {
    for pixels in [PixelType::Uint8, PixelType::Float] {
        let file = to_onnx(models, "test", pixels).unwrap();
        let (found, probabilities) = run(&file);
        assert_eq!(found.len(), logits.len());
        for (found, expected) in found.iter().zip(logits) {
            assert!(
                (found - f64::from(*expected)).abs() < 1e-4,
                "{found} {expected}"
            );
        }
        let rows = probabilities
            .chunks(NUM_DIGITS)
            .zip(logits.chunks(NUM_DIGITS));
        for (row, logits) in rows {
            let temperature = model::Temperature::try_from(temperature).unwrap();
            for (found, expected) in row.iter().zip(temperature.probabilities(logits)) {
                assert!((found - expected).abs() < 1e-5, "{found} {expected}");
            }
        }
    }
}

fn cnn(convolutions: Vec<ConvolutionalConfig>, dense: Vec<usize>) -> NetworkConfig {
    NetworkConfig::Cnn(CnnConfig {
        convolutions,
        dense,
        ..CnnConfig::default()
    })
}

fn convolution(kernel: usize, padding: Padding) -> ConvolutionConfig {
    ConvolutionConfig {
        channels: 3,
        kernel,
        padding,
        ..ConvolutionConfig::default()
    }
}

/// Every kind of network, layer, activation and pooling.
fn networks() -> Vec<NetworkConfig> {
    let dense = |activation| DenseConfig {
        hidden: vec![9, 8],
        activation,
        dropout: 0.5,
        ..DenseConfig::default()
    };
    let pooled = |pool, pool_size, activation| ConvolutionConfig {
        pool,
        pool_size,
        activation,
        ..convolution(3, Padding::Valid)
    };
    let block = |channels, batch_norm, pool| ResidualConfig {
        channels,
        batch_norm,
        pool,
        activation: Activation::Gelu,
        ..ResidualConfig::default()
    };
    let normalized = ConvolutionConfig {
        batch_norm: true,
        dropout: 0.25,
        ..pooled(Pool::Average, 2, Activation::Relu)
    };
    vec![
        NetworkConfig::Linear(LinearConfig::default()),
        NetworkConfig::Dense(dense(Activation::Relu)),
        NetworkConfig::Dense(dense(Activation::Gelu)),
        NetworkConfig::Dense(dense(Activation::None)),
        cnn(
            vec![
                pooled(Pool::Max, 2, Activation::Tanh).into(),
                pooled(Pool::Average, 3, Activation::Gelu).into(),
            ],
            vec![7],
        ),
        // An even kernel has one row of zeros more below.
        cnn(vec![convolution(4, Padding::Same).into()], vec![]),
        cnn(
            vec![
                normalized.into(),
                block(3, true, Pool::Max).into(),
                block(5, false, Pool::None).into(),
                block(4, true, Pool::GlobalAverage).into(),
            ],
            vec![],
        ),
    ]
}

#[test]
fn every_network_says_the_same_as_ours() {
    for (index, network) in networks().into_iter().enumerate() {
        let model = saved(network, index as u64, 1.6);
        check(std::slice::from_ref(&model), &logits_of(&model), 1.6);
    }
}

#[test]
fn a_file_of_other_weights_is_found() {
    let networks = || networks().remove(4);
    let [model, other] = [1, 2].map(|seed| saved(networks(), seed, 1.0));
    let logits = logits_of(&model);
    let file = to_onnx(std::slice::from_ref(&model), "test", PixelType::Uint8).unwrap();
    assert!(check_onnx(&file, &pixels(), &logits).unwrap() < 1e-5);
    let wrong = to_onnx(&[other], "test", PixelType::Uint8).unwrap();
    assert!(matches!(
        check_onnx(&wrong, &pixels(), &logits),
        Err(Error::WrongExport { .. })
    ));
    // One weight that is no number, and a file that ends too soon.
    let mut model_of = Model::decode(&file[..]).unwrap();
    let weights = &mut model_of.graph.as_mut().unwrap().initializer;
    let weights = weights
        .iter_mut()
        .find(|weights| weights.dims.len() == 4)
        .unwrap();
    weights.raw_data[..4].copy_from_slice(&f32::NAN.to_le_bytes());
    assert!(check_onnx(&model_of.encode_to_vec(), &pixels(), &logits).is_err());
    assert!(check_onnx(&file[..file.len() / 2], &pixels(), &logits).is_err());
}

#[test]
fn several_answer_together_as_the_predictor_has_them() {
    let mut networks = networks();
    let models = [
        saved(networks.remove(4), 1, 0.5),
        saved(networks.remove(0), 2, 2.0),
    ];
    let one = logits_of(&models[0]).into_iter();
    let logits = one.zip(logits_of(&models[1]));
    let logits: Vec<f32> = logits
        .map(|(one, other)| one / (0.5 * 2.0) + other / (2.0 * 2.0))
        .collect();
    check(&models, &logits, 1.0);
}

#[test]
fn the_file_tells_what_it_is() {
    let model = saved(NetworkConfig::Linear(LinearConfig::default()), 1, 1.0);
    let sum = model.manifest.weights.sha256.clone();
    let bytes = to_onnx(&[model], "a name", PixelType::Uint8).unwrap();
    let file = Model::decode(&bytes[..]).unwrap();
    assert_eq!(file.opset_import[0].version, OPSET);
    let value = |key: &str| {
        let found = file.metadata_props.iter().find(|entry| entry.key == key);
        found.unwrap().value.clone()
    };
    let names = "{0: '0', 1: '1', 2: '2', 3: '3', 4: '4', 5: '5', 6: '6', 7: '7', 8: '8', 9: '9'}";
    assert_eq!(value("names"), names);
    assert_eq!(value("weights_sha256"), sum);
    assert!(value("license").contains("CC BY-SA 3.0"));
    assert!(value("input").contains("[N, 28, 28]"));
    assert_eq!(value("author"), "train 1.2.3");
    assert!(to_onnx(&[], "none", PixelType::Uint8).is_err());
}
