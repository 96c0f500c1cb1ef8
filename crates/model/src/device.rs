//! The devices a network can run on: naming them, listing them, opening one without a panic.
//!
//! `cpu` is Burn's flex backend with our kernels, `flex` the same without them, `ndarray` Burn's older
//! backend; GPUs are reached through wgpu, whose adapters are listed hardware first. Owns no tensor.

use crate::adapter::{Adapter, adapters, open_adapter};
use burn::tensor::Device;
use std::fmt;
use std::str::FromStr;

/// The spellings that [`DeviceChoice`] takes.
pub const DEVICE_SPELLINGS: &str =
    "auto, cpu, gpu, gpu:N, vulkan, vulkan:N, metal, metal:N, cuda, cuda:N, flex, ndarray";

/// A device as the user names it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeviceChoice {
    /// A hardware GPU if there is one, else the CPU.
    #[default]
    Auto,
    /// Burn's flex backend, with our kernels.
    Cpu,
    /// Burn's flex backend by itself: slower.
    Flex,
    /// Burn's ndarray backend: slower, and deprecated upstream.
    NdArray,
    /// The N-th adapter of the list, or the first.
    Gpu(Option<usize>),
    /// The N-th adapter that is reached over Vulkan, or the first.
    Vulkan(Option<usize>),
    /// The N-th adapter that is reached over Metal, or the first.
    Metal(Option<usize>),
    /// An NVIDIA GPU over CUDA.
    Cuda(usize),
}

impl FromStr for DeviceChoice {
    type Err = DeviceError;

    fn from_str(text: &str) -> Result<Self, DeviceError> {
        let unknown = || DeviceError::Unknown {
            name: text.to_string(),
        };
        let (name, index) = match text.split_once(':') {
            Some((name, index)) => (name, Some(index.parse().map_err(|_| unknown())?)),
            None => (text, None),
        };
        match (name, index) {
            ("auto", None) => Ok(Self::Auto),
            ("cpu", None) => Ok(Self::Cpu),
            ("flex", None) => Ok(Self::Flex),
            ("ndarray", None) => Ok(Self::NdArray),
            ("gpu", index) => Ok(Self::Gpu(index)),
            ("vulkan", index) => Ok(Self::Vulkan(index)),
            ("metal", index) => Ok(Self::Metal(index)),
            ("cuda", index) => Ok(Self::Cuda(index.unwrap_or(0))),
            _ => Err(unknown()),
        }
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, index) = match self {
            Self::Auto => ("auto", None),
            Self::Cpu => ("cpu", None),
            Self::Flex => ("flex", None),
            Self::NdArray => ("ndarray", None),
            Self::Gpu(index) => ("gpu", *index),
            Self::Vulkan(index) => ("vulkan", *index),
            Self::Metal(index) => ("metal", *index),
            Self::Cuda(index) => ("cuda", Some(*index)),
        };
        match index {
            Some(index) => write!(formatter, "{name}:{index}"),
            None => formatter.write_str(name),
        }
    }
}

/// Why a device could not be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    /// No device has this name.
    #[error("unknown device `{name}`: expected one of {DEVICE_SPELLINGS}")]
    Unknown {
        /// What the user wrote.
        name: String,
    },
    /// There is no such adapter.
    #[error("no device `{choice}` on this machine; {}", list_of(found))]
    Absent {
        /// What the user asked for.
        choice: DeviceChoice,
        /// The adapters there are.
        found: Vec<String>,
    },
    /// The adapter is there but cannot be used.
    #[error("the device `{choice}` ({name}) cannot be opened: {reason}")]
    Unusable {
        /// What the user asked for.
        choice: DeviceChoice,
        /// The adapter's name.
        name: String,
        /// What the driver said.
        reason: String,
    },
    /// The program was built without it.
    #[error("this program was built without `{choice}`")]
    NotBuiltIn {
        /// What the user asked for.
        choice: DeviceChoice,
        /// The cargo feature that has it.
        feature: &'static str,
    },
}

impl DeviceError {
    /// The way out.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown { .. } => Some("`train devices` lists what this machine has".to_string()),
            Self::Absent { .. } | Self::Unusable { .. } => Some(
                "`train devices` lists what this machine has; `--device cpu` always works"
                    .to_string(),
            ),
            Self::NotBuiltIn { feature, .. } => {
                Some(format!("build it in with `--features {feature}`"))
            }
        }
    }
}

fn list_of(adapters: &[String]) -> String {
    if adapters.is_empty() {
        return "no GPU adapter was found, only the CPU (`cpu`, `ndarray`)".to_string();
    }
    let listed: Vec<String> = adapters
        .iter()
        .enumerate()
        .map(|(index, name)| format!("gpu:{index} is {name}"))
        .collect();
    format!("found {}", listed.join(", "))
}

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
        class: DeviceClass::Cpu,
        is_fused: true,
    }
}

fn open_flex() -> OpenDevice {
    OpenDevice {
        device: Device::flex(),
        choice: DeviceChoice::Flex,
        name: format!("CPU, Burn's flex, {} threads", num_threads()),
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
        class: DeviceClass::Cpu,
        is_fused: true,
    }
}

fn open_auto() -> OpenDevice {
    let hardware = adapters().iter().position(|adapter| !adapter.is_software());
    let gpu = hardware.and_then(|index| open_device(DeviceChoice::Gpu(Some(index))).ok());
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
    fn names_are_read_and_written() {
        for text in [
            "auto", "cpu", "flex", "ndarray", "gpu", "gpu:7", "vulkan", "metal:1", "cuda:0",
        ] {
            assert_eq!(text.parse::<DeviceChoice>().unwrap().to_string(), text);
        }
        assert_eq!("cuda".parse(), Ok(DeviceChoice::Cuda(0)));
    }

    #[test]
    fn other_names_are_refused_with_the_list() {
        for text in ["", "gpu:", "gpu:x", "gpu:-1", "cpu:1", "tpu"] {
            let message = text.parse::<DeviceChoice>().unwrap_err().to_string();
            assert!(message.contains(&format!("`{text}`")) && message.contains("ndarray"));
        }
    }

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
