//! Who may ask, and what browsers are told.
//!
//! Owns the keys, the origins of other sites' pages, and the headers of every answer.

use super::problem::{Problem, Reason};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_MAX_AGE, AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, ORIGIN,
    REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use sha2::{Digest as _, Sha256};

/// The page's own files and nothing else; pictures of the page may also be what it drew itself.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
    connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'";
const KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Who may ask.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// Sums of the keys; everybody may ask where there are none.
    keys: Vec<[u8; 32]>,
    origins: Vec<String>,
}

impl Access {
    /// Only who has one of these keys.
    #[must_use]
    pub fn with_keys<'a>(mut self, keys: impl IntoIterator<Item = &'a str>) -> Self {
        self.keys.extend(keys.into_iter().map(sum));
        self
    }

    /// Pages of this origin too, such as `https://example.org`; of every one with `*`.
    #[must_use]
    pub fn with_origin(mut self, origin: impl Into<String>) -> Self {
        self.origins.push(origin.into());
        self
    }

    /// Whether the headers hold a key, as `Authorization: Bearer KEY` or `X-API-Key: KEY`.
    pub(super) fn check(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let bearer = text(AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
        let key = bearer.or_else(|| text(KEY));
        // Sums are compared: how long that takes tells nothing of a key.
        let is_known = key.is_some_and(|key| self.keys.contains(&sum(key.trim())));
        if self.keys.is_empty() || is_known {
            return Ok(());
        }
        let hint = "send `Authorization: Bearer KEY` or `X-API-Key: KEY`";
        Err(Problem::new(
            Reason::Unauthorized,
            "no key, or not a right one",
            hint,
        ))
    }

    /// The origin that an answer may be read by, where the request came from one.
    pub(super) fn origin(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let origin = headers.get(ORIGIN)?;
        let named = |allowed: &String| allowed == "*" || allowed.as_bytes() == origin.as_bytes();
        self.origins.iter().any(named).then(|| origin.clone())
    }

    /// Adds to an answer what browsers are to know.
    pub(super) fn add_headers(&self, origin: Option<HeaderValue>, headers: &mut HeaderMap) {
        let fixed = [
            (CONTENT_SECURITY_POLICY, POLICY),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (REFERRER_POLICY, "no-referrer"),
            (CACHE_CONTROL, "no-store"),
        ];
        for (name, value) in fixed {
            headers.insert(name, HeaderValue::from_static(value));
        }
        if !self.origins.is_empty() {
            headers.insert(VARY, HeaderValue::from_static("Origin"));
        }
        if let Some(origin) = origin {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        }
    }

    /// Adds to the answer to a browser's question what may be asked.
    pub(super) fn add_permissions(headers: &mut HeaderMap) {
        let fixed = [
            (ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
            (
                ACCESS_CONTROL_ALLOW_HEADERS,
                "authorization, content-type, x-api-key",
            ),
            (ACCESS_CONTROL_MAX_AGE, "600"),
        ];
        for (name, value) in fixed {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}

fn sum(key: &str) -> [u8; 32] {
    Sha256::digest(key).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn a_key_opens_by_either_header() {
        let access = Access::default().with_keys(["first", "second"]);
        for (name, value, may) in [
            (KEY, "second", true),
            (AUTHORIZATION, "Bearer first", true),
            (AUTHORIZATION, "first", false),
            (KEY, "", false),
            (KEY, "firs", false),
        ] {
            assert_eq!(access.check(&headers(name, value)).is_ok(), may, "{value}");
        }
        assert!(Access::default().check(&HeaderMap::new()).is_ok());
    }

    #[test]
    fn only_named_origins_may_read() {
        let access = Access::default().with_origin("https://a.example");
        assert!(
            access
                .origin(&headers(ORIGIN, "https://a.example"))
                .is_some()
        );
        assert!(
            access
                .origin(&headers(ORIGIN, "https://a.example.evil"))
                .is_none()
        );
        assert!(
            Access::default()
                .origin(&headers(ORIGIN, "https://a.example"))
                .is_none()
        );
        let all = Access::default().with_origin("*");
        assert!(all.origin(&headers(ORIGIN, "https://b.example")).is_some());
    }
}
