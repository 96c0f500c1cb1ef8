//! Known data sets as bytes.

use crate::errors::{SetError, of_data};
use data::{Dataset, KnownSet, LabeledImages, Lookup, Silent};
use pyo3::prelude::*;
use pyo3::types::PyByteArray;
use std::path::PathBuf;

/// Pixels and labels of the images of one part of a set.
type Part<'py> = (Bound<'py, PyByteArray>, Bound<'py, PyByteArray>);

/// The training and the test images of a known set, and the names of its classes.
#[pyfunction]
#[pyo3(signature = (name, folder, offline))]
pub(crate) fn load_set<'py>(
    py: Python<'py>,
    name: &str,
    folder: Option<PathBuf>,
    offline: bool,
) -> PyResult<(Part<'py>, Part<'py>, Vec<String>)> {
    let Ok(set) = name.parse::<KnownSet>() else {
        let known: Vec<&str> = KnownSet::ALL.iter().map(|set| set.name()).collect();
        let known = known.join(", ");
        return Err(SetError::new_err(format!(
            "no data set `{name}`: expected one of {known}"
        )));
    };
    let lookup = Lookup::from_environment(folder, offline);
    let loaded = py.detach(|| data::load(set, &lookup, &Silent));
    let Dataset {
        train,
        test,
        class_names,
        ..
    } = loaded.map_err(|error| of_data(&error))?;
    let part = |images: &LabeledImages| {
        let pixels = PyByteArray::new(py, images.pixels());
        (pixels, PyByteArray::new(py, images.labels()))
    };
    let test = test.unwrap_or_default();
    Ok((part(&train), part(&test), class_names))
}
