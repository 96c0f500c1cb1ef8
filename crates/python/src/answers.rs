//! What comes of images in MNIST's form: labels and probabilities, in memory as `NumPy` has them.

use base::IMAGE_PIXELS;
use infer::Error;
use infer::predict::Predictor;
use model::most_probable;
use pyo3::prelude::*;
use pyo3::types::PyByteArray;
use rayon::prelude::*;

/// Stands for the label of an image that gets none.
pub(crate) const NO_LABEL: i64 = -1;

/// Numbers as this machine has them in memory.
pub(crate) fn bytes_of<'py, T: Copy, const N: usize>(
    py: Python<'py>,
    numbers: &[T],
    to_bytes: fn(T) -> [u8; N],
) -> PyResult<Bound<'py, PyByteArray>> {
    PyByteArray::new_with(py, numbers.len() * N, |bytes| {
        for (place, &number) in bytes.as_chunks_mut::<N>().0.iter_mut().zip(numbers) {
            *place = to_bytes(number);
        }
        Ok(())
    })
}

/// Labels and probabilities of images in MNIST's form.
pub(crate) fn answer(
    predictor: &Predictor,
    pixels: &[u8],
    answers_blank: bool,
) -> Result<(Vec<i64>, Vec<f64>), Error> {
    let logits = predictor.logits(pixels)?;
    let temperature = predictor.temperature().unwrap_or_default();
    let num_classes = predictor.num_classes();
    let mut labels = vec![NO_LABEL; logits.len() / num_classes];
    let mut probabilities = vec![0.0; logits.len()];
    labels
        .par_iter_mut()
        .zip(probabilities.par_chunks_exact_mut(num_classes))
        .zip(logits.par_chunks_exact(num_classes))
        .zip(pixels.par_chunks_exact(IMAGE_PIXELS))
        .for_each(|(((label, row), logits), image)| {
            if !answers_blank && image.iter().all(|pixel| *pixel == image[0]) {
                return;
            }
            let found = temperature.probabilities(logits);
            *label = most_probable(&found).0.cast_signed() as i64;
            row.copy_from_slice(&found);
        });
    Ok((labels, probabilities))
}
