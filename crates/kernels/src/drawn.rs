//! Values for the tests, the same in every run: with others, once in some hundred runs, a value that is nothing but
//! for its rounding is active in one operation and not in the other, or wins a pool in one of them alone, and a
//! gradient that goes another way is no fault.

use base::random::{Purpose, stream};
use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Device, Tensor, TensorData};
use rand::Rng as _;

/// Nearly normal values (mean 0, standard deviation 1) on the CPU. Another `index` draws others.
pub fn normal<const D: usize>(shape: [usize; D], index: u64) -> Tensor<D> {
    let mut random = stream(1, Purpose::Weights, index);
    let mut uniform = || (random.next_u32() >> 8) as f32 / (1_u32 << 24) as f32;
    let num_values = shape.iter().product();
    let values: Vec<f32> = (0..num_values)
        .map(|_| (0..12).map(|_| uniform()).sum::<f32>() - 6.0)
        .collect();
    Tensor::from_data(TensorData::new(values, shape), &Device::flex())
}

/// `module` with parameters of its own that keep what its layers give as large as their inputs.
pub fn with_drawn_parameters<M: Module>(module: M) -> M {
    module.map(&mut Parameters(100))
}

/// The index of the next parameter.
struct Parameters(u64);

impl ModuleMapper for Parameters {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let shape = param.dims();
        let num_inputs: usize = match D {
            1 => 100,
            2 => shape[0],
            _ => shape[1..].iter().product(),
        };
        self.0 += 1;
        let drawn = normal(shape, self.0) / (3.0 * num_inputs as f32).sqrt();
        let id = param.id;
        param.transform_for_load(drawn, id)
    }
}
