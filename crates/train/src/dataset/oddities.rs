//! What is strange about a training set: nothing that stops a run, but people should know.

use super::TrainingData;

impl TrainingData {
    /// What is strange about the training images, in words: classes without any, and what the data crate finds
    /// strange about images.
    #[must_use]
    pub fn oddities(&self) -> Vec<String> {
        let mut counts = vec![0_usize; self.class_names.len()];
        for &label in self.train.labels() {
            if let Some(count) = counts.get_mut(usize::from(label)) {
                *count += 1;
            }
        }
        let named: Vec<_> = self.class_names.iter().zip(&counts).collect();
        let with_images = named.iter().filter(|(_, count)| **count > 0).count();
        let lacking: Vec<&str> = named
            .iter()
            .filter(|(_, count)| **count == 0)
            .map(|(name, _)| name.as_str())
            .collect();
        let mut oddities = Vec::new();
        if with_images > 1 && !lacking.is_empty() {
            let lacking = lacking.join(", ");
            oddities.push(format!(
                "no training image is of class {lacking}: the network will never guess it"
            ));
        }
        oddities.extend(data::oddities(&self.train, &self.class_names));
        oddities
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use base::IMAGE_PIXELS;
    use data::LabeledImages;

    fn data(labels: &[u8], num_blank: usize) -> TrainingData {
        let images = labels.iter().enumerate().flat_map(|(index, _)| {
            let mut image = vec![0; IMAGE_PIXELS];
            image[9] = 200 * u8::from(index >= num_blank);
            image
        });
        let train = LabeledImages::new(images.collect(), labels.to_vec()).unwrap();
        let class_names = ["cat", "dog", "cow"].map(String::from).to_vec();
        TrainingData::to_train_on(train, class_names, "mine")
    }

    #[test]
    fn what_is_strange_about_a_set_is_said() {
        assert!(data(&[0, 1, 2, 2], 0).oddities().is_empty());
        let found = data(&[0, 2, 2], 1).oddities();
        assert!(found[0].contains("class dog"), "{found:?}");
        assert!(found[1].contains("1 of 3 images"), "{found:?}");
        let found = data(&[1, 1], 0).oddities();
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("of one class"), "{found:?}");
    }
}
