//! A line a request.

use super::problem::Reason;
use axum::extract::Request;
use axum::http::StatusCode;
use serde::Serialize;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// Is told of every request when it has ended.
pub type Say = Arc<dyn Fn(&RequestLine) + Send + Sync>;

/// Where a request comes from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) SocketAddr);

/// What is known of a request. As text one line, as JSON one object.
#[derive(Clone, Debug, Serialize)]
pub struct RequestLine {
    peer: Option<SocketAddr>,
    method: String,
    /// Without what stands behind `?`.
    path: String,
    status: Option<u16>,
    reason: &'static str,
    milliseconds: f64,
}

impl RequestLine {
    pub(super) fn begin(request: &Request) -> Self {
        Self {
            peer: request.extensions().get().map(|&Peer(address)| address),
            method: request.method().to_string(),
            path: request.uri().path().to_owned(),
            status: None,
            reason: "",
            milliseconds: 0.0,
        }
    }

    pub(super) fn end(self, reason: Reason, status: Option<StatusCode>, time: Duration) -> Self {
        Self {
            status: status.map(|status| status.as_u16()),
            reason: reason.name(),
            milliseconds: (time.as_secs_f64() * 1e6).round() / 1e3,
            ..self
        }
    }
}

impl fmt::Display for RequestLine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            method,
            path,
            reason,
            milliseconds,
            ..
        } = self;
        if let Some(peer) = self.peer {
            write!(formatter, "{peer} ")?;
        }
        write!(formatter, "{method} {path} ")?;
        if let Some(status) = self.status {
            write!(formatter, "{status} ")?;
        }
        write!(formatter, "{reason} {milliseconds} ms")
    }
}
