//! Responses, read to their end.

use std::borrow::Cow;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Version};
use mite_core::error::Error as Declared;
use mite_net::{Timings, TlsSession, shown_url};
use serde::de::DeserializeOwned;
use url::Url;

use crate::charset::Charset;
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

    /// The body as text: in the charset of its content type, whose name is read by the
    /// table of the WHATWG, as browsers do; UTF-8 if it names none. A byte order mark is
    /// left off.
    ///
    /// # Errors
    /// Of kind `body`, if it is not such text, or nobody knows the charset.
    pub fn text(&self) -> Result<Cow<'_, str>> {
        Charset::of(self.headers()).decode(&self.0.body).map_err(|why| {
            self.misread(format!("{why}; text_lossy() replaces what is wrong, bytes() has it all"))
        })
    }

    /// The body as text, with U+FFFD in place of what is none in its charset; one in
    /// an unknown charset is read as UTF-8.
    ///
    /// ```
    /// # fn look(response: &mite::http::Response) {
    /// println!("{}", response.text_lossy());
    /// # }
    /// ```
    pub fn text_lossy(&self) -> Cow<'_, str> {
        Charset::of(self.headers()).decode_lossy(&self.0.body)
    }

    /// The body, read as JSON. A byte order mark is left off.
    ///
    /// # Errors
    /// Of kind `body`, if it does not read as `T`: with the status, the field, and the
    /// start of the body.
    #[doc(alias("jsonPath", "saveAs", "extractor"))]
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        let body = self.0.body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&self.0.body);
        serde_json::from_slice(body).map_err(|error| self.not_json::<T>(body, error))
    }

    /// Reads again, now noting where in the value it is: that takes time which a body
    /// that reads is not to cost.
    #[cold]
    fn not_json<T: DeserializeOwned>(&self, body: &[u8], error: serde_json::Error) -> Error {
        let mut reader = serde_json::Deserializer::from_slice(body);
        let why = match serde_path_to_error::deserialize::<_, T>(&mut reader) {
            Err(error) if error.path().iter().next().is_some() => {
                format!("{}: {}", error.path(), error.inner())
            }
            _ => error.to_string(),
        };
        let (name, start) = (short_name(std::any::type_name::<T>()), self.start_of_body());
        self.misread(format!("the body does not read as {name}: {why}; it starts with {start:?}"))
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
    /// # fn check(response: &mite::http::Response) -> mite::Result {
    /// let user: u64 = response.expect_status(201)?.json()?;
    /// # let _ = user; Ok(())
    /// # }
    /// ```
    #[track_caller]
    #[doc(alias("assertion", "response_assertion", "expectedStatuses"))]
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
        let (method, url, status) = (&self.0.method, self.shown_url(), self.status());
        let body = self.start_of_body();
        let text = match body.is_empty() {
            true => format!("{method} {url} answered {status}{instead}"),
            false => format!("{method} {url} answered {status}{instead}: {body}"),
        };
        Declared::new(text)
            .field("method", method.as_str())
            .field("url", &*url)
            .field("status", status.as_u16())
            .field("body", &*body)
    }

    fn shown_url(&self) -> Cow<'_, str> {
        shown_url(self.0.target.url.as_str())
    }

    fn start_of_body(&self) -> String {
        const SHOWN: usize = 200;
        let start = &self.0.body[..self.0.body.len().min(4 * SHOWN)];
        let text = Charset::of(self.headers()).decode_lossy(start);
        let text = text.trim();
        match text.char_indices().nth(SHOWN) {
            Some((at, _)) => format!("{}…", &text[..at]),
            None => text.to_owned(),
        }
    }

    /// The failure of a body that does not read.
    fn misread(&self, why: String) -> Error {
        let cause = format!("answered {}; {why}", self.status().as_u16());
        Failure::new(Kind::Body, cause).at(&self.0.method, &self.shown_url())
    }
}

/// The name of a type without the modules that it is in.
fn short_name(name: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let mut short = String::new();
    let mut rest = name;
    while !rest.is_empty() {
        let path = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        short.push_str(rest[..path].rsplit("::").next().unwrap_or_default());
        let next = rest[path..].find(is_part).map_or(rest.len(), |at| path + at);
        short.push_str(&rest[path..next]);
        rest = &rest[next..];
    }
    short
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("method", &self.0.method)
            .field("url", &self.shown_url())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_named_without_their_modules() {
        for (name, short) in [
            ("u8", "u8"),
            ("shop::api::Stats", "Stats"),
            ("alloc::vec::Vec<shop::Item>", "Vec<Item>"),
            ("(core::option::Option<a::B>, [a::b::C; 3])", "(Option<B>, [C; 3])"),
            ("&a::B", "&B"),
        ] {
            assert_eq!(short_name(name), short);
        }
    }
}
