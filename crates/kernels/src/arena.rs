//! Many tensors as parts of one buffer, so that one kernel does for all of them.

use crate::cube::{CubeTensor, argument, elements, workgroup, workgroups};
use cubecl::client::Client;
use cubecl::prelude::*;
use cubecl::server::Handle;

/// One buffer of `length` floats in which each tensor begins at its place: the buffer that they are parts of, where
/// they lie like that already, or a new one.
pub(crate) fn gather(
    client: &Client,
    tensors: &[&CubeTensor],
    places: &[usize],
    length: usize,
) -> Handle {
    if let Some(whole) = whole(tensors, places, length) {
        return whole;
    }
    let buffer = client.empty(4 * length);
    for (tensor, &place) in tensors.iter().zip(places) {
        let num_values = elements(tensor);
        #[allow(unsafe_code)]
        // SAFETY: both are as long as the kernel takes them to be.
        unsafe {
            copy::launch_unchecked(
                client,
                workgroups(num_values),
                workgroup(),
                argument(&tensor.handle, num_values),
                argument(&buffer, length),
                num_values as u32,
                place as u32,
            );
        }
    }
    buffer
}

/// The buffer of `length` floats in which each of these begins at its place, where there is one.
pub(crate) fn whole(tensors: &[&CubeTensor], places: &[usize], length: usize) -> Option<Handle> {
    let first = &tensors.first()?.handle;
    let is_part = |(tensor, &place): (&&CubeTensor, &usize)| {
        let handle = &tensor.handle;
        handle.memory.descriptor() == first.memory.descriptor()
            && handle.size() == 4 * length as u64
            && handle.offset_start.unwrap_or(0) == 4 * place as u64
    };
    let are_parts = tensors.iter().zip(places).all(is_part);
    are_parts.then(|| {
        let mut buffer = first.clone();
        (buffer.offset_start, buffer.offset_end) = (None, None);
        buffer
    })
}

#[cube(launch_unchecked)]
fn copy(from: &[f32], to: &mut [f32], num_values: u32, place: u32) {
    if ABSOLUTE_POS < num_values as usize {
        to[place as usize + ABSOLUTE_POS] = from[ABSOLUTE_POS];
    }
}
