//! Runs a graph as ONNX's operators are written down (<https://onnx.ai/onnx/operators>): plain loops in double precision,
//! for tests alone. What holds an exported file against programs of others is `scripts/check_export.py`.

use crate::export::onnx::messages::{Graph, Node, Tensor};
use std::collections::HashMap;

struct Value {
    shape: Vec<usize>,
    values: Vec<f64>,
}

/// All values of the graph by name, for so many images of pixels.
pub(super) fn run(graph: &Graph, num_images: usize, pixels: Vec<f64>) -> HashMap<String, Vec<f64>> {
    let mut all: HashMap<String, Value> = HashMap::new();
    for constant in &graph.initializer {
        all.insert(constant.name.clone(), of_constant(constant));
    }
    let shape = vec![num_images, 28, 28];
    let pixels = Value {
        shape,
        values: pixels,
    };
    all.insert(graph.input[0].name.clone(), pixels);
    for node in &graph.node {
        let inputs: Vec<&Value> = node.input.iter().map(|name| &all[name]).collect();
        let output = operation(node, &inputs);
        let count: usize = output.shape.iter().product();
        assert_eq!(count, output.values.len(), "{}", node.name);
        assert!(
            all.insert(node.output[0].clone(), output).is_none(),
            "{}",
            node.name
        );
    }
    let values = all.into_iter().map(|(name, value)| (name, value.values));
    values.collect()
}

fn of_constant(constant: &Tensor) -> Value {
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
        other => panic!("constant of type {other}"),
    };
    Value {
        shape: constant.dims.iter().map(|&size| size as usize).collect(),
        values,
    }
}

fn ints(node: &Node, name: &str) -> Vec<usize> {
    let found = node
        .attribute
        .iter()
        .find(|attribute| attribute.name == name);
    found
        .unwrap()
        .ints
        .iter()
        .map(|&value| value as usize)
        .collect()
}

fn operation(node: &Node, inputs: &[&Value]) -> Value {
    let x = inputs[0];
    let map = |change: &dyn Fn(f64) -> f64| Value {
        shape: x.shape.clone(),
        values: x.values.iter().map(|&value| change(value)).collect(),
    };
    match node.op_type.as_str() {
        "Cast" | "Identity" => map(&|value| value),
        "Relu" => map(&|value| value.max(0.0)),
        "Tanh" => map(&f64::tanh),
        "Erf" => map(&erf),
        "Mul" => pairs(x, inputs[1], |one, other| one * other),
        "Div" => pairs(x, inputs[1], |one, other| one / other),
        "Add" => pairs(x, inputs[1], |one, other| one + other),
        "Sub" => pairs(x, inputs[1], |one, other| one - other),
        "Unsqueeze" => {
            assert_eq!(inputs[1].values, [1.0]);
            let mut shape = x.shape.clone();
            shape.insert(1, 1);
            Value {
                shape,
                ..map(&|value| value)
            }
        }
        "Flatten" => Value {
            shape: vec![x.shape[0], x.shape[1..].iter().product()],
            ..map(&|value| value)
        },
        "Gemm" => gemm(x, inputs[1], inputs[2]),
        "Softmax" => softmax(x),
        "Conv" => convolution(x, inputs[1], inputs[2], &ints(node, "pads")),
        "GlobalAveragePool" => pool(x, [x.shape[2], x.shape[3]], [1, 1], mean),
        "MaxPool" | "AveragePool" => {
            let (window, step) = (ints(node, "kernel_shape"), ints(node, "strides"));
            let of_window = if node.op_type == "MaxPool" {
                largest
            } else {
                mean
            };
            pool(x, [window[0], window[1]], [step[0], step[1]], of_window)
        }
        other => panic!("operation {other}"),
    }
}

/// By the series, which is exact for the small values of tests.
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
fn pairs(one: &Value, other: &Value, both: impl Fn(f64, f64) -> f64) -> Value {
    let other: Vec<f64> = match other.values[..] {
        [value] => vec![value; one.values.len()],
        _ => other.values.clone(),
    };
    assert_eq!(other.len(), one.values.len());
    Value {
        shape: one.shape.clone(),
        values: one
            .values
            .iter()
            .zip(other)
            .map(|(&one, other)| both(one, other))
            .collect(),
    }
}

fn gemm(x: &Value, weights: &Value, biases: &Value) -> Value {
    let [rows, inputs, outputs] = [x.shape[0], x.shape[1], weights.shape[1]];
    assert_eq!(weights.shape[0], inputs);
    let mut values = Vec::new();
    for row in 0..rows {
        for output in 0..outputs {
            let products = (0..inputs).map(|input| {
                x.values[row * inputs + input] * weights.values[input * outputs + output]
            });
            values.push(products.sum::<f64>() + biases.values[output]);
        }
    }
    Value {
        shape: vec![rows, outputs],
        values,
    }
}

fn softmax(x: &Value) -> Value {
    let rows = x.values.chunks(x.shape[1]);
    let values = rows.flat_map(|row| {
        let highest = row.iter().copied().fold(f64::MIN, f64::max);
        let powers: Vec<f64> = row.iter().map(|value| (value - highest).exp()).collect();
        let sum: f64 = powers.iter().sum();
        powers.into_iter().map(move |power| power / sum)
    });
    Value {
        shape: x.shape.clone(),
        values: values.collect(),
    }
}

/// `pads` are above, left, below and right.
fn convolution(x: &Value, weights: &Value, biases: &Value, pads: &[usize]) -> Value {
    let [images, inputs, height, width] = x.shape[..] else {
        panic!("shape of images");
    };
    let [outputs, of_weights, rows, columns] = weights.shape[..] else {
        panic!("shape of weights");
    };
    assert_eq!(of_weights, inputs);
    let out_height = height + pads[0] + pads[2] + 1 - rows;
    let out_width = width + pads[1] + pads[3] + 1 - columns;
    let at = |image: usize, channel: usize, y: usize, x_place: usize| {
        let (y, x_place) = (y.wrapping_sub(pads[0]), x_place.wrapping_sub(pads[1]));
        let place =
            ((image * inputs + channel) * height + y.min(height)) * width + x_place.min(width);
        if y < height && x_place < width {
            x.values[place]
        } else {
            0.0
        }
    };
    let mut values = Vec::new();
    for image in 0..images {
        for output in 0..outputs {
            for y in 0..out_height {
                for column in 0..out_width {
                    let mut sum = biases.values[output];
                    for input in 0..inputs {
                        let kernel = (output * inputs + input) * rows * columns;
                        for place in 0..rows * columns {
                            let (dy, dx) = (place / columns, place % columns);
                            sum += weights.values[kernel + place]
                                * at(image, input, y + dy, column + dx);
                        }
                    }
                    values.push(sum);
                }
            }
        }
    }
    Value {
        shape: vec![images, outputs, out_height, out_width],
        values,
    }
}

fn pool(x: &Value, window: [usize; 2], step: [usize; 2], of_window: fn(&[f64]) -> f64) -> Value {
    let [images, channels, height, width] = x.shape[..] else {
        panic!("shape of images");
    };
    let out = [
        (height - window[0]) / step[0] + 1,
        (width - window[1]) / step[1] + 1,
    ];
    let mut values = Vec::new();
    for plane in x.values.chunks(height * width) {
        for place in 0..out[0] * out[1] {
            let (y, column) = (place / out[1] * step[0], place % out[1] * step[1]);
            let inside = (0..window[0] * window[1]).map(|inside| {
                plane[(y + inside / window[1]) * width + column + inside % window[1]]
            });
            values.push(of_window(&inside.collect::<Vec<_>>()));
        }
    }
    Value {
        shape: vec![images, channels, out[0], out[1]],
        values,
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn largest(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::MIN, f64::max)
}
