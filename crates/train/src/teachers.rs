//! Networks that are trained already, and what the one in training learns from them.

use crate::config::DistillationConfig;
use burn::tensor::Tensor;
use burn::tensor::activation::{log_softmax, softmax};
use kernels::LossOptions;
use model::{Classifier, Views};
use std::fmt;

/// Teachers, on the device of the training, and how much they count.
#[derive(Debug)]
pub struct Teachers {
    names: Vec<String>,
    classifiers: Vec<Classifier>,
    temperature: f32,
    weight: f32,
    views: Views,
    options: LossOptions,
}

impl Teachers {
    /// Of these networks with their names, without automatic differentiation; the recipe says how they teach. By the
    /// options of the student's loss they may teach that an image shows none of the classes.
    #[must_use]
    pub fn new(
        networks: Vec<(String, Classifier)>,
        config: &DistillationConfig,
        options: LossOptions,
    ) -> Self {
        let (names, classifiers) = networks.into_iter().unzip();
        Self {
            names,
            classifiers,
            temperature: config.temperature as f32,
            weight: config.weight as f32,
            views: config.views,
            options,
        }
    }

    /// Probabilities of the teachers together, of as many `outputs` and of none of them, for pixels 0–255,
    /// `[batch, pixels]`: the softmax of the mean of their logits, at each of the views, over the temperature.
    fn probabilities(&self, images_np: Tensor<2>, num_outputs: usize) -> Option<Tensor<2>> {
        let (first, others) = self.classifiers.split_first()?;
        let sum = |images_np: Tensor<2>| {
            let others = others.iter();
            others.fold(first.outputs(images_np.clone()), |sum, teacher| {
                sum + teacher.outputs(images_np.clone())
            })
        };
        let sum = self.views.mean(images_np, sum);
        let divisor = self.temperature * self.classifiers.len() as f32;
        // Pairs of digits, the last outputs, are nothing to a student who reads none.
        let outputs = (sum / divisor).narrow(1, 0, num_outputs);
        Some(softmax(self.options.answers(outputs), 1))
    }

    /// The loss of a batch, `[1]`, from that by its labels and from the student's outputs, `[batch, outputs]`: the
    /// teachers' part is the cross-entropy with their probabilities at the temperature, times its square, so that its
    /// gradients are of the same size at any temperature.
    #[must_use]
    pub fn loss(
        &self,
        by_labels: Tensor<1>,
        logits: Tensor<2>,
        images_np: &Tensor<2>,
    ) -> Tensor<1> {
        let [_, num_outputs] = logits.dims();
        let Some(wanted) = self.probabilities(images_np.clone().inner(), num_outputs) else {
            return by_labels;
        };
        let logs = log_softmax(self.options.answers(logits / self.temperature), 1);
        let [_, num_answers] = logs.dims();
        // The mean is over all values; the sum over the answers is wanted.
        let factor = self.weight * self.temperature.powi(2) * num_answers as f32;
        let by_teachers = -(logs * wanted.autodiff()).mean() * factor;
        if self.weight < 1.0 {
            by_teachers + by_labels * (1.0 - self.weight)
        } else {
            by_teachers
        }
    }
}

impl fmt::Display for Teachers {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        let (names, views) = (self.names.join(", "), self.views.behind_figure());
        let (weight, temperature) = (self.weight, self.temperature);
        write!(
            formatter,
            "{names}{views} (weight {weight}, temperature {temperature})"
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use base::IMAGE_PIXELS;
    use burn::tensor::{Device, Distribution};
    use model::{ClassifierConfig, LinearConfig, NetworkConfig};

    fn linear(seed: u64) -> Classifier {
        let config = ClassifierConfig::from(NetworkConfig::Linear(LinearConfig::default()));
        config.init(10, seed, &Device::flex()).unwrap()
    }

    fn teachers(classifiers: Vec<Classifier>, temperature: f64, weight: f64) -> Teachers {
        let config = DistillationConfig {
            temperature,
            weight,
            ..DistillationConfig::default()
        };
        let named = classifiers
            .into_iter()
            .map(|classifier| (String::new(), classifier));
        Teachers::new(named.collect(), &config, LossOptions::default())
    }

    fn images() -> Tensor<2> {
        let noise = Distribution::Uniform(0.0, 255.0);
        Tensor::random([4, IMAGE_PIXELS], noise, &Device::flex())
    }

    /// The loss, and its gradient by the logits.
    fn loss(teachers: &Teachers, logits: &Tensor<2>, images_np: &Tensor<2>) -> (f32, Vec<f32>) {
        let student = Tensor::from_inner(logits.clone()).require_grad();
        let by_labels = (student.clone() * 3.0).mean();
        let images_np = images_np.clone().autodiff();
        let loss = teachers.loss(by_labels, student.clone(), &images_np);
        let gradients = loss.backward();
        let gradient = student.grad(&gradients).unwrap();
        let numbers: Vec<f32> = loss.inner().try_to_vec_as().unwrap();
        (numbers[0], gradient.try_to_vec_as().unwrap())
    }

    /// A student who says what the teachers say together has nothing to learn from them, at any temperature.
    #[test]
    fn the_teachers_answer_has_no_gradient() {
        let images_np = images();
        let (one, other) = (linear(1), linear(2));
        let together = (one.forward(images_np.clone()) + other.forward(images_np.clone())) / 2.0;
        for temperature in [1.0, 2.0, 5.0] {
            let teachers = teachers(vec![one.clone(), other.clone()], temperature, 1.0);
            let (_, gradient) = loss(&teachers, &together, &images_np);
            let largest = gradient
                .iter()
                .fold(0.0_f32, |most, value| most.max(value.abs()));
            assert!(largest < 1e-6, "{largest}");
            let (_, gradient) = loss(&teachers, &one.forward(images_np.clone()), &images_np);
            assert!(gradient.iter().any(|value| value.abs() > 1e-3));
        }
    }

    /// The gradient is `weight · temperature · (softmax(student) − softmax(teachers)) / batch`, and that of the labels.
    #[test]
    fn gradients_are_those_of_the_formula() {
        let images_np = images();
        let (teacher, student) = (linear(1), linear(2).forward(images_np.clone()));
        let (temperature, weight) = (3.0_f32, 0.75_f32);
        let teachers = teachers(vec![teacher.clone()], temperature.into(), weight.into());
        let (_, found) = loss(&teachers, &student, &images_np);
        let soft = |logits: Tensor<2>| softmax(logits / temperature, 1);
        let difference = soft(student) - soft(teacher.forward(images_np));
        let expected = difference * (weight * temperature / 4.0) + (1.0 - weight) * 3.0 / 40.0;
        let expected: Vec<f32> = expected.try_to_vec_as().unwrap();
        for (found, expected) in found.iter().zip(&expected) {
            assert!(
                (found - expected).abs() < 1e-5,
                "{found} instead of {expected}"
            );
        }
    }

    /// Who says "none of them" as its teachers do has nothing to learn of them; with the same classes, surer that it is
    /// one of them, it has.
    #[test]
    fn none_of_the_classes_is_taught_too() {
        let (images_np, teacher) = (images(), linear(1));
        let config = DistillationConfig::default();
        let options = LossOptions {
            has_none: true,
            ..LossOptions::default()
        };
        let teachers = Teachers::new(vec![("one".into(), teacher.clone())], &config, options);
        let largest = |logits: &Tensor<2>| {
            let (_, gradient) = loss(&teachers, logits, &images_np);
            let sizes = gradient.iter().map(|value| value.abs());
            sizes.fold(0.0_f32, f32::max)
        };
        let same = teacher.forward(images_np.clone());
        assert!(largest(&same) < 1e-6);
        assert!(largest(&(same + 1.0)) > 1e-3);
    }

    /// At three views the teacher's answer is the mean of those at each, which is another than that at one.
    #[test]
    fn teachers_read_at_several_angles() {
        let images_np = images();
        let config = DistillationConfig {
            views: Views::Three,
            ..DistillationConfig::default()
        };
        let teacher = linear(1);
        let teachers = Teachers::new(
            vec![("one".into(), teacher.clone())],
            &config,
            LossOptions::default(),
        );
        assert_eq!(
            teachers.to_string(),
            "one at 3 views (weight 1, temperature 2)"
        );
        let at = |views: Views| views.mean(images_np.clone(), |images| teacher.forward(images));
        let largest = |logits: &Tensor<2>| {
            let (_, gradient) = loss(&teachers, logits, &images_np);
            gradient
                .iter()
                .fold(0.0_f32, |most, value| most.max(value.abs()))
        };
        assert!(largest(&at(Views::Three)) < 1e-6);
        assert!(largest(&at(Views::One)) > 1e-3);
    }
}
