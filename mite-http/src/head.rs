//! The head of a response.

use std::borrow::Cow;
use std::sync::OnceLock;

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{StatusCode, Version};

/// Most headers that a response may have.
pub(crate) const MOST_HEADERS: usize = 256;

/// The head of a response. Its headers become a map when somebody looks at them.
pub(crate) struct Head {
    pub(crate) status: StatusCode,
    pub(crate) version: Version,
    pub(crate) noticed: Noticed,
    /// As it came in HTTP/1.1.
    raw: Box<[u8]>,
    map: OnceLock<Box<HeaderMap>>,
}

/// Which headers it has of those that the client acts upon.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Noticed {
    pub(crate) set_cookie: bool,
    pub(crate) content_encoding: bool,
    /// A coding of the transfer that is to be undone, beside `chunked`.
    pub(crate) transfer_coding: bool,
}

impl Head {
    /// A head of HTTP/1.1 that has been found well-formed.
    pub(crate) fn of_h1(
        status: StatusCode,
        version: Version,
        noticed: Noticed,
        raw: Box<[u8]>,
    ) -> Self {
        Self { status, version, noticed, raw, map: OnceLock::new() }
    }

    /// A head of HTTP/2, which comes as a map.
    pub(crate) fn of_h2(status: StatusCode, headers: HeaderMap) -> Self {
        let noticed = Noticed {
            set_cookie: headers.contains_key(header::SET_COOKIE),
            content_encoding: headers.contains_key(header::CONTENT_ENCODING),
            // HTTP/2 has none (RFC 9113, section 8.2.2).
            transfer_coding: false,
        };
        let map = OnceLock::from(Box::new(headers));
        Self { status, version: Version::HTTP_2, noticed, raw: Box::default(), map }
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        self.map.get_or_init(|| Box::new(read(&self.raw)))
    }
}

/// What reads heads of HTTP/1.1. Folded lines are one (RFC 9112, section 5.2).
pub(crate) fn parser() -> httparse::ParserConfig {
    let mut config = httparse::ParserConfig::default();
    config.allow_obsolete_multiline_headers_in_responses(true);
    config
}

fn read(raw: &[u8]) -> HeaderMap {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    // It was parsed with the same parser when it came.
    let _ = parser().parse_response(&mut response, raw);
    let mut map = HeaderMap::with_capacity(response.headers.len());
    for header in response.headers {
        let name = HeaderName::from_bytes(header.name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(&unfolded(header.value))) {
            map.append(name, value);
        }
    }
    map
}

/// A value with a space in place of each line break and the blanks around it.
fn unfolded(value: &[u8]) -> Cow<'_, [u8]> {
    if !value.contains(&b'\n') {
        return Cow::Borrowed(value);
    }
    let lines: Vec<_> = value.split(|b| *b == b'\n').map(<[u8]>::trim_ascii).collect();
    Cow::Owned(lines.join(&b" "[..]).trim_ascii().to_vec())
}
