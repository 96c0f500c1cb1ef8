//! Tensors of Burn's GPU backend as buffers, and back.

use burn::backend::Cube;
use burn::backend::ops::FloatTensorOps as _;
use burn::backend::tensor::FloatTensor;
use burn::tensor::{DType, Device, Int, Tensor};
use cubecl::client::Client;
use cubecl::prelude::{BufferArg, CubeCount, CubeDim};
use cubecl::server::Handle;

/// Threads of a workgroup, where a kernel has no reason for another number.
pub(crate) const THREADS: usize = 256;

/// As many workgroups as so many threads make.
pub(crate) fn workgroups(num_threads: usize) -> CubeCount {
    groups(num_threads.div_ceil(THREADS))
}

/// At least so many workgroups: there may be at most 65,535 in a row, but as many rows.
pub(crate) fn groups(number: usize) -> CubeCount {
    let in_row = number.clamp(1, 65_535);
    CubeCount::Static(in_row as u32, number.div_ceil(in_row) as u32, 1)
}

/// A workgroup of [`THREADS`].
pub(crate) fn workgroup() -> CubeDim {
    CubeDim::new_1d(THREADS as u32)
}

/// A tensor of floats or integers on a GPU.
pub(crate) type CubeTensor = FloatTensor<Cube>;

/// The tensor behind one of floats without automatic differentiation; nothing where it is elsewhere.
pub(crate) fn floats<const D: usize>(tensor: &Tensor<D>) -> Option<CubeTensor> {
    if tensor.dtype() != DType::F32 {
        return None;
    }
    tensor.clone().try_into_primitive::<Cube>().ok()
}

/// The same of 32-bit integers.
pub(crate) fn integers<const D: usize>(tensor: &Tensor<D, Int>) -> Option<CubeTensor> {
    if tensor.dtype() != DType::I32 {
        return None;
    }
    tensor.clone().inner().try_into_primitive::<Cube>().ok()
}

/// A kernel's view of the first `length` values of a buffer.
#[allow(unsafe_code)]
pub(crate) fn argument(handle: &Handle, length: usize) -> BufferArg {
    debug_assert!(handle.size_in_used() >= 4 * length as u64);
    // SAFETY: the buffer is at least that long, which the caller sees to, and debug builds check.
    unsafe { BufferArg::from_raw_parts(handle.clone(), length) }
}

/// A tensor of floats over a part of a buffer, from float `place` on.
pub(crate) fn view<const D: usize>(
    like: &CubeTensor,
    buffer: &Handle,
    place: usize,
    shape: [usize; D],
) -> Tensor<D> {
    Tensor::from_primitive::<Cube>(part(like, buffer, place, &shape))
}

/// The same for a kernel's own use.
pub(crate) fn part(
    like: &CubeTensor,
    buffer: &Handle,
    place: usize,
    shape: &[usize],
) -> CubeTensor {
    let length: usize = shape.iter().product();
    let start = 4 * place as u64;
    let end = buffer.size_in_used() - start - 4 * length as u64;
    let handle = buffer.clone().offset_start(start).offset_end(end);
    CubeTensor::new_contiguous(
        like.client.clone(),
        like.device.clone(),
        shape.to_vec().into(),
        handle,
        DType::F32,
    )
}

/// Gradients of a layer's weight and bias, as parts of one new buffer.
pub(crate) struct LayerGradients {
    pub buffer: Handle,
    /// Where those of the bias begin, and how long the buffer is, in floats.
    pub bias_at: usize,
    pub length: usize,
}

impl LayerGradients {
    pub(crate) fn new(client: &Client, num_weights: usize, num_biases: usize) -> Self {
        let bias_at = num_weights.next_multiple_of(alignment(client));
        let length = bias_at + num_biases;
        Self {
            buffer: client.empty(4 * length),
            bias_at,
            length,
        }
    }

    /// Those of the weight, in its shape, and those of the bias.
    pub(crate) fn parts(&self, like: &CubeTensor, weight: &[usize]) -> [CubeTensor; 2] {
        [
            part(like, &self.buffer, 0, weight),
            part(
                like,
                &self.buffer,
                self.bias_at,
                &[self.length - self.bias_at],
            ),
        ]
    }
}

/// A new tensor of floats, on the device of another; what is in it is to be written.
pub(crate) fn tensor<const D: usize>(like: &CubeTensor, shape: [usize; D]) -> CubeTensor {
    let length: usize = shape.iter().product();
    part(like, &like.client.empty(4 * length), 0, &shape)
}

/// The same tensor with its values in order. Copies only where it has to.
pub(crate) fn contiguous(tensor: CubeTensor) -> CubeTensor {
    if tensor.is_contiguous() {
        tensor
    } else {
        Cube::float_add_scalar(tensor, 0.0_f32.into())
    }
}

/// What commands go to for a device, where it is a GPU.
pub(crate) fn client(device: &Device) -> Option<Client> {
    let probe = Tensor::<1>::empty([1], &device.clone().inner());
    Some(floats(&probe)?.client)
}

/// Floats at a multiple of which a view of a buffer may begin.
pub(crate) fn alignment(client: &Client) -> usize {
    (client.properties().memory.alignment as usize / 4).max(64)
}

/// Whether a driver computes on the processor, for want of a card.
pub(crate) fn is_software(client: &Client) -> bool {
    client.properties().identity.physical.is_none()
}

/// The divisor of `number` that is nearest above `wanted`, or the largest below, none greater than `most`.
pub(crate) fn divisor(number: usize, wanted: usize, most: usize) -> usize {
    let mut fitting = (1..=most.min(number)).filter(|divisor| number.is_multiple_of(*divisor));
    let largest = fitting.clone().next_back().unwrap_or(1);
    fitting
        .find(|&divisor| divisor >= wanted)
        .unwrap_or(largest)
}

/// The number of a tensor's values.
pub(crate) fn elements(tensor: &CubeTensor) -> usize {
    tensor.meta.shape().num_elements()
}

/// The GPU of this machine that tests run on, real or in software; where there is none, says that `test` is
/// skipped.
#[cfg(test)]
pub(crate) fn test_device(test: &str) -> Option<Device> {
    use burn::tensor::DeviceKind;
    use burn::tensor::wgpu::WgpuBackend;
    use std::io::Write as _;
    use std::sync::OnceLock;
    // A process may open it once.
    static DEVICE: OnceLock<Result<Device, String>> = OnceLock::new();
    // Not OpenGL, which would stand in: in software it is slow, and threads that share it stop each other.
    let api = if cfg!(target_os = "macos") {
        WgpuBackend::Metal
    } else {
        WgpuBackend::Vulkan
    };
    let open = || {
        let options = Device::wgpu_options()
            .device_kind(DeviceKind::DefaultDevice)
            .graphics_api(api);
        options.init().map_err(|error| error.to_string())
    };
    let device = DEVICE.get_or_init(open);
    if let Err(error) = device {
        let _ = writeln!(
            std::io::stderr(),
            "{test}: skipped, no GPU adapter ({error})"
        );
    }
    device.as_ref().ok().cloned()
}
