//! A whole step of training of a dense network on a GPU without automatic differentiation: a launch a layer on the way
//! forward and back, and one for the gradients of all parameters.
//!
//! For networks of dense layers with ReLU and dropout, of any depth and width, on any GPU, in software too. Sums are
//! taken in an order that the layers' sizes alone decide: the same images and parameters give the same bits.

mod kernels;

use super::gpu::{backward, forward};
use crate::cross_entropy::{LossOptions, gpu as loss};
use crate::cube::{
    THREADS, alignment, argument, client, contiguous, elements, integers, part, tensor, workgroup,
    workgroups,
};
use crate::dropout::{Dropout, DropoutKey, Mask};
use crate::network_step::{NetworkShape, StepFound};
use crate::packed::{StepImages, source};
use crate::parameters::{Layout, Parameters};
use burn::backend::Cube;
use burn::module::Module;
use burn::tensor::{Device, Int, Tensor};
use cubecl::client::Client;
use cubecl::server::Handle;
use std::fmt;

/// Pixels of an image.
const PIXELS: usize = 28 * 28;

/// Steps of one dense network on one device.
#[derive(Clone)]
pub struct DenseStep {
    layers: Vec<Layer>,
    layout: Layout,
    factor: f32,
    shift: f32,
    client: Client,
    /// Images of a batch, at most.
    batch_size: usize,
    /// Inputs of all layers, and their outputs' gradients before ReLU and dropout; the last layer's are elsewhere.
    values: Handle,
    slopes: Handle,
    /// Weights with their rows and columns exchanged, where those themselves are in the buffer of parameters.
    transposed: Handle,
}

/// Sizes and places of a layer; places are in floats.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Layer {
    num_inputs: usize,
    num_outputs: usize,
    is_relu: bool,
    dropout: f32,
    /// In the buffers of values and of slopes.
    inputs_at: usize,
    slopes_at: usize,
    /// In the buffer of parameters.
    weight_at: usize,
    bias_at: usize,
}

impl fmt::Debug for DenseStep {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("DenseStep")
            .field(&self.layers)
            .finish()
    }
}

impl DenseStep {
    /// For batches of at most so many images. Nothing where the device is no GPU, or the network has other layers.
    #[must_use]
    pub fn new(shape: &NetworkShape, batch_size: usize, device: &Device) -> Option<Self> {
        if !shape.convolutions.is_empty() || shape.dense.is_empty() {
            return None;
        }
        let client = client(device)?;
        let batch_size = batch_size.max(1);
        let alignment = alignment(&client);
        let mut layout = Layout::new(alignment);
        let (mut values, mut slopes) = (0, 0);
        // Parts of a buffer begin at multiples of the alignment.
        let room = |end: &mut usize, width: usize| {
            let place = *end;
            *end += (batch_size * width).next_multiple_of(alignment);
            place
        };
        let mut layers = Vec::with_capacity(shape.dense.len());
        let mut num_inputs = PIXELS;
        for (index, layer) in shape.dense.iter().enumerate() {
            let is_last = index + 1 == shape.dense.len();
            let num_outputs = layer.num_outputs;
            layers.push(Layer {
                num_inputs,
                num_outputs,
                is_relu: layer.is_relu && !is_last,
                dropout: if is_last { 0.0 } else { layer.dropout },
                inputs_at: room(&mut values, num_inputs),
                slopes_at: room(&mut slopes, num_outputs),
                weight_at: layout.add(num_inputs * num_outputs),
                bias_at: layout.add(num_outputs),
            });
            num_inputs = num_outputs;
        }
        let empty = |num_floats: usize| client.empty(4 * num_floats);
        Some(Self {
            values: empty(values),
            slopes: empty(slopes),
            transposed: empty(layout.length()),
            layers,
            layout,
            factor: shape.factor,
            shift: shape.shift,
            client,
            batch_size,
        })
    }

    /// Gradients of `module`'s parameters, which are those of the network in the order of its layers, weights before
    /// biases, for the cross-entropy of its answers to `images` with `labels` `[batch]`; see
    /// [`cross_entropy`](crate::cross_entropy) for labels and options. Dropout is that of step `step` of a training
    /// with this seed.
    ///
    /// Nothing where there are more images than a batch may have, or other parameters, or where nothing is to be
    /// fused.
    #[must_use]
    pub fn run<M: Module>(
        &self,
        module: &M,
        images: StepImages<'_>,
        labels: &Tensor<1, Int>,
        options: LossOptions,
        (seed, step): (u64, u64),
    ) -> Option<StepFound> {
        let num_images = images.num_of_step(labels, self.batch_size)?;
        let parameters = Parameters::of(module);
        let flat = parameters.flat(&self.client, &self.layout)?;
        let like = parameters.first()?;
        let masks: Vec<Option<Mask>> = (0..)
            .zip(&self.layers)
            .map(|(layer, own)| own.mask(DropoutKey { seed, step, layer }))
            .collect();
        self.take_in(images, num_images)?;
        let matrix = |buffer: &Handle, place, sizes: [usize; 2]| part(like, buffer, place, &sizes);
        let last = self.layers.len() - 1;
        let num_classes = self.layers[last].num_outputs;
        let logits = tensor(like, [num_images, num_classes]);
        for (index, layer) in self.layers.iter().enumerate() {
            let sizes = [layer.num_inputs, layer.num_outputs];
            let inputs = matrix(&self.values, layer.inputs_at, [num_images, sizes[0]]);
            let outputs = match self.layers.get(index + 1) {
                Some(next) => matrix(&self.values, next.inputs_at, [num_images, sizes[1]]),
                None => logits.clone(),
            };
            let weight = matrix(&flat, layer.weight_at, sizes);
            let bias = part(like, &flat, layer.bias_at, &sizes[1..]);
            let (is_relu, mask) = (layer.is_relu, masks[index]);
            forward(&inputs, &weight, Some(&bias), is_relu, mask, &outputs);
        }
        let slopes_of = |layer: &Layer| {
            let sizes = [num_images, layer.num_outputs];
            matrix(&self.slopes, layer.slopes_at, sizes)
        };
        let labels = contiguous(integers(labels)?);
        let found = loss::run_into(&logits, &labels, options, slopes_of(&self.layers[last]));
        self.transpose(&flat);
        for index in (1..self.layers.len()).rev() {
            let (layer, before) = (&self.layers[index], &self.layers[index - 1]);
            let sizes = [layer.num_outputs, layer.num_inputs];
            let weight = matrix(&self.transposed, layer.weight_at, sizes);
            let inputs = matrix(&self.values, layer.inputs_at, [num_images, sizes[1]]);
            let (is_relu, mask) = (before.is_relu, masks[index - 1]);
            let to = slopes_of(before);
            backward(&slopes_of(layer), &weight, &inputs, is_relu, mask, &to);
        }
        let gradients = self.client.empty(4 * self.layout.length());
        self.sum_up(&gradients, num_images);
        Some(StepFound {
            gradients: parameters.gradients(&gradients, &self.layout),
            loss: Tensor::from_primitive::<Cube>(found.loss),
            num_correct: Tensor::from_primitive::<Cube>(found.num_correct),
        })
    }

    /// Gathers the images and normalises them, as the first layer's inputs.
    fn take_in(&self, images: StepImages<'_>, num_images: usize) -> Option<()> {
        let [packed, indices, pixels] = source(images)?;
        let length = num_images * PIXELS;
        #[allow(unsafe_code)]
        // SAFETY: all buffers are as long as the kernel takes them to be, which goes no further; indices are below the
        // number of packed images.
        unsafe {
            kernels::take_in::launch_unchecked(
                &self.client,
                workgroups(length),
                workgroup(),
                argument(&packed.handle, elements(&packed)),
                argument(&indices.handle, elements(&indices)),
                argument(&pixels.handle, elements(&pixels)),
                argument(&self.values, length),
                length as u32,
                self.factor,
                self.shift,
                images.is_packed(),
            );
        }
        Some(())
    }

    /// All weights but the first layer's, with rows and columns exchanged.
    fn transpose(&self, flat: &Handle) {
        let mut num_threads = 0;
        let sizes = self.layers.iter().skip(1).map(|layer| {
            let first = num_threads;
            let length = layer.num_inputs * layer.num_outputs;
            num_threads += length.next_multiple_of(THREADS);
            kernels::Matrix {
                first,
                length,
                rows: layer.num_inputs,
                columns: layer.num_outputs,
                place: layer.weight_at,
            }
        });
        let sizes: Vec<kernels::Matrix> = sizes.collect();
        if sizes.is_empty() {
            return;
        }
        let length = self.layout.length();
        #[allow(unsafe_code)]
        // SAFETY: both buffers are of that length, and the matrices lie within.
        unsafe {
            kernels::transpose_all::launch_unchecked(
                &self.client,
                workgroups(num_threads),
                workgroup(),
                argument(flat, length),
                argument(&self.transposed, length),
                sizes,
            );
        }
    }

    /// The gradients of all parameters.
    fn sum_up(&self, gradients: &Handle, num_images: usize) {
        let mut num_threads = 0;
        let layers = self.layers.iter().map(|layer| {
            let first = num_threads;
            let length =
                super::gpu::blocks(layer.num_inputs + 1) * super::gpu::blocks(layer.num_outputs);
            num_threads += length.next_multiple_of(THREADS);
            kernels::Sums {
                first,
                length,
                num_inputs: layer.num_inputs,
                num_outputs: layer.num_outputs,
                inputs_at: layer.inputs_at,
                slopes_at: layer.slopes_at,
                weight_at: layer.weight_at,
                bias_at: layer.bias_at,
            }
        });
        let layers: Vec<kernels::Sums> = layers.collect();
        let floats = |buffer: &Handle| argument(buffer, buffer.size() as usize / 4);
        #[allow(unsafe_code)]
        // SAFETY: the layers' parts lie within their buffers, for as many images as a batch may have.
        unsafe {
            kernels::sum_up::launch_unchecked(
                &self.client,
                workgroups(num_threads),
                workgroup(),
                floats(&self.values),
                floats(&self.slopes),
                floats(gradients),
                num_images as u32,
                layers,
            );
        }
    }
}

impl Layer {
    fn mask(&self, key: DropoutKey) -> Option<Mask> {
        let probability = self.dropout;
        (probability > 0.0).then(|| Dropout { probability, key }.mask())
    }
}

#[cfg(test)]
mod tests;
