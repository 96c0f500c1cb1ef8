//! How a [`NetworkConfig`] is written: one flat table whose `kind` says which keys it may have. (A
//! tagged enumeration of serde's would lose the line and column of an error.)

use crate::config::{
    Activation, CnnConfig, ConvolutionConfig, DenseConfig, DropoutOn, InitializerConfig,
    LinearConfig, NetworkConfig,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Every key of every kind.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NetworkFields {
    kind: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    hidden: Option<Vec<usize>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dense: Option<Vec<usize>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    activation: Option<Activation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dropout: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dropout_on: Option<DropoutOn>,
    #[serde(default)]
    initializer: InitializerConfig,
    #[serde(skip_serializing_if = "Option::is_none")]
    convolutions: Option<Vec<ConvolutionConfig>>,
}

#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Linear,
    Dense,
    Cnn,
}

impl NetworkFields {
    /// The first of these keys that is there but that this kind does not have.
    fn refuse(&self, kind: &str, keys: &[&str]) -> Result<(), String> {
        let present = [
            ("hidden", self.hidden.is_some()),
            ("dense", self.dense.is_some()),
            ("activation", self.activation.is_some()),
            ("dropout", self.dropout.is_some()),
            ("dropout_on", self.dropout_on.is_some()),
            ("convolutions", self.convolutions.is_some()),
        ];
        match present
            .iter()
            .find(|(key, is_present)| *is_present && keys.contains(key))
        {
            Some((key, _)) => Err(format!("`{key}` is not a key of kind = \"{kind}\"")),
            None => Ok(()),
        }
    }
}

impl TryFrom<NetworkFields> for NetworkConfig {
    type Error = String;

    fn try_from(fields: NetworkFields) -> Result<Self, String> {
        match fields.kind {
            Kind::Linear => {
                let others = [
                    "hidden",
                    "dense",
                    "activation",
                    "dropout",
                    "dropout_on",
                    "convolutions",
                ];
                fields.refuse("linear", &others)?;
                Ok(Self::Linear(LinearConfig {
                    initializer: fields.initializer,
                }))
            }
            Kind::Dense => {
                fields.refuse("dense", &["dense", "convolutions"])?;
                let default = DenseConfig::default();
                Ok(Self::Dense(DenseConfig {
                    hidden: fields.hidden.unwrap_or(default.hidden),
                    activation: fields.activation.unwrap_or(default.activation),
                    dropout: fields.dropout.unwrap_or(default.dropout),
                    dropout_on: fields.dropout_on.unwrap_or(default.dropout_on),
                    initializer: fields.initializer,
                }))
            }
            Kind::Cnn => {
                fields.refuse("cnn", &["hidden"])?;
                let default = CnnConfig::default();
                Ok(Self::Cnn(CnnConfig {
                    convolutions: fields.convolutions.unwrap_or(default.convolutions),
                    dense: fields.dense.unwrap_or(default.dense),
                    activation: fields.activation.unwrap_or(default.activation),
                    dropout: fields.dropout.unwrap_or(default.dropout),
                    dropout_on: fields.dropout_on.unwrap_or(default.dropout_on),
                    initializer: fields.initializer,
                }))
            }
        }
    }
}

impl From<NetworkConfig> for NetworkFields {
    fn from(config: NetworkConfig) -> Self {
        let blank = |kind, initializer| Self {
            kind,
            hidden: None,
            dense: None,
            activation: None,
            dropout: None,
            dropout_on: None,
            initializer,
            convolutions: None,
        };
        match config {
            NetworkConfig::Linear(config) => blank(Kind::Linear, config.initializer),
            NetworkConfig::Dense(config) => Self {
                hidden: Some(config.hidden),
                activation: Some(config.activation),
                dropout: Some(config.dropout),
                dropout_on: Some(config.dropout_on),
                ..blank(Kind::Dense, config.initializer)
            },
            NetworkConfig::Cnn(config) => Self {
                convolutions: Some(config.convolutions),
                dense: Some(config.dense),
                activation: Some(config.activation),
                dropout: Some(config.dropout),
                dropout_on: Some(config.dropout_on),
                ..blank(Kind::Cnn, config.initializer)
            },
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

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
                ..DenseConfig::default()
            }),
            NetworkConfig::Cnn(CnnConfig::default()),
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
    }

    #[test]
    fn what_is_left_out_has_its_default() {
        let config = parse(r#"{"kind": "cnn"}"#).unwrap();
        assert_eq!(config, NetworkConfig::Cnn(CnnConfig::default()));
    }
}
