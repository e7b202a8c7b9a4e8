//! An attempt in full, for whoever looks on.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Version, header};
use mite_core::extend::{Outcome, Transcript};
use mite_core::label::without_root;
use mite_core::secret::{HIDDEN, is_secret, masked_body};
use mite_core::units;
use mite_net::{Timings, shown_url};
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::charset::Charset;
use crate::curl::{Command, Shown};
use crate::prepared::Prepared;
use crate::response::Response;
use crate::trace::Trace;

/// Bytes of a body that are shown.
const MOST: usize = 2_000;

/// One attempt at a request in full, as a test of a journey asks for it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HttpRecord {
    /// The verb.
    pub method: String,
    /// Where it went.
    pub url: String,
    /// The response's status; 0 without a response.
    pub status: u16,
    /// `ok`, or the kind of failure, such as `connect`.
    pub outcome: String,
    /// Why it failed, if it did.
    pub error: Option<String>,
    /// When it started, in seconds since 1970.
    pub started: f64,
    /// From the start of the attempt to its end.
    pub total: Duration,
    /// The transaction that it is of, with those around it; empty outside any.
    pub transaction: String,
    /// What was sent; nothing of a body that is streamed.
    pub request: HttpMessage,
    /// What came in answer; nothing without one, and of a body that is streamed.
    pub response: HttpMessage,
    pub(crate) version: Version,
    pub(crate) timings: Timings,
    pub(crate) remote: Option<SocketAddr>,
    curl: String,
}

/// The headers and the body of a request or a response.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct HttpMessage {
    /// The headers, as they went or came.
    pub headers: HeaderMap,
    /// The body, its encoding undone.
    pub body: Bytes,
}

impl HttpMessage {
    /// A header's text; none if it is not there or not text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as text, in the charset of its content type; what is none becomes `�`.
    pub fn text(&self) -> String {
        Charset::of(&self.headers).decode_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// If it is not, or does not read as `T`.
    pub fn json<T: DeserializeOwned>(&self) -> mite_core::error::Result<T> {
        Ok(serde_json::from_slice(&self.body)?)
    }
}

/// A request that is under way, kept because somebody looks on.
pub(crate) struct Asked {
    message: HttpMessage,
    curl: String,
}

impl Asked {
    pub(crate) fn of(prepared: &Prepared) -> Self {
        let Prepared { http, hop, .. } = prepared;
        let memory = http.session.memory();
        let mut headers = HeaderMap::new();
        let mut put = |name: &HeaderName, value: &HeaderValue| {
            headers.append(name, value.clone());
        };
        put(&header::HOST, hop.host());
        let mut insecure = false;
        if let Ok(engine) = &http.session.engine {
            hop.each_standard_header(&engine.wire.user_agent, &mut put);
            insecure = engine.settings.insecure;
        }
        hop.each_own_header(&memory.jar, Instant::now(), &mut put);
        let command = Command { hop, jar: &memory.jar, insecure, shown: Shown::to_people() };
        let curl = command.to_string();
        Self { message: HttpMessage { headers, body: hop.body.clone() }, curl }
    }

    /// The whole attempt, now that it has ended.
    pub(crate) fn ended(
        self,
        prepared: &Prepared,
        trace: &Trace,
        (outcome, error): (Outcome, Option<&str>),
        response: Option<&Response>,
    ) -> HttpRecord {
        let ctx = &prepared.http.ctx;
        let came = response.map(|response| HttpMessage {
            headers: response.headers().clone(),
            body: response.bytes().clone(),
        });
        HttpRecord {
            method: prepared.hop.method.to_string(),
            url: prepared.hop.target.url.to_string(),
            status: trace.status,
            outcome: outcome.as_str().to_owned(),
            error: error.map(str::to_owned),
            started: ctx.wall_time(trace.timings.start),
            total: trace.timings.total,
            transaction: without_root(ctx.transaction_name().unwrap_or_default()).to_owned(),
            request: self.message,
            response: came.unwrap_or_default(),
            version: response.map_or(Version::HTTP_11, Response::version),
            timings: trace.timings,
            remote: trace.remote,
            curl: self.curl,
        }
    }
}

impl Transcript for HttpRecord {
    fn line(&self) -> String {
        let Self { curl, outcome, status, .. } = self;
        match &self.error {
            Some(why) => format!("{curl} -> {outcome}: {why}"),
            None => format!("{curl} -> {status}"),
        }
    }

    fn text(&self) -> String {
        self.text_with(Shown::to_people(), MOST)
    }
}

impl HttpRecord {
    /// All of it that a person can read, with so many bytes of each body.
    pub fn text_up_to(&self, bytes: usize) -> String {
        self.text_with(Shown::to_people(), bytes)
    }

    #[cfg(test)]
    pub(crate) fn for_test(method: &str, url: &str, status: u16, timings: Timings) -> Self {
        Self {
            method: method.into(),
            url: url.into(),
            status,
            outcome: "ok".into(),
            error: None,
            started: 0.0,
            total: Duration::from_micros(1_500),
            transaction: String::new(),
            request: HttpMessage::default(),
            response: HttpMessage::default(),
            version: Version::HTTP_11,
            timings,
            remote: None,
            curl: "curl".into(),
        }
    }

    fn text_with(&self, shown: Shown, most: usize) -> String {
        let url = match shown {
            Shown::Whole => Cow::Borrowed(&*self.url),
            Shown::WithoutSecrets => shown_url(&self.url),
        };
        let mut out = format!("> {} {url}\n", self.method);
        show(&mut out, '>', &self.request, shown, most);
        if self.status > 0 {
            let _ = writeln!(out, "< {:?} {}", self.version, self.status);
            show(&mut out, '<', &self.response, shown, most);
        }
        let total = units::short_time(self.total);
        let _ = match &self.error {
            Some(why) => write!(out, "= {} after {total}: {why}", self.outcome),
            None => write!(out, "= {} in {total}", self.outcome),
        };
        out
    }
}

/// A value as people may see it: characters that move the cursor, and bytes that are no
/// text, are escaped.
fn shown_bytes(value: &[u8]) -> String {
    match std::str::from_utf8(value) {
        Ok(text) => text.escape_debug().to_string(),
        Err(_) => value.escape_ascii().to_string(),
    }
}

/// Headers and body, each line behind a mark.
fn show(out: &mut String, mark: char, message: &HttpMessage, shown: Shown, most: usize) {
    let hides = shown == Shown::WithoutSecrets;
    // Writing to a String cannot fail.
    for (name, value) in &message.headers {
        let value = match hides && (value.is_sensitive() || is_secret(name.as_str())) {
            true => HIDDEN.to_owned(),
            false => shown_bytes(value.as_bytes()),
        };
        let _ = writeln!(out, "{mark} {name}: {value}");
    }
    if message.body.is_empty() {
        return;
    }
    let _ = writeln!(out, "{mark}");
    let Ok(text) = std::str::from_utf8(&message.body) else {
        let _ = writeln!(out, "{mark} <{} bytes>", message.body.len());
        return;
    };
    let shown = if hides { masked_body(text) } else { Cow::Borrowed(text) };
    let mut end = shown.len().min(most);
    while !shown.is_char_boundary(end) {
        end -= 1;
    }
    for line in shown[..end].lines() {
        // What comes from outside must not move the cursor.
        let line: String = line
            .chars()
            .flat_map(|c| match c.is_control() && c != '\t' {
                true => c.escape_default().collect::<Vec<_>>(),
                false => vec![c],
            })
            .collect();
        let _ = writeln!(out, "{mark} {line}");
    }
    if let more @ 1.. = shown.len() - end {
        let _ = writeln!(out, "{mark} … {more} bytes more");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(headers: &[(&'static str, &'static str)], body: &'static [u8]) -> HttpMessage {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        HttpMessage { headers: headers.collect(), body: Bytes::from_static(body) }
    }

    #[test]
    fn a_person_sees_all_but_secrets() {
        let url = "http://h/orders?token=abc&n=1";
        let timings = Timings::start(Instant::now());
        let record = HttpRecord {
            request: message(
                &[("host", "h"), ("authorization", "Basic Ym9i"), ("x-n", "1")],
                br#"{"user":"bob","password":"s3cret"}"#,
            ),
            response: message(&[("set-cookie", "sid=s3cret")], b"one\ntwo\x1b[2K"),
            ..HttpRecord::for_test("POST", url, 201, timings)
        };
        assert_eq!(
            record.text(),
            "> POST http://h/orders?token=***&n=1
> host: h
> authorization: ***
> x-n: 1
>
> {\"password\":\"***\",\"user\":\"bob\"}
< HTTP/1.1 201
< set-cookie: ***
<
< one
< two\\u{1b}[2K
= ok in 1.50 ms"
        );
        assert_eq!(record.line(), "curl -> 201");
        assert_eq!(
            record.text_with(Shown::Whole, MOST),
            "> POST http://h/orders?token=abc&n=1
> host: h
> authorization: Basic Ym9i
> x-n: 1
>
> {\"user\":\"bob\",\"password\":\"s3cret\"}
< HTTP/1.1 201
< set-cookie: sid=s3cret
<
< one
< two\\u{1b}[2K
= ok in 1.50 ms"
        );
        let failed = HttpRecord {
            status: 0,
            outcome: "connect".into(),
            error: Some("Connection refused".into()),
            request: message(&[], b"\xff\xfe"),
            response: HttpMessage::default(),
            ..record
        };
        assert_eq!(
            failed.text(),
            "> POST http://h/orders?token=***&n=1
>
> <2 bytes>
= connect after 1.50 ms: Connection refused"
        );
        assert_eq!(failed.line(), "curl -> connect: Connection refused");
    }

    #[test]
    fn what_is_long_is_cut_and_forms_hide_their_secrets() {
        let mut out = String::new();
        let body = "é".repeat(1_500);
        let message = HttpMessage { body: body.into(), ..HttpMessage::default() };
        show(&mut out, '<', &message, Shown::WithoutSecrets, MOST);
        assert_eq!(out, format!("<\n< {}\n< … 1000 bytes more\n", "é".repeat(1_000)));
        let form = HttpMessage { body: "user=bob&password=x&n=1".into(), ..HttpMessage::default() };
        let mut out = String::new();
        show(&mut out, '>', &form, Shown::WithoutSecrets, MOST);
        assert_eq!(out, ">\n> user=bob&password=***&n=1\n");
    }
}
