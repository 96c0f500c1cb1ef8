//! Where things lie in the buffers of the backward pass. All sizes are in floats.

use super::geometry::Geometry;
use super::sparse::Stencil;

/// Sizes that follow from a geometry and the length of a vector.
///
/// Images lie as `[padded_height, padded_width, channels_in]`. The *window* of a position is what the
/// kernel sees there; the *reach* of an output is the union of the windows of its pooling window.
pub(crate) struct BackwardPlan {
    /// Floats in a vector.
    pub lanes: usize,
    /// An image, and room for a vector that reaches beyond its end.
    pub image: usize,
    /// From images to sums of weights: the rows of a window.
    pub window: Stencil,
    /// From the table of weights to images: the rows of a reach.
    pub reach: Stencil,
    /// One output channel of the table of weights.
    table_channel: usize,
    /// Where each output channel begins in the table, `[channels_out]`.
    pub table_channels: Vec<u32>,
    /// What an output's choice adds to the place of its channel in the table.
    pub table_steps: [u32; 4],
    /// Where the reach of each output begins in an image, `[plane]`.
    pub corners: Vec<u32>,
    /// What an output's choice adds to that.
    pub corner_steps: [u32; 4],
    channels_out: usize,
}

impl BackwardPlan {
    pub(crate) fn new(geometry: &Geometry, lanes: usize) -> Self {
        let (channels, kernel) = (geometry.channels_in, geometry.kernel);
        let steps = geometry.window() - 1;
        let image_row = geometry.padded_width() * channels;
        let window_row = (kernel * channels).next_multiple_of(lanes);
        let reach_row = ((kernel + steps) * channels).next_multiple_of(lanes);
        // Above, below and left of the kernel's rows there are zeros, so that what a choice of
        // position means is where reading begins.
        let table_row = (reach_row + steps * channels).next_multiple_of(lanes);
        let place = |y: usize, x: usize| ((steps - y) * table_row + (steps - x) * channels) as u32;
        let table_channel = (kernel + 2 * steps) * table_row;
        let table_steps = match steps {
            0 => [0; 4],
            _ => [place(0, 0), place(0, 1), place(1, 0), place(1, 1)],
        };
        let corner = |output: usize| {
            let (y, x) = (output / geometry.width_out(), output % geometry.width_out());
            (geometry.window() * (y * image_row + x * channels)) as u32
        };
        Self {
            lanes,
            image: (geometry.padded_height() * image_row + lanes).next_multiple_of(lanes),
            window: Stencil {
                rows: kernel,
                vectors: window_row / lanes,
                from_row: image_row,
                to_row: window_row,
            },
            reach: Stencil {
                rows: kernel + steps,
                vectors: reach_row / lanes,
                from_row: table_row,
                to_row: image_row,
            },
            table_channel,
            table_channels: (0..geometry.channels_out)
                .map(|channel| (channel * table_channel) as u32)
                .collect(),
            table_steps,
            corners: (0..geometry.plane()).map(corner).collect(),
            corner_steps: [0, channels, image_row, image_row + channels].map(|step| step as u32),
            channels_out: geometry.channels_out,
        }
    }

    /// Sums of one output channel: `[kernel, window_row]`.
    pub(crate) fn sums_channel(&self) -> usize {
        self.window.rows * self.window.to_row
    }

    /// Sums of a chunk: those of all channels, then the bias, `[channels_out]`.
    pub(crate) fn sums(&self) -> usize {
        self.channels_out * self.sums_channel() + self.channels_out
    }

    /// The table of weights times `scale`, `[channels_out, kernel + 2, table_row]` with pooling.
    pub(crate) fn table(&self, geometry: &Geometry, weights: &[f32], scale: f32) -> Vec<f32> {
        let kernel = geometry.kernel;
        let steps = geometry.window() - 1;
        let mut table = vec![0.0; geometry.channels_out * self.table_channel];
        for (weights, table) in weights
            .chunks_exact(geometry.taps())
            .zip(table.chunks_exact_mut(self.table_channel))
        {
            for (index, weights) in weights.chunks_exact(kernel).enumerate() {
                let (channel, y) = (index / kernel, index % kernel);
                let row = (y + steps) * self.reach.from_row + steps * geometry.channels_in;
                let row = table[row + channel..].iter_mut();
                for (place, &weight) in row.step_by(geometry.channels_in).zip(weights) {
                    *place = weight * scale;
                }
            }
        }
        table
    }

    /// Adds up the sums of all chunks, in order, and brings them to `[channels_out, channels_in, kernel,
    /// kernel]` and `[channels_out]`, times `scale`.
    pub(crate) fn reduce(
        &self,
        geometry: &Geometry,
        sums: &[f32],
        scale: f32,
    ) -> (Vec<f32>, Vec<f32>) {
        let mut total = vec![0.0; self.sums()];
        for sums in sums.chunks_exact(self.sums()) {
            for (total, sum) in total.iter_mut().zip(sums) {
                *total += sum;
            }
        }
        for total in &mut total {
            *total *= scale;
        }
        let (sums, bias) = total.split_at(self.channels_out * self.sums_channel());
        let mut weights = Vec::with_capacity(geometry.channels_out * geometry.taps());
        for sums in sums.chunks_exact(self.sums_channel()) {
            for channel in 0..geometry.channels_in {
                for row in sums.chunks_exact(self.window.to_row) {
                    let row = row[channel..].iter().step_by(geometry.channels_in);
                    weights.extend(row.take(geometry.kernel));
                }
            }
        }
        (weights, bias.to_vec())
    }
}
