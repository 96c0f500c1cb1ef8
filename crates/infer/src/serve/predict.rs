//! `POST /v1/predict`: pictures in a body of any of its forms, and what is wanted of them.

use super::answer::{self, Telling};
use super::body::{content_type, media_type, read_body};
use super::few::Few;
use super::pixels::Pixels;
use super::problem::{Problem, Reason, json_response};
use super::state::{Picture, State, Wanted};
use super::{MAX_IMAGES, multipart};
use crate::digits::Digits;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request};
use axum::http::{HeaderMap, Response};
use base::IMAGE_PIXELS;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use data::Content;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use std::sync::Arc;
use std::time::Instant;

/// The most pictures that all steps are shown of at once.
const MAX_SHOWN: usize = 4;

/// What stands behind `?`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Asked {
    #[serde(deserialize_with = "digits")]
    digits: Digits,
    min_confidence: f64,
    steps: bool,
    seen: bool,
    first_layer: bool,
}

/// `one`, `many`, or so many.
fn digits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Digits, D::Error> {
    let word = String::deserialize(deserializer)?;
    let expected = || D::Error::custom("digits: expected one, many, or a number from 2 to 255");
    Digits::of_word(&word).ok_or_else(expected)
}

impl Default for Asked {
    fn default() -> Self {
        Self {
            digits: Digits::One,
            min_confidence: 0.0,
            steps: false,
            seen: false,
            first_layer: false,
        }
    }
}

/// A body of JSON.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Json {
    #[serde(default)]
    pictures: Few<String, MAX_IMAGES>,
    #[serde(default)]
    pixels: Pixels,
}

/// Answers a request.
pub(super) async fn predict(
    state: Arc<State>,
    asked: Result<Query<Asked>, QueryRejection>,
    request: Request,
) -> Result<Response<Body>, Problem> {
    let start = Instant::now();
    let asked = check(asked)?;
    if asked.digits.are_many() && !state.about.reads_numbers() {
        let message = "numbers are read by networks of digits, and this one tells others apart";
        return Err(Problem::bad(message, "leave out `digits`"));
    }
    let (parts, body) = request.into_parts();
    let form = form(&parts.headers)?;
    let room = state.admission.room();
    let body = read_body(body, state.body_limits, &room).await?;
    let reading = start.elapsed();
    let pictures = pictures(&state, form, &parts.headers, body)?;
    if pictures.is_empty() {
        let hint = "send a picture as the body, as parts of a form, or as JSON";
        return Err(Problem::bad("there is no picture in the request", hint));
    }
    if asked.steps && pictures.len() > MAX_SHOWN {
        let message = format!("steps are shown of at most {MAX_SHOWN} pictures at once");
        return Err(Problem::bad(
            message,
            "leave out `steps`, or send fewer pictures",
        ));
    }
    let wanted = Wanted {
        digits: asked.digits,
        steps: asked.steps,
        first_layer: asked.first_layer,
    };
    let answered = state.answer(pictures, wanted, room).await?;
    let telling = Telling {
        digits: asked.digits,
        min_confidence: asked.min_confidence,
        seen: asked.seen,
    };
    let body = answer::body(&state.about, answered, telling, reading, start.elapsed())?;
    state.metrics.time(start.elapsed());
    Ok(json_response(body))
}

fn check(asked: Result<Query<Asked>, QueryRejection>) -> Result<Asked, Problem> {
    const HINT: &str = "there are digits=one|many|2…255, min_confidence=0…1, steps, seen and first_layer=true|false";
    let Query(asked) = asked.map_err(|error| Problem::bad(error.body_text(), HINT))?;
    if !(0.0..=1.0).contains(&asked.min_confidence) {
        return Err(Problem::bad(
            "min_confidence is no number from 0 to 1",
            HINT,
        ));
    }
    let shows = asked.steps || asked.seen || asked.first_layer;
    if asked.digits.are_many() && shows {
        let message = "steps, seen and first_layer are of pictures of one digit";
        return Err(Problem::bad(message, "leave them out, or `digits`"));
    }
    Ok(asked)
}

/// How a body holds pictures.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Picture,
    Parts,
    Json,
}

fn form(headers: &HeaderMap) -> Result<Form, Problem> {
    let name = media_type(headers)?;
    match name.as_str() {
        "multipart/form-data" => Ok(Form::Parts),
        "application/json" => Ok(Form::Json),
        // What a body is that curl sends with --data-binary, or that nothing is said of.
        "application/octet-stream" | "application/x-www-form-urlencoded" | "" => Ok(Form::Picture),
        name if name.starts_with("image/") => Ok(Form::Picture),
        name => {
            let message = format!("a body of the type {name} is not read");
            let hint = "send image/*, multipart/form-data or application/json";
            Err(Problem::new(Reason::UnsupportedType, message, hint))
        }
    }
}

fn pictures(
    state: &State,
    form: Form,
    headers: &HeaderMap,
    body: Vec<u8>,
) -> Result<Vec<Picture>, Problem> {
    let picture = |name: String, bytes: Vec<u8>| Picture {
        name,
        content: Content::Picture(bytes),
    };
    match form {
        Form::Picture if body.is_empty() => Ok(Vec::new()),
        Form::Picture => Ok(vec![picture("picture".into(), body)]),
        Form::Parts => {
            let hint = "each part is a picture: curl -F picture=@seven.png";
            let parts = multipart::parts(content_type(headers), &body, MAX_IMAGES);
            let (parts, number) = parts.map_err(|message| Problem::bad(message, hint))?;
            state.check_number(number)?;
            Ok(parts
                .into_iter()
                .map(|part| picture(part.name, part.bytes.to_vec()))
                .collect())
        }
        Form::Json => of_json(state, &body),
    }
}

fn of_json(state: &State, body: &[u8]) -> Result<Vec<Picture>, Problem> {
    const HINT: &str =
        "send {\"pictures\": [BASE64, …]} or {\"pixels\": [[784 numbers or 28 rows of 28], …]}";
    let bad = |message: String| Problem::bad(message, HINT);
    let json: Json = serde_json::from_slice(body).map_err(|error| bad(error.to_string()))?;
    state.check_number(json.pictures.number)?;
    let mut pictures = Vec::new();
    for (index, text) in json.pictures.first.iter().enumerate() {
        let bytes = STANDARD.decode(text);
        let refuse = |error| bad(format!("pictures[{index}] is no base64: {error}"));
        pictures.push(Picture {
            name: format!("pictures[{index}]"),
            content: Content::Picture(bytes.map_err(refuse)?),
        });
    }
    pictures.extend(images(&json.pixels.0));
    Ok(pictures)
}

/// Images in MNIST's form, named by their places.
fn images(pixels: &[u8]) -> Vec<Picture> {
    let images = pixels.as_chunks::<IMAGE_PIXELS>().0.iter().enumerate();
    let picture = |(index, image): (usize, &[u8; IMAGE_PIXELS])| Picture {
        name: format!("pixels[{index}]"),
        content: Content::Pixels(Box::new(*image)),
    };
    images.map(picture).collect()
}

/// A picture that was read wrong, and its label.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Correction {
    picture: String,
    label: usize,
}

/// Answers `POST /v1/corrections`: keeps a picture with its right label. Only JSON is taken, which pages of other
/// sites cannot send without being asked first.
pub(super) async fn correct(
    state: Arc<State>,
    request: Request,
) -> Result<Response<Body>, Problem> {
    const HINT: &str = "send {\"picture\": BASE64, \"label\": NUMBER} as application/json, the number that of a class from 0";
    if state.collection.is_none() {
        let hint = "start the service with --collect DIR";
        return Err(Problem::new(
            Reason::NotFound,
            "no pictures are collected",
            hint,
        ));
    }
    let (parts, body) = request.into_parts();
    if form(&parts.headers)? != Form::Json {
        let message = "a correction is JSON";
        return Err(Problem::new(Reason::UnsupportedType, message, HINT));
    }
    let room = state.admission.room();
    let body = read_body(body, state.body_limits, &room).await?;
    let bad = |message: String| Problem::bad(message, HINT);
    let correction: Correction =
        serde_json::from_slice(&body).map_err(|error| bad(error.to_string()))?;
    let class = state.about.class_names.get(correction.label);
    let class = class.ok_or_else(|| bad(format!("there is no class {}", correction.label)))?;
    let bytes = STANDARD.decode(&correction.picture);
    let bytes = bytes.map_err(|error| bad(format!("picture is no base64: {error}")))?;
    let (class, kept) = (class.clone(), Arc::clone(&state));
    room.add_images(1)?;
    // What is kept can be read: it is looked at first.
    let keep = move || -> Result<String, Problem> {
        let _room = room;
        let extension = kept.check_picture(&bytes)?;
        let failed = || Problem::failed("no pictures are collected");
        let collection = kept.collection.as_ref().ok_or_else(failed)?;
        collection.keep(&bytes, extension, &class, &kept.about.class_names)
    };
    let path = tokio::task::spawn_blocking(keep).await;
    let path = path.map_err(|error| Problem::failed(error.to_string()))??;
    Ok(json_response(
        serde_json::json!({ "kept": path }).to_string(),
    ))
}
