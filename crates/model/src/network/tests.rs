#![allow(clippy::unwrap_used)]
use super::*;
use crate::initializer::WeightDistribution;
use crate::layers::{ConvolutionConfig, ConvolutionalConfig, Pool, ResidualConfig};
use base::NUM_DIGITS;

fn problem(config: &NetworkConfig) -> String {
    config.summarize(NUM_DIGITS).unwrap_err().to_string()
}

#[test]
fn lenet_has_61706_parameters() {
    let summary = NetworkConfig::Cnn(CnnConfig::default())
        .summarize(NUM_DIGITS)
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
        convolutions: vec![layer(32).into(), last.into()],
        dense: vec![128],
        dropout: 0.5,
        ..CnnConfig::default()
    };
    let summary = NetworkConfig::Cnn(config).summarize(NUM_DIGITS).unwrap();
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
        let summary = NetworkConfig::Dense(config.clone())
            .summarize(NUM_DIGITS)
            .unwrap();
        let layers = summary.layers.into_iter();
        layers
            .map(|layer| layer.name.contains(", dropout 0.2"))
            .collect::<Vec<_>>()
    };
    assert_eq!(places(&config), [true, true, true, false]);
    config.dropout_on = DropoutOn::Last;
    assert_eq!(places(&config), [false, false, true, false]);
}

#[test]
fn softmax_regression_has_7850_parameters() {
    let linear = NetworkConfig::Linear(LinearConfig::default());
    assert_eq!(
        linear.summarize(NUM_DIGITS).unwrap().num_parameters(),
        7_850
    );
}

#[test]
fn what_makes_no_network_is_named() {
    let dense = |config| problem(&NetworkConfig::Dense(config));
    let zero = DenseConfig {
        hidden: vec![512, 0],
        ..DenseConfig::default()
    };
    assert_eq!(dense(zero), "hidden[1]: is 0, but must be at least 1");
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
    lenet.convolutions[1] = ConvolutionConfig {
        kernel: 15,
        ..ConvolutionConfig::default()
    }
    .into();
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
    assert!(
        NetworkConfig::Dense(config.clone())
            .summarize(NUM_DIGITS)
            .is_ok()
    );
    config.initializer.std = None;
    assert!(problem(&NetworkConfig::Dense(config)).contains("missing"));
}

/// A stem and three blocks, the second of which keeps its channels.
fn residual() -> CnnConfig {
    let block = |channels, pool| ResidualConfig {
        channels,
        pool,
        ..ResidualConfig::default()
    };
    CnnConfig {
        convolutions: vec![
            ConvolutionConfig::default().into(),
            block(32, Pool::Max).into(),
            block(32, Pool::None).into(),
            block(8, Pool::GlobalAverage).into(),
        ],
        dense: vec![],
        ..CnnConfig::default()
    }
}

#[test]
fn residual_blocks_have_a_shortcut_where_the_channels_change() {
    let summary = NetworkConfig::Cnn(residual())
        .summarize(NUM_DIGITS)
        .unwrap();
    let parameters: Vec<usize> = summary.layers.iter().map(|l| l.num_parameters).collect();
    let unit = |inputs: usize, outputs: usize, area: usize| inputs * outputs * area + 3 * outputs;
    let expected = [
        160,
        unit(16, 32, 9) + unit(32, 32, 9) + unit(16, 32, 1),
        2 * unit(32, 32, 9),
        unit(32, 8, 9) + unit(8, 8, 9) + unit(32, 8, 1),
        90,
    ];
    assert_eq!(parameters, expected);
    let outputs: Vec<_> = summary.layers.iter().map(|l| l.output.clone()).collect();
    let shapes = [vec![16, 26, 26], vec![32, 13, 13], vec![32, 13, 13]];
    assert_eq!(outputs[..3], shapes);
    assert_eq!(outputs[3], [8, 1, 1]);
    assert_eq!(
        summary.layers[1].name,
        "residual 3×3, batch norm, relu, max pool 2"
    );
}

fn parse(json: &str) -> Result<NetworkConfig, String> {
    serde_json::from_str(json).map_err(|error| error.to_string())
}

#[test]
fn every_kind_survives_being_written() {
    let initializer = InitializerConfig::default();
    for config in [
        NetworkConfig::Linear(LinearConfig { initializer }),
        NetworkConfig::Dense(DenseConfig {
            dropout: 0.5,
            dropout_on: DropoutOn::Last,
            ..DenseConfig::default()
        }),
        NetworkConfig::Cnn(CnnConfig::default()),
        NetworkConfig::Cnn(residual()),
    ] {
        let json = serde_json::to_string(&config).unwrap();
        assert_eq!(parse(&json).unwrap(), config);
    }
}

#[test]
fn keys_of_other_kinds_are_refused() {
    let error = parse(r#"{"kind": "dense", "convolutions": []}"#).unwrap_err();
    assert!(
        error.contains("`convolutions` is not a key of kind = \"dense\""),
        "{error}"
    );
    assert!(parse(r#"{"kind": "linear", "hidden": []}"#).is_err());
    assert!(parse(r#"{"kind": "dense", "hiden": [5]}"#).is_err());
    assert!(parse(r#"{"kind": "rnn"}"#).is_err());
    let layer = |keys: &str| {
        parse(&format!(
            r#"{{"kind": "cnn", "convolutions": [{{{keys}}}]}}"#
        ))
    };
    let padded = layer(r#""kind": "residual", "padding": "same""#).unwrap_err();
    assert!(padded.contains("`padding` is not a key"), "{padded}");
    assert!(layer(r#""kind": "residual", "stride": 2"#).is_err());
    assert_eq!(
        layer(r#""kind": "convolution", "channels": 4"#),
        layer(r#""channels": 4"#)
    );
}

#[test]
fn what_is_left_out_has_its_default() {
    let config = parse(r#"{"kind": "cnn"}"#).unwrap();
    assert_eq!(config, NetworkConfig::Cnn(CnnConfig::default()));
    let config = parse(r#"{"kind": "cnn", "convolutions": [{}, {"kind": "residual"}]}"#).unwrap();
    let NetworkConfig::Cnn(config) = config else {
        panic!("another kind");
    };
    let defaults: [ConvolutionalConfig; 2] = [
        ConvolutionConfig::default().into(),
        ResidualConfig::default().into(),
    ];
    assert_eq!(config.convolutions, defaults);
}

#[test]
fn keys_without_effect_are_not_written() {
    let json = serde_json::to_string(&NetworkConfig::Cnn(residual())).unwrap();
    for key in ["dropout_on", "padding\":\"same", "std"] {
        assert!(!json.contains(key), "{key} in {json}");
    }
    assert_eq!(json.matches("pool_size").count(), 1, "{json}");
}

/// Every key is explained, and its default said, by what is generated from the code.
#[test]
fn the_schema_explains_every_key() {
    let schema = schemars::schema_for!(NetworkConfig).to_value();
    let definitions = schema["$defs"].as_object().unwrap();
    let mut properties = definitions.values().map(|value| &value["properties"]);
    let layer = properties
        .find(|keys| keys["channels"].is_object())
        .unwrap();
    for properties in [&schema["properties"], layer] {
        let properties = properties.as_object().unwrap();
        assert!(properties.len() >= 8, "{schema:#}");
        for (key, value) in properties {
            let is_explained = value["description"].is_string();
            assert!(is_explained, "{key}: {value:#}");
        }
    }
    assert_eq!(schema["properties"]["dense"]["default"][0], 120);
    assert_eq!(
        layer["channels"]["default"],
        ConvolutionConfig::default().channels
    );
}

/// Manifests of earlier versions name every key, also those that have no effect where they stand.
#[test]
fn what_earlier_versions_wrote_is_read() {
    let layer = |channels: usize, padding: &str| {
        format!(
            r#"{{"channels": {channels}, "kernel": 5, "padding": "{padding}", "activation": "relu",
                "pool": "max", "pool_size": 2, "batch_norm": false, "dropout": 0.0}}"#
        )
    };
    let json = format!(
        r#"{{"kind": "cnn", "dense": [120, 84], "activation": "relu", "dropout": 0.0, "dropout_on": "all",
            "initializer": {{"weights": "glorot-uniform", "std": null, "bias": 0.0}},
            "convolutions": [{}, {}]}}"#,
        layer(6, "same"),
        layer(16, "valid")
    );
    assert_eq!(parse(&json).unwrap(), NetworkConfig::default());
}

#[test]
fn the_output_layer_is_as_wide_as_there_are_classes() {
    let outputs = |config: NetworkConfig, num_classes| {
        let summary = config.summarize(num_classes).unwrap();
        let last = summary.layers.last().map(|layer| layer.output.clone());
        (last.unwrap(), summary.num_parameters())
    };
    let linear = || NetworkConfig::Linear(LinearConfig::default());
    assert_eq!(outputs(linear(), 2), (vec![2], 2 * 785));
    assert_eq!(outputs(linear(), 256), (vec![256], 256 * 785));
    assert_eq!(
        outputs(NetworkConfig::default(), 47),
        (vec![47], 61_706 + 37 * 85)
    );
    for num_classes in [0, 1, 257] {
        let problem = linear().summarize(num_classes).unwrap_err().to_string();
        assert!(
            problem.ends_with(&format!("not {num_classes}")),
            "{problem}"
        );
    }
}
