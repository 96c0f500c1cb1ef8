//! Saving and loading: what comes back is what was saved, and nothing damaged is ever accepted.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use base::IMAGE_PIXELS;
use base::files::{Existing, write_sealed};
use burn::module::{Module as _, ModuleMapper, Param};
use burn::tensor::{Device, Tensor, TensorData};
use model::{
    ArtifactError, Classifier, ClassifierConfig, CnnConfig, ConvolutionConfig, DatasetProvenance,
    InputConfig, MANIFEST_FILE, MODEL_FOLDER, ModelDescription, NetworkConfig, Outputs, Pool,
    ProgramProvenance, SavedMetrics, Temperature, Views, WEIGHTS_FILE, load_manifest, load_model,
    predict, predict_logits, save_model,
};
use std::fs;
use std::path::{Path, PathBuf};

fn lenet() -> ClassifierConfig {
    let mut cnn = CnnConfig::default();
    cnn.convolutions[1] = ConvolutionConfig {
        channels: 16,
        kernel: 5,
        pool: Pool::Max,
        batch_norm: true,
        ..ConvolutionConfig::default()
    }
    .into();
    ClassifierConfig {
        input: InputConfig {
            mean: 0.13,
            std: 0.31,
        },
        network: NetworkConfig::Cnn(cnn),
        pairs: false,
    }
}

fn description() -> ModelDescription {
    ModelDescription {
        classifier: lenet(),
        class_names: (0..10).map(|digit| digit.to_string()).collect(),
        dataset: DatasetProvenance {
            name: "noise".into(),
            sha256: "00".into(),
            origin: "a test".into(),
            stands_in_for: None,
        },
        seed: 5,
        program: ProgramProvenance {
            name: "test".into(),
            version: "0".into(),
            git_commit: None,
        },
        metrics: SavedMetrics::default(),
        temperature: Temperature::try_from(1.25).ok(),
        views: Views::One,
        cut_short: None,
        based_on: None,
    }
}

fn pixels() -> Vec<u8> {
    (0..7 * IMAGE_PIXELS)
        .map(|index| (index * 37 % 256) as u8)
        .collect()
}

fn saved() -> (tempfile::TempDir, Classifier) {
    let folder = tempfile::tempdir().unwrap();
    let classifier = lenet().init(10, 5, &Device::flex()).unwrap();
    save_model(folder.path(), &classifier, description()).unwrap();
    (folder, classifier)
}

fn file(folder: &Path, name: &str) -> PathBuf {
    folder.join(MODEL_FOLDER).join(name)
}

/// Changes the manifest, and seals the folder again.
fn edit_manifest(folder: &Path, change: impl Fn(&mut serde_json::Value)) {
    let bytes = fs::read(file(folder, MANIFEST_FILE)).unwrap();
    let mut value = serde_json::from_slice(&bytes).unwrap();
    change(&mut value);
    let manifest = serde_json::to_vec(&value).unwrap();
    let weights = fs::read(file(folder, WEIGHTS_FILE)).unwrap();
    let files: [(&str, &[u8]); 2] = [(WEIGHTS_FILE, &weights), (MANIFEST_FILE, &manifest)];
    write_sealed(&folder.join(MODEL_FOLDER), &files, Existing::Replace).unwrap();
}

fn load_error(folder: &Path) -> ArtifactError {
    load_model(folder, &Device::flex()).expect_err("a damaged model was loaded")
}

#[test]
fn what_comes_back_predicts_the_same() {
    let (folder, classifier) = saved();
    let device = Device::flex();
    let loaded = load_model(folder.path(), &device).unwrap();
    let expected = predict_logits(&classifier, &pixels(), 3, Views::One, &device).unwrap();
    let found = predict_logits(&loaded.classifier, &pixels(), 3, Views::One, &device).unwrap();
    assert_eq!(expected, found);
    assert_eq!(loaded.manifest.classifier, lenet());
    // LeNet and 16 scales and shifts; batch normalisation's 32 running figures are no parameters
    // that are trained, but they are saved.
    assert!(loaded.manifest.weights.num_parameters >= 61_706 + 32);
}

#[test]
fn what_reads_pairs_comes_back_with_them_or_without() {
    let (folder, device) = (tempfile::tempdir().unwrap(), Device::flex());
    let config = ClassifierConfig {
        pairs: true,
        ..lenet()
    };
    let classifier = config.init(10, 5, &device).unwrap();
    let description = ModelDescription {
        classifier: config,
        ..description()
    };
    save_model(folder.path(), &classifier, description).unwrap();
    let outputs = |classifier: &Classifier, outputs| {
        predict(classifier, outputs, &pixels(), 3, Views::Three, &device).unwrap()
    };
    let loaded = load_model(folder.path(), &device).unwrap();
    let all = outputs(&loaded.classifier, Outputs::All);
    assert_eq!(all.len(), 7 * 110);
    assert_eq!(all, outputs(&classifier, Outputs::All));
    let digits = outputs(&loaded.classifier, Outputs::Classes);
    let num_parameters = loaded.manifest.weights.num_parameters;
    let without = loaded.without_pairs();
    assert_eq!(outputs(&without.classifier, Outputs::All), digits);
    let found = &without.manifest;
    assert_eq!(num_parameters - found.weights.num_parameters, 85 * 100);
    assert_eq!(found.summarize().unwrap(), lenet().summarize(10).unwrap());
    // Pairs are of ten digits.
    edit_manifest(folder.path(), |value| {
        value["class_names"] = ["a", "b", "c"].as_slice().into();
    });
    let error = load_error(folder.path()).to_string();
    assert!(error.contains("pairs are of 10 digits"), "{error}");
}

#[test]
fn manifests_of_version_1_have_no_temperature() {
    let (folder, _) = saved();
    let manifest = load_manifest(folder.path()).unwrap();
    assert_eq!(manifest.temperature.map(f64::from), Some(1.25));
    edit_manifest(folder.path(), |value| {
        value["format_version"] = 1.into();
        value.as_object_mut().unwrap().remove("temperature");
    });
    fs::remove_file(file(folder.path(), "seal.txt")).unwrap();
    assert_eq!(load_manifest(folder.path()).unwrap().temperature, None);
    load_model(folder.path(), &Device::flex()).unwrap();
    edit_manifest(folder.path(), |value| value["temperature"] = 0.0.into());
    assert!(
        load_error(folder.path())
            .to_string()
            .contains("expected a finite number above 0, found 0")
    );
}

#[test]
fn saving_again_replaces_and_leaves_nothing_else() {
    let (folder, _) = saved();
    let other = lenet().init(10, 6, &Device::flex()).unwrap();
    let manifest = save_model(folder.path(), &other, description()).unwrap();
    assert_eq!(load_manifest(folder.path()).unwrap(), manifest);
    let names: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, [MODEL_FOLDER]);
}

/// A program that was killed between setting the old model aside and putting the new one in its place.
#[test]
fn a_model_that_was_set_aside_is_still_found() {
    let (folder, _) = saved();
    let model = folder.path().join(MODEL_FOLDER);
    fs::rename(&model, base::files::former_folder(&model)).unwrap();
    load_model(folder.path(), &Device::flex()).unwrap();
    let other = lenet().init(10, 6, &Device::flex()).unwrap();
    let manifest = save_model(folder.path(), &other, description()).unwrap();
    assert_eq!(load_manifest(folder.path()).unwrap(), manifest);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn one_flipped_byte_in_the_weights_is_found() {
    let (folder, _) = saved();
    let path = file(folder.path(), WEIGHTS_FILE);
    let original = fs::read(&path).unwrap();
    for position in [0, 9, original.len() / 2, original.len() - 1] {
        let mut bytes = original.clone();
        bytes[position] ^= 1;
        fs::write(&path, bytes).unwrap();
        let error = load_error(folder.path());
        assert!(matches!(error, ArtifactError::Checksum { .. }), "{error}");
        assert!(error.to_string().contains(WEIGHTS_FILE));
    }
}

/// Of the manifest every byte counts, as of the weights.
#[test]
fn every_flipped_byte_of_the_manifest_is_found() {
    let (folder, _) = saved();
    for name in [MANIFEST_FILE, "seal.txt"] {
        let path = file(folder.path(), name);
        let original = fs::read(&path).unwrap();
        for position in 0..original.len() {
            let mut bytes = original.clone();
            bytes[position] ^= 4;
            fs::write(&path, bytes).unwrap();
            let error = load_manifest(folder.path()).unwrap_err();
            assert!(matches!(error, ArtifactError::Damaged(_)), "{error}");
        }
        fs::write(&path, original).unwrap();
    }
    load_model(folder.path(), &Device::flex()).unwrap();
}

#[test]
fn weights_that_are_no_numbers_are_not_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let classifier = lenet().init(10, 5, &Device::flex()).unwrap();
    let classifier = classifier.map(&mut Spoil);
    save_model(folder.path(), &classifier, description()).unwrap();
    let error = load_error(folder.path());
    assert!(matches!(error, ArtifactError::NotFinite { .. }), "{error}");
}

/// Makes the last number of every parameter infinite.
struct Spoil;

impl ModuleMapper for Spoil {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        param.map(|value| {
            let shape = value.dims();
            let mut values: Vec<f32> = value.try_to_vec_as().unwrap();
            *values.last_mut().unwrap() = f32::INFINITY;
            Tensor::from_data(TensorData::new(values, shape), &Device::flex())
        })
    }
}

#[test]
fn a_pipe_in_the_place_of_a_file_is_not_waited_for() {
    let (folder, _) = saved();
    let weights = file(folder.path(), WEIGHTS_FILE);
    fs::remove_file(&weights).unwrap();
    fs::create_dir(&weights).unwrap();
    let error = load_error(folder.path()).to_string();
    assert!(error.contains("no ordinary file"), "{error}");
}

#[test]
fn cut_off_or_missing_files_are_errors() {
    let (folder, _) = saved();
    let weights = file(folder.path(), WEIGHTS_FILE);
    fs::write(&weights, &fs::read(&weights).unwrap()[..100]).unwrap();
    assert!(matches!(
        load_error(folder.path()),
        ArtifactError::Checksum { .. }
    ));
    fs::remove_file(&weights).unwrap();
    assert!(matches!(
        load_error(folder.path()),
        ArtifactError::Io { .. }
    ));

    let manifest = file(folder.path(), MANIFEST_FILE);
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, &text[..text.len() / 2]).unwrap();
    assert!(load_error(folder.path()).to_string().contains("damaged"));
    fs::remove_file(file(folder.path(), "seal.txt")).unwrap();
    assert!(load_error(folder.path()).to_string().contains("not JSON"));
    fs::write(&manifest, &text).unwrap();
    let error = load_error(folder.path()).to_string();
    assert!(error.contains("seal.txt is missing"), "{error}");
    fs::remove_file(&manifest).unwrap();
    let error = load_error(folder.path());
    assert!(matches!(error, ArtifactError::NotFound { .. }));
    assert!(error.hint().is_some());
}

#[test]
fn a_manifest_that_lies_is_an_error() {
    let (folder, _) = saved();
    edit_manifest(folder.path(), |value| value["format_version"] = 99.into());
    assert!(
        load_error(folder.path())
            .to_string()
            .contains("expected 1 to 3, found 99")
    );

    let (folder, _) = saved();
    edit_manifest(folder.path(), |value| {
        value["class_names"] = vec!["only"].into();
    });
    assert!(
        load_error(folder.path())
            .to_string()
            .contains("expected 2 to 256 names, found 1")
    );

    // More names than the network has outputs.
    let (folder, _) = saved();
    edit_manifest(folder.path(), |value| {
        let names: Vec<String> = (0..11).map(|class| class.to_string()).collect();
        value["class_names"] = names.into();
    });
    assert!(matches!(
        load_error(folder.path()),
        ArtifactError::Mismatch { .. }
    ));

    let (folder, _) = saved();
    edit_manifest(folder.path(), |value| {
        value["classifier"]["network"]["dense"][0] = 121.into();
    });
    assert!(matches!(
        load_error(folder.path()),
        ArtifactError::Mismatch { .. }
    ));

    let (folder, _) = saved();
    edit_manifest(folder.path(), |value| {
        value["classifier"]["network"]["dense"][0] = u64::MAX.into();
    });
    assert!(matches!(
        load_error(folder.path()),
        ArtifactError::Manifest { .. }
    ));

    let (folder, _) = saved();
    edit_manifest(folder.path(), |value| {
        value["metrics"]["test"] = serde_json::json!({ "accuracy": 1.5, "loss": 0.1 });
    });
    let error = load_error(folder.path()).to_string();
    assert!(error.contains("an accuracy is not of 0 to 1"), "{error}");

    // A network of two gigabytes, of which nothing is made.
    let (folder, _) = saved();
    edit_manifest(folder.path(), |value| {
        value["classifier"]["network"]["dense"] = vec![16_384, 16_384, 16_384].into();
    });
    let error = load_error(folder.path()).to_string();
    assert!(error.contains("parameters are not in"), "{error}");

    // Weights that have the right sum but are no weights.
    let (folder, _) = saved();
    let junk = vec![7_u8; 4096];
    fs::write(file(folder.path(), WEIGHTS_FILE), &junk).unwrap();
    let digest = <sha2::Sha256 as sha2::Digest>::digest(&junk);
    let sum = digest
        .iter()
        .fold(String::new(), |sum, byte| sum + &format!("{byte:02x}"));
    edit_manifest(folder.path(), |value| {
        value["weights"]["sha256"] = sum.clone().into();
    });
    assert!(matches!(
        load_error(folder.path()),
        ArtifactError::Mismatch { .. }
    ));
}
