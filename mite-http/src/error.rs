//! Failures of a request, with a kind that is a label.

use std::error::Error as StdError;
use std::fmt;

use http::Method;
use mite_net::{Late, root_cause};

/// The result of what can fail in HTTP.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of failure it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// The request cannot be sent as it was built: an invalid URL, two bodies.
    Request,
    /// The host's name could not be resolved.
    Dns,
    /// No connection could be made.
    Connect,
    /// The TLS handshake failed; the certificate was not accepted.
    Tls,
    /// No connection was made in time.
    TimeoutConnect,
    /// The response was not complete in time.
    TimeoutTotal,
    /// The server closed the connection before it answered.
    Closed,
    /// The answer is not HTTP.
    Protocol,
    /// The response's body was cut short, or cannot be decoded.
    Body,
    /// There were more redirects than allowed.
    TooManyRedirects,
    /// The journey dropped the request before it was complete.
    Cancelled,
}

impl Kind {
    /// The kind as a label.
    ///
    /// ```
    /// assert_eq!(mite::http::Kind::TimeoutConnect.as_str(), "timeout_connect");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::TimeoutConnect => "timeout_connect",
            Self::TimeoutTotal => "timeout_total",
            Self::Closed => "closed",
            Self::Protocol => "protocol",
            Self::Body => "body",
            Self::TooManyRedirects => "too_many_redirects",
            Self::Cancelled => "cancelled",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What went wrong, before it is known with which request.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) kind: Kind,
    pub(crate) cause: String,
    pub(crate) source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Failure {
    pub(crate) fn new(kind: Kind, cause: impl Into<String>) -> Self {
        Self { kind, cause: cause.into(), source: None }
    }

    pub(crate) fn of(kind: Kind, error: impl StdError + Send + Sync + 'static) -> Self {
        Self { kind, cause: root_cause(&error), source: Some(Box::new(error)) }
    }

    pub(crate) fn at(self, method: &Method, url: &str) -> Error {
        let Self { kind, cause, source } = self;
        Error(Box::new(Inner { kind, method: method.clone(), url: url.to_owned(), cause, source }))
    }
}

/// What the dialer calls a failure, in the words of HTTP.
impl From<mite_net::Error> for Failure {
    fn from(error: mite_net::Error) -> Self {
        let (kind, cause, source) = error.into_parts();
        let kind = match kind {
            mite_net::Kind::Settings => Kind::Request,
            mite_net::Kind::Dns => Kind::Dns,
            mite_net::Kind::Tls => Kind::Tls,
            mite_net::Kind::Timeout => Kind::TimeoutConnect,
            _ => Kind::Connect,
        };
        Self { kind, cause, source }
    }
}

impl From<Late> for Failure {
    fn from(late: Late) -> Self {
        let cause = format!("no complete response within {:?}", late.limit);
        Self::new(Kind::TimeoutTotal, cause)
    }
}

/// A request failed. Its text names the method, the URL (without credentials)
/// and the cause; an HTTP status is not a failure.
///
/// ```
/// use mite::prelude::*;
/// use mite::http::Kind;
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// # let ctx = Context::for_test();
/// let error = ctx.http().get("http://bob:secret@127.0.0.1:1/").send().await.unwrap_err();
/// assert_eq!(error.kind(), Kind::Connect);
/// assert_eq!(error.to_string(), "GET http://127.0.0.1:1/ failed: connect: Connection refused");
/// # }
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: Kind,
    method: Method,
    url: String,
    cause: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// What kind of failure it was.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The request's method.
    pub fn method(&self) -> &Method {
        &self.0.method
    }

    /// The request's URL, without credentials.
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// The cause alone.
    pub fn cause(&self) -> &str {
        &self.0.cause
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, method, url, cause, .. } = &*self.0;
        match kind {
            Kind::Request => write!(f, "{method} {url} was not sent: {cause}"),
            _ => write!(f, "{method} {url} failed: {kind}: {cause}"),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "mite_http::Error({self})")
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|e| e as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_names_method_url_kind_and_the_root_cause() {
        let io = std::io::Error::from_raw_os_error(111);
        let error = Failure::of(Kind::Connect, io).at(&Method::PUT, "http://h/x");
        assert_eq!(error.to_string(), "PUT http://h/x failed: connect: Connection refused");
        assert!(error.source().is_some());
        let unsent = Failure::new(Kind::Request, "two bodies").at(&Method::GET, "http://h/");
        assert_eq!(unsent.to_string(), "GET http://h/ was not sent: two bodies");
    }
}
