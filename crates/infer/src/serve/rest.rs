//! What is left of a request's body when its answer is there: read and thrown away, so that a client which is still
//! sending sees the answer, and can go on with its connection.

use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::Request;
use http_body_util::BodyExt as _;
use hyper::body::{Frame, SizeHint};
use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::timeout;

/// The body of a request that is being answered.
#[derive(Clone)]
pub(super) struct Rest(Arc<Mutex<Body>>);

impl Rest {
    /// The same request, and what will be left of its body.
    pub(super) fn of(request: Request) -> (Request, Self) {
        let (parts, body) = request.into_parts();
        let rest = Self(Arc::new(Mutex::new(body)));
        let body = Body::new(rest.clone());
        (Request::from_parts(parts, body), rest)
    }

    /// Whether nothing is left.
    pub(super) fn is_read(&self) -> bool {
        self.with(|body| body.is_end_stream())
    }

    /// Reads it away while the answer is sent, for so long at most: then the connection is closed. However much it is, none
    /// of it is kept.
    pub(super) fn discard(&self, max_time: Duration) {
        let body = self.with(|body| mem::replace(body, Body::empty()));
        tokio::spawn(timeout(max_time, discard(body)));
    }

    fn with<T>(&self, action: impl FnOnce(&mut Body) -> T) -> T {
        action(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn discard(mut body: Body) {
    while let Some(Ok(_)) = body.frame().await {}
}

impl hyper::body::Body for Rest {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.with(|body| Pin::new(body).poll_frame(context))
    }

    fn is_end_stream(&self) -> bool {
        self.with(|body| body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.with(|body| body.size_hint())
    }
}
