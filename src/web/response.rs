//! What a server answers.

use http_body_util::Full;
use hyper::StatusCode;
use hyper::body::Bytes;
use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};

/// Headers of every response that does not set them itself: no caching, no sniffing, no
/// loading, no framing. There is no CORS header: pages of other origins read none of it.
const ALWAYS: [(HeaderName, &str); 6] = [
    (CACHE_CONTROL, "no-store"),
    (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// An answer.
#[derive(Debug)]
pub(crate) struct Response {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
}

impl Response {
    /// What was asked for.
    pub(crate) fn new(content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let headers = vec![(CONTENT_TYPE, HeaderValue::from_static(content_type))];
        Self { status: StatusCode::OK, headers, body: body.into() }
    }

    /// A line for people.
    pub(crate) fn text(status: StatusCode, text: impl std::fmt::Display) -> Self {
        let body = format!("{text}\n");
        Self { status, ..Self::new("text/plain; charset=utf-8", body) }
    }

    /// With a header, instead of one that every response has.
    pub(crate) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value));
        self
    }

    pub(super) fn into_http(self, with_body: bool) -> hyper::Response<Full<Bytes>> {
        let length = HeaderValue::from(self.body.len());
        let body = if with_body { self.body } else { Bytes::new() };
        let mut response = hyper::Response::new(Full::new(body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        for (name, value) in ALWAYS {
            headers.insert(name, HeaderValue::from_static(value));
        }
        headers.insert(hyper::header::CONTENT_LENGTH, length);
        for (name, value) in self.headers {
            headers.insert(name, value);
        }
        response
    }
}
