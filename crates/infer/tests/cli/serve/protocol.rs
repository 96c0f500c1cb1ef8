//! The Open Inference Protocol, the figures, and the description of it all.

use super::client::{Service, assert_near};
use crate::fixture::{Fixture, digit, digit_png};
use data::picture::SignKind;
use infer::output::Note;
use serde_json::{Value, json};

fn images(num: usize) -> Vec<u8> {
    (0..num).flat_map(digit).collect()
}

#[test]
fn tensors_in_json_and_in_bytes_get_the_answers_of_pictures() {
    let fixture = Fixture::new();
    let service = Service::start(&fixture, &["--name", "lenet"]);
    let about = service.get("/v2/models/lenet/versions/1").json(200);
    assert_eq!(about["inputs"][0]["shape"], json!([-1, 28, 28]));
    let predictions: Vec<Value> = (0..3)
        .map(|index| {
            service
                .post("/v1/predict", "image/png", &digit_png(index))
                .json(200)
        })
        .map(|said| said["predictions"][0].clone())
        .collect();
    let input =
        |data| json!({ "name": "images", "datatype": "UINT8", "shape": [3, 28, 28], "data": data });
    let nested: Vec<Vec<Vec<u8>>> = images(3)
        .chunks(784)
        .map(|image| image.chunks(28).map(<[u8]>::to_vec).collect())
        .collect();
    for data in [json!(images(3)), json!(nested)] {
        let request = json!({ "id": "7", "inputs": [input(data)] }).to_string();
        let said = service.post(
            "/v2/models/lenet/infer",
            "application/json",
            request.as_bytes(),
        );
        let said = said.json(200);
        assert_eq!(
            (&said["id"], &said["model_name"]),
            (&json!("7"), &json!("lenet"))
        );
        assert_eq!(said["outputs"][1]["shape"], json!([3, 10]));
        for (index, prediction) in predictions.iter().enumerate() {
            assert_eq!(said["outputs"][0]["data"][index], prediction["label"]);
            let all = said["outputs"][1]["data"].as_array().unwrap();
            for (class, probability) in all[10 * index..][..10].iter().enumerate() {
                assert_near(probability, &prediction["probabilities"][class]);
            }
        }
    }
    let request = json!({
        "inputs": [{ "name": "images", "datatype": "UINT8", "shape": [3, 784],
            "parameters": { "binary_data_size": 3 * 784 } }],
        "outputs": [{ "name": "labels", "parameters": { "binary_data": true } },
            { "name": "probabilities", "parameters": { "binary_data": true } }, { "name": "logits" }],
    });
    let json = request.to_string();
    let body = [json.as_bytes(), &images(3)].concat();
    let length = json.len().to_string();
    let header = [("Inference-Header-Content-Length", length.as_str())];
    let reply = service.ask("POST", "/v2/models/lenet/versions/1/infer", &header, &body);
    assert_eq!(reply.status, 200);
    let length = reply
        .head
        .lines()
        .find_map(|line| line.strip_prefix("inference-header-content-length: "));
    let (json, bytes) = reply.body.split_at(length.unwrap().parse().unwrap());
    let said: Value = serde_json::from_slice(json).unwrap();
    assert_eq!(said["outputs"][0]["parameters"]["binary_data_size"], 24);
    assert_eq!(said["outputs"][2]["data"].as_array().unwrap().len(), 30);
    assert_eq!(bytes.len(), 24 + 120);
    for (index, prediction) in predictions.iter().enumerate() {
        let label = i64::from_le_bytes(bytes[8 * index..][..8].try_into().unwrap());
        assert_eq!(json!(label), prediction["label"]);
        let first = f32::from_le_bytes(bytes[24 + 40 * index..][..4].try_into().unwrap());
        assert_near(&json!(first), &prediction["probabilities"][0]);
    }
}

#[test]
fn what_is_wrong_with_tensors_is_said() {
    let fixture = Fixture::new();
    let service = Service::start(&fixture, &[]);
    let input = |name: &str, datatype: &str, shape: Value| {
        let input =
            json!({ "name": name, "datatype": datatype, "shape": shape, "data": images(1) });
        json!({ "inputs": [input] }).to_string()
    };
    let wrong = [
        input("digits", "UINT8", json!([1, 28, 28])),
        input("images", "FP32", json!([1, 28, 28])),
        input("images", "UINT8", json!([2, 28, 28])),
        input("images", "UINT8", json!([1, 3, 28, 28])),
        input("images", "UINT8", json!([u64::MAX, 28, 28])),
        json!({ "inputs": [] }).to_string(),
        json!({ "inputs": [{ "name": "images", "datatype": "UINT8", "shape": [1, 784], "data": images(1) }],
            "outputs": vec![json!({ "name": "labels" }); 9] }).to_string(),
        json!({ "inputs": [{ "name": "images", "datatype": "UINT8", "shape": [0, 784], "data": [] }] }).to_string(),
        json!({ "inputs": [{ "name": "images", "datatype": "UINT8", "shape": [1, 784] }] }).to_string(),
        "[".into(),
    ];
    for request in wrong {
        let reply = service.post(
            "/v2/models/run/infer",
            "application/json",
            request.as_bytes(),
        );
        let error = reply.json(400)["error"].as_str().unwrap().to_owned();
        assert!(error.contains(';'), "{error}");
    }
    let header = [("Inference-Header-Content-Length", "99")];
    let reply = service.ask("POST", "/v2/models/run/infer", &header, b"{}");
    assert_eq!(reply.status, 400);
    assert_eq!(service.get("/v2/models/other").status, 404);
    assert_eq!(service.get("/v2/models/run/versions/2/ready").status, 404);
    for path in [
        "/v2",
        "/v2/health/live",
        "/v2/health/ready",
        "/v2/models/run/ready",
    ] {
        service.get(path).json(200);
    }
}

#[test]
fn figures_follow_and_are_of_a_fixed_number() {
    let fixture = Fixture::new();
    let service = Service::start(&fixture, &[]);
    let text = || String::from_utf8(service.get("/metrics").body).unwrap();
    let num_lines = text().lines().count();
    for index in 0..5 {
        service
            .post("/v1/predict", "image/png", &digit_png(index))
            .json(200);
        service.get(&format!("/nothing-{index}"));
    }
    let text = text();
    assert_eq!(text.lines().count(), num_lines);
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (name, value) = line.rsplit_once(' ').unwrap();
        assert!(
            name.starts_with("digits_") && value.parse::<f64>().is_ok(),
            "{line}"
        );
    }
    for line in [
        "digits_requests_total{reason=\"not_found\"} 5\n",
        "digits_latency_seconds_count 5\n",
        "digits_batch_images_bucket{le=\"1\"} 5\n",
        "digits_queue_images 0\n",
        "digits_queue_bytes 0\n",
        "digits_ready 1\n",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
}

#[test]
fn every_described_path_is_there_and_the_page_needs_nothing_else() {
    let fixture = Fixture::new();
    let service = Service::start(&fixture, &["--collect", "wrong"]);
    let description = service.get("/openapi.json").json(200);
    for (path, operations) in description["paths"].as_object().unwrap() {
        let path = path.replace("{model}", "run").replace("{version}", "1");
        for method in operations.as_object().unwrap().keys() {
            let reply = service.ask(&method.to_uppercase(), &path, &[], b"");
            assert!(![404, 405].contains(&reply.status), "{method} {path}");
        }
    }
    let page = String::from_utf8(service.get("/").body).unwrap();
    let named = page.split(['"', '\'']).filter(|part| part.starts_with('/'));
    let files: Vec<&str> = named.collect();
    assert!(files.len() >= 4, "{files:?}");
    for file in files {
        assert_eq!(service.get(file).status, 200, "{file}");
    }
    assert!(!page.contains("http"), "{page}");
}

#[test]
fn the_description_names_all_signs_and_notes() {
    let fixture = Fixture::new();
    let service = Service::start(&fixture, &[]);
    let description = service.get("/openapi.json").json(200);
    let schemas = &description["components"]["schemas"];
    let signs = SignKind::ALL.map(|kind| kind.letter().to_string());
    let described = &schemas["Many"]["properties"]["signs"]["items"]["properties"]["sign"]["enum"];
    assert_eq!(described, &json!(signs));
    let notes = |of: &str| schemas[of]["properties"]["note"]["oneOf"][0]["enum"].clone();
    let names = |notes: &[Note]| json!(notes.iter().map(|note| note.name()).collect::<Vec<_>>());
    assert_eq!(
        notes("One"),
        names(&[Note::NoInk, Note::LowConfidence, Note::SeveralDigits])
    );
    let of_many = [
        Note::NoInk,
        Note::LowConfidence,
        Note::TooManyMarks,
        Note::OtherLength,
        Note::OtherMarks,
    ];
    assert_eq!(notes("Many"), names(&of_many));
}
