//! The devices a network can run on: listing them, opening one without a panic.
//!
//! `cpu` is Burn's flex backend with our kernels, `flex` the same without them, `ndarray` Burn's older
//! backend; GPUs are reached through wgpu, whose adapters are listed hardware first. Owns no tensor.

use crate::adapter::{Adapter, adapters, open_adapter};
use crate::device_choice::{DeviceChoice, DeviceError};
use burn::tensor::Device;

/// What a device is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceClass {
    /// The processor.
    Cpu,
    /// A graphics processor.
    Gpu,
    /// A graphics driver that computes on the processor.
    SoftwareGpu,
}

/// A device that is open and ready for tensors.
#[derive(Clone, Debug)]
pub struct OpenDevice {
    /// The device, without automatic differentiation.
    pub device: Device,
    /// How to ask for exactly this one.
    pub choice: DeviceChoice,
    /// What it is called, for people.
    pub name: String,
    /// The driver and its version; empty where there is none.
    pub driver: String,
    /// What it is made of.
    pub class: DeviceClass,
    /// Whether operations on it are those of our kernels, where there are any.
    pub is_fused: bool,
}

impl OpenDevice {
    /// Does something on this thread with the operations of this device. What is computed on it belongs
    /// in here; other threads and devices are not touched.
    pub fn compute<T>(&self, work: impl FnOnce() -> T) -> T {
        kernels::with_fusing(self.is_fused, work)
    }
}

/// Opens a device; see [`OpenDevice::compute`] for how to use it.
///
/// # Errors
///
/// Where it is not there, cannot be opened, or was not built in. Never panics for want of a GPU.
pub fn open_device(choice: DeviceChoice) -> Result<OpenDevice, DeviceError> {
    match choice {
        DeviceChoice::Auto => Ok(open_auto()),
        DeviceChoice::Cpu => Ok(open_cpu()),
        DeviceChoice::Flex => Ok(open_flex()),
        DeviceChoice::NdArray => Ok(open_ndarray()),
        DeviceChoice::Gpu(index) => open_gpu(choice, index, |_| true),
        DeviceChoice::Vulkan(index) => open_gpu(choice, index, |adapter| adapter.api == "Vulkan"),
        DeviceChoice::Metal(index) => open_gpu(choice, index, |adapter| adapter.api == "Metal"),
        DeviceChoice::Cuda(index) => open_cuda(choice, index),
    }
}

/// Every device of this machine and this build, in the order in which `train devices` lists them.
#[must_use]
pub fn list_choices() -> Vec<DeviceChoice> {
    let mut choices = vec![DeviceChoice::Cpu, DeviceChoice::Flex, DeviceChoice::NdArray];
    choices.extend((0..adapters().len()).map(|index| DeviceChoice::Gpu(Some(index))));
    #[cfg(feature = "cuda")]
    {
        let devices = Device::enumerate(burn::tensor::DeviceType::Cuda).into_vec();
        choices.extend((0..devices.len()).map(DeviceChoice::Cuda));
    }
    choices
}

/// The GPUs that are cards and no software, in the order of the list, without opening one.
pub fn hardware_gpus() -> impl Iterator<Item = DeviceChoice> {
    let adapters = adapters().iter().enumerate();
    let hardware = adapters.filter(|(_, adapter)| !adapter.is_software());
    hardware.map(|(index, _)| DeviceChoice::Gpu(Some(index)))
}

/// Threads that CPU backends compute with; `RAYON_NUM_THREADS` sets them.
#[must_use]
pub fn num_threads() -> usize {
    rayon::current_num_threads()
}

fn open_cpu() -> OpenDevice {
    OpenDevice {
        device: Device::flex(),
        choice: DeviceChoice::Cpu,
        name: format!(
            "CPU, Burn's flex and our kernels, {} threads",
            num_threads()
        ),
        driver: String::new(),
        class: DeviceClass::Cpu,
        is_fused: true,
    }
}

fn open_flex() -> OpenDevice {
    OpenDevice {
        device: Device::flex(),
        choice: DeviceChoice::Flex,
        name: format!("CPU, Burn's flex, {} threads", num_threads()),
        driver: String::new(),
        class: DeviceClass::Cpu,
        is_fused: false,
    }
}

#[expect(deprecated, reason = "users ask for it for as long as Burn has it")]
fn open_ndarray() -> OpenDevice {
    OpenDevice {
        device: Device::ndarray(),
        choice: DeviceChoice::NdArray,
        name: format!("CPU, Burn's ndarray, {} threads", num_threads()),
        driver: String::new(),
        class: DeviceClass::Cpu,
        is_fused: true,
    }
}

fn open_auto() -> OpenDevice {
    let gpu = hardware_gpus()
        .next()
        .and_then(|choice| open_device(choice).ok());
    gpu.unwrap_or_else(open_cpu)
}

fn open_gpu(
    choice: DeviceChoice,
    index: Option<usize>,
    wanted: impl Fn(&Adapter) -> bool,
) -> Result<OpenDevice, DeviceError> {
    let all = adapters();
    let mut candidates = all
        .iter()
        .enumerate()
        .filter(|(_, adapter)| wanted(adapter));
    let Some((position, adapter)) = candidates.nth(index.unwrap_or(0)) else {
        let found = all.iter().map(Adapter::describe).collect();
        return Err(DeviceError::Absent { choice, found });
    };
    let device = open_adapter(adapter).map_err(|reason| DeviceError::Unusable {
        choice,
        name: adapter.describe(),
        reason,
    })?;
    let class = if adapter.is_software() {
        DeviceClass::SoftwareGpu
    } else {
        DeviceClass::Gpu
    };
    Ok(OpenDevice {
        device,
        choice: DeviceChoice::Gpu(Some(position)),
        name: adapter.describe(),
        driver: adapter.driver.clone(),
        class,
        is_fused: true,
    })
}

#[cfg(feature = "cuda")]
fn open_cuda(choice: DeviceChoice, index: usize) -> Result<OpenDevice, DeviceError> {
    let num_devices = Device::enumerate(burn::tensor::DeviceType::Cuda)
        .into_vec()
        .len();
    if index >= num_devices {
        let found = adapters().iter().map(Adapter::describe).collect();
        return Err(DeviceError::Absent { choice, found });
    }
    Ok(OpenDevice {
        device: Device::cuda(index),
        choice,
        name: format!("NVIDIA GPU {index} over CUDA"),
        driver: String::new(),
        class: DeviceClass::Gpu,
        is_fused: true,
    })
}

#[cfg(not(feature = "cuda"))]
fn open_cuda(choice: DeviceChoice, _index: usize) -> Result<OpenDevice, DeviceError> {
    Err(DeviceError::NotBuiltIn {
        choice,
        feature: "cuda",
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_absent_gpu_is_an_error_with_the_list() {
        let error = open_device(DeviceChoice::Gpu(Some(99))).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("no device `gpu:99` on this machine; ")
        );
        assert!(error.hint().unwrap().contains("train devices"));
    }

    #[test]
    fn the_cpu_is_always_there() {
        let open = open_device(DeviceChoice::Cpu).unwrap();
        assert_eq!(open.class, DeviceClass::Cpu);
        assert!(open_device(DeviceChoice::Auto).is_ok());
    }
}
