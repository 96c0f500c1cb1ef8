//! `check-tract MODEL.onnx uint8|float IMAGES LOGITS`: runs a network that `infer export` wrote with tract, over images of 784
//! bytes each, and compares its logits with those in a file of little-endian 32-bit floats, ten an image. Ends with 1 where a
//! logit is 1e-4 or more apart, a label is another, or probabilities do not add up.

use anyhow::{Context as _, Result, ensure};
use std::env;
use std::fs;
use tract_onnx::prelude::*;

const SIDE: usize = 28;
const NUM_CLASSES: usize = 10;
const BATCH: usize = 500;
const TOLERANCE: f32 = 1e-4;

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [model, kind, images, logits] = &arguments[..] else {
        anyhow::bail!("expected MODEL.onnx uint8|float IMAGES LOGITS");
    };
    let images = fs::read(images).with_context(|| images.clone())?;
    let logits = fs::read(logits).with_context(|| logits.clone())?;
    let expected: Vec<f32> = logits
        .chunks_exact(4)
        .map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
        .collect();
    let num_images = images.len() / (SIDE * SIDE);
    ensure!(
        num_images > 0 && expected.len() == num_images * NUM_CLASSES,
        "images and logits are not as many"
    );
    let network = tract_onnx::onnx()
        .model_for_path(model)?
        .into_optimized()?
        .into_runnable()?;
    let (mut farthest, mut num_other) = (0_f32, 0);
    for (batch, expected) in images
        .chunks(BATCH * SIDE * SIDE)
        .zip(expected.chunks(BATCH * NUM_CLASSES))
    {
        let shape = [batch.len() / (SIDE * SIDE), SIDE, SIDE];
        let pixels = match kind.as_str() {
            "uint8" => Tensor::from_shape(&shape, batch)?,
            "float" => {
                let floats: Vec<f32> = batch.iter().map(|&pixel| f32::from(pixel)).collect();
                Tensor::from_shape(&shape, &floats)?
            }
            _ => anyhow::bail!("expected uint8 or float, found {kind}"),
        };
        let outputs = network.run(tvec!(pixels.into()))?;
        let values = |index: usize| -> Result<Vec<f32>> {
            let values = outputs[index].to_plain_array_view::<f32>()?;
            Ok(values.iter().copied().collect())
        };
        let (found, probabilities) = (values(0)?, values(1)?);
        ensure!(found.len() == expected.len(), "another number of logits");
        for (found, expected) in found.iter().zip(expected) {
            ensure!(found.is_finite(), "a logit is no finite number");
            farthest = farthest.max((found - expected).abs());
        }
        for (row, expected) in found.chunks(NUM_CLASSES).zip(expected.chunks(NUM_CLASSES)) {
            num_other += usize::from(largest(row) != largest(expected));
        }
        for row in probabilities.chunks(NUM_CLASSES) {
            ensure!(
                (row.iter().sum::<f32>() - 1.0).abs() < 1e-4,
                "probabilities"
            );
        }
    }
    println!("{num_images} images, at most {farthest:.1e} apart, {num_other} other labels");
    ensure!(
        farthest < TOLERANCE && num_other == 0,
        "tract says otherwise"
    );
    Ok(())
}

fn largest(row: &[f32]) -> usize {
    let mut best = 0;
    for (class, logit) in row.iter().enumerate() {
        if *logit > row[best] {
            best = class;
        }
    }
    best
}
