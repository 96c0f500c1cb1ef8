//! GPU adapters, as wgpu finds them: listing them without opening any, opening each once.

use burn::tensor::wgpu::{WgpuBackend, wgpu};
use burn::tensor::{Device, DeviceKind};
use std::sync::{Mutex, OnceLock, PoisonError};
use wgpu::DeviceType;

/// A GPU, real or software, that wgpu can reach.
#[derive(Clone, Debug)]
pub(crate) struct Adapter {
    name: String,
    /// The driver and its version.
    pub(crate) driver: String,
    /// The graphics API, as people write it.
    pub(crate) api: &'static str,
    backend: WgpuBackend,
    kind: DeviceKind,
    device_type: DeviceType,
}

impl Adapter {
    /// Name, kind and API in one line.
    pub(crate) fn describe(&self) -> String {
        let kind = match self.device_type {
            DeviceType::DiscreteGpu => "discrete GPU",
            DeviceType::IntegratedGpu => "integrated GPU",
            DeviceType::VirtualGpu => "virtual GPU",
            DeviceType::Cpu => "software GPU on the CPU",
            DeviceType::Other => "GPU",
        };
        format!("{} ({kind}, {})", self.name, self.api)
    }

    /// Whether it computes on the processor.
    pub(crate) fn is_software(&self) -> bool {
        self.device_type == DeviceType::Cpu
    }

    /// Hardware first, and the stronger kinds before the weaker.
    fn rank(&self) -> u8 {
        match self.device_type {
            DeviceType::DiscreteGpu => 0,
            DeviceType::IntegratedGpu => 1,
            DeviceType::VirtualGpu => 2,
            DeviceType::Other => 3,
            DeviceType::Cpu => 4,
        }
    }
}

/// The graphics APIs to look at. OpenGL comes last and only where the others have no hardware: it
/// shows the same cards again.
const APIS: [(&str, WgpuBackend, wgpu::Backends); 4] = [
    ("Vulkan", WgpuBackend::Vulkan, wgpu::Backends::VULKAN),
    ("Metal", WgpuBackend::Metal, wgpu::Backends::METAL),
    ("DirectX 12", WgpuBackend::Dx12, wgpu::Backends::DX12),
    ("OpenGL", WgpuBackend::Gl, wgpu::Backends::GL),
];

/// All adapters of this machine, hardware first. Looked up once a process.
pub(crate) fn adapters() -> &'static [Adapter] {
    static ADAPTERS: OnceLock<Vec<Adapter>> = OnceLock::new();
    ADAPTERS.get_or_init(|| {
        let mut found: Vec<Adapter> = Vec::new();
        for (api, backend, backends) in APIS {
            if backend == WgpuBackend::Gl && found.iter().any(|adapter| !adapter.is_software()) {
                continue;
            }
            found.extend(adapters_on(api, backend, backends));
        }
        // Software OpenGL takes minutes for what software Vulkan does in seconds.
        found.retain(|adapter| !(adapter.is_software() && adapter.api == "OpenGL"));
        found.sort_by_key(Adapter::rank);
        found
    })
}

fn adapters_on(api: &'static str, backend: WgpuBackend, backends: wgpu::Backends) -> Vec<Adapter> {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends,
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    });
    let mut num_of_type = std::collections::HashMap::new();
    pollster::block_on(instance.enumerate_adapters(backends))
        .iter()
        .map(|adapter| {
            let info = adapter.get_info();
            let index = num_of_type
                .entry(info.device_type as u32)
                .or_insert(0_usize);
            let kind = match info.device_type {
                DeviceType::DiscreteGpu => DeviceKind::DiscreteGpu(*index),
                DeviceType::IntegratedGpu => DeviceKind::IntegratedGpu(*index),
                DeviceType::VirtualGpu => DeviceKind::VirtualGpu(*index),
                DeviceType::Cpu => DeviceKind::Cpu,
                DeviceType::Other => DeviceKind::DefaultDevice,
            };
            *index += 1;
            Adapter {
                driver: format!("{} {}", info.driver, info.driver_info),
                name: info.name,
                api,
                backend,
                kind,
                device_type: info.device_type,
            }
        })
        .collect()
}

/// Opens an adapter, or hands out the device that an earlier call opened: wgpu lets each be opened
/// once a process.
///
/// # Errors
///
/// What the driver said.
pub(crate) fn open_adapter(adapter: &Adapter) -> Result<Device, String> {
    static OPENED: Mutex<Vec<(DeviceKind, &'static str, Device)>> = Mutex::new(Vec::new());
    let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    let known = opened
        .iter()
        .find(|(kind, api, _)| *kind == adapter.kind && *api == adapter.api);
    if let Some((_, _, device)) = known {
        return Ok(device.clone());
    }
    let device = Device::wgpu_options()
        .device_kind(adapter.kind.clone())
        .graphics_api(adapter.backend)
        .init()
        .map_err(|error| error.to_string())?;
    opened.push((adapter.kind.clone(), adapter.api, device.clone()));
    Ok(device)
}
