//! The table of a network's layers: what each is, what it puts out, how many parameters it has. Owns the text;
//! the numbers are worked out by `layers`.

use base::with_separators;
use std::fmt;

/// One line of the table.
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
