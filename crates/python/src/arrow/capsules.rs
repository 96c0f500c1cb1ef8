//! Arrow arrays that come in and go out as capsules: structures of C whose layout Arrow fixes (its C data and C stream
//! interfaces), with a pointer to a function that lets them go.
//!
//! The one place outside of `kernels` with `unsafe` code: a capsule holds a bare pointer, and nothing but its name says
//! to what. That it is what its name says is promised by whoever made it, as by all who speak this interface.
#![expect(unsafe_code, reason = "Arrow's C data interface hands over pointers")]

use super::failed;
use crate::errors::InputError;
use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi, to_ffi};
use arrow_array::ffi_stream::{ArrayStreamReader, FFI_ArrowArrayStream};
use arrow_array::{Array as _, ArrayRef, RecordBatch, RecordBatchReader, StructArray, make_array};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use std::ffi::CStr;
use std::ptr::NonNull;

const SCHEMA: &CStr = c"arrow_schema";
const ARRAY: &CStr = c"arrow_array";
const STREAM: &CStr = c"arrow_array_stream";

/// Arrays, one after the other.
type Arrays = Box<dyn Iterator<Item = PyResult<ArrayRef>>>;

/// All arrays that an object hands out; it is asked for a stream first.
pub(super) fn arrays(object: &Bound<'_, PyAny>) -> PyResult<Arrays> {
    if object.hasattr("__arrow_c_stream__")? {
        let capsule = object.call_method0("__arrow_c_stream__")?;
        let stream = pointer::<FFI_ArrowArrayStream>(&capsule, STREAM)?;
        // SAFETY: the capsule has the name of a stream, so that is what its pointer leads to. It is taken out of the
        // capsule, which has an empty one from then on, and is alive until here.
        let stream = unsafe { FFI_ArrowArrayStream::from_raw(stream.as_ptr()) };
        let arrays = ArrayStreamReader::try_new(stream).map_err(refused)?;
        return Ok(Box::new(arrays.map(|array| array.map_err(refused))));
    }
    let pair = object.call_method0("__arrow_c_array__")?;
    let (schema, array): (Bound<'_, PyAny>, Bound<'_, PyAny>) = pair.extract()?;
    let schema = pointer::<FFI_ArrowSchema>(&schema, SCHEMA)?;
    let array = pointer::<FFI_ArrowArray>(&array, ARRAY)?;
    // SAFETY: as above, by their names.
    let (schema, array) = unsafe {
        (
            FFI_ArrowSchema::from_raw(schema.as_ptr()),
            FFI_ArrowArray::from_raw(array.as_ptr()),
        )
    };
    // SAFETY: who hands out both promises that the array is as its schema says.
    let data = unsafe { from_ffi(array, &schema) }.map_err(refused)?;
    Ok(Box::new(std::iter::once(Ok(make_array(data)))))
}

/// What a capsule of this name holds.
fn pointer<T>(capsule: &Bound<'_, PyAny>, name: &CStr) -> PyResult<NonNull<T>> {
    let capsule = capsule.cast::<PyCapsule>()?;
    Ok(capsule.pointer_checked(Some(name))?.cast())
}

/// The capsules of a table's schema and rows.
pub(super) fn to_array(
    py: Python<'_>,
    table: RecordBatch,
) -> PyResult<(Bound<'_, PyCapsule>, Bound<'_, PyCapsule>)> {
    let rows = StructArray::from(table);
    let (array, schema) = to_ffi(&rows.to_data()).map_err(failed)?;
    Ok((
        PyCapsule::new_with_value(py, schema, SCHEMA)?,
        PyCapsule::new_with_value(py, array, ARRAY)?,
    ))
}

/// The capsule of a stream of tables.
pub(super) fn to_stream(
    py: Python<'_>,
    tables: Box<dyn RecordBatchReader + Send>,
) -> PyResult<Bound<'_, PyCapsule>> {
    PyCapsule::new_with_value(py, FFI_ArrowArrayStream::new(tables), STREAM)
}

fn refused(error: impl std::fmt::Display) -> PyErr {
    InputError::new_err(format!("the Arrow array cannot be read: {error}"))
}
