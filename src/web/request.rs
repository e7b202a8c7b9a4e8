//! What is asked of a server.

use hyper::Method;
use hyper::body::Bytes;
use hyper::http::request::Parts;

/// A request, read to its end.
#[derive(Debug)]
pub(crate) struct Request {
    head: Parts,
    body: Bytes,
}

impl Request {
    pub(super) fn new(head: Parts, body: Bytes) -> Self {
        Self { head, body }
    }

    pub(super) fn set_body(&mut self, body: Bytes) {
        self.body = body;
    }

    pub(super) fn method(&self) -> &Method {
        &self.head.method
    }

    /// The first header of that name, if it is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.headers.get(name)?.to_str().ok()
    }

    /// The value of a parameter of the query, decoded.
    pub(crate) fn query(&self, name: &str) -> Option<String> {
        let query = self.head.uri.query()?.as_bytes();
        let mut pairs = form_urlencoded::parse(query);
        pairs.find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
    }

    /// What was sent with it; at most 64 KiB.
    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }
}
