//! Runs a graph as ONNX's operators are written down (<https://onnx.ai/onnx/operators>): plain loops in double precision,
//! for a few images. What holds an exported file against programs of others is `scripts/check_export.py`.

use super::messages::{Graph, Node, Tensor};
use base::IMAGE_SIDE;
use std::collections::HashMap;

struct Value {
    shape: Vec<usize>,
    values: Vec<f64>,
}

impl Value {
    fn new(shape: Vec<usize>, values: Vec<f64>) -> Result<Self, String> {
        if shape.iter().product::<usize>() == values.len() {
            return Ok(Self { shape, values });
        }
        Err(format!("{} values of shape {shape:?}", values.len()))
    }

    /// The shape, which must have so many axes.
    fn sizes<const N: usize>(&self) -> Result<[usize; N], String> {
        let shape = self.shape.as_slice();
        shape
            .try_into()
            .map_err(|_| format!("{N} axes expected, found {shape:?}"))
    }
}

/// All values of the graph by name, for so many images of pixels; or what in it is not understood.
pub(super) fn run(
    graph: &Graph,
    num_images: usize,
    pixels: Vec<f64>,
) -> Result<HashMap<String, Vec<f64>>, String> {
    let mut all: HashMap<String, Value> = HashMap::new();
    for constant in &graph.initializer {
        all.insert(constant.name.clone(), of_constant(constant)?);
    }
    let input = graph.input.first().ok_or("a graph without input")?;
    let shape = vec![num_images, IMAGE_SIDE, IMAGE_SIDE];
    let pixels = Value::new(shape, pixels)?;
    all.insert(input.name.clone(), pixels);
    for node in &graph.node {
        let find = |name: &String| all.get(name).ok_or(format!("nothing is called {name}"));
        let inputs: Vec<&Value> = node.input.iter().map(find).collect::<Result<_, _>>()?;
        let output = operation(node, &inputs).map_err(|wrong| format!("{}: {wrong}", node.name))?;
        let name = node.output.first().ok_or("a node without output")?;
        if all.insert(name.clone(), output).is_some() {
            return Err(format!("{name} is there twice"));
        }
    }
    let values = all.into_iter().map(|(name, value)| (name, value.values));
    Ok(values.collect())
}

fn of_constant(constant: &Tensor) -> Result<Value, String> {
    let bytes = &constant.raw_data;
    let values = match constant.data_type {
        Tensor::FLOAT => {
            let (numbers, _) = bytes.as_chunks();
            numbers
                .iter()
                .map(|number| f64::from(f32::from_le_bytes(*number)))
                .collect()
        }
        Tensor::INT64 => {
            let (numbers, _) = bytes.as_chunks();
            numbers
                .iter()
                .map(|number| i64::from_le_bytes(*number) as f64)
                .collect()
        }
        other => return Err(format!("a constant of type {other}")),
    };
    let shape = constant.dims.iter().map(|&size| size as usize).collect();
    Value::new(shape, values)
}

fn ints<const N: usize>(node: &Node, name: &str) -> Result<[usize; N], String> {
    let mut attributes = node.attribute.iter();
    let found = attributes.find(|attribute| attribute.name == name);
    let ints = found.map_or(&[][..], |attribute| &attribute.ints);
    let ints: Vec<usize> = ints.iter().map(|&value| value as usize).collect();
    ints.try_into()
        .map_err(|_| format!("{name} has not {N} numbers"))
}

fn operation(node: &Node, inputs: &[&Value]) -> Result<Value, String> {
    let input = |index: usize| {
        let found = inputs.get(index).copied();
        found.ok_or(format!("input {index} is missing"))
    };
    let x = input(0)?;
    let reshaped = |shape: Vec<usize>| Value::new(shape, x.values.clone());
    let map = |change: fn(f64) -> f64| {
        let values = x.values.iter().map(|&value| change(value));
        Value::new(x.shape.clone(), values.collect())
    };
    match node.op_type.as_str() {
        "Cast" | "Identity" => map(|value| value),
        "Relu" => map(|value| value.max(0.0)),
        "Tanh" => map(f64::tanh),
        "Erf" => map(erf),
        "Mul" => pairs(x, input(1)?, |one, other| one * other),
        "Div" => pairs(x, input(1)?, |one, other| one / other),
        "Add" => pairs(x, input(1)?, |one, other| one + other),
        "Sub" => pairs(x, input(1)?, |one, other| one - other),
        "Unsqueeze" => {
            if input(1)?.values != [1.0] {
                return Err("only axis 1 is known here".into());
            }
            let mut shape = x.shape.clone();
            shape.insert(1, 1);
            reshaped(shape)
        }
        "Flatten" => {
            let (first, others) = x.shape.split_first().ok_or("no axes")?;
            reshaped(vec![*first, others.iter().product()])
        }
        "Gemm" => gemm(x, input(1)?, input(2)?),
        "Softmax" => softmax(x),
        "Conv" => convolution(x, input(1)?, input(2)?, ints(node, "pads")?),
        "GlobalAveragePool" => {
            let [_, _, height, width] = x.sizes()?;
            pool(x, [height, width], [1, 1], mean)
        }
        "MaxPool" | "AveragePool" => {
            let (window, step) = (ints(node, "kernel_shape")?, ints(node, "strides")?);
            let of_window = if node.op_type == "MaxPool" {
                largest
            } else {
                mean
            };
            pool(x, window, step, of_window)
        }
        other => Err(format!("the operation {other} is not known here")),
    }
}

/// By the series, which is exact to the last digits for such small values.
fn erf(x: f64) -> f64 {
    if x.abs() > 4.0 {
        return x.signum();
    }
    let (mut term, mut sum) = (x, x);
    for n in 1..200 {
        term *= -x * x / f64::from(n);
        sum += term / f64::from(2 * n + 1);
    }
    sum * std::f64::consts::FRAC_2_SQRT_PI
}

/// Of the same shape, or with one number.
fn pairs(one: &Value, other: &Value, both: impl Fn(f64, f64) -> f64) -> Result<Value, String> {
    let values = match other.values[..] {
        [other] => one.values.iter().map(|&one| both(one, other)).collect(),
        _ if other.shape == one.shape => {
            let pairs = one.values.iter().zip(&other.values);
            pairs.map(|(&one, &other)| both(one, other)).collect()
        }
        _ => return Err(format!("{:?} and {:?}", one.shape, other.shape)),
    };
    Value::new(one.shape.clone(), values)
}

/// `x` `[rows, inputs]`, `weights` `[inputs, outputs]`, `biases` `[outputs]`.
fn gemm(x: &Value, weights: &Value, biases: &Value) -> Result<Value, String> {
    let ([rows, inputs], [of_weights, outputs]) = (x.sizes()?, weights.sizes()?);
    if of_weights != inputs || biases.values.len() != outputs || inputs == 0 {
        return Err(format!("{:?} times {:?}", x.shape, weights.shape));
    }
    let mut values = Vec::with_capacity(rows * outputs);
    for row in x.values.chunks_exact(inputs) {
        for (output, bias) in biases.values.iter().enumerate() {
            let column = weights.values.iter().skip(output).step_by(outputs);
            let products = row.iter().zip(column).map(|(one, other)| one * other);
            values.push(products.sum::<f64>() + bias);
        }
    }
    Value::new(vec![rows, outputs], values)
}

fn softmax(x: &Value) -> Result<Value, String> {
    let [_, classes] = x.sizes()?;
    let rows = x.values.chunks(classes.max(1));
    let values = rows.flat_map(|row| {
        let highest = largest(row);
        let powers: Vec<f64> = row.iter().map(|value| (value - highest).exp()).collect();
        let sum: f64 = powers.iter().sum();
        powers.into_iter().map(move |power| power / sum)
    });
    Value::new(x.shape.clone(), values.collect())
}

/// `pads` are above, left, below and right.
fn convolution(
    x: &Value,
    weights: &Value,
    biases: &Value,
    pads: [usize; 4],
) -> Result<Value, String> {
    let [images, inputs, height, width] = x.sizes()?;
    let [outputs, of_weights, rows, columns] = weights.sizes()?;
    let (tall, wide) = (height + pads[0] + pads[2], width + pads[1] + pads[3]);
    let fits = tall >= rows && wide >= columns && of_weights == inputs;
    if !fits || biases.values.len() != outputs {
        return Err(format!("{:?} under {:?}", x.shape, weights.shape));
    }
    // With the zeros around, a place of the kernel is one addition away.
    let mut padded = vec![0.0; images * inputs * tall * wide];
    for (line, values) in x.values.chunks_exact(width.max(1)).enumerate() {
        let (plane, y) = (line / height, line % height);
        let first = (plane * tall + y + pads[0]) * wide + pads[1];
        padded[first..first + width].copy_from_slice(values);
    }
    let (out_height, out_width) = (tall + 1 - rows, wide + 1 - columns);
    let mut values = Vec::with_capacity(images * outputs * out_height * out_width);
    for image in padded.chunks_exact((inputs * tall * wide).max(1)) {
        for (output, bias) in biases.values.iter().enumerate() {
            for place in 0..out_height * out_width {
                let (y, column) = (place / out_width, place % out_width);
                let mut sum = *bias;
                for line in 0..inputs * rows {
                    let kernel = (output * inputs * rows + line) * columns;
                    let first = (line / rows * tall + y + line % rows) * wide + column;
                    let (kernel, under) = (&weights.values[kernel..], &image[first..]);
                    let products = kernel.iter().zip(under).take(columns);
                    sum += products.map(|(one, other)| one * other).sum::<f64>();
                }
                values.push(sum);
            }
        }
    }
    Value::new(vec![images, outputs, out_height, out_width], values)
}

fn pool(
    x: &Value,
    window: [usize; 2],
    step: [usize; 2],
    of_window: fn(&[f64]) -> f64,
) -> Result<Value, String> {
    let [images, channels, height, width] = x.sizes()?;
    if window[0] > height || window[1] > width || window.contains(&0) || step.contains(&0) {
        return Err(format!("windows of {window:?} on {:?}", x.shape));
    }
    let out = [
        (height - window[0]) / step[0] + 1,
        (width - window[1]) / step[1] + 1,
    ];
    let mut values = Vec::with_capacity(images * channels * out[0] * out[1]);
    for plane in x.values.chunks_exact(height * width) {
        for place in 0..out[0] * out[1] {
            let (y, column) = (place / out[1] * step[0], place % out[1] * step[1]);
            let inside = (0..window[0] * window[1]).map(|inside| {
                plane[(y + inside / window[1]) * width + column + inside % window[1]]
            });
            values.push(of_window(&inside.collect::<Vec<_>>()));
        }
    }
    Value::new(vec![images, channels, out[0], out[1]], values)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn largest(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::MIN, f64::max)
}
