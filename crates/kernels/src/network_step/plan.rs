//! Where everything of a network lies while an image goes through it: sizes, places in a workgroup's memory,
//! places in the buffers of parameters and of what the dense layers leave behind. All lengths and places are in
//! 4-byte words.

use super::shape::{NetworkShape, StepConvolution, StepDense};
use crate::cube::divisor;
use crate::parameters::Layout;

/// Side of the images.
const SIDE: usize = 28;

/// Columns of the values that a thread computes at once, in two rows.
pub(super) const BLOCK: usize = 2;

/// Most channels that a thread computes at once.
const MOST_CHANNELS: usize = 6;

/// Most rows of kernels whose gradients a thread computes at once.
const MOST_PLANES: usize = 3;

/// Most layers of each kind: the kernels hold their sizes as constants, and grow with them.
pub(super) const MOST_LAYERS: usize = 3;

/// Lanes that sum up a row of weights on the way back through a dense layer.
pub(super) const LANES: usize = 8;

/// Sizes and places of a convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Convolution {
    pub channels_in: usize,
    pub channels_out: usize,
    pub kernel: usize,
    /// Of an input channel with zeros around it, and how many of these are above and left.
    pub height: usize,
    pub width: usize,
    pub before: usize,
    /// Of an output channel, pooled where it is.
    pub height_out: usize,
    pub width_out: usize,
    pub is_pooled: bool,
    pub is_relu: bool,
    /// Output channels that it computes at once, on the way forward, and input channels, on the way back.
    pub outputs_of_task: usize,
    pub inputs_of_task: usize,
    /// Input channels of which a thread computes weights' gradients at once, a row of the kernel each.
    pub planes_of_task: usize,
    /// In a workgroup's memory: inputs, weights (then biases), gradients of the outputs.
    pub inputs_at: usize,
    pub weights_at: usize,
    pub gradients_at: usize,
    /// In its memory of integers: which of each 2×2 values was the largest.
    pub choices_at: usize,
    /// Where outputs go: the next layer's inputs, which may have zeros around them.
    pub outputs_at: usize,
    pub output_row: usize,
    pub output_plane: usize,
    /// In the buffer of parameters.
    pub weight_place: usize,
    pub bias_place: usize,
}

impl Convolution {
    pub fn num_weights(&self) -> usize {
        self.channels_out * self.channels_in * self.kernel * self.kernel
    }

    pub fn num_positions(&self) -> usize {
        self.height_out * self.width_out
    }
}

/// Sizes and places of a dense layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Dense {
    pub num_inputs: usize,
    pub num_outputs: usize,
    pub is_relu: bool,
    /// In a workgroup's memory, and, less the first of them, in an image's row.
    pub inputs_at: usize,
    pub outputs_at: usize,
    pub gradients_at: usize,
    /// In the buffer of parameters.
    pub weight_place: usize,
    pub bias_place: usize,
}

/// Sizes and places of the whole network.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Plan {
    pub convolutions: Vec<Convolution>,
    pub dense: Vec<Dense>,
    /// Threads of a workgroup.
    pub num_threads: usize,
    /// Words of a workgroup's memory, floats and integers.
    pub num_floats: usize,
    pub num_choices: usize,
    /// Room for partial sums.
    pub scratch_at: usize,
    /// Where the row begins that an image leaves behind: inputs of all dense layers, their gradients, the
    /// loss, and whether the answer was right. And its length there and in memory.
    pub row_at: usize,
    pub row: usize,
    /// Floats of all parameters, each at a multiple of an alignment, and of those before the first dense layer.
    pub num_parameters: usize,
    pub num_of_convolutions: usize,
    /// Where each is, in the order of the layers, weights before biases.
    pub parameters: Layout,
}

/// What a device allows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub num_threads: usize,
    /// Bytes of a workgroup's memory.
    pub memory: usize,
    /// Floats at a multiple of which a parameter may begin.
    pub alignment: usize,
}

impl Plan {
    /// None where the network does not fit.
    pub fn new(shape: &NetworkShape, limits: Limits) -> Option<Self> {
        let numbers = [shape.convolutions.len(), shape.dense.len()];
        if numbers
            .iter()
            .any(|number| !(1..=MOST_LAYERS).contains(number))
            || shape.dense.iter().any(|layer| layer.dropout > 0.0)
        {
            return None;
        }
        let threads = limits.num_threads;
        let mut places = Places::default();
        let mut parameters = Layout::new(limits.alignment);
        let mut convolutions: Vec<Convolution> = Vec::new();
        let mut size = [1, SIDE, SIDE];
        for layer in &shape.convolutions {
            let convolution = convolution(layer, size, limits, &mut places, &mut parameters)?;
            size = [
                convolution.channels_out,
                convolution.height_out,
                convolution.width_out,
            ];
            convolutions.push(convolution);
        }
        let num_of_convolutions = parameters.length();
        let row_at = places.floats;
        let mut dense = dense_layers(&shape.dense, size, &mut places, &mut parameters)?;
        // The loss takes a thread for each class.
        if dense.last()?.num_outputs > threads {
            return None;
        }
        let row = (places.floats - row_at + 2).next_multiple_of(LANES * 4);
        // What follows a convolution: the next one, inside of its zeros, or the first dense layer.
        for index in 0..convolutions.len() {
            let next = convolutions.get(index + 1).copied();
            let this = &mut convolutions[index];
            (this.outputs_at, this.output_row, this.output_plane) = match next {
                Some(next) => (
                    next.inputs_at + next.before * next.width + next.before,
                    next.width,
                    next.height * next.width,
                ),
                None => (row_at, this.width_out, this.num_positions()),
            };
        }
        let last = dense.len() - 1;
        dense[last].is_relu = false;
        // The gradients of the first convolution are written when all partial sums of the dense layers are done.
        let scratch = dense.iter().map(|layer| scratch_of(layer, threads)).max()?;
        let first = &convolutions[0];
        let has_room =
            first.channels_out * first.num_positions() >= scratch && convolutions.len() > 1;
        let scratch_at = if has_room {
            first.gradients_at
        } else {
            places.floats(scratch)
        };
        let fits = (places.floats + places.choices) * 4 <= limits.memory;
        fits.then(|| Self {
            convolutions,
            dense,
            num_threads: threads,
            num_floats: places.floats,
            num_choices: places.choices.max(1),
            scratch_at,
            row_at,
            row,
            num_parameters: parameters.length(),
            num_of_convolutions,
            parameters,
        })
    }

    /// Where the loss is in an image's row; whether the answer was right follows.
    pub fn loss_column(&self) -> usize {
        self.row - 2
    }
}

/// Partial sums that a dense layer's ways forward and back need room for.
fn scratch_of(layer: &Dense, threads: usize) -> usize {
    let (parts, _, _) = partition(layer, threads);
    let back = layer.num_inputs.min(4 * threads / LANES) * LANES;
    (parts * layer.num_outputs).max(back)
}

/// How a dense layer's sums are shared among threads: parts of each sum, inputs of a part, outputs of a thread.
pub(super) fn partition(layer: &Dense, threads: usize) -> (usize, usize, usize) {
    let outputs = if layer.num_outputs >= 64 { 4 } else { 1 };
    let columns = layer.num_outputs.div_ceil(outputs);
    let parts = (threads / columns).clamp(1, layer.num_inputs);
    let chunk = layer.num_inputs.div_ceil(parts);
    (layer.num_inputs.div_ceil(chunk), chunk, outputs)
}

fn convolution(
    layer: &StepConvolution,
    [channels_in, height, width]: [usize; 3],
    limits: Limits,
    places: &mut Places,
    parameters: &mut Layout,
) -> Option<Convolution> {
    let kernel = layer.kernel;
    let zeros = if layer.same_padding {
        kernel.checked_sub(1)?
    } else {
        0
    };
    let before = zeros / 2;
    let (height, width) = (height + zeros, width + zeros);
    let step = if layer.is_pooled { 2 } else { 1 };
    let height_out = (height + 1).checked_sub(kernel)? / step;
    let width_out = (width + 1).checked_sub(kernel)? / step;
    let channels_out = layer.channels_out;
    if kernel == 0 || height_out == 0 || width_out == 0 || channels_out == 0 {
        return None;
    }
    let num_weights = channels_out * channels_in * kernel * kernel;
    let positions = height_out * width_out;
    let num_outputs = channels_out * positions;
    // Enough tasks for all threads.
    let among = |tasks: usize| tasks / limits.num_threads;
    let blocks_out = height_out * (width_out * step).div_ceil(BLOCK);
    let blocks_in = height.div_ceil(2) * width.div_ceil(BLOCK);
    let outputs_of_task = divisor(
        channels_out,
        among(channels_out * blocks_out),
        MOST_CHANNELS,
    );
    let inputs_of_task = divisor(channels_in, among(channels_in * blocks_in), MOST_CHANNELS);
    let planes_of_task = divisor(channels_in, among(num_weights / kernel), MOST_PLANES);
    Some(Convolution {
        channels_in,
        channels_out,
        kernel,
        height,
        width,
        before,
        height_out,
        width_out,
        is_pooled: layer.is_pooled,
        is_relu: layer.is_relu,
        outputs_of_task,
        inputs_of_task,
        planes_of_task,
        inputs_at: places.floats(channels_in * height * width),
        weights_at: places.floats(num_weights + channels_out),
        gradients_at: places.floats(num_outputs),
        choices_at: places.choices(if layer.is_pooled {
            num_outputs / outputs_of_task
        } else {
            0
        }),
        outputs_at: 0,
        output_row: 0,
        output_plane: 0,
        weight_place: parameters.add(num_weights),
        bias_place: parameters.add(channels_out),
    })
}

fn dense_layers(
    layers: &[StepDense],
    [channels, height, width]: [usize; 3],
    places: &mut Places,
    parameters: &mut Layout,
) -> Option<Vec<Dense>> {
    let mut num_inputs = channels * height * width;
    let mut list = Vec::new();
    for layer in layers {
        if layer.num_outputs == 0 {
            return None;
        }
        list.push(Dense {
            num_inputs,
            num_outputs: layer.num_outputs,
            is_relu: layer.is_relu,
            inputs_at: places.floats(num_inputs),
            outputs_at: 0,
            gradients_at: 0,
            weight_place: parameters.add(num_inputs * layer.num_outputs),
            bias_place: parameters.add(layer.num_outputs),
        });
        num_inputs = layer.num_outputs;
    }
    for layer in &mut list {
        layer.gradients_at = places.floats(layer.num_outputs);
    }
    let logits = places.floats(num_inputs);
    for index in 0..list.len() {
        list[index].outputs_at = list.get(index + 1).map_or(logits, |next| next.inputs_at);
    }
    Some(list)
}

/// Room in a workgroup's memory, handed out in order.
#[derive(Default)]
struct Places {
    floats: usize,
    choices: usize,
}

impl Places {
    fn floats(&mut self, length: usize) -> usize {
        self.floats += length;
        self.floats - length
    }

    fn choices(&mut self, length: usize) -> usize {
        self.choices += length;
        self.choices - length
    }
}
