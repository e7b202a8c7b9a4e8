//! Responses, read to their end.

use std::borrow::Cow;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Version, header};
use mite_core::error::Error as Declared;
use mite_net::{Timings, TlsSession};
use serde::de::DeserializeOwned;
use url::Url;

use crate::cookie::Cookies;
use crate::error::{Error, Failure, Kind, Result};
use crate::head::Head;
use crate::hop::Hop;
use crate::target::Target;
use crate::trace::Trace;

/// A response, read to its end.
pub struct Response(Box<Answer>);

/// On the heap: a response passes many hands, and journeys hold it while they wait.
struct Answer {
    method: Method,
    target: Arc<Target>,
    head: Head,
    body: Bytes,
    timings: Timings,
    remote: SocketAddr,
    tls: Option<TlsSession>,
    wire_size: u64,
    history: Vec<Response>,
}

impl Response {
    pub(crate) fn new(hop: &Hop, head: Head, body: Bytes, trace: &Trace) -> Self {
        Self(Box::new(Answer {
            method: hop.method.clone(),
            target: hop.target.clone(),
            head,
            body,
            timings: trace.timings,
            remote: trace.remote.expect("who answered has an address"),
            tls: trace.tls,
            wire_size: trace.received,
            history: Vec::new(),
        }))
    }

    pub(crate) fn set_history(&mut self, history: Vec<Response>) {
        self.0.history = history;
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.0.head.status
    }

    /// The headers, as they came.
    pub fn headers(&self) -> &HeaderMap {
        self.0.head.headers()
    }

    /// The version of HTTP that it was sent in.
    pub fn version(&self) -> Version {
        self.0.head.version
    }

    /// The body, its encoding undone.
    pub fn bytes(&self) -> &Bytes {
        &self.0.body
    }

    /// How many bytes the body had on the wire.
    pub fn wire_size(&self) -> u64 {
        self.0.wire_size
    }

    /// The body as text: UTF-8, unless its content type says Latin-1.
    ///
    /// # Errors
    /// Of kind `body`, if it is not such text or in another charset.
    pub fn text(&self) -> Result<Cow<'_, str>> {
        match self.charset().map(str::to_ascii_lowercase).as_deref() {
            None | Some("utf-8" | "utf8" | "us-ascii") => match std::str::from_utf8(&self.0.body) {
                Ok(text) => Ok(Cow::Borrowed(text)),
                Err(error) => Err(self.error(format!("the body is not UTF-8: {error}"))),
            },
            Some("iso-8859-1" | "latin1") => {
                Ok(Cow::Owned(self.0.body.iter().map(|b| char::from(*b)).collect()))
            }
            Some(other) => Err(self.error(format!(
                "the body is in charset {other}, which text() does not know; use bytes()"
            ))),
        }
    }

    fn charset(&self) -> Option<&str> {
        let content_type = self.headers().get(header::CONTENT_TYPE)?.to_str().ok()?;
        content_type.split(';').skip(1).find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"'))
        })
    }

    /// The body, read as JSON.
    ///
    /// # Errors
    /// Of kind `body`, with the start of the body, if it does not read as `T`.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.0.body).map_err(|error| {
            self.error(format!(
                "the body does not read as {}: {error}; it starts with {:?}",
                std::any::type_name::<T>(),
                self.start_of_body()
            ))
        })
    }

    /// The URL that answered, without credentials.
    pub fn url(&self) -> &Url {
        &self.0.target.url
    }

    /// The method of the request that was answered.
    pub fn method(&self) -> &Method {
        &self.0.method
    }

    /// The responses that redirected here, first to last.
    pub fn history(&self) -> &[Response] {
        &self.0.history
    }

    /// The cookies that this response and those that redirected to it set.
    pub fn cookies(&self) -> Cookies {
        let mut cookies = Cookies::default();
        for response in self.0.history.iter().chain([self]) {
            cookies.extend(&Cookies::set_by(response.headers()));
        }
        cookies
    }

    /// What the TLS handshake of the connection agreed on; none without TLS.
    pub fn tls(&self) -> Option<&TlsSession> {
        self.0.tls.as_ref()
    }

    /// The address that answered: of a proxy, if there is one; `0.0.0.0:0` of a
    /// Unix socket.
    pub fn remote_addr(&self) -> SocketAddr {
        self.0.remote
    }

    /// When the parts of the exchange happened.
    pub fn timings(&self) -> &Timings {
        &self.0.timings
    }

    /// This response, if it has the expected status (a number or a
    /// [`StatusCode`]).
    ///
    /// # Errors
    /// Declared, with method, URL, status and the start of the body.
    ///
    /// ```
    /// # use mite_core::error::Result;
    /// # fn check(response: &mite_http::Response) -> Result {
    /// let user: u64 = response.expect_status(201)?.json()?;
    /// # let _ = user; Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn expect_status(&self, expected: impl ExpectedStatus) -> mite_core::error::Result<&Self> {
        let expected = expected.code();
        if self.status().as_u16() == expected {
            return Ok(self);
        }
        Err(self.unexpected(&format!(" instead of {expected}")).field("expected", expected))
    }

    /// This response, if its status is below 400.
    ///
    /// # Errors
    /// As [`expect_status`](Self::expect_status).
    #[track_caller]
    pub fn error_for_status(&self) -> mite_core::error::Result<&Self> {
        if self.status().is_client_error() || self.status().is_server_error() {
            return Err(self.unexpected(""));
        }
        Ok(self)
    }

    #[track_caller]
    fn unexpected(&self, instead: &str) -> Declared {
        let (method, url, status) = (&self.0.method, self.url(), self.status());
        let body = self.start_of_body();
        let text = match body.is_empty() {
            true => format!("{method} {url} answered {status}{instead}"),
            false => format!("{method} {url} answered {status}{instead}: {body}"),
        };
        Declared::new(text)
            .field("method", method.as_str())
            .field("url", url.as_str())
            .field("status", status.as_u16())
            .field("body", &*body)
    }

    fn start_of_body(&self) -> String {
        const SHOWN: usize = 200;
        let text = String::from_utf8_lossy(&self.0.body[..self.0.body.len().min(4 * SHOWN)]);
        let text = text.trim();
        match text.char_indices().nth(SHOWN) {
            Some((at, _)) => format!("{}…", &text[..at]),
            None => text.to_owned(),
        }
    }

    fn error(&self, cause: String) -> Error {
        Failure::new(Kind::Body, cause).at(&self.0.method, self.0.target.url.as_str())
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("method", &self.0.method)
            .field("url", &self.url().as_str())
            .field("status", &self.status())
            .field("headers", self.headers())
            .field("body", &self.start_of_body())
            .finish_non_exhaustive()
    }
}

/// What [`Response::expect_status`] takes: a number or a [`StatusCode`].
pub trait ExpectedStatus {
    /// The number.
    fn code(self) -> u16;
}

impl ExpectedStatus for u16 {
    fn code(self) -> u16 {
        self
    }
}

impl ExpectedStatus for StatusCode {
    fn code(self) -> u16 {
        self.as_u16()
    }
}
