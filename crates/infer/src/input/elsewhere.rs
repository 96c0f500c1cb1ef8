//! The objects of a folder on another machine that are worth reading.

use super::names::{is_known_name, is_of_a_system};
use crate::remote::names;
use data::{Remarks, has_labels_name};
use std::io;
use std::path::Path;

/// The addresses of the pictures and files of many images in a folder of objects and the folders in it, as their store
/// lists them; hidden ones are passed over.
pub(super) fn objects(
    folder: &str,
    remarks: &Remarks,
) -> io::Result<impl Iterator<Item = io::Result<String>> + use<>> {
    let (folder, remarks) = (folder.to_owned(), remarks.clone());
    let all = names(&folder)?;
    Ok(all.filter(move |object| {
        let Ok(object) = object else {
            return true;
        };
        let name = object.strip_prefix(folder.as_str()).unwrap_or(object);
        if name.split('/').any(is_of_a_system) {
            return false;
        }
        let is_known = is_known_name(name);
        if !is_known && !has_labels_name(name) {
            remarks.pass_over(Path::new(object));
        }
        is_known
    }))
}
