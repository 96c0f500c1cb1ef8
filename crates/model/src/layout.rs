//! The shape of a network, worked out from its configuration alone: what each layer puts out, how
//! many parameters it has, and whether the layers fit together.

use crate::config::{
    CnnConfig, ConvolutionConfig, InitializerConfig, NetworkConfig, Padding, Pool,
    WeightDistribution,
};
use base::with_separators;
use base::{IMAGE_PIXELS, IMAGE_SIDE, NUM_CLASSES};
use std::fmt::{self, Write as _};

/// Most values that one image may become between two layers, and most parameters of one layer: a
/// typing error should not ask for a terabyte.
const MAX_LAYER_VALUES: usize = 1 << 28;

/// A configuration that makes no network: which key, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {problem}")]
pub struct NetworkConfigError {
    /// The key, below `[model]`, such as `convolutions[1].kernel`.
    pub key: String,
    /// What is wrong, and what is allowed.
    pub problem: String,
}

fn refuse<T>(key: impl Into<String>, problem: impl Into<String>) -> Result<T, NetworkConfigError> {
    Err(NetworkConfigError {
        key: key.into(),
        problem: problem.into(),
    })
}

/// One line of the summary table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerSummary {
    /// What the layer is, such as `convolution 5×5 same, relu`.
    pub name: String,
    /// Its output for one image: `[channels, height, width]` or `[features]`.
    pub output: Vec<usize>,
    /// Its trained parameters.
    pub num_parameters: usize,
}

/// All layers of a network, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkSummary {
    /// First to last.
    pub layers: Vec<LayerSummary>,
}

impl NetworkSummary {
    /// Trained parameters of all layers together.
    #[must_use]
    pub fn num_parameters(&self) -> usize {
        self.layers.iter().map(|layer| layer.num_parameters).sum()
    }
}

impl fmt::Display for NetworkSummary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shape = |layer: &LayerSummary| {
            let sizes: Vec<String> = layer.output.iter().map(ToString::to_string).collect();
            sizes.join("×")
        };
        let width = self
            .layers
            .iter()
            .map(|layer| layer.name.chars().count())
            .max();
        let width = width.unwrap_or(0).max("layer".len());
        writeln!(
            formatter,
            "{:width$}  {:>9}  {:>10}",
            "layer", "output", "parameters"
        )?;
        for layer in &self.layers {
            let parameters = with_separators(layer.num_parameters);
            writeln!(
                formatter,
                "{:width$}  {:>9}  {parameters:>10}",
                layer.name,
                shape(layer)
            )?;
        }
        let total = with_separators(self.num_parameters());
        write!(formatter, "{:width$}  {:>9}  {total:>10}", "total", "")
    }
}

impl NetworkConfig {
    /// Checks the configuration and works out every layer's output shape and parameters.
    ///
    /// # Errors
    ///
    /// Names the key, below `[model]`, whose value makes no network.
    pub fn summarize(&self) -> Result<NetworkSummary, NetworkConfigError> {
        let mut layers = Vec::new();
        match self {
            Self::Linear(config) => {
                check_initializer(&config.initializer)?;
                dense_layers(&mut layers, IMAGE_PIXELS, "hidden", &[], |_| String::new())?;
            }
            Self::Dense(config) => {
                check_initializer(&config.initializer)?;
                check_probability("dropout", config.dropout)?;
                let follow = followers(config.activation, config.dropout, config.dropout_on);
                dense_layers(&mut layers, IMAGE_PIXELS, "hidden", &config.hidden, follow)?;
            }
            Self::Cnn(config) => summarize_cnn(config, &mut layers)?,
        }
        Ok(NetworkSummary { layers })
    }
}

fn summarize_cnn(
    config: &CnnConfig,
    layers: &mut Vec<LayerSummary>,
) -> Result<(), NetworkConfigError> {
    check_initializer(&config.initializer)?;
    check_probability("dropout", config.dropout)?;
    if config.convolutions.is_empty() {
        return refuse(
            "convolutions",
            "must list at least one layer; for none use kind = \"dense\"",
        );
    }
    let (mut channels, mut side) = (1, IMAGE_SIDE);
    for (index, convolution) in config.convolutions.iter().enumerate() {
        let key = format!("convolutions[{index}]");
        let layer = summarize_convolution(convolution, &key, channels, side)?;
        (channels, side) = (convolution.channels, layer.output[1]);
        layers.push(layer);
    }
    let num_features = channels * side * side;
    let follow = followers(config.activation, config.dropout, config.dropout_on);
    dense_layers(layers, num_features, "dense", &config.dense, follow)
}

fn summarize_convolution(
    config: &ConvolutionConfig,
    key: &str,
    channels_in: usize,
    side_in: usize,
) -> Result<LayerSummary, NetworkConfigError> {
    check_probability(&format!("{key}.dropout"), config.dropout)?;
    if config.channels == 0 {
        return refuse(format!("{key}.channels"), "must be at least 1");
    }
    let (kernel, pool_size) = (config.kernel, config.pool_size);
    let padded = matches!(config.padding, Padding::Same);
    if kernel == 0 || kernel > side_in {
        let problem =
            format!("is {kernel}, but the layer's input is {side_in}×{side_in}: 1 to {side_in}");
        return refuse(format!("{key}.kernel"), problem);
    }
    let mut side = if padded {
        side_in
    } else {
        side_in + 1 - kernel
    };
    let mut name = format!(
        "convolution {kernel}×{kernel} {}",
        if padded { "same" } else { "valid" }
    );
    if config.batch_norm {
        name.push_str(", batch norm");
    }
    name.push_str(activation_name(config.activation));
    if config.pool != Pool::None {
        if pool_size == 0 || pool_size > side {
            let problem = format!("is {pool_size}, but the convolution's output is {side}×{side}");
            return refuse(
                format!("{key}.pool_size"),
                format!("{problem}: 1 to {side}"),
            );
        }
        side /= pool_size;
        let kind = if config.pool == Pool::Max {
            "max"
        } else {
            "average"
        };
        let _ = write!(name, ", {kind} pool {pool_size}");
    }
    name.push_str(&dropout_name(config.dropout));
    let weights = checked_product(
        &format!("{key}.channels"),
        &[channels_in, config.channels, kernel * kernel],
    )?;
    checked_product(
        &format!("{key}.channels"),
        &[config.channels, side_in, side_in],
    )?;
    let normalization = if config.batch_norm {
        2 * config.channels
    } else {
        0
    };
    Ok(LayerSummary {
        name,
        output: vec![config.channels, side, side],
        num_parameters: weights + config.channels + normalization,
    })
}

/// The hidden layers and the output layer; `follow` says what comes after a hidden layer, told
/// whether it is the last.
fn dense_layers(
    layers: &mut Vec<LayerSummary>,
    num_inputs: usize,
    key: &str,
    hidden: &[usize],
    follow: impl Fn(bool) -> String,
) -> Result<(), NetworkConfigError> {
    let mut width_in = num_inputs;
    for (index, &width) in hidden.iter().chain([&NUM_CLASSES]).enumerate() {
        let followers = if index < hidden.len() {
            follow(index + 1 == hidden.len())
        } else {
            String::new()
        };
        let key = format!("{key}[{index}]");
        if width == 0 {
            return refuse(key, "must be at least 1");
        }
        let weights = checked_product(&key, &[width_in, width])?;
        layers.push(LayerSummary {
            name: format!("dense{followers}"),
            output: vec![width],
            num_parameters: weights + width,
        });
        width_in = width;
    }
    Ok(())
}

fn checked_product(key: &str, factors: &[usize]) -> Result<usize, NetworkConfigError> {
    let product = factors
        .iter()
        .try_fold(1_usize, |product, &factor| product.checked_mul(factor));
    match product {
        Some(product) if product <= MAX_LAYER_VALUES => Ok(product),
        _ => refuse(
            key,
            format!("makes a layer of more than {MAX_LAYER_VALUES} values"),
        ),
    }
}

fn check_probability(key: &str, probability: f64) -> Result<(), NetworkConfigError> {
    if (0.0..1.0).contains(&probability) {
        return Ok(());
    }
    refuse(
        key,
        format!("is {probability}, but must be at least 0 and below 1"),
    )
}

fn check_initializer(config: &InitializerConfig) -> Result<(), NetworkConfigError> {
    let takes_std = matches!(
        config.weights,
        WeightDistribution::Normal | WeightDistribution::TruncatedNormal
    );
    match config.std {
        None if takes_std => refuse("initializer.std", "is missing: this distribution needs it"),
        Some(_) if !takes_std => refuse(
            "initializer.std",
            "is only for `normal` and `truncated-normal`",
        ),
        Some(std) if !(std.is_finite() && std > 0.0) => {
            refuse("initializer.std", format!("is {std}, but must be above 0"))
        }
        _ if !config.bias.is_finite() => refuse("initializer.bias", "must be finite"),
        _ => Ok(()),
    }
}

/// What follows a hidden dense layer, which may be the last.
fn followers(
    activation: crate::config::Activation,
    dropout: f64,
    dropout_on: crate::config::DropoutOn,
) -> impl Fn(bool) -> String {
    move |is_last| {
        let dropout = if dropout_on.follows(is_last) {
            dropout_name(dropout)
        } else {
            String::new()
        };
        activation_name(activation).to_string() + &dropout
    }
}

fn dropout_name(dropout: f64) -> String {
    if dropout > 0.0 {
        format!(", dropout {dropout}")
    } else {
        String::new()
    }
}

fn activation_name(activation: crate::config::Activation) -> &'static str {
    use crate::config::Activation::{Gelu, None, Relu, Tanh};
    match activation {
        Relu => ", relu",
        Gelu => ", gelu",
        Tanh => ", tanh",
        None => "",
    }
}

#[cfg(test)]
mod tests;
