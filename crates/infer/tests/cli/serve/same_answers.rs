//! What the service says is what `infer predict` says.

use super::client::{Service, assert_near, base64, form};
use crate::fixture::{Fixture, digit, digit_png, label};
use image::{GrayImage, ImageFormat, Luma, imageops};
use serde_json::{Value, json};
use std::io::Cursor;

/// A large picture, dark on light, of these digits side by side.
fn picture(indices: &[usize]) -> Vec<u8> {
    let mut sheet = GrayImage::from_pixel(40 + 90 * indices.len() as u32, 130, Luma([240]));
    for (place, &index) in indices.iter().enumerate() {
        let ink = GrayImage::from_raw(28, 28, digit(index).to_vec()).unwrap();
        let large = imageops::resize(&ink, 84, 84, imageops::FilterType::Triangle);
        for (x, y, pixel) in large.enumerate_pixels() {
            let (x, y) = (20 + 90 * place as u32 + x, 20 + y);
            sheet.put_pixel(
                x,
                y,
                Luma([240 - (u32::from(pixel.0[0]) * 220 / 255) as u8]),
            );
        }
    }
    let mut bytes = Cursor::new(Vec::new());
    sheet.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// Without ink.
fn blank() -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let sheet = GrayImage::from_pixel(60, 60, Luma([200]));
    sheet.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// Whether a prediction is that of a row of `infer predict -k 10`.
fn assert_same(prediction: &Value, row: &Value) {
    for key in ["label", "note"] {
        assert_eq!(prediction[key], row[key], "{key}: {prediction} {row}");
    }
    for class in row["top"].as_array().unwrap() {
        let place = class["label"].as_u64().unwrap() as usize;
        assert_near(&prediction["probabilities"][place], &class["probability"]);
    }
    assert_eq!(
        row["top"].as_array().unwrap().is_empty(),
        prediction["probabilities"].is_null()
    );
}

#[test]
fn pictures_in_every_form_get_the_answers_of_predict() {
    let fixture = Fixture::new();
    let pictures = [
        ("0.png", digit_png(0)),
        ("1.png", picture(&[1])),
        ("2.png", picture(&[2, 3])),
        ("3.png", blank()),
    ];
    for (name, bytes) in &pictures {
        fixture.write(name, bytes);
    }
    let names = pictures.each_ref().map(|(name, _)| *name);
    let rows = fixture
        .predict(&[&["--format", "jsonl", "-k", "10"][..], &names].concat())
        .rows(0);
    assert_eq!(rows[2]["note"], "several digits");
    assert_eq!(rows[3]["note"], "no ink");
    let service = Service::start(&fixture, &[]);
    for ((_, bytes), row) in pictures.iter().zip(&rows) {
        for kind in ["image/png", "application/octet-stream"] {
            let said = service.post("/v1/predict", kind, bytes).json(200);
            assert_same(&said["predictions"][0], row);
        }
    }
    let (kind, body) = form(&pictures);
    let of_form = service.post("/v1/predict", &kind, &body).json(200);
    let encoded: Vec<String> = pictures.iter().map(|(_, bytes)| base64(bytes)).collect();
    let json = json!({ "pictures": encoded }).to_string();
    let of_json = service
        .post("/v1/predict", "application/json", json.as_bytes())
        .json(200);
    for said in [&of_form, &of_json] {
        assert_eq!(said["predictions"].as_array().unwrap().len(), rows.len());
        for (prediction, row) in said["predictions"].as_array().unwrap().iter().zip(&rows) {
            assert_same(prediction, row);
        }
    }
    assert_eq!(of_form["predictions"][1]["name"], "1.png");
    assert_eq!(of_json["predictions"][1]["name"], "pictures[1]");
    assert!(of_form["timing"]["total"].as_f64().unwrap() > 0.0);
}

#[test]
fn arrays_of_pixels_get_the_answers_of_predict() {
    let fixture = Fixture::new();
    let images: Vec<Vec<u8>> = (0..5).map(|index| digit(index).to_vec()).collect();
    for index in 0..5 {
        fixture.write_digit(&format!("{index}.png"), index);
    }
    let files = ["0.png", "1.png", "2.png", "3.png", "4.png"];
    let rows = fixture.predict(&[&["--format", "jsonl", "-k", "10"][..], &files].concat());
    let rows = rows.rows(0);
    let service = Service::start(&fixture, &[]);
    let mut wanted: Vec<Value> = images.iter().map(|image| json!(image)).collect();
    wanted[3] = json!(images[3].chunks(28).collect::<Vec<_>>());
    let body = json!({ "pixels": wanted }).to_string();
    let said = service
        .post("/v1/predict", "application/json", body.as_bytes())
        .json(200);
    for (prediction, row) in said["predictions"].as_array().unwrap().iter().zip(&rows) {
        assert_same(prediction, row);
    }
}

#[test]
fn many_digits_are_those_of_predict() {
    let fixture = Fixture::new();
    fixture.write("many.png", &picture(&[4, 5, 6]));
    let always = [
        "--format",
        "jsonl",
        "--digits",
        "many",
        "--min-confidence",
        "0.3",
    ];
    let row = &fixture
        .predict(&[&always[..], &["many.png"]].concat())
        .rows(0)[0];
    let service = Service::start(&fixture, &[]);
    let path = "/v1/predict?digits=many&min_confidence=0.3";
    let said = service
        .post(path, "image/png", &picture(&[4, 5, 6]))
        .json(200);
    let prediction = &said["predictions"][0];
    assert!(!row["digits"].as_array().unwrap().is_empty());
    for key in ["text", "lines", "digits", "note"] {
        assert_eq!(prediction[key], row[key], "{key}");
    }
}

#[test]
fn as_many_digits_are_read_as_there_are() {
    let fixture = Fixture::new();
    fixture.write("0.png", &picture(&[2, 3, 5]));
    let service = Service::start(&fixture, &[]);
    for digits in ["3", "200"] {
        let arguments = ["--digits", digits, "--rows", "picture", "--format", "jsonl"];
        let rows = fixture.predict(&[&arguments[..], &["0.png"]].concat());
        let path = format!("/v1/predict?digits={digits}");
        let said = service.post(&path, "image/png", &picture(&[2, 3, 5]));
        let said = &said.json(200)["predictions"][0];
        let row = &rows.rows(0)[0];
        assert_eq!((&said["text"], &said["note"]), (&row["text"], &row["note"]));
    }
    let few = service.post("/v1/predict?digits=few", "image/png", &blank());
    assert_eq!(few.problem(400), "bad_request");
}

#[test]
fn low_confidence_is_no_label() {
    let fixture = Fixture::new();
    let service = Service::start(&fixture, &[]);
    let path = "/v1/predict?min_confidence=1";
    let said = service.post(path, "image/png", &digit_png(0)).json(200);
    let prediction = &said["predictions"][0];
    assert_eq!(
        (&prediction["label"], &prediction["note"]),
        (&Value::Null, &json!("low confidence"))
    );
    assert_eq!(prediction["probabilities"].as_array().unwrap().len(), 10);
}

#[test]
fn what_the_network_saw_and_what_became_of_it_is_shown() {
    let fixture = Fixture::new();
    let service = Service::start(&fixture, &[]);
    let path = "/v1/predict?steps=true&seen=true&first_layer=true";
    let said = service.post(path, "image/png", &picture(&[1])).json(200);
    let prediction = &said["predictions"][0];
    // The first layer of a softmax regression is all there is of it.
    assert_eq!(prediction["first_layer"]["shape"], json!([10]));
    assert_eq!(
        prediction["seen"].as_str().unwrap().len(),
        base64(&[0; 784]).len()
    );
    let steps = prediction["steps"].as_array().unwrap();
    let last = steps.last().unwrap();
    assert!(
        steps.len() > 4 && last["width"] == 28 && last["height"] == 28,
        "{steps:?}"
    );
    let plain = service
        .post("/v1/predict", "image/png", &picture(&[1]))
        .json(200);
    assert_eq!(plain["predictions"][0].get("steps"), None);
}

#[test]
fn one_bad_picture_of_several_does_not_spoil_the_others() {
    let fixture = Fixture::new();
    let service = Service::start(&fixture, &[]);
    let pictures = [("a.png", b"no picture".to_vec()), ("b.png", digit_png(1))];
    let (kind, body) = form(&pictures);
    let said = service.post("/v1/predict", &kind, &body).json(200);
    let error = &said["predictions"][0]["error"];
    assert_eq!(error["code"], "unusable_picture");
    assert!(
        error["message"].as_str().unwrap().contains("a.png"),
        "{error}"
    );
    assert!(said["predictions"][1]["label"].is_u64());
    let (kind, body) = form(&pictures[..1]);
    assert_eq!(
        service.post("/v1/predict", &kind, &body).problem(422),
        "unusable_picture"
    );
}

#[test]
fn corrections_become_a_set_to_train_on() {
    let fixture = Fixture::new();
    let service = Service::start(&fixture, &["--collect", "wrong"]);
    for index in 0..3 {
        let body = json!({ "picture": base64(&digit_png(index)), "label": label(index) });
        let said = service.post(
            "/v1/corrections",
            "application/json",
            body.to_string().as_bytes(),
        );
        let kept = said.json(200)["kept"].as_str().unwrap().to_owned();
        let path = fixture.path("wrong").join(&kept);
        assert_eq!(std::fs::read(path).unwrap(), digit_png(index));
        assert!(kept.starts_with(&format!("{}/", label(index))), "{kept}");
    }
    let wrong = [
        json!({ "picture": base64(&digit_png(0)), "label": 10 }),
        json!({ "picture": "?", "label": 1 }),
        json!({ "label": 1 }),
    ];
    for body in wrong {
        let reply = service.post(
            "/v1/corrections",
            "application/json",
            body.to_string().as_bytes(),
        );
        assert_eq!(reply.problem(400), "bad_request");
    }
    let blank = json!({ "picture": base64(&blank()), "label": 1 }).to_string();
    let reply = service.post("/v1/corrections", "application/json", blank.as_bytes());
    assert_eq!(reply.problem(422), "unusable_picture");
    // What pages of other sites can send without being asked is not taken.
    let simple = service.post("/v1/corrections", "text/plain", blank.as_bytes());
    assert_eq!(simple.problem(415), "unsupported_type");
    let set = data::read_set(&fixture.path("wrong"), &data::SetOptions::default());
    assert_eq!(set.unwrap().train.len(), 3);
    let closed = Service::start(&fixture, &[]);
    let reply = closed.post("/v1/corrections", "application/json", blank.as_bytes());
    assert_eq!(reply.problem(404), "not_found");
}
