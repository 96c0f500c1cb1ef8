//! What is strange about labelled images, with the likely cause: nothing that stops anybody, but people should know.

use crate::images::LabeledImages;
use crate::orientation::noticed;
use base::{IMAGE_PIXELS, IMAGE_SIDE, with_separators};

/// Images that are looked at for pixels that tell the label, at most, and at least.
const IMAGES_LOOKED_AT: usize = 2_000;
const MIN_IMAGES: usize = 50;
/// From here on a pixel is said to tell the label.
const MIN_CORRELATION: f64 = 0.98;

/// What is strange about images with labels of these classes, in words: images of one colour, one label for all, a
/// pixel that tells the label, pixels that are 0 and 1, digits that are turned, mirrored or inverted.
#[must_use]
pub fn oddities(images: &LabeledImages, class_names: &[String]) -> Vec<String> {
    let mut oddities = Vec::new();
    if images.is_empty() {
        return oddities;
    }
    let all = images.pixels().as_chunks::<IMAGE_PIXELS>().0;
    let num_blank = all
        .iter()
        .filter(|image| image.iter().all(|pixel| *pixel == image[0]))
        .count();
    if num_blank > 0 {
        oddities.push(format!(
            "{} of {} images are of one colour: they teach nothing",
            with_separators(num_blank),
            with_separators(images.len())
        ));
    }
    let first = images.labels()[0];
    if images.len() > 1 && images.labels().iter().all(|&label| label == first) {
        let name = class_names
            .get(usize::from(first))
            .map_or("?", String::as_str);
        oddities.push(format!(
            "all images are of one class ({name}): are these the labels, and all of the images?"
        ));
    }
    if num_blank < images.len() && images.pixels().iter().all(|&pixel| pixel <= 1) {
        oddities.push(
            "no pixel is above 1, where 255 is full ink: were they scaled to 0 and 1? Multiply them by 255".into(),
        );
    }
    if let Some(pixel) = telling_pixel(images) {
        oddities.push(format!(
            "the pixel in row {} and column {} (number {} of 784) tells the label: a column of labels or of numbers \
             may be among the pixels",
            pixel / IMAGE_SIDE + 1,
            pixel % IMAGE_SIDE + 1,
            pixel + 1
        ));
    }
    if let Some(pose) = noticed(images, class_names) {
        oddities.push(format!(
            "the digits look {}: a network learns them so, and will read others badly",
            pose.describe()
        ));
    }
    oddities
}

/// The pixel that goes with the label as if it were that.
fn telling_pixel(images: &LabeledImages) -> Option<usize> {
    let step = images.len().div_ceil(IMAGES_LOOKED_AT).max(1);
    let all = images.pixels().as_chunks::<IMAGE_PIXELS>().0;
    let some: Vec<_> = all.iter().zip(images.labels()).step_by(step).collect();
    if some.len() < MIN_IMAGES {
        return None;
    }
    let count = some.len() as f64;
    let label_mean = some
        .iter()
        .map(|(_, label)| f64::from(**label))
        .sum::<f64>()
        / count;
    let correlation = |pixel: usize| {
        let mean = some
            .iter()
            .map(|(image, _)| f64::from(image[pixel]))
            .sum::<f64>()
            / count;
        let (mut both, mut of_pixel, mut of_label) = (0.0, 0.0, 0.0);
        for (image, label) in &some {
            let (x, y) = (
                f64::from(image[pixel]) - mean,
                f64::from(**label) - label_mean,
            );
            both += x * y;
            of_pixel += x * x;
            of_label += y * y;
        }
        both.abs() / (of_pixel * of_label).sqrt()
    };
    // Without any spread there is no correlation, which is no number.
    (0..IMAGE_PIXELS).find(|&pixel| correlation(pixel) >= MIN_CORRELATION)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::images::digit_names;
    use crate::synthetic::{SyntheticConfig, draw};

    fn digits() -> LabeledImages {
        draw(&SyntheticConfig {
            num_train: 100,
            num_test: 0,
            seed: 3,
        })
        .train
    }

    fn changed(change: impl Fn(usize, u8, u8) -> u8) -> LabeledImages {
        let digits = digits();
        let pixels = digits.pixels().iter().enumerate().map(|(index, &pixel)| {
            let label = digits.labels()[index / IMAGE_PIXELS];
            change(index % IMAGE_PIXELS, pixel, label)
        });
        LabeledImages::new(pixels.collect(), digits.labels().to_vec()).unwrap()
    }

    fn found(images: &LabeledImages) -> String {
        oddities(images, &digit_names()).join("; ")
    }

    #[test]
    fn ordinary_digits_have_nothing_strange() {
        assert_eq!(found(&digits()), "");
        assert_eq!(found(&LabeledImages::default()), "");
    }

    #[test]
    fn what_is_strange_is_said_with_its_likely_cause() {
        let one = LabeledImages::new(digits().pixels().to_vec(), vec![4; 100]).unwrap();
        assert!(
            found(&one).contains("all images are of one class (4)"),
            "{}",
            found(&one)
        );
        let telling = changed(|index, pixel, label| if index == 29 { label } else { pixel });
        assert!(
            found(&telling).contains("row 2 and column 2 (number 30 of 784)"),
            "{}",
            found(&telling)
        );
        let unit = changed(|_, pixel, _| u8::from(pixel > 99));
        assert!(
            found(&unit).contains("no pixel is above 1"),
            "{}",
            found(&unit)
        );
        assert!(found(&digits().transposed()).contains("look transposed"));
        let inverted = changed(|_, pixel, _| 255 - pixel);
        assert!(
            found(&inverted).contains("look inverted"),
            "{}",
            found(&inverted)
        );
        let blank = changed(|_, _, _| 7);
        assert!(found(&blank).contains("100 of 100 images are of one colour"));
    }
}
