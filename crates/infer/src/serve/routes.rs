//! The paths, and what every request goes through: who may ask, whether requests are taken, what is counted and
//! logged.
//!
//! Owns the list of paths, which `openapi.json` describes.

use super::access::Access;
use super::log::{RequestLine, Say};
use super::predict::{correct, predict};
use super::problem::{Problem, Reason, json_response, to_json_response};
use super::rest::Rest;
use super::state::State;
use super::{page, v2};
use axum::Router;
use axum::body::Body;
use axum::extract::{MatchedPath, Path, Request};
use axum::http::header::{CONNECTION, CONTENT_TYPE, EXPECT};
use axum::http::{HeaderValue, Method, Response, StatusCode};
use axum::middleware::{self, Next};
use axum::response::IntoResponse as _;
use axum::routing::{MethodRouter, get, post};
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

/// What the paths need.
pub(super) struct Front {
    pub(super) state: Arc<State>,
    pub(super) access: Access,
    pub(super) say: Option<Say>,
}

const OPENAPI: &str = include_str!("openapi.json");
/// Prometheus's text format.
const METRICS_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";
/// How the paths begin that work is done at: they want a key, and are closed while the service drains.
const WORK: [&str; 2] = ["/v1/", "/v2/models/"];

/// All paths.
pub(super) fn router(front: Front) -> Router {
    let front = Arc::new(front);
    let state = &front.state;
    let router = Router::new()
        .merge(page::router())
        .route(
            "/openapi.json",
            only_get(get(async || json_response(OPENAPI))),
        )
        .route("/metrics", only_get(metrics(Arc::clone(state))))
        .merge(version_1(state))
        .merge(version_2(state))
        .fallback(async || {
            let hint = "the paths are in /openapi.json";
            Problem::new(Reason::NotFound, "there is no such path", hint)
        });
    router.layer(middleware::from_fn(move |request: Request, next: Next| {
        let front = Arc::clone(&front);
        async move { front.pass(request, next).await }
    }))
}

/// With the answer to other methods.
fn only_get(route: MethodRouter) -> MethodRouter {
    route.fallback(async || Problem::method("GET"))
}

fn only_post(route: MethodRouter) -> MethodRouter {
    route.fallback(async || Problem::method("POST"))
}

fn metrics(state: Arc<State>) -> MethodRouter {
    get(async move || {
        let text = state.metrics.to_text(&state.gauges());
        ([(CONTENT_TYPE, METRICS_TYPE)], text)
    })
}

fn version_1(state: &Arc<State>) -> Router {
    let (to_predict, to_correct) = (Arc::clone(state), Arc::clone(state));
    let about = Arc::clone(state);
    Router::new()
        .route(
            "/v1/predict",
            only_post(post(async move |asked, request: Request| {
                predict(to_predict, asked, request).await
            })),
        )
        .route(
            "/v1/corrections",
            only_post(post(async move |request: Request| {
                correct(to_correct, request).await
            })),
        )
        .route(
            "/v1/model",
            only_get(get(async move || {
                to_json_response(&json!({
                    "name": about.about.name,
                    "runs": about.about.runs,
                    "class_names": about.about.class_names,
                    "reads_numbers": about.about.reads_numbers(),
                    "version": env!("CARGO_PKG_VERSION"),
                    "collects": about.collection.is_some(),
                    "max_pictures": about.max_images,
                    "max_body_bytes": about.body_limits.max_bytes,
                }))
            })),
        )
}

type Names = Path<HashMap<String, String>>;

fn version_2(state: &Arc<State>) -> Router {
    let mut router = Router::new()
        .route("/v2", only_get(get(async || v2::server())))
        .route(
            "/v2/health/live",
            only_get(get(async || json_response(r#"{"live":true}"#))),
        );
    let ready = Arc::clone(state);
    let is_ready = get(async move || in_v2(v2::server_ready(&ready)));
    router = router.route("/v2/health/ready", only_get(is_ready));
    for place in [
        "/v2/models/{model}",
        "/v2/models/{model}/versions/{version}",
    ] {
        let [about, ready, infer] = [(); 3].map(|()| Arc::clone(state));
        router = router
            .route(
                place,
                only_get(get(async move |Path(names): Names| {
                    let (name, version) = model_and_version(&names);
                    in_v2(v2::model(&about, name, version))
                })),
            )
            .route(
                &format!("{place}/ready"),
                only_get(get(async move |Path(names): Names| {
                    let (name, version) = model_and_version(&names);
                    in_v2(v2::model_ready(&ready, name, version))
                })),
            )
            .route(
                &format!("{place}/infer"),
                only_post(post(async move |Path(names): Names, request: Request| {
                    let (name, version) = model_and_version(&names);
                    in_v2(v2::infer(infer, name, version, request).await)
                })),
            );
    }
    router
}

fn model_and_version(names: &HashMap<String, String>) -> (&str, Option<&str>) {
    let name = names.get("model").map_or("", String::as_str);
    (name, names.get("version").map(String::as_str))
}

fn in_v2(outcome: Result<Response<Body>, Problem>) -> Response<Body> {
    outcome.unwrap_or_else(|problem| v2::problem_response(&problem))
}

impl Front {
    async fn pass(&self, request: Request, next: Next) -> Response<Body> {
        let start = Instant::now();
        let origin = self.access.origin(request.headers());
        let line = RequestLine::begin(&request);
        let is_asked_for = request.headers().contains_key(EXPECT);
        let (request, rest) = Rest::of(request);
        let mut ending = Ending {
            front: self,
            line: Some(line),
            start,
        };
        let mut response = if request.method() == Method::OPTIONS && origin.is_some() {
            let mut response = StatusCode::NO_CONTENT.into_response();
            Access::add_permissions(response.headers_mut());
            response
        } else {
            self.work(request, next).await
        };
        self.access.add_headers(origin, response.headers_mut());
        ending.answered(&response);
        if rest.is_read() {
            return response;
        }
        // Who came too slowly gets no second time; who waits to be asked for the rest may as well never send it.
        if response.status() == StatusCode::REQUEST_TIMEOUT || is_asked_for {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(CONNECTION, close);
        } else {
            rest.discard(self.state.body_limits.max_time);
        }
        response
    }

    async fn work(&self, request: Request, next: Next) -> Response<Body> {
        let path = request.extensions().get::<MatchedPath>();
        let path = path.map_or("", |path| path.as_str());
        let is_work = WORK.iter().any(|begin| path.starts_with(begin));
        let is_v2 = path.starts_with("/v2");
        let refused = |problem: Problem| {
            if is_v2 {
                v2::problem_response(&problem)
            } else {
                problem.into_response()
            }
        };
        if is_work && let Err(problem) = self.access.check(request.headers()) {
            return refused(problem);
        }
        // Whether a model is ready is asked while the service drains too.
        let taken = (is_work && !path.ends_with("/ready")).then(|| self.state.phase.take());
        let _active = match taken.transpose() {
            Ok(active) => active,
            Err(problem) => return refused(problem),
        };
        next.run(request).await
    }
}

/// Counts and logs a request when its answer is there, or its client left before.
struct Ending<'a> {
    front: &'a Front,
    line: Option<RequestLine>,
    start: Instant,
}

impl Ending<'_> {
    fn answered(&mut self, response: &Response<Body>) {
        let reason = response.extensions().get::<Reason>().copied();
        let usual = match response.status() {
            status if status.is_success() => Reason::Ok,
            StatusCode::NOT_FOUND => Reason::NotFound,
            status if status.is_client_error() => Reason::BadRequest,
            _ => Reason::Failed,
        };
        self.end(reason.unwrap_or(usual), Some(response.status()));
    }

    fn end(&mut self, reason: Reason, status: Option<StatusCode>) {
        let Some(line) = self.line.take() else {
            return;
        };
        self.front.state.metrics.count(reason);
        if let Some(say) = &self.front.say {
            say(&line.end(reason, status, self.start.elapsed()));
        }
    }
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.end(Reason::ClientLeft, None);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_path_is_described() {
        let sources = [include_str!("routes.rs"), include_str!("page.rs")];
        let code = sources.map(|source| source.split("mod tests").next().unwrap_or(""));
        let texts = code
            .iter()
            .flat_map(|code| code.split('"').skip(1).step_by(2));
        let mut paths: BTreeSet<String> = texts
            .filter(|text| text.starts_with('/') && !WORK.contains(text) && *text != "/ready")
            .map(str::to_owned)
            .collect();
        for model in paths.clone().iter().filter(|path| path.ends_with('}')) {
            paths.extend(["ready", "infer"].map(|end| format!("{model}/{end}")));
        }
        let description: serde_json::Value = serde_json::from_str(OPENAPI).unwrap();
        let described = description["paths"].as_object().unwrap().keys();
        assert_eq!(described.cloned().collect::<BTreeSet<_>>(), paths);
    }
}
