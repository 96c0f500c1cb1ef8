//! The Open Inference Protocol v2: health, what the model is, and inference.
//!
//! Owns the routes' answers and their errors, `{"error": …}`.

use super::body::{media_type, read_body};
use super::problem::{Problem, Reason, json_response};
use super::state::State;
use super::tensors::{INPUT, Inference, OUTPUTS, Values, answer};
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response};
use base::{IMAGE_PIXELS, IMAGE_SIDE};
use model::most_probable;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Instant;

/// The only version of a model.
pub(super) const MODEL_VERSION: &str = "1";
/// Where the JSON ends and bytes begin.
const JSON_LENGTH: HeaderName = HeaderName::from_static("inference-header-content-length");

/// What the server is.
pub(super) fn server() -> Response<Body> {
    let about = json!({ "name": "digits", "version": env!("CARGO_PKG_VERSION"), "extensions": ["binary_tensor_data"] });
    json_response(about.to_string())
}

/// What the model takes and gives.
pub(super) fn model(
    state: &State,
    name: &str,
    version: Option<&str>,
) -> Result<Response<Body>, Problem> {
    check_model(state, name, version)?;
    let num_classes = state.about.class_names.len();
    let outputs = OUTPUTS.map(|(name, datatype, is_by_class)| {
        let sizes = is_by_class.then(|| Value::from(num_classes));
        let shape: Vec<Value> = std::iter::once(Value::from(-1)).chain(sizes).collect();
        json!({ "name": name, "datatype": datatype, "shape": shape })
    });
    let about = json!({
        "name": state.about.name,
        "versions": [MODEL_VERSION],
        "platform": "burn",
        "inputs": [{ "name": INPUT, "datatype": "UINT8", "shape": [-1, IMAGE_SIDE, IMAGE_SIDE] }],
        "outputs": outputs,
    });
    Ok(json_response(about.to_string()))
}

/// Whether the model takes requests.
pub(super) fn model_ready(
    state: &State,
    name: &str,
    version: Option<&str>,
) -> Result<Response<Body>, Problem> {
    check_model(state, name, version)?;
    ready(state, &json!({ "name": state.about.name, "ready": true }))
}

/// Whether the server takes requests.
pub(super) fn server_ready(state: &State) -> Result<Response<Body>, Problem> {
    ready(state, &json!({ "ready": true }))
}

fn ready(state: &State, answer: &Value) -> Result<Response<Body>, Problem> {
    if state.phase.is_draining() {
        return Err(Problem::draining());
    }
    Ok(json_response(answer.to_string()))
}

fn check_model(state: &State, name: &str, version: Option<&str>) -> Result<(), Problem> {
    let known = &state.about.name;
    if name == known && version.is_none_or(|version| version == MODEL_VERSION) {
        return Ok(());
    }
    let hint = format!("there is {known}, version {MODEL_VERSION}");
    Err(Problem::new(
        Reason::NotFound,
        "there is no such model",
        hint,
    ))
}

/// Images to labels, probabilities and logits.
pub(super) async fn infer(
    state: Arc<State>,
    name: &str,
    version: Option<&str>,
    request: Request,
) -> Result<Response<Body>, Problem> {
    check_model(&state, name, version)?;
    let start = Instant::now();
    let (parts, body) = request.into_parts();
    media_type(&parts.headers)?;
    let room = state.admission.room();
    let body = read_body(body, state.body_limits, &room).await?;
    let (json, rest) = split(&parts.headers, &body)?;
    let mut inference = Inference::read(json)?;
    let wanted = inference.wanted()?;
    let pixels = inference.pixels(rest)?;
    drop(body);
    let num_images = pixels.len() / IMAGE_PIXELS;
    if num_images == 0 {
        let message = "there is no image in the request";
        return Err(Problem::bad(message, "send at least one"));
    }
    let logits = state.answer_images(num_images, pixels, room).await?.logits;
    let temperature = state.about.temperature;
    let probabilities = logits.chunks_exact(state.about.class_names.len());
    let probabilities: Vec<Vec<f64>> = probabilities
        .map(|logits| temperature.probabilities(logits))
        .collect();
    // There are few classes.
    let label = |all: &Vec<f64>| i64::try_from(most_probable(all).0).unwrap_or_default();
    let labels = probabilities.iter().map(label);
    let values = Values {
        labels: labels.collect(),
        probabilities: probabilities
            .concat()
            .into_iter()
            .map(|value| value as f32)
            .collect(),
        logits,
    };
    let about = (state.about.name.as_str(), MODEL_VERSION);
    let (json, bytes) = answer(about, inference.id, &values, &wanted);
    state.metrics.time(start.elapsed());
    Ok(inference_response(json, bytes))
}

/// The JSON of a body and the bytes behind it.
fn split<'a>(headers: &HeaderMap, body: &'a [u8]) -> Result<(&'a [u8], &'a [u8]), Problem> {
    let Some(length) = headers.get(JSON_LENGTH) else {
        return Ok((body, &[]));
    };
    let length = length.to_str().ok().and_then(|length| length.parse().ok());
    let parts = length.and_then(|length| body.split_at_checked(length));
    parts.ok_or_else(|| {
        let message = "Inference-Header-Content-Length is not the length of the JSON";
        Problem::bad(message, "leave it out where no bytes follow the JSON")
    })
}

fn inference_response(json: String, bytes: Vec<u8>) -> Response<Body> {
    if bytes.is_empty() {
        return json_response(json);
    }
    let length = HeaderValue::from(json.len());
    let mut response = json_response([json.into_bytes(), bytes].concat());
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    );
    headers.insert(JSON_LENGTH, length);
    response
}

/// The same problem as this protocol has it.
pub(super) fn problem_response(problem: &Problem) -> Response<Body> {
    problem.response(json!({ "error": problem.text() }).to_string())
}
