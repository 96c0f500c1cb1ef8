//! Tensors of Burn's CPU backend as slices of floats, and back.

use burn::backend::Flex;
use burn::backend::ops::FloatTensorOps as _;
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::tensor::TensorData;

/// The same tensor with its values in order, one after another, and no others beside them. Copies
/// only where it has to.
#[allow(clippy::needless_pass_by_value)] // The original must go, or writing would copy.
pub(crate) fn contiguous(tensor: FloatTensor<Flex>) -> FloatTensor<Flex> {
    tensor.to_contiguous()
}

/// The values of a contiguous tensor of 32-bit floats, in order.
pub(crate) fn floats(tensor: &FloatTensor<Flex>) -> &[f32] {
    tensor.storage()
}

/// The same for writing. Copies them first where another tensor shares them.
pub(crate) fn floats_mut(tensor: &mut FloatTensor<Flex>) -> &mut [f32] {
    tensor.storage_mut()
}

/// A tensor of these values; nothing is copied.
pub(crate) fn tensor(values: Vec<f32>, shape: &[usize]) -> FloatTensor<Flex> {
    #[expect(
        clippy::default_trait_access,
        reason = "burn does not hand out the name of the device's type"
    )]
    let device = Default::default();
    Flex::float_from_data(TensorData::new(values, shape), &device)
}

/// All values of a tensor of integers; a negative one is the largest there is.
pub(crate) fn integers(tensor: &IntTensor<Flex>) -> Vec<usize> {
    let tensor = tensor.to_contiguous();
    match tensor.as_slice::<i32>() {
        Some(values) => values.iter().map(|&value| to_index(value)).collect(),
        None => tensor
            .storage::<i64>()
            .iter()
            .map(|&value| to_index(value))
            .collect(),
    }
}

fn to_index<T: TryInto<usize>>(value: T) -> usize {
    value.try_into().unwrap_or(usize::MAX)
}
