//! Requests that are nearly what they should be: each is answered, none by a fault of the service, and what it says of
//! whole ones stays the same. `TORTURE_FILES` says how many of each.

use super::client::{PATIENCE, Reply, Service, base64, form, head};
use crate::fixture::{Fixture, digit, digit_png, label};
use crate::mutation::{Mutator, count, in_time};
use serde_json::{Value, json};
use std::io::Write as _;
use std::net::Shutdown;
use std::time::Duration;

/// So long a request is waited for before it is taken for one that the service waits for the rest of.
const FOR_AN_ANSWER: Duration = Duration::from_millis(200);

/// A request that is answered: its path, its headers and its body.
struct Whole {
    path: &'static str,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Whole {
    fn new(path: &'static str, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            path,
            headers: vec![("Content-Type", kind.to_owned())],
            body: body.into(),
        }
    }

    fn json(path: &'static str, body: &Value) -> Self {
        Self::new(path, "application/json", body.to_string())
    }

    fn headers(&self) -> Vec<(&str, &str)> {
        let headers = self.headers.iter();
        headers
            .map(|(name, value)| (*name, value.as_str()))
            .collect()
    }

    /// The answer to it with this body.
    fn reply(&self, service: &Service, body: &[u8]) -> Reply {
        service.ask("POST", self.path, &self.headers(), body)
    }

    fn head(&self) -> Vec<u8> {
        head("POST", self.path, &self.headers(), self.body.len())
    }
}

/// One of each kind that is taken.
fn requests() -> Vec<Whole> {
    let images: Vec<u8> = (0..2).flat_map(digit).collect();
    let (form_kind, form_body) = form(&[("0.png", digit_png(0)), ("1.png", digit_png(1))]);
    let encoded = base64(&digit_png(2));
    let tensor = json!({ "name": "images", "datatype": "UINT8", "shape": [2, 784] });
    let mut in_json = tensor.clone();
    in_json["data"] = json!(images);
    let mut in_bytes = tensor;
    in_bytes["parameters"] = json!({ "binary_data_size": images.len() });
    let of_bytes = json!({ "inputs": [in_bytes] }).to_string();
    let tensors = "/v2/models/lenet/infer";
    let mut binary = Whole::new(
        tensors,
        "application/octet-stream",
        [of_bytes.as_bytes(), &images].concat(),
    );
    let length = of_bytes.len().to_string();
    binary
        .headers
        .push(("Inference-Header-Content-Length", length));
    let rows: Vec<&[u8]> = images[..784].chunks(28).collect();
    vec![
        Whole::new("/v1/predict?digits=many", "image/png", digit_png(3)),
        Whole::new("/v1/predict?steps=true", "image/png", digit_png(0)),
        Whole::new(
            "/v1/predict?seen=true&min_confidence=0.5",
            &form_kind,
            form_body,
        ),
        Whole::json("/v1/predict", &json!({ "pictures": [encoded, encoded] })),
        Whole::json("/v1/predict", &json!({ "pixels": [images[..784], rows] })),
        Whole::json(tensors, &json!({ "id": "7", "inputs": [in_json] })),
        binary,
        Whole::json(
            "/v1/corrections",
            &json!({ "picture": encoded, "label": label(2) }),
        ),
    ]
}

/// Tries variants of one request after another, and each request whole before and after them.
fn torture(answer: impl Fn(&Service, &Whole, &mut Mutator) -> Option<Reply>) {
    let fixture = Fixture::new();
    let service = Service::start(&fixture, &["--name", "lenet", "--collect", "kept"]);
    for (number, whole) in requests().iter().enumerate() {
        let path = whole.path;
        let before = whole.reply(&service, &whole.body);
        assert_eq!(before.status, 200, "{path}: {before:?}");
        let mut mutator = Mutator::new(number as u64);
        let mut num_refused = 0;
        for variant in 0..count() {
            let what = format!("{path}, request {number}, variant {variant}");
            let reply = in_time(&what, || answer(&service, whole, &mut mutator));
            let status = reply.as_ref().map_or(400, |reply| reply.status);
            assert!(status < 500, "{what}: {reply:?}");
            num_refused += usize::from(status != 200);
        }
        assert!(num_refused > 0, "{path}");
        let after = whole.reply(&service, &whole.body);
        assert_eq!(after.status, 200, "{path}: {after:?}");
        // Where it is kept is another place.
        if path != "/v1/corrections" {
            assert_eq!(said_by(&after), said_by(&before), "{path}");
        }
    }
    assert!(!service.log().contains("panicked"), "{}", service.log());
}

/// The answer without the time it took.
fn said_by(reply: &Reply) -> String {
    let Ok(mut said) = serde_json::from_slice::<Value>(&reply.body) else {
        return String::from_utf8_lossy(&reply.body).into_owned();
    };
    if let Some(said) = said.as_object_mut() {
        said.remove("timing");
    }
    said.to_string()
}

#[test]
fn changed_bodies_are_answered() {
    torture(|service, whole, mutator| {
        let reply = whole.reply(service, &mutator.mutated(&whole.body));
        if reply.status != 200 {
            let said: Value = serde_json::from_slice(&reply.body).unwrap();
            assert!(said.is_object(), "{said}");
        }
        Some(reply)
    });
}

#[test]
fn changed_heads_are_answered_or_the_connection_ends() {
    torture(|service, whole, mutator| {
        let head = mutator.mutated(&whole.head());
        let mut stream = service.connect();
        // Who refuses a request may close before it is sent.
        let _ = stream.write_all(&[&head, whole.body.as_slice()].concat());
        stream.set_read_timeout(Some(FOR_AN_ANSWER)).unwrap();
        let has_answer = || stream.peek(&mut [0]).is_ok_and(|length| length > 0);
        let is_answered = has_answer();
        // Else it waits for more, of which there is none.
        let _ = stream.shutdown(Shutdown::Write);
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        (is_answered || has_answer()).then(|| Reply::read(stream))
    });
}
