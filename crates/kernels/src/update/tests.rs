#![allow(clippy::unwrap_used)]
use super::*;
use crate::drawn::normal;
use crate::rules::Adam;
use crate::with_fusing;
use burn::tensor::Device;

const RATE: f64 = 0.01;
const ADAM: Adam = Adam {
    beta_1: 0.9,
    beta_2: 0.999,
    epsilon: 1e-8,
    penalty: 0.01,
    decay: 0.1,
};
const RMS_PROP: RmsProp = RmsProp {
    alpha: 0.9,
    momentum: 0.0,
    epsilon: 1e-7,
    penalty: 0.01,
};
const SGD: Sgd = Sgd {
    momentum: 0.0,
    nesterov: false,
    penalty: 0.01,
};

#[test]
fn tensors_of_other_shapes_are_refused() {
    let device = Device::flex();
    let zeros = |shape| Tensor::<2>::zeros(shape, &device);
    // The same number of values in another order would pass a comparison of lengths.
    for wrong in [[3, 4], [5, 5], [4, 5]] {
        for which in 0..3 {
            let shape = |index| if index == which { wrong } else { [5, 4] };
            let parameter = Updated {
                value: zeros([5, 4]),
                moment_1: zeros(shape(0)),
                moment_2: zeros(shape(1)),
            };
            let gradient = zeros(shape(2));
            let work = || update(parameter, gradient, Rule::Adam(ADAM), RATE, 1);
            let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
            assert!(found.is_err(), "{wrong:?} in place {which}");
        }
    }
}

#[test]
fn agrees_with_the_plain_operations() {
    let device = Device::flex();
    let draw = |index| normal::<2>([150, 131], index);
    let zeros = || Tensor::<2>::zeros([150, 131], &device);
    let with_momentum = RmsProp {
        momentum: 0.9,
        ..RMS_PROP
    };
    let rules = [
        Rule::Adam(ADAM),
        Rule::RmsProp(RMS_PROP),
        Rule::RmsProp(with_momentum),
        Rule::Sgd(SGD),
        Rule::Sgd(Sgd {
            momentum: 0.9,
            ..SGD
        }),
        Rule::Sgd(Sgd {
            momentum: 0.9,
            nesterov: true,
            ..SGD
        }),
    ];
    for rule in rules {
        let parameter = Updated {
            value: draw(0),
            moment_1: zeros(),
            moment_2: zeros(),
        };
        let (mut found, mut expected) = (parameter.clone(), parameter);
        for time in 1..5 {
            let gradient = draw(time as u64);
            found = update(found, gradient.clone(), rule, RATE, time);
            expected = with_fusing(false, || update(expected, gradient, rule, RATE, time));
        }
        let [expected, found] =
            [expected, found].map(|parameter| parameter.value.try_to_vec_as::<f32>().unwrap());
        for (expected, found) in expected.iter().zip(&found) {
            let is_near = (expected - found).abs() < 1e-6;
            assert!(is_near, "{rule:?}: {found} instead of {expected}");
        }
    }
}
