//! Folders of PNGs, one a class, named after it.

use std::fs;
use std::path::Path;

use rayon::prelude::*;

use super::png::png;
use crate::error::DataError;
use crate::images::LabeledImages;
use base::IMAGE_PIXELS;

/// Digits in the name of a picture, which is its image's number.
const NUM_DIGITS: usize = 6;

/// Writes `FOLDER/CLASS/NUMBER.png`. A class without images has no folder.
pub(super) fn write(
    images: &LabeledImages,
    class_names: &[String],
    folder: &Path,
) -> Result<(), DataError> {
    let class_folder = |label: u8| {
        let name = class_names.get(usize::from(label));
        // No name of a class may lead out of the folder.
        let name = name.map_or_else(|| label.to_string(), |name| name.replace(['/', '\\'], "-"));
        folder.join(name)
    };
    let mut labels = images.labels().to_vec();
    labels.sort_unstable();
    labels.dedup();
    for label in labels {
        let path = class_folder(label);
        fs::create_dir_all(&path).map_err(DataError::io(&path, "write"))?;
    }
    let pictures = images
        .pixels()
        .par_chunks_exact(IMAGE_PIXELS)
        .zip(images.labels());
    pictures
        .enumerate()
        .try_for_each(|(number, (image, &label))| {
            let path = class_folder(label).join(format!("{number:0NUM_DIGITS$}.png"));
            let bytes = png(image).map_err(DataError::io(&path, "write"))?;
            fs::write(&path, bytes).map_err(DataError::io(&path, "write"))
        })
}
