//! MNIST's own files: images and labels of training and test, under the names that its authors gave them.

use std::io::{self, Write as _};
use std::path::Path;

use crate::error::DataError;
use crate::idx::{image_header, label_header};
use crate::images::LabeledImages;
use crate::mnist::FILE_NAMES;
use base::files::{Existing, WholeFile};

/// Writes the two files of one part of a set.
pub(super) fn write(images: &LabeledImages, is_test: bool, folder: &Path) -> Result<(), DataError> {
    let [train_images, train_labels, test_images, test_labels] = FILE_NAMES;
    let (image_file, label_file) = if is_test {
        (test_images, test_labels)
    } else {
        (train_images, train_labels)
    };
    let write = |name: &str, header: Vec<u8>, items: &[u8]| {
        let path = folder.join(name);
        let write = || -> io::Result<()> {
            let mut file = WholeFile::create(&path)?;
            file.write_all(&header)?;
            file.write_all(items)?;
            file.finish(Existing::Keep)
        };
        write().map_err(DataError::io(&path, "write"))
    };
    write(image_file, image_header(images.len()), images.pixels())?;
    write(label_file, label_header(images.len()), images.labels())
}
