//! The bodies of requests: read within bounds of size, time and memory.

use super::admission::Room;
use super::problem::{Problem, Reason};
use axum::body::{Body, HttpBody as _};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http_body_util::BodyExt as _;
use std::io;
use std::time::Duration;

/// How large a body may be, and how long it may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct BodyLimits {
    pub(super) max_bytes: u64,
    pub(super) max_time: Duration,
}

/// Reads all of a body. Bytes take room as they come, so that what is only announced takes none.
pub(super) async fn read_body(
    body: Body,
    limits: BodyLimits,
    room: &Room,
) -> Result<Vec<u8>, Problem> {
    let announced = body.size_hint().lower();
    if announced > limits.max_bytes {
        return Err(too_large(limits.max_bytes));
    }
    let read = read_frames(body, limits.max_bytes, room);
    let read = tokio::time::timeout(limits.max_time, read).await;
    read.unwrap_or_else(|_| {
        let seconds = limits.max_time.as_secs_f64();
        let message = format!("the body did not come within {seconds} s");
        let hint = "send it faster, or a smaller picture";
        Err(Problem::new(Reason::SlowRequest, message, hint))
    })
}

async fn read_frames(mut body: Body, max_bytes: u64, room: &Room) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| unreadable(&error))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if (bytes.len() + data.len()) as u64 > max_bytes {
            return Err(too_large(max_bytes));
        }
        room.add_bytes(data.len())?;
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}

/// Whoever left in the middle of a body gets no answer; what is no HTTP gets one.
fn unreadable(error: &axum::Error) -> Problem {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    let mut reason = Reason::BadRequest;
    while let Some(one) = cause {
        let is_cut_off = one
            .downcast_ref::<hyper::Error>()
            .is_some_and(hyper::Error::is_incomplete_message);
        if is_cut_off || one.is::<io::Error>() {
            reason = Reason::ClientLeft;
        }
        cause = one.source();
    }
    let message = format!("the body cannot be read: {error}");
    Problem::new(reason, message, "send the request again")
}

fn too_large(max_bytes: u64) -> Problem {
    let message = format!("the body has more than {max_bytes} bytes");
    let hint = "send a smaller picture, or fewer; `infer serve --max-body` sets the bound";
    Problem::new(Reason::TooLarge, message, hint)
}

/// What a body is said to be, in lower case and without parameters; empty where nothing is said.
///
/// # Errors
/// Where it is packed.
pub(super) fn media_type(headers: &HeaderMap) -> Result<String, Problem> {
    if let Some(coding) = headers.get(CONTENT_ENCODING)
        && !coding.as_bytes().eq_ignore_ascii_case(b"identity")
    {
        let message = "the body has a Content-Encoding";
        let hint = "send it as it is: pictures are packed already";
        return Err(Problem::new(Reason::UnsupportedType, message, hint));
    }
    let value = content_type(headers);
    let name = value.split(';').next().unwrap_or("").trim();
    Ok(name.to_ascii_lowercase())
}

/// The header as it is; empty where there is none, or it is no text.
pub(super) fn content_type(headers: &HeaderMap) -> &str {
    let value = headers.get(CONTENT_TYPE);
    value.and_then(|value| value.to_str().ok()).unwrap_or("")
}
