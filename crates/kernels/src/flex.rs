//! Tensors of Burn's CPU backend as slices of floats, and back.

use burn::backend::Flex;
use burn::backend::ops::FloatTensorOps as _;
use burn::backend::tensor::FloatTensor;
use burn::tensor::TensorData;

/// The same tensor with its values in order, one after another.
pub(crate) fn contiguous(tensor: FloatTensor<Flex>) -> FloatTensor<Flex> {
    if tensor.as_slice::<f32>().is_some() {
        tensor
    } else {
        tensor.to_contiguous()
    }
}

/// The values of a contiguous tensor of 32-bit floats, in order.
pub(crate) fn floats(tensor: &FloatTensor<Flex>) -> &[f32] {
    debug_assert!(tensor.as_slice::<f32>().is_some());
    tensor.as_slice().unwrap_or_default()
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
