#![allow(clippy::unwrap_used)]
use super::*;
use crate::initializer::{InitializerConfig, WeightDistribution};
use crate::layers::{ConvolutionConfig, Pool, ResidualConfig};
use crate::network::{CnnConfig, DenseConfig, LinearConfig, NetworkConfig};
use base::{IMAGE_PIXELS, NUM_DIGITS};
use burn::tensor::TensorData;
use sha2::{Digest as _, Sha256};

fn classifier(network: NetworkConfig) -> Classifier {
    let config = ClassifierConfig::from(network);
    config.init(NUM_DIGITS, 1, &Device::flex()).unwrap()
}

fn names_and_shapes(network: NetworkConfig) -> Vec<(String, Vec<usize>)> {
    let num_parameters = network.summarize(NUM_DIGITS).unwrap().num_parameters();
    let list = classifier(network).weights().unwrap();
    let num_values: usize = list.iter().map(|weights| weights.values.len()).sum();
    assert_eq!(num_values, num_parameters);
    for weights in &list {
        assert_eq!(
            weights.values.len(),
            weights.shape.iter().product::<usize>()
        );
    }
    list.into_iter()
        .map(|weights| (weights.name, weights.shape))
        .collect()
}

#[test]
fn every_layer_has_its_name_and_shape() {
    let lenet = names_and_shapes(NetworkConfig::default());
    let expected = [
        ("convolution_1/weights", vec![6, 1, 5, 5]),
        ("convolution_1/biases", vec![6]),
        ("convolution_2/weights", vec![16, 6, 5, 5]),
        ("convolution_2/biases", vec![16]),
        ("dense_1/weights", vec![400, 120]),
        ("dense_1/biases", vec![120]),
        ("dense_2/weights", vec![120, 84]),
        ("dense_2/biases", vec![84]),
        ("output/weights", vec![84, 10]),
        ("output/biases", vec![10]),
    ];
    assert_eq!(
        lenet,
        expected.map(|(name, shape)| (name.to_string(), shape))
    );
    let linear = names_and_shapes(NetworkConfig::Linear(LinearConfig::default()));
    assert_eq!(linear[0], ("output/weights".to_string(), vec![784, 10]));
}

#[test]
fn pairs_stand_behind_the_classes_and_can_be_taken_away() {
    let device = Device::flex();
    let config = ClassifierConfig {
        pairs: true,
        ..NetworkConfig::default().into()
    };
    let classifier = config.init(NUM_DIGITS, 1, &device).unwrap();
    let summary = config.summarize(NUM_DIGITS).unwrap();
    assert_eq!(summary.num_parameters(), 61_706 + 85 * 100);
    let values: Vec<f32> = (0..2 * IMAGE_PIXELS)
        .map(|index| (index % 256) as f32)
        .collect();
    let images_np = Tensor::from_data(TensorData::new(values, [2, IMAGE_PIXELS]), &device);
    let read = |logits: Tensor<2>| -> Vec<f32> { logits.try_to_vec_as().unwrap() };
    let outputs = read(classifier.outputs(images_np.clone()));
    assert_eq!(outputs.len(), 2 * 110);
    let of_classes = [&outputs[..10], &outputs[110..120]].concat();
    assert_eq!(read(classifier.forward(images_np.clone())), of_classes);
    let without = classifier.without_pairs();
    assert!(!without.reads_pairs());
    assert_eq!(read(without.outputs(images_np)), of_classes);
    let tensors = without.tensors().unwrap();
    assert_eq!(tensors[8].shape, [84, 10]);
    assert_eq!(tensors[9].shape, [10]);
}

#[test]
fn the_first_layer_is_a_picture_a_unit() {
    let lenet = classifier(NetworkConfig::default());
    let pictures = lenet.first_layer_pictures().unwrap();
    assert_eq!(pictures.shape, [6, 5, 5]);
    assert_eq!(pictures.values, lenet.weights().unwrap()[0].values);

    let dense = classifier(NetworkConfig::Dense(DenseConfig {
        hidden: vec![3],
        ..DenseConfig::default()
    }));
    let pictures = dense.first_layer_pictures().unwrap();
    assert_eq!(pictures.shape, [3, 28, 28]);
    let weights = &dense.weights().unwrap()[0].values;
    // Pixel 30 of the third unit.
    assert_eq!(
        pictures.values[2 * 784 + 30].to_bits(),
        weights[30 * 3 + 2].to_bits()
    );
}

/// All kinds of layers: a convolution and two blocks with batch normalisation, dropout, a dense layer.
fn blocks() -> NetworkConfig {
    let block = |channels, pool| ResidualConfig {
        channels,
        pool,
        ..ResidualConfig::default()
    };
    let stem = ConvolutionConfig {
        channels: 4,
        batch_norm: true,
        pool: Pool::Max,
        ..ConvolutionConfig::default()
    };
    NetworkConfig::Cnn(CnnConfig {
        convolutions: vec![
            stem.into(),
            block(4, Pool::Average).into(),
            block(6, Pool::GlobalAverage).into(),
        ],
        dense: vec![8],
        ..CnnConfig::default()
    })
}

fn batch(device: &Device) -> Tensor<2> {
    let pixels: Vec<f32> = (0..8 * IMAGE_PIXELS as u32)
        .map(|index| (index.wrapping_mul(2_654_435_761) >> 24) as f32)
        .collect();
    Tensor::from_data(TensorData::new(pixels, [8, IMAGE_PIXELS]), device)
}

fn numbers(logits: &Tensor<2>) -> Vec<f32> {
    logits.clone().try_into_vec_as().unwrap()
}

const FIRST_STEP: TrainingContext = TrainingContext { seed: 1, step: 0 };

#[test]
fn blocks_and_batch_normalisation_have_names() {
    let names: Vec<String> = names_and_shapes(blocks())
        .into_iter()
        .map(|n| n.0)
        .collect();
    assert_eq!(names[2], "convolution_1/scales");
    assert_eq!(names[4], "residual_1/first/weights");
    assert!(names.contains(&"residual_2/shortcut/shifts".to_string()));
    let all = classifier(blocks()).tensors().unwrap();
    assert_eq!(all[4].name, "convolution_1/running_means");
    assert_eq!(all.iter().filter(|tensor| !tensor.is_trained).count(), 12);
}

/// What saved models name their tensors: whoever changes a name here makes old models unreadable.
#[test]
fn saved_models_keep_the_names_of_their_tensors() {
    #[derive(Default)]
    struct Names {
        path: Vec<String>,
        found: Vec<String>,
    }
    impl burn::module::ModuleVisitor for Names {
        fn enter_module(&mut self, name: &str, _: &str) {
            self.path.push(name.to_string());
        }
        fn exit_module(&mut self, _: &str, _: &str) {
            self.path.pop();
        }
        fn visit_float<const D: usize>(&mut self, _: &burn::module::Param<Tensor<D>>) {
            self.found.push(self.path.join("."));
        }
    }
    let names = |network| {
        let mut names = Names::default();
        classifier(network).visit(&mut names);
        names.found
    };
    let linear = names(NetworkConfig::Linear(LinearConfig::default()));
    assert_eq!(
        linear,
        ["network.Dense.output.weight", "network.Dense.output.bias"]
    );
    let dense = names(NetworkConfig::Dense(DenseConfig::default()));
    assert_eq!(dense[2], "network.Dense.hidden.1.weight");
    let found = names(blocks());
    let convolution = "network.Cnn.convolutions.0.";
    let expected = [
        "convolution.weight",
        "convolution.bias",
        "batch_norm.gamma",
        "batch_norm.beta",
        "batch_norm.running_mean",
        "batch_norm.running_var",
    ];
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(*found, format!("{convolution}{expected}"));
    }
    let shortcut = "network.Cnn.convolutions.2.shortcut.convolution.weight";
    assert!(found.contains(&shortcut.to_string()), "{found:?}");
    let last = [
        "network.Cnn.dense.hidden.0.weight",
        "network.Cnn.dense.hidden.0.bias",
        "network.Cnn.dense.output.weight",
        "network.Cnn.dense.output.bias",
    ];
    assert_eq!(found[found.len() - 4..], last);
}

#[test]
fn a_clone_does_not_follow_the_training_of_the_original() {
    let device = Device::flex().autodiff();
    let config = ClassifierConfig::from(blocks());
    let original = config.init(NUM_DIGITS, 1, &device).unwrap();
    let kept = original.clone();
    let valid = original.valid();
    let before = numbers(&kept.forward(batch(&device)));
    let trained = original.forward_training(batch(&device), FIRST_STEP);
    assert_eq!(numbers(&kept.forward(batch(&device))), before);
    let plain = numbers(&valid.forward(batch(&Device::flex())));
    assert_eq!(
        plain,
        numbers(&valid.clone().valid().forward(batch(&Device::flex())))
    );
    assert_ne!(numbers(&trained), before);
    assert_ne!(numbers(&original.forward(batch(&device))), before);
}

/// With the running statistics of one batch, the folded network in use is the network in training on that batch.
#[test]
fn batch_normalisation_in_use_is_that_of_training() {
    let device = Device::flex().autodiff();
    let config = ClassifierConfig::from(blocks());
    let classifier = config.init(NUM_DIGITS, 1, &device).unwrap();
    let mut trained = Vec::new();
    for _ in 0..200 {
        trained = numbers(&classifier.forward_training(batch(&device), FIRST_STEP));
    }
    let used = numbers(&classifier.valid().forward(batch(&Device::flex())));
    for (trained, used) in trained.iter().zip(&used) {
        assert!((trained - used).abs() < 0.02, "{used} instead of {trained}");
    }
}

/// Steps that change the last layer alone see the layers before it as they are when used, and leave them so.
#[test]
fn layers_that_are_kept_are_those_in_use() {
    let device = Device::flex().autodiff();
    let config = ClassifierConfig::from(blocks());
    let classifier = config.init(NUM_DIGITS, 1, &device).unwrap();
    let _ = classifier.forward_training(batch(&device), FIRST_STEP);
    let before = classifier.tensors().unwrap();
    let used = numbers(&classifier.clone().valid().forward(batch(&Device::flex())));
    let kept = classifier.clone().train_last(1);
    let trained = numbers(&kept.forward_training(batch(&device), FIRST_STEP));
    for (trained, used) in trained.iter().zip(&used) {
        assert!((trained - used).abs() < 1e-4, "{trained} instead of {used}");
    }
    assert_eq!(kept.tensors().unwrap(), before);
    // Unlike those of a classifier of which all layers are trained.
    let _ = classifier.forward_training(batch(&device), FIRST_STEP);
    assert_ne!(classifier.tensors().unwrap(), before);
}

#[test]
fn dropout_is_a_function_of_the_step_and_off_in_use() {
    let device = Device::flex().autodiff();
    let config = ClassifierConfig::from(NetworkConfig::Dense(DenseConfig {
        dropout: 0.5,
        ..DenseConfig::default()
    }));
    let classifier = config.init(NUM_DIGITS, 1, &device).unwrap();
    let step = |step| {
        let context = TrainingContext { seed: 7, step };
        numbers(&classifier.forward_training(batch(&device), context))
    };
    assert_eq!(step(3), step(3));
    assert_ne!(step(3), step(4));
    let used = numbers(&classifier.forward(batch(&device)));
    assert_eq!(used, numbers(&classifier.forward(batch(&device))));
    assert_ne!(used, step(3));
}

/// The same seed and recipe give the same bytes of weights as they ever did.
#[test]
fn first_weights_are_those_of_earlier_versions() {
    let sum = |network| {
        let config = ClassifierConfig::from(network);
        let classifier = config.init(NUM_DIGITS, 7, &Device::flex()).unwrap();
        let bytes = classifier.into_record().into_bytes().unwrap();
        base::hexadecimal(&Sha256::digest(&bytes[..]))[..16].to_string()
    };
    let normalized = ConvolutionConfig {
        channels: 5,
        batch_norm: true,
        pool: Pool::Max,
        ..ConvolutionConfig::default()
    };
    let normalized = CnnConfig {
        convolutions: vec![normalized.clone().into(), normalized.into()],
        dense: vec![30],
        initializer: InitializerConfig {
            weights: WeightDistribution::HeNormal,
            ..InitializerConfig::default()
        },
        ..CnnConfig::default()
    };
    for (network, expected) in [
        (
            NetworkConfig::Linear(LinearConfig::default()),
            "0519e60334f2efd7",
        ),
        (
            NetworkConfig::Dense(DenseConfig::default()),
            "20ea751f3bed9914",
        ),
        (NetworkConfig::default(), "48687f997f9bcc93"),
        (NetworkConfig::Cnn(normalized), "7af1ab2b3622ce62"),
    ] {
        assert_eq!(sum(network.clone()), expected, "{network:?}");
    }
}
