//! Connections: taken one by one, served within bounds, and closed at the end.
//!
//! Owns how many there are at a time, and the times that a client may take over a header.

use super::Limits;
use super::log::Peer;
use super::phase::Phase;
use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};

/// Bytes and lines of a header.
const MAX_HEADER_BYTES: usize = 16 << 10;
const MAX_HEADER_LINES: usize = 64;
/// After the system gave no connection: it has run out of something.
const PAUSE: Duration = Duration::from_millis(50);
/// For answers on their way when everything is done.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// How connections are served.
pub(super) struct Connections {
    router: Router,
    places: Arc<Semaphore>,
    num_places: u32,
    max_header_time: Duration,
    max_drain_time: Duration,
    /// Whether open connections are to end.
    closing: watch::Sender<bool>,
}

impl Connections {
    pub(super) fn new(router: Router, limits: &Limits) -> Self {
        let num_places = limits.max_connections.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            router,
            places: Arc::new(Semaphore::new(num_places)),
            num_places: u32::try_from(num_places).unwrap_or(u32::MAX),
            max_header_time: limits.max_header_time,
            max_drain_time: limits.max_drain_time,
            closing: watch::Sender::new(false),
        }
    }

    /// Serves until the phase is drained; whether it got there in time.
    pub(super) async fn serve(&self, listener: TcpListener, phase: &Phase) -> io::Result<bool> {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        // New connections are taken while the service drains too: they are told so.
        let mut drained = pin!(async {
            phase.draining().await;
            timeout(self.max_drain_time, phase.drained()).await.is_ok()
        });
        let is_drained = loop {
            tokio::select! {
                is_drained = &mut drained => break is_drained,
                () = self.take(&listener) => (),
            }
        };
        drop(listener);
        self.closing.send_replace(true);
        let all = self.places.acquire_many(self.num_places);
        let _ = timeout(LAST_WORDS, all).await;
        Ok(is_drained)
    }

    /// Takes one connection, once there is a place for it.
    async fn take(&self, listener: &tokio::net::TcpListener) {
        let Ok(place) = Arc::clone(&self.places).acquire_owned().await else {
            return;
        };
        let Ok((stream, peer)) = listener.accept().await else {
            sleep(PAUSE).await;
            return;
        };
        let connection = self.connection(stream, peer);
        tokio::spawn(async move {
            connection.await;
            drop(place);
        });
    }

    fn connection(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
    ) -> impl Future<Output = ()> + Send + use<> {
        let inner = TowerToHyperService::new(self.router.clone());
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(Peer(peer));
            inner.call(request)
        });
        let max_header_time = self.max_header_time;
        let mut closing = self.closing.subscribe();
        async move {
            // Answers are small, and are not to wait for more.
            let _ = stream.set_nodelay(true);
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(max_header_time)
                .max_headers(MAX_HEADER_LINES)
                .max_header_size(MAX_HEADER_BYTES)
                .serve_connection(TokioIo::new(stream), service);
            let mut connection = pin!(connection);
            tokio::select! {
                // What goes wrong on a connection is its client's alone.
                _ = &mut connection => (),
                () = async { drop(closing.wait_for(|&closing| closing).await) } => {
                    connection.as_mut().graceful_shutdown();
                    let _ = connection.await;
                }
            }
        }
    }
}
