#![allow(clippy::unwrap_used)]
use super::pickle::Value;
use super::*;
use crate::classifier::Classifier;
use crate::config::ClassifierConfig;
use crate::layers::{ConvolutionConfig, ResidualConfig};
use crate::network::{CnnConfig, DenseConfig, LinearConfig, NetworkConfig};
use base::NUM_DIGITS;
use burn::tensor::Device;
use std::fs;
use tempfile::TempDir;

/// `torch.save` of PyTorch 2.15 of the `state_dict` in half precision of
/// `Sequential(Conv2d(1, 2, 28, bias=False), BatchNorm2d(2), ReLU(), Flatten(), Linear(2, 10))`, where every tensor has the
/// values 0, 1/64, 2/64 … in its own order, but for the batch's.
const FOREIGN: &[u8] = include_bytes!("foreign.pt");

fn classifier(network: NetworkConfig) -> Classifier {
    let config = ClassifierConfig::from(network);
    config.init(NUM_DIGITS, 1, &Device::flex()).unwrap()
}

/// What [`FOREIGN`] has.
fn foreign_network() -> NetworkConfig {
    let convolution = ConvolutionConfig {
        channels: 2,
        kernel: 28,
        batch_norm: true,
        ..ConvolutionConfig::default()
    };
    NetworkConfig::Cnn(CnnConfig {
        convolutions: vec![convolution.into()],
        dense: vec![],
        ..CnnConfig::default()
    })
}

fn load(
    name: &str,
    bytes: &[u8],
    network: NetworkConfig,
) -> Result<(Classifier, Vec<String>), String> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    load_weights_file(&path, classifier(network)).map_err(|error| {
        let text = error.to_string();
        assert!(text.contains(name), "{text}");
        text
    })
}

fn tensor(name: &str, shape: &[usize], values: Vec<f32>) -> NamedWeights {
    NamedWeights {
        name: name.into(),
        shape: shape.to_vec(),
        values,
        is_trained: true,
    }
}

fn counted(name: &str, shape: &[usize]) -> NamedWeights {
    let count = shape.iter().product::<usize>();
    tensor(name, shape, (0..count).map(|index| index as f32).collect())
}

fn file(tensors: &[NamedWeights]) -> Vec<u8> {
    safetensors_of(tensors, &BTreeMap::new())
}

#[test]
fn what_pytorch_saved_is_read() {
    let (classifier, renamed) = load("a.pt", FOREIGN, foreign_network()).unwrap();
    assert_eq!(
        renamed,
        ["0 → convolution_1", "1 → convolution_1_norm", "4 → output"]
    );
    let tensors = classifier.tensors().unwrap();
    let values = |name: &str| {
        let found = tensors.iter().find(|tensor| tensor.name == name);
        &found.unwrap().values
    };
    assert_eq!(
        values("convolution_1/weights")[..3],
        [0.0, 1.0 / 64.0, 2.0 / 64.0]
    );
    assert_eq!(values("convolution_1/biases")[..], [0.0; 2]);
    assert_eq!(
        values("convolution_1/running_variances")[..],
        [0.0, 1.0 / 64.0]
    );
    // `[10, 2]` there: the second input of the first output is the second value.
    let output = values("output/weights");
    assert_eq!((output[10], output[1]), (1.0 / 64.0, 2.0 / 64.0));
}

#[test]
fn damaged_pytorch_files_are_refused_or_read_and_never_more() {
    for length in 0..FOREIGN.len() {
        assert!(pytorch::read(&FOREIGN[..length]).is_err());
    }
    let mut num_refused = 0;
    for place in 0..FOREIGN.len() {
        let mut bytes = FOREIGN.to_vec();
        bytes[place] ^= 0x55;
        num_refused += usize::from(pytorch::read(&bytes).is_err());
    }
    assert!(num_refused > 100, "{num_refused}");
}

/// Copies of copies, and values in values, of which a few bytes would make many.
#[test]
fn pickles_do_not_grow() {
    let deep = [b"\x80\x02)".as_slice(), &[0x85].repeat(1_000), b"."].concat();
    assert!(pickle::read(&deep).is_err_and(|problem| problem.contains("too deep")));
    let doubled = b"q\x01h\x01\x86".repeat(40);
    let doubling = [b"\x80\x02)".as_slice(), &doubled, b"."].concat();
    assert!(pickle::read(&doubling).is_err());
    let endless = [b"\x80\x02".as_slice(), &b"N".repeat(1_000_001), b"."].concat();
    assert!(pickle::read(&endless).is_err_and(|problem| problem.contains("operations")));
    // A call, which is noted and not made.
    let call = b"\x80\x02cos\nsystem\nX\x02\x00\x00\x00ls\x85R.";
    let pickle = pickle::read(call).unwrap();
    let Value::Call(name, _) = pickle.root else {
        panic!("no call");
    };
    assert_eq!(name, "os.system");
}

#[test]
fn layers_of_one_shape_are_told_apart_by_numbers_alone() {
    let network = || {
        NetworkConfig::Dense(DenseConfig {
            hidden: vec![10, 10],
            ..DenseConfig::default()
        })
    };
    let tensors = |names: [&str; 3]| {
        let [first, second, third] = names.map(|name| format!("{name}.weight"));
        file(&[
            counted(&first, &[10, 784]),
            tensor(&second, &[10, 10], vec![2.0; 100]),
            tensor(&third, &[10, 10], vec![3.0; 100]),
        ])
    };
    let (classifier, _) =
        load("a.safetensors", &tensors(["fc1", "fc2", "fc10"]), network()).unwrap();
    let all = classifier.tensors().unwrap();
    assert_eq!((all[2].values[0], all[4].values[0]), (2.0, 3.0));
    let refused = load(
        "a.safetensors",
        &tensors(["fc1", "middle", "end"]),
        network(),
    );
    let expected = "end, middle have weights of one shape, and their names do not tell which comes first: \
         call them dense_2, output";
    assert!(refused.unwrap_err().ends_with(expected));
}

#[test]
fn what_does_not_fit_is_named() {
    let linear = || NetworkConfig::Linear(LinearConfig::default());
    let weight = || counted("output.weight", &[10, 784]);
    let refused =
        |tensors: &[NamedWeights]| load("a.safetensors", &file(tensors), linear()).unwrap_err();
    load("a.safetensors", &file(&[weight()]), linear()).unwrap();
    let text = refused(&[counted("output.weight", &[784, 10])]);
    assert!(
        text.ends_with("`output.weight` is [784, 10], expected [10, 784]"),
        "{text}"
    );
    let text = refused(&[weight(), counted("extra.weight", &[2, 2])]);
    assert!(
        text.ends_with("it has `extra.weight`, which the network has not"),
        "{text}"
    );
    let text = refused(&[weight(), tensor("output.bias", &[10], vec![f32::NAN; 10])]);
    assert!(
        text.contains("`output.bias` has values that are no finite numbers"),
        "{text}"
    );
    let text = refused(&[]);
    assert!(
        text.ends_with("there are no tensors of floats in it"),
        "{text}"
    );
    let text = refused(&[
        counted("one.weight", &[10, 784]),
        counted("two.weight", &[10, 784]),
    ]);
    assert!(
        text.contains("2 of its layers have weights [10, 784], expected 1: output"),
        "{text}"
    );
}

#[test]
fn damaged_safetensors_are_refused() {
    let whole = file(&[counted("output.weight", &[10, 784])]);
    assert!(safetensors::read(&whole).is_ok());
    for length in [0, 7, 8, 40, whole.len() - 1] {
        assert!(safetensors::read(&whole[..length]).is_err(), "{length}");
    }
    let with = |header: &str| {
        let length = (header.len() as u64).to_le_bytes();
        safetensors::read(&[&length, header.as_bytes(), &[0; 8]].concat())
    };
    assert!(with(r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#).is_ok());
    for entry in [
        r#""shape":[3],"data_offsets":[0,8]"#,
        r#""shape":[2],"data_offsets":[8,16]"#,
        r#""shape":[2],"data_offsets":[8,0]"#,
        r#""shape":[4294967296,4294967296,2],"data_offsets":[0,8]"#,
        r#""shape":[-2],"data_offsets":[0,8]"#,
    ] {
        let refused = with(&format!(r#"{{"a":{{"dtype":"F32",{entry}}}}}"#));
        assert!(refused.is_err(), "{entry}");
    }
    let huge = [&u64::MAX.to_le_bytes()[..], b"{}"].concat();
    assert!(
        safetensors::read(&huge)
            .unwrap_err()
            .to_string()
            .contains("at most")
    );
}

/// Out by PyTorch's names and in again: every kind of layer keeps its weights.
#[test]
fn there_and_back_is_the_same() {
    let network = || {
        let convolution = ConvolutionConfig {
            channels: 3,
            batch_norm: true,
            ..ConvolutionConfig::default()
        };
        let block = ResidualConfig {
            channels: 4,
            ..ResidualConfig::default()
        };
        NetworkConfig::Cnn(CnnConfig {
            convolutions: vec![convolution.into(), block.into()],
            dense: vec![6],
            ..CnnConfig::default()
        })
    };
    let tensors: Vec<NamedWeights> = classifier(network())
        .tensors()
        .unwrap()
        .into_iter()
        .enumerate()
        .map(|(number, tensor)| {
            let values = (0..tensor.values.len()).map(|index| (number * 1_000 + index) as f32);
            NamedWeights {
                values: values.collect(),
                ..tensor
            }
        })
        .collect();
    let torch: Vec<NamedWeights> = tensors.iter().cloned().map(to_torch).collect();
    let names: Vec<&str> = torch.iter().map(|tensor| tensor.name.as_str()).collect();
    assert_eq!(
        names[..3],
        [
            "convolution_1.weight",
            "convolution_1.bias",
            "convolution_1_norm.weight"
        ]
    );
    assert!(
        names.contains(&"residual_1.shortcut_norm.running_var"),
        "{names:?}"
    );
    let (loaded, renamed) = load("a.safetensors", &file(&torch), network()).unwrap();
    assert!(renamed.is_empty(), "{renamed:?}");
    assert_eq!(loaded.tensors().unwrap(), tensors);
}
