#![allow(clippy::unwrap_used)]
use super::*;
use crate::config::{DenseConfig, LinearConfig};

fn problem(config: &NetworkConfig) -> String {
    config.summarize().unwrap_err().to_string()
}

#[test]
fn lenet_has_61706_parameters() {
    let summary = NetworkConfig::Cnn(CnnConfig::default())
        .summarize()
        .unwrap();
    assert_eq!(summary.num_parameters(), 61_706);
    let parameters: Vec<usize> = summary.layers.iter().map(|l| l.num_parameters).collect();
    assert_eq!(parameters, [156, 2_416, 48_120, 10_164, 850]);
    assert!(summary.to_string().ends_with("61,706"));
}

#[test]
fn keras_cnn_has_1199882_parameters() {
    let layer = |channels| ConvolutionConfig {
        channels,
        ..ConvolutionConfig::default()
    };
    let last = ConvolutionConfig {
        pool: Pool::Max,
        dropout: 0.25,
        ..layer(64)
    };
    let config = CnnConfig {
        convolutions: vec![layer(32), last],
        dense: vec![128],
        dropout: 0.5,
        ..CnnConfig::default()
    };
    let summary = NetworkConfig::Cnn(config).summarize().unwrap();
    assert_eq!(summary.num_parameters(), 1_199_882);
    let names: Vec<&str> = summary.layers.iter().map(|l| l.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "convolution 3×3 valid, relu",
            "convolution 3×3 valid, relu, max pool 2, dropout 0.25",
            "dense, relu, dropout 0.5",
            "dense",
        ]
    );
}

#[test]
fn dropout_is_named_where_it_is() {
    let mut config = DenseConfig {
        dropout: 0.2,
        ..DenseConfig::default()
    };
    let places = |config: &DenseConfig| {
        let summary = NetworkConfig::Dense(config.clone()).summarize().unwrap();
        let layers = summary.layers.into_iter();
        layers
            .map(|layer| layer.name.contains(", dropout 0.2"))
            .collect::<Vec<_>>()
    };
    assert_eq!(places(&config), [true, true, true, false]);
    config.dropout_on = crate::config::DropoutOn::Last;
    assert_eq!(places(&config), [false, false, true, false]);
}

#[test]
fn softmax_regression_has_7850_parameters() {
    let linear = NetworkConfig::Linear(LinearConfig::default());
    assert_eq!(linear.summarize().unwrap().num_parameters(), 7_850);
}

#[test]
fn what_makes_no_network_is_named() {
    let dense = |config| problem(&NetworkConfig::Dense(config));
    let zero = DenseConfig {
        hidden: vec![512, 0],
        ..DenseConfig::default()
    };
    assert_eq!(dense(zero), "hidden[1]: must be at least 1");
    let dropout = DenseConfig {
        dropout: 1.0,
        ..DenseConfig::default()
    };
    assert!(dense(dropout).starts_with("dropout: is 1"));
    let huge = DenseConfig {
        hidden: vec![usize::MAX],
        ..DenseConfig::default()
    };
    assert!(dense(huge).starts_with("hidden[0]: makes a layer of more than"));

    let mut lenet = CnnConfig::default();
    lenet.convolutions[1].kernel = 15;
    let message = problem(&NetworkConfig::Cnn(lenet));
    assert_eq!(
        message,
        "convolutions[1].kernel: is 15, but the layer's input is 14×14: 1 to 14"
    );
    let empty = CnnConfig {
        convolutions: vec![],
        ..CnnConfig::default()
    };
    assert!(problem(&NetworkConfig::Cnn(empty)).starts_with("convolutions: must list"));
}

#[test]
fn a_standard_deviation_is_given_exactly_where_it_is_used() {
    let mut config = DenseConfig::default();
    config.initializer.std = Some(0.1);
    assert!(problem(&NetworkConfig::Dense(config.clone())).contains("only for"));
    config.initializer.weights = WeightDistribution::TruncatedNormal;
    assert!(NetworkConfig::Dense(config.clone()).summarize().is_ok());
    config.initializer.std = None;
    assert!(problem(&NetworkConfig::Dense(config)).contains("missing"));
}

#[test]
fn numbers_are_grouped() {
    assert_eq!(with_separators(7), "7");
    assert_eq!(with_separators(61_706), "61,706");
    assert_eq!(with_separators(1_199_882), "1,199,882");
}
