#![allow(clippy::unwrap_used)]

use super::*;
use data::picture::{Bounds, Sign, SignKind};

fn digit(label: usize, probability: f64, line: usize) -> Digit {
    Digit {
        line,
        bounds: Bounds {
            left: 3,
            top: 4,
            width: 5,
            height: 6,
        },
        label,
        probability,
        runner_up: (9, 0.25),
    }
}

fn of(path: &str, digits: Vec<Digit>, min_confidence: f64) -> Numbers {
    let reading = Reading {
        digits,
        ..Reading::default()
    };
    Numbers::new(path, reading, min_confidence)
}

#[test]
fn what_is_left_out_is_said() {
    let note = |fit| {
        let reading = Reading {
            digits: vec![digit(4, 0.9, 0)],
            fit,
            ..Reading::default()
        };
        Numbers::new("a.png", reading, 0.5).note()
    };
    assert_eq!(note(Fit::Whole), None);
    assert_eq!(note(Fit::LeavesMarks), Some(Note::OtherMarks));
    assert_eq!(note(Fit::OtherLength), Some(Note::OtherLength));
}

fn numbers() -> Numbers {
    of(
        "a.png",
        vec![digit(4, 0.5, 0), digit(0, 0.99, 0), digit(7, 0.9, 1)],
        0.8,
    )
}

fn style(rows: Rows) -> Style<'static> {
    Style {
        names: None,
        num_ranks: 3,
        rows,
    }
}

fn csv(numbers: &Numbers, rows: Rows) -> Vec<String> {
    let style = style(rows);
    let names = Numbers::columns(&style);
    let rows = numbers.rows(&style);
    assert!(rows.iter().all(|row| row.len() == names.len()));
    let line = |row: &Vec<Cell<'_>>| {
        let fields: Vec<String> = row
            .iter()
            .map(|cell| cell.to_field().into_owned())
            .collect();
        fields.join(",")
    };
    rows.iter().map(line).collect()
}

/// What is too unsure for a label is kept all the same.
#[test]
fn guesses_and_runners_up_are_in_every_form() {
    let numbers = numbers();
    let rows = csv(&numbers, Rows::Digit);
    assert_eq!(
        rows[0],
        "a.png,?0 7,0,0,,0.5,3,4,5,6,4,9,0.25,low confidence"
    );
    assert_eq!(rows[2], "a.png,?0 7,1,2,7,0.9,3,4,5,6,7,9,0.25,");
    assert_eq!(
        csv(&numbers, Rows::Picture),
        ["a.png,?0 7,40 7,0.5,low confidence"]
    );
    let json = numbers.json(&style(Rows::Digit)).unwrap();
    assert_eq!(
        json[0],
        r#"{"path":"a.png","text":"?0 7","place":0,"label":null,"probability":0.5,"line":0,"box":{"left":3,"top":4,"width":5,"height":6},"guess":4,"runner_up":{"label":9,"probability":0.25},"note":"low confidence"}"#
    );
    assert_eq!(json.len(), 3);
    let json = numbers.json(&style(Rows::Picture)).unwrap();
    assert!(json.len() == 1 && json[0].contains(r#""label":null,"probability":0.5"#));
    let text = numbers.text(&style(Rows::Digit));
    assert!(
        text.starts_with("a.png, 3,4 5×6: 4? 50.00 %, 9 25.00 %; low confidence\n"),
        "{text}"
    );
}

#[test]
fn a_picture_without_digits_has_one_row_of_the_same_form() {
    let blank = of("b.png", Vec::new(), 0.0);
    assert_eq!(csv(&blank, Rows::Digit), ["b.png,,,,,,,,,,,,,no ink"]);
    assert_eq!(csv(&blank, Rows::Picture), ["b.png,,,,no ink"]);
    let json = blank.json(&style(Rows::Digit)).unwrap();
    let keys = |text: &str| {
        let object: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(text).unwrap();
        object.keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!(
        keys(&json[0]),
        keys(&numbers().json(&style(Rows::Digit)).unwrap()[0])
    );
}

#[test]
fn what_is_less_sure_than_asked_for_is_doubted() {
    let sure = of("a.png", vec![digit(4, 0.95, 0)], 0.0);
    let style = style(Rows::Picture);
    assert!(sure.doubt(&style, 0.9).is_none());
    let doubt = sure.doubt(&style, 0.96).unwrap();
    assert_eq!(
        (doubt.why.as_str(), doubt.guess.as_str()),
        ("low confidence", "4")
    );
    let blank = of("b.png", Vec::new(), 0.0);
    assert_eq!(blank.doubt(&style, 0.0).unwrap().why, "no ink");
}

#[test]
fn signs_are_in_the_text_and_have_their_place() {
    let sign = Sign {
        kind: SignKind::Comma,
        line: 0,
        bounds: Bounds {
            left: 9,
            top: 8,
            width: 2,
            height: 4,
        },
    };
    let reading = Reading {
        digits: vec![digit(4, 0.5, 0)],
        signs: vec![sign],
        ..Reading::default()
    };
    let numbers = Numbers::new("a.png", reading, 0.8);
    assert!(csv(&numbers, Rows::Digit)[0].starts_with(r"a.png,?,"));
    let json = numbers.json(&style(Rows::Picture)).unwrap();
    assert!(
        json[0].contains(
            r#""signs":[{"sign":",","line":0,"box":{"left":9,"top":8,"width":2,"height":4}}]"#
        ),
        "{json:?}"
    );
    let text = numbers.text(&style(Rows::Picture));
    assert_eq!(text, "a.png: ?, (4? 50.00 %)\n");
    assert_eq!(numbers.marks().len(), 2);
}

#[test]
fn what_is_no_digit_is_told_in_the_note() {
    let bounds = digit(1, 1.0, 0).bounds;
    let sign = |kind| Sign {
        kind,
        line: 0,
        bounds,
    };
    let of = |kind, probability| {
        let reading = Reading {
            digits: vec![digit(4, probability, 0)],
            signs: vec![sign(kind)],
            ..Reading::default()
        };
        let numbers = Numbers::new("a.png", reading, 0.8);
        csv(&numbers, Rows::Picture).concat()
    };
    assert_eq!(of(SignKind::Other, 0.9), "a.png,4?,4?,0.9,not only digits");
    assert_eq!(of(SignKind::Slash, 0.9), "a.png,4/,4/,0.9,");
    // What a digit gets no label for comes first.
    assert_eq!(of(SignKind::Other, 0.5), "a.png,??,4?,0.5,low confidence");
}
