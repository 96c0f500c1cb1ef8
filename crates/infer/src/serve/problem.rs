//! What goes wrong with a request: one list of reasons, each with its status, its code, and the way out.
//!
//! Owns the form of errors, `{"code", "message", "hint"}`, and the reasons that requests are counted by.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use axum::response::IntoResponse;
use serde::Serialize;

/// How a request ended. Every one of these is a series of `/metrics`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    Ok,
    BadRequest,
    Unauthorized,
    Forbidden,
    NotFound,
    MethodNotAllowed,
    SlowRequest,
    TooLarge,
    UnsupportedType,
    UnusablePicture,
    QueueFull,
    Failed,
    Draining,
    TimedOut,
    CollectionFull,
    ClientLeft,
}

impl Reason {
    /// All of them, in the order of their numbers.
    pub(super) const ALL: [Self; 16] = [
        Self::Ok,
        Self::BadRequest,
        Self::Unauthorized,
        Self::Forbidden,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::SlowRequest,
        Self::TooLarge,
        Self::UnsupportedType,
        Self::UnusablePicture,
        Self::QueueFull,
        Self::Failed,
        Self::Draining,
        Self::TimedOut,
        Self::CollectionFull,
        Self::ClientLeft,
    ];

    /// Its name in answers, logs and metrics, and the status of an answer. No answer has that of a client that left.
    const fn about(self) -> (&'static str, StatusCode) {
        match self {
            Self::Ok => ("ok", StatusCode::OK),
            Self::BadRequest => ("bad_request", StatusCode::BAD_REQUEST),
            Self::Unauthorized => ("unauthorized", StatusCode::UNAUTHORIZED),
            Self::Forbidden => ("forbidden", StatusCode::FORBIDDEN),
            Self::NotFound => ("not_found", StatusCode::NOT_FOUND),
            Self::MethodNotAllowed => ("method_not_allowed", StatusCode::METHOD_NOT_ALLOWED),
            Self::SlowRequest => ("slow_request", StatusCode::REQUEST_TIMEOUT),
            Self::TooLarge => ("too_large", StatusCode::PAYLOAD_TOO_LARGE),
            Self::UnsupportedType => ("unsupported_type", StatusCode::UNSUPPORTED_MEDIA_TYPE),
            Self::UnusablePicture => ("unusable_picture", StatusCode::UNPROCESSABLE_ENTITY),
            Self::QueueFull => ("queue_full", StatusCode::TOO_MANY_REQUESTS),
            Self::Failed => ("failed", StatusCode::INTERNAL_SERVER_ERROR),
            Self::Draining => ("draining", StatusCode::SERVICE_UNAVAILABLE),
            Self::TimedOut => ("timed_out", StatusCode::SERVICE_UNAVAILABLE),
            Self::CollectionFull => ("collection_full", StatusCode::INSUFFICIENT_STORAGE),
            Self::ClientLeft => ("client_left", StatusCode::BAD_REQUEST),
        }
    }

    pub(super) const fn name(self) -> &'static str {
        self.about().0
    }

    const fn status(self) -> StatusCode {
        self.about().1
    }
}

/// Why a request gets no answer.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    reason: Reason,
    message: String,
    hint: String,
    /// A header that belongs to it: its name and its value.
    header: Option<(&'static str, &'static str)>,
}

/// As clients get it.
#[derive(Serialize)]
pub(super) struct ProblemBody<'a> {
    code: &'static str,
    message: &'a str,
    hint: &'a str,
}

impl Problem {
    pub(super) fn new(reason: Reason, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            reason,
            message: message.into(),
            hint: hint.into(),
            header: None,
        }
    }

    /// Something in the request is not as it should be.
    pub(super) fn bad(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(Reason::BadRequest, message, hint)
    }

    /// There is no room for it at the moment.
    pub(super) fn full() -> Self {
        let message = "the queue is full";
        let hint =
            "send the request again after the seconds in Retry-After, or fewer pictures at once";
        Self {
            header: Some(("retry-after", "1")),
            ..Self::new(Reason::QueueFull, message, hint)
        }
    }

    /// The service is ending.
    pub(super) fn draining() -> Self {
        let message = "the service is ending and takes no more requests";
        Self {
            header: Some(("connection", "close")),
            ..Self::new(Reason::Draining, message, "send the request to another one")
        }
    }

    /// The path is there, with other methods.
    pub(super) fn method(allowed: &'static str) -> Self {
        let message = "the path does not take this method";
        Self {
            header: Some(("allow", allowed)),
            ..Self::new(Reason::MethodNotAllowed, message, format!("use {allowed}"))
        }
    }

    /// The service could not do its work.
    pub(super) fn failed(message: impl Into<String>) -> Self {
        Self::new(
            Reason::Failed,
            message,
            "send the request again; the log may say more",
        )
    }

    /// As it stands in an answer, also in that to one picture of several.
    pub(super) fn body(&self) -> ProblemBody<'_> {
        ProblemBody {
            code: self.reason.name(),
            message: &self.message,
            hint: &self.hint,
        }
    }

    /// For the Open Inference Protocol, which wants one text.
    pub(super) fn text(&self) -> String {
        format!("{}; {}", self.message, self.hint)
    }

    /// The answer with this body.
    pub(super) fn response(&self, body: String) -> Response<Body> {
        let mut response = json_response(body);
        *response.status_mut() = self.reason.status();
        response.extensions_mut().insert(self.reason);
        if let Some((name, value)) = self.header {
            let name = HeaderName::from_static(name);
            response
                .headers_mut()
                .insert(name, HeaderValue::from_static(value));
        }
        response
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response<Body> {
        let body = serde_json::to_string(&self.body());
        self.response(body.unwrap_or_default())
    }
}

/// An answer of JSON, with status 200.
pub(super) fn json_response(body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(body.into());
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

/// A value as an answer of JSON.
pub(super) fn to_json_response(value: &impl Serialize) -> Result<Response<Body>, Problem> {
    let body = serde_json::to_string(value).map_err(|error| Problem::failed(error.to_string()))?;
    Ok(json_response(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_listed_at_their_numbers() {
        for (number, reason) in Reason::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, number, "{}", reason.name());
        }
    }
}
