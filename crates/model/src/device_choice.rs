//! How people name devices, and what they are told where one cannot be had. Opens none.

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
            Self::NotBuiltIn { feature, .. } => Some(format!(
                "build it in with `--features {feature}`, which downloads LLVM while it builds; `--device gpu` \
                 reaches the same card without"
            )),
        }
    }
}

fn list_of(adapters: &[String]) -> String {
    if adapters.is_empty() {
        return "no GPU adapter was found, only the CPU (`cpu`, `flex`, `ndarray`)".to_string();
    }
    let listed: Vec<String> = adapters
        .iter()
        .enumerate()
        .map(|(index, name)| format!("gpu:{index} is {name}"))
        .collect();
    format!("found {}", listed.join(", "))
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
}
