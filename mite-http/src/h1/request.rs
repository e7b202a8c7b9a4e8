//! Writes the head of a request.

use std::io;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::header::{self, HeaderName};
use http::{HeaderMap, HeaderValue, Method};
use mite_net::Forward;
use tokio::time::Instant;
use url::Position;

use crate::body;
use crate::cookie::Jar;
use crate::hop::Hop;
use crate::wire::{Wire, header_line};

/// Longest body that is copied behind its head, so that one write sends both.
const SMALL_BODY: usize = 8 * 1024;

/// A request on its way out. What it has allocated is used again by the next one.
#[derive(Default)]
pub(super) struct Outgoing {
    /// The head, and the body if it is small.
    pub(super) head: Vec<u8>,
    /// A body that is not small.
    pub(super) body: Bytes,
    /// A body that is streamed, and whether it goes in chunks.
    pub(super) stream: Option<(body::Outgoing, bool)>,
    /// Where the body begins if it is small; else the length of the head.
    pub(super) head_length: usize,
    /// Whether another request can follow on the connection.
    pub(super) keep: bool,
}

impl Outgoing {
    /// Writes `hop` in place of what was there.
    pub(super) fn write(
        &mut self,
        hop: &Hop,
        wire: &Wire,
        (jar, now): (&Jar, Instant),
        proxy: Option<&Forward>,
    ) {
        let Self { head: out, .. } = self;
        out.clear();
        out.extend_from_slice(hop.method.as_str().as_bytes());
        out.push(b' ');
        if proxy.is_some() {
            out.extend_from_slice(hop.target.url[..Position::AfterQuery].as_bytes());
        } else {
            out.extend_from_slice(hop.target.uri.path().as_bytes());
            if let Some(query) = hop.target.uri.query() {
                out.push(b'?');
                out.extend_from_slice(query.as_bytes());
            }
        }
        out.extend_from_slice(b" HTTP/1.1\r\nhost: ");
        out.extend_from_slice(hop.host().as_bytes());
        out.extend_from_slice(b"\r\n");
        if hop.has_standard_headers() {
            out.extend_from_slice(&wire.standard_headers);
        } else {
            hop.each_standard_header(&wire.user_agent, |name, value| header_line(out, name, value));
        }
        hop.each_own_header(jar, now, |name, value| header_line(out, name, value));
        if let Some(value) = proxy.and_then(Forward::authorization)
            && !hop.headers.contains_key(header::PROXY_AUTHORIZATION)
        {
            out.extend_from_slice(b"proxy-authorization: ");
            out.extend_from_slice(value.as_bytes());
            out.extend_from_slice(b"\r\n");
        }
        self.keep = true;
        self.stream = None;
        if wire.close {
            self.keep = false;
            if !hop.headers.contains_key(header::CONNECTION) {
                out.extend_from_slice(b"connection: close\r\n");
            }
        }
        match &hop.upload {
            None => self.body(hop),
            Some(upload) => self.upload(hop, upload),
        }
    }

    fn upload(&mut self, hop: &Hop, upload: &body::Upload) {
        let Self { head: out, keep, .. } = self;
        *keep &= !says_close(&hop.headers);
        let mut chunked = ends_chunked(&hop.headers);
        match (hop.headers.get(header::CONTENT_LENGTH), upload.length()) {
            // A length that may not be the body's would desynchronise the connection.
            (Some(own), length) => {
                *keep &= length.is_some_and(|n| own.as_bytes() == n.to_string().as_bytes());
            }
            (None, _) if chunked => {}
            (None, Some(length)) => {
                out.extend_from_slice(b"content-length: ");
                decimal(out, length);
                out.extend_from_slice(b"\r\n");
            }
            (None, None) => {
                out.extend_from_slice(b"transfer-encoding: chunked\r\n");
                chunked = true;
            }
        }
        out.extend_from_slice(b"\r\n");
        self.head_length = out.len();
        self.stream = Some((body::Outgoing::new(&hop.body, Some(upload)), chunked));
    }

    /// Takes the next piece of a streamed body, in place of what has been sent.
    pub(super) fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some((stream, chunked)) = &mut self.stream else { return Poll::Ready(Ok(())) };
        let chunked = *chunked;
        let piece = loop {
            match ready!(stream.poll_piece(cx)).transpose()? {
                // In chunks, one without bytes would be the end.
                Some(piece) if piece.is_empty() => {}
                piece => break piece,
            }
        };
        // What ends the chunk before this one comes with this one.
        let first = std::mem::take(&mut self.head_length) > 0;
        self.head.clear();
        if chunked && !first {
            self.head.extend_from_slice(b"\r\n");
        }
        if chunked {
            let length = piece.as_ref().map_or(0, Bytes::len);
            self.head.extend_from_slice(format!("{length:x}\r\n").as_bytes());
        }
        if piece.is_none() {
            self.stream = None;
            if chunked {
                self.head.extend_from_slice(b"\r\n");
            }
        }
        self.body = piece.unwrap_or_default();
        Poll::Ready(Ok(()))
    }

    fn body(&mut self, hop: &Hop) {
        let Self { head: out, body, keep, .. } = self;
        let mut chunked = false;
        if !hop.headers.is_empty() {
            *keep &= !says_close(&hop.headers);
            chunked = ends_chunked(&hop.headers);
            // A length that is not the body's would desynchronise the connection.
            *keep &= hop
                .headers
                .get(header::CONTENT_LENGTH)
                .is_none_or(|own| own.as_bytes() == hop.body.len().to_string().as_bytes());
        }
        let framed = !hop.headers.is_empty()
            && (hop.headers.contains_key(header::CONTENT_LENGTH)
                || hop.headers.contains_key(header::TRANSFER_ENCODING));
        let says_length = !hop.body.is_empty()
            || [Method::POST, Method::PUT, Method::PATCH].contains(&hop.method);
        if says_length && !framed {
            out.extend_from_slice(b"content-length: ");
            decimal(out, hop.body.len() as u64);
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b"\r\n");
        self.head_length = out.len();
        if chunked {
            if !hop.body.is_empty() {
                out.extend_from_slice(format!("{:x}\r\n", hop.body.len()).as_bytes());
                out.extend_from_slice(&hop.body);
                out.extend_from_slice(b"\r\n");
            }
            out.extend_from_slice(b"0\r\n\r\n");
        } else if hop.body.len() <= SMALL_BODY {
            out.extend_from_slice(&hop.body);
        } else {
            *body = hop.body.clone();
        }
    }
}

fn decimal(out: &mut Vec<u8>, number: u64) {
    use std::io::Write;
    let _ = write!(out, "{number}"); // a Vec takes all
}

/// The items of a list, which may be on several lines.
fn tokens(headers: &HeaderMap, name: HeaderName) -> impl DoubleEndedIterator<Item = &[u8]> {
    let lines = headers.get_all(name).into_iter().map(HeaderValue::as_bytes);
    let items = lines.flat_map(|line| line.split(|b| *b == b','));
    items.map(<[u8]>::trim_ascii).filter(|token| !token.is_empty())
}

fn says_close(headers: &HeaderMap) -> bool {
    tokens(headers, header::CONNECTION).any(|token| token.eq_ignore_ascii_case(b"close"))
}

fn ends_chunked(headers: &HeaderMap) -> bool {
    let last = tokens(headers, header::TRANSFER_ENCODING).next_back();
    last.is_some_and(|token| token.eq_ignore_ascii_case(b"chunked"))
}
