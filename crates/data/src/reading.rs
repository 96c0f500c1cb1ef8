//! How files of many images are read, and what their readers have in common.

use std::path::Path;

use crate::decode::DecodeLimits;
use crate::error::DataError;
use crate::record::Record;
use crate::remarks::Remarks;

/// Images one by one, an error in the place of what cannot be used.
pub(crate) type Stream = Box<dyn Iterator<Item = Result<Record, DataError>>>;

/// How files of many images are read.
#[derive(Clone)]
pub(crate) struct Reading {
    /// What one picture may cost.
    pub(crate) limits: DecodeLimits,
    /// Whether labels are looked for in other files and arrays.
    pub(crate) with_labels: bool,
    /// What readers have to say.
    pub(crate) remarks: Remarks,
    /// Opens a file of many that was in another one; `None` where it is none.
    pub(crate) open: fn(&Path, &Reading) -> Result<Option<Stream>, DataError>,
}
