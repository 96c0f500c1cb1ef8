use super::*;

fn labels(axis: &Axis) -> Vec<&str> {
    axis.ticks.iter().map(|(_, text)| text.as_str()).collect()
}

#[test]
fn ticks_are_round_numbers_within_the_range() {
    assert_eq!(
        labels(&Axis::progress(&[1.0, 7.5, 12.0])),
        ["0", "2", "4", "6", "8", "10", "12"]
    );
    assert_eq!(
        labels(&Axis::loss(&[0.5, 0.6])),
        ["0.5", "0.52", "0.54", "0.56", "0.58", "0.6"]
    );
    assert_eq!(
        labels(&Axis::loss(&[0.03, 2.3])),
        ["0.05", "0.1", "0.2", "0.5", "1", "2"]
    );
    assert_eq!(
        labels(&Axis::loss(&[1e-6, 2.0])),
        ["1e-6", "1e-5", "0.0001", "0.001", "0.01", "0.1", "1"]
    );
    assert_eq!(
        labels(&Axis::accuracy(&[0.1, 0.9, 0.992])),
        ["50%", "80%", "90%", "95%", "98%", "99%"]
    );
    assert_eq!(
        labels(&Axis::accuracy(&[0.9, 0.99, 1.0])),
        ["90%", "95%", "98%", "99%", "100%"]
    );
    for axis in [Axis::loss(&[0.03, 2.3]), Axis::accuracy(&[0.1, 0.9, 1.0])] {
        assert!(
            axis.ticks
                .iter()
                .all(|(place, _)| axis.range.contains(place))
        );
    }
}

#[test]
fn an_axis_needs_no_numbers() {
    for values in [
        &[][..],
        &[f64::NAN],
        &[0.0],
        &[1.0],
        &[-1.0, f64::INFINITY],
        &[1e300, 1e-300],
    ] {
        for axis in [
            Axis::progress(values),
            Axis::loss(values),
            Axis::accuracy(values),
            Axis::rate(values),
        ] {
            assert!(axis.range.start < axis.range.end, "{values:?}");
            assert!(
                !axis.ticks.is_empty() && axis.ticks.len() <= 2 * MAX_TICKS,
                "{values:?}"
            );
        }
    }
    assert_eq!(Axis::fraction().place(f64::NAN), None);
}
