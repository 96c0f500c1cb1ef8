#![allow(clippy::unwrap_used)]
use crate::arena::whole;
use crate::cube::{floats, test_device, view};
use crate::drawn::normal;
use crate::{Adam, RmsProp, Rule, Sgd, Updated, together, update, with_fusing};
use burn::tensor::{Device, Tensor};

const PLACES: [(usize, usize); 3] = [(0, 100), (128, 64), (192, 7)];
const LENGTH: usize = 256;

fn values(tensor: &Tensor<1>) -> Vec<f32> {
    tensor.try_to_vec_as().unwrap()
}

fn assert_near(found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        let difference = (found - expected).abs();
        assert!(difference < 1e-6, "{found} instead of {expected}");
    }
}

/// Tensors that are parts of one buffer on `device`, and all the same ones by themselves.
fn parts(device: &Device, index: u64) -> [Vec<Tensor<1>>; 2] {
    let buffer: Tensor<1> = normal([LENGTH], index).to_device(device);
    let primitive = floats(&buffer).unwrap();
    let parts: Vec<_> = PLACES
        .iter()
        .map(|&(place, length)| view(&primitive, &primitive.handle, place, [length]))
        .collect();
    let alone = parts
        .iter()
        .map(|part| Tensor::from_floats(&values(part)[..], device));
    let alone = alone.collect();
    [parts, alone]
}

/// Parameters after some steps; the first has weight decay.
fn steps(values: &[Tensor<1>], gradients: &[Tensor<1>], rules: [Rule; 2]) -> Vec<Vec<f32>> {
    let zeros = |tensor: &Tensor<1>| tensor.zeros_like();
    let mut list: Vec<Updated<1>> = values
        .iter()
        .map(|value| Updated {
            value: value.clone(),
            moment_1: zeros(value),
            moment_2: zeros(value),
        })
        .collect();
    for time in 1..=3 {
        list = together(|| {
            let parameters = list.into_iter().zip(gradients).enumerate();
            let updated = parameters.map(|(index, (parameter, gradient))| {
                let rule = rules[usize::from(index > 0)];
                update(parameter, gradient.clone(), rule, 0.01, time)
            });
            updated.collect()
        });
    }
    let primitives: Vec<_> = list
        .iter()
        .map(|parameter| floats(&parameter.value))
        .collect();
    let primitives: Option<Vec<_>> = primitives.iter().map(Option::as_ref).collect();
    let first = floats(&gradients[0]).unwrap().handle;
    if first.size() == 4 * LENGTH as u64 {
        // Parts of one buffer, so that the next step is one launch again.
        let places = PLACES.map(|(place, _)| place);
        assert!(whole(&primitives.unwrap(), &places, LENGTH).is_some());
    }
    list.iter()
        .map(|parameter| self::values(&parameter.value))
        .collect()
}

#[test]
fn a_step_of_all_is_a_step_of_each() {
    let Some(device) = test_device("a step of all parameters") else {
        return;
    };
    let adam = Adam {
        beta_1: 0.9,
        beta_2: 0.99,
        epsilon: 1e-8,
        penalty: 0.0,
        decay: 0.0,
    };
    let rms_prop = RmsProp {
        alpha: 0.9,
        momentum: 0.5,
        epsilon: 1e-6,
        penalty: 0.0,
    };
    let descent = |momentum, nesterov| {
        [0.3, 0.0].map(|penalty| {
            Rule::Sgd(Sgd {
                momentum,
                nesterov,
                penalty,
            })
        })
    };
    let rules = [
        [Rule::Adam(Adam { decay: 0.3, ..adam }), Rule::Adam(adam)],
        [
            Rule::Adam(Adam {
                penalty: 0.3,
                ..adam
            }),
            Rule::Adam(adam),
        ],
        [
            Rule::RmsProp(RmsProp {
                penalty: 0.3,
                ..rms_prop
            }),
            Rule::RmsProp(rms_prop),
        ],
        descent(0.0, false),
        descent(0.9, false),
        descent(0.9, true),
    ];
    let [parameters, parameters_alone] = parts(&device, 1);
    let [gradients, gradients_alone] = parts(&device, 2);
    for rules in rules {
        let expected = with_fusing(false, || steps(&parameters_alone, &gradients_alone, rules));
        for found in [
            steps(&parameters, &gradients, rules),
            steps(&parameters_alone, &gradients, rules),
            steps(&parameters_alone, &gradients_alone, rules),
        ] {
            for (found, expected) in found.iter().zip(&expected) {
                assert_near(found, expected);
            }
        }
    }
}

#[test]
fn averages_of_all_are_averages_of_each() {
    let Some(device) = test_device("averages of all parameters") else {
        return;
    };
    let ([ones, _], [others, _]) = (parts(&device, 1), parts(&device, 2));
    let blend_all = || -> Vec<Tensor<1>> {
        let pairs = ones.iter().zip(&others);
        pairs
            .map(|(one, other)| crate::blend::blend(one.clone(), other.clone(), 0.9))
            .collect()
    };
    let expected = with_fusing(false, blend_all);
    for (found, expected) in together(blend_all).iter().zip(&expected) {
        assert_near(&values(found), &values(expected));
    }
}
