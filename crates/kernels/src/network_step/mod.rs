//! A whole step of training of a small convolutional network on a GPU, in two kernels: images to the gradients of
//! every parameter, without automatic differentiation and without a word from the host in between.
//!
//! For networks of LeNet's family: up to three convolutions with ReLU and pooling, then up to three dense layers,
//! whose values for one image fit the memory of a workgroup. The first kernel takes every image through all layers
//! and back (`image`), the second sums up over the batch (`sums`), in an order that the batch's size alone
//! decides: the same images and parameters give the same bits. `plan` says where everything lies.

#![allow(
    clippy::collapsible_if,
    clippy::float_cmp,
    clippy::needless_pass_by_value,
    clippy::too_many_arguments,
    clippy::too_many_lines,
    reason = "a kernel is given its buffers one by one, and conditions of the compiler's stand apart from those of the device"
)]

mod convolution;
mod dense;
mod image;
mod plan;
mod shape;
mod sums;

pub use shape::{NetworkShape, StepConvolution, StepDense};

use crate::cross_entropy::LossOptions;
use crate::cube::{CubeTensor, alignment, argument, client, elements, integers, is_software, view};
use crate::fusion::is_fusing;
use crate::packed::{StepImages, source};
use crate::parameters::Parameters;
use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{Device, Int, Tensor};
use cubecl::client::Client;
use cubecl::prelude::{BufferArg, CubeCount, CubeDim};
use cubecl::server::Handle;
use plan::{Limits, Plan};
use std::fmt;

/// Most threads of a workgroup, and fewest.
const MOST_THREADS: u32 = 256;
const FEWEST_THREADS: usize = 128;

/// Images from which on a workgroup takes several, and the most that it takes.
const MANY_IMAGES: usize = 1024;
const MOST_IMAGES_OF_WORKGROUP: usize = 8;

fn images_of_workgroup(num_images: usize) -> usize {
    num_images
        .div_ceil(MANY_IMAGES)
        .min(MOST_IMAGES_OF_WORKGROUP)
}

/// What a step found.
#[derive(Debug)]
pub struct StepFound {
    /// Gradients of the mean loss by all parameters.
    pub gradients: GradientsParams,
    /// Mean loss, `[1]`.
    pub loss: Tensor<1>,
    /// Images whose largest logit (the first, where several share it) is their label's, `[1]`.
    pub num_correct: Tensor<1>,
}

/// Steps of one network on one device.
#[derive(Clone)]
pub struct NetworkStep {
    plan: Plan,
    client: Client,
    factor: f32,
    shift: f32,
    /// Images of a batch, at most.
    batch_size: usize,
    images_of_workgroup: usize,
    /// What images and workgroups leave behind.
    rows: Handle,
    sums: Handle,
    alignment: usize,
}

impl fmt::Debug for NetworkStep {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("NetworkStep")
            .field(&self.plan)
            .finish()
    }
}

impl NetworkStep {
    /// For batches of at most so many images. Nothing where the device is no GPU or one in software, for which such
    /// kernels are not made, or where the network does not fit a workgroup's memory.
    #[must_use]
    pub fn new(shape: &NetworkShape, batch_size: usize, device: &Device) -> Option<Self> {
        let client = client(device).filter(|client| !is_software(client))?;
        Self::on_any_gpu(shape, batch_size, client)
    }

    /// The same in software too.
    fn on_any_gpu(shape: &NetworkShape, batch_size: usize, client: Client) -> Option<Self> {
        let hardware = &client.properties().hardware;
        let num_threads = hardware.max_units_per_cube.min(MOST_THREADS) as usize;
        let limits = Limits {
            num_threads,
            memory: hardware.max_shared_memory_size,
            alignment: alignment(&client),
        };
        let plan = Plan::new(shape, limits).filter(|_| num_threads >= FEWEST_THREADS)?;
        let batch_size = batch_size.max(1);
        let images_of_workgroup = images_of_workgroup(batch_size);
        let num_sums = batch_size.div_ceil(images_of_workgroup);
        let empty = |num_floats: usize| client.empty(4 * num_floats.max(1));
        Some(Self {
            rows: empty(batch_size * plan.row),
            sums: empty(num_sums * plan.num_of_convolutions),
            alignment: limits.alignment,
            plan,
            factor: shape.factor,
            shift: shape.shift,
            batch_size,
            images_of_workgroup,
            client,
        })
    }

    /// Gradients of `module`'s parameters, which are those of the network in the order of its layers, weights before
    /// biases, for the cross-entropy of its answers to `images` with `labels` `[batch]`; see
    /// [`cross_entropy`](crate::cross_entropy) for labels and options.
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
    ) -> Option<StepFound> {
        let num_images = images.num_of_step(labels, self.batch_size)?;
        let parameters = Parameters::of(module);
        let flat = parameters.flat(&self.client, &self.plan.parameters)?;
        let gradients = self.client.empty(4 * self.plan.num_parameters);
        let figures = self.client.empty(4 * (self.alignment + 1));
        self.take_images(images, labels, &flat, options)?;
        self.sum_up(&gradients, &figures, num_images);
        let like = parameters.first()?;
        Some(StepFound {
            gradients: parameters.gradients(&gradients, &self.plan.parameters),
            loss: view(like, &figures, 0, [1]),
            num_correct: view(like, &figures, self.alignment, [1]),
        })
    }

    /// Logits of the network whose parameters `module` has, `[images, classes]`, for any number of images. Nothing
    /// where there are none, or other parameters, or where nothing is to be fused.
    #[must_use]
    pub fn logits<M: Module>(&self, module: &M, images: StepImages<'_>) -> Option<Tensor<2>> {
        let num_images = images.len();
        if !is_fusing() || num_images == 0 {
            return None;
        }
        let parameters = Parameters::of(module);
        let flat = parameters.flat(&self.client, &self.plan.parameters)?;
        let plan = &self.plan;
        let num_classes = plan.dense.last()?.num_outputs;
        let logits = self.client.empty(4 * num_images * num_classes);
        let images_of_workgroup = images_of_workgroup(num_images);
        let [packed, indices, pixels] = Self::arguments(images)?;
        #[allow(unsafe_code)]
        // SAFETY: the kernel stays within the plan, and the buffers are as long as the plan says.
        unsafe {
            image::classify_images::launch_unchecked(
                &self.client,
                CubeCount::Static(num_images.div_ceil(images_of_workgroup) as u32, 1, 1),
                CubeDim::new_1d(plan.num_threads as u32),
                packed,
                indices,
                pixels,
                argument(&flat, plan.num_parameters),
                argument(&logits, num_images * num_classes),
                num_images as u32,
                images_of_workgroup as u32,
                self.factor,
                self.shift,
                images.is_packed(),
                plan.clone(),
            );
        }
        Some(view(
            parameters.first()?,
            &logits,
            0,
            [num_images, num_classes],
        ))
    }

    /// The images as the kernels take them.
    fn arguments(images: StepImages<'_>) -> Option<[BufferArg; 3]> {
        let of = |tensor: CubeTensor| argument(&tensor.handle, elements(&tensor));
        Some(source(images)?.map(of))
    }

    fn take_images(
        &self,
        images: StepImages<'_>,
        labels: &Tensor<1, Int>,
        parameters: &Handle,
        options: LossOptions,
    ) -> Option<()> {
        let [num_images] = labels.dims();
        let labels = integers(labels)?;
        let [packed, indices, pixels] = Self::arguments(images)?;
        let num_workgroups = num_images.div_ceil(self.images_of_workgroup);
        let plan = &self.plan;
        #[allow(unsafe_code)]
        // SAFETY: the kernel stays within the plan, and the buffers are as long as the plan says.
        unsafe {
            image::take_images::launch_unchecked(
                &self.client,
                CubeCount::Static(num_workgroups as u32, 1, 1),
                CubeDim::new_1d(plan.num_threads as u32),
                packed,
                indices,
                pixels,
                argument(&labels.handle, num_images),
                argument(parameters, plan.num_parameters),
                argument(&self.rows, num_images * plan.row),
                argument(&self.sums, num_workgroups * plan.num_of_convolutions),
                num_images as u32,
                self.images_of_workgroup as u32,
                self.factor,
                self.shift,
                options.smoothing,
                options.has_none,
                images.is_packed(),
                plan.clone(),
            );
        }
        Some(())
    }

    fn sum_up(&self, gradients: &Handle, figures: &Handle, num_images: usize) {
        let plan = &self.plan;
        let num_sums = num_images.div_ceil(self.images_of_workgroup);
        let num_workgroups: usize = sums::num_workgroups(plan).iter().sum();
        #[allow(unsafe_code)]
        // SAFETY: the kernel stays within the plan, and the buffers are as long as the plan says.
        unsafe {
            sums::sum_up::launch_unchecked(
                &self.client,
                CubeCount::Static(num_workgroups as u32, 1, 1),
                CubeDim::new_1d(sums::THREADS as u32),
                argument(&self.rows, num_images * plan.row),
                argument(&self.sums, num_sums * plan.num_of_convolutions),
                argument(gradients, plan.num_parameters),
                argument(figures, self.alignment + 1),
                num_images as u32,
                num_sums as u32,
                self.alignment as u32,
                plan.clone(),
            );
        }
    }
}

#[cfg(test)]
mod tests;
