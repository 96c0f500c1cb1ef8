//! Weights into a network that has others.

use crate::classifier::Classifier;
use crate::exchange_error::ExchangeError;
use crate::weights::NamedWeights;
use burn::module::{Module as _, ModuleMapper, Param};
use burn::tensor::{Tensor, TensorData};

/// The classifier with these weights, which are in the order of saving.
pub(super) fn fill(
    classifier: Classifier,
    tensors: Vec<NamedWeights>,
) -> Result<Classifier, ExchangeError> {
    let mut filling = Filling {
        tensors: tensors.into_iter(),
        problem: None,
    };
    let filled = classifier.map(&mut filling);
    if let Some(problem) = filling.problem {
        return Err(ExchangeError::Mismatch(problem));
    }
    Ok(filled)
}

struct Filling {
    tensors: std::vec::IntoIter<NamedWeights>,
    problem: Option<String>,
}

impl ModuleMapper for Filling {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let shape = param.val().dims();
        match self.tensors.next() {
            Some(tensor) if tensor.shape == shape => param.map(|former| {
                let data = TensorData::new(tensor.values, shape);
                Tensor::from_data(data, &former.device())
            }),
            other => {
                let found = other.map_or("nothing".into(), |tensor| tensor.name);
                self.problem = Some(format!("{found} in the place of weights {shape:?}"));
                param
            }
        }
    }
}
