//! The page to draw on: its files, which are part of the program.

use super::problem::Problem;
use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::{MethodRouter, get};

pub(crate) const INDEX: &str = include_str!("page/index.html");
pub(crate) const STYLE: &str = include_str!("page/page.css");
pub(crate) const DRAW: &str = include_str!("page/draw.js");
pub(crate) const PAGE: &str = include_str!("page/page.js");
pub(crate) const ICON: &str = include_str!("page/icon.svg");
const ASK: &str = include_str!("page/ask.js");

/// The page's paths.
pub(super) fn router() -> Router {
    const SCRIPT: &str = "text/javascript; charset=utf-8";
    Router::new()
        .route("/", asset("text/html; charset=utf-8", INDEX))
        .route("/page.css", asset("text/css; charset=utf-8", STYLE))
        .route("/draw.js", asset(SCRIPT, DRAW))
        .route("/ask.js", asset(SCRIPT, ASK))
        .route("/page.js", asset(SCRIPT, PAGE))
        .route("/icon.svg", asset("image/svg+xml", ICON))
}

fn asset(kind: &'static str, text: &'static str) -> MethodRouter {
    get(async move || ([(CONTENT_TYPE, kind)], text)).fallback(async || Problem::method("GET"))
}
