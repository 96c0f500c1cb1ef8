//! How object stores are spoken with: requests go through `ureq`, the client that downloads too, on the runtime's
//! blocking threads.
//!
//! Owns time limits, and which failures may pass: those are tried again by whoever asks.

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::TryStreamExt as _;
use futures_util::stream::poll_fn;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse,
    HttpResponseBody, HttpService,
};
use object_store::{ClientOptions, Result};
use std::io::{self, Read as _};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use ureq::http::request::Parts;
use ureq::http::{Method, Request, Response};
use ureq::{Agent, Body};

/// The longest wait for an address and then for a connection, and for the next bytes.
const CONNECT: Duration = Duration::from_secs(5);
const STALL: Duration = Duration::from_secs(30);
/// Where machines of clouds ask who they are: elsewhere nobody answers, and that is no reason to wait.
const METADATA_HOST: &str = "169.254.169.254";
const METADATA_CONNECT: Duration = Duration::from_secs(1);
const MAX_REDIRECTS: u32 = 5;
/// Bytes that are handed on at a time, and how often before somebody takes them.
const CHUNK_BYTES: usize = 1 << 16;
const CHUNKS_AHEAD: usize = 8;

/// Hands out [`Ureq`].
#[derive(Debug, Default)]
pub(super) struct UreqConnector;

impl HttpConnector for UreqConnector {
    fn connect(&self, _options: &ClientOptions) -> Result<HttpClient> {
        Ok(HttpClient::new(Ureq::default()))
    }
}

/// Clients for the ways to go.
#[derive(Clone, Debug)]
struct Ureq {
    /// Never leaves https.
    secure: Agent,
    plain: Agent,
    /// For this machine's own servers, which no proxy reaches.
    own: Agent,
    metadata: Agent,
}

impl Default for Ureq {
    fn default() -> Self {
        let config = |connect| {
            Agent::config_builder()
                .http_status_as_error(false)
                .allow_non_standard_methods(true)
                .max_redirects(MAX_REDIRECTS)
                .timeout_resolve(Some(connect))
                .timeout_connect(Some(connect))
                .timeout_per_read(Some(STALL))
                .timeout_per_write(Some(STALL))
        };
        Self {
            secure: config(CONNECT).https_only(true).build().into(),
            plain: config(CONNECT).build().into(),
            own: config(CONNECT).proxy(None).build().into(),
            metadata: config(METADATA_CONNECT).proxy(None).build().into(),
        }
    }
}

impl Ureq {
    fn agent(&self, parts: &Parts) -> Agent {
        let is_secure = parts.uri.scheme_str() == Some("https");
        let agent = match parts.uri.host() {
            Some("localhost" | "127.0.0.1" | "[::1]") => &self.own,
            Some(METADATA_HOST) => &self.metadata,
            _ if is_secure => &self.secure,
            _ => &self.plain,
        };
        agent.clone()
    }
}

#[async_trait]
impl HttpService for Ureq {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let agent = self.agent(&parts);
        let (answer, answered) = oneshot::channel();
        tokio::task::spawn_blocking(move || exchange(&agent, parts, &body, answer));
        let lost = |_| HttpError::new(HttpErrorKind::Interrupted, io::Error::other("cut short"));
        answered.await.map_err(lost)?
    }
}

/// Sends a request and hands on the answer, and then its body as far as somebody takes it.
fn exchange(
    agent: &Agent,
    parts: Parts,
    body: &Bytes,
    answer: oneshot::Sender<Result<HttpResponse, HttpError>>,
) {
    let is_metadata = parts.uri.host() == Some(METADATA_HOST);
    let (head, body) = match send(agent, parts, body) {
        Ok(response) => response.into_parts(),
        Err(error) => {
            // Nobody may wait any more.
            let _ = answer.send(Err(failed(error, is_metadata)));
            return;
        }
    };
    let (chunks, mut taken) = mpsc::channel(CHUNKS_AHEAD);
    let stream = poll_fn(move |context| taken.poll_recv(context)).map_ok(Frame::data);
    let body_there = HttpResponseBody::new(StreamBody::new(stream));
    let response = Response::from_parts(head, body_there);
    if answer.send(Ok(response)).is_err() {
        return;
    }
    let mut reader = body.into_with_config().limit(u64::MAX).reader();
    loop {
        let mut chunk = vec![0; CHUNK_BYTES];
        let chunk = match reader.read(&mut chunk) {
            Ok(0) => return,
            Ok(num_bytes) => {
                chunk.truncate(num_bytes);
                Ok(Bytes::from(chunk))
            }
            Err(error) => Err(failed(ureq::Error::from(error), is_metadata)),
        };
        let is_last = chunk.is_err();
        if chunks.blocking_send(chunk).is_err() || is_last {
            return;
        }
    }
}

fn send(agent: &Agent, parts: Parts, body: &Bytes) -> Result<Response<Body>, ureq::Error> {
    let takes_body = [Method::POST, Method::PUT, Method::PATCH].contains(&parts.method);
    if takes_body || !body.is_empty() {
        agent.run(Request::from_parts(parts, body.as_ref()))
    } else {
        agent.run(Request::from_parts(parts, ()))
    }
}

/// What a failure is, and so whether another try may help.
fn failed(error: ureq::Error, is_metadata: bool) -> HttpError {
    let kind = match &error {
        _ if is_metadata => HttpErrorKind::Unknown,
        ureq::Error::Timeout(_) => HttpErrorKind::Timeout,
        ureq::Error::ConnectionFailed => HttpErrorKind::Connect,
        ureq::Error::Io(error) => match error.kind() {
            io::ErrorKind::ConnectionRefused => HttpErrorKind::Connect,
            io::ErrorKind::TimedOut => HttpErrorKind::Timeout,
            io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof => HttpErrorKind::Interrupted,
            _ => HttpErrorKind::Unknown,
        },
        ureq::Error::Protocol(_) => HttpErrorKind::Request,
        _ => HttpErrorKind::Unknown,
    };
    HttpError::new(kind, error)
}
