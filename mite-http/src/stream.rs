//! Responses that are read as they come.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode, Version};
use mite_core::fields;
use tokio::time::Instant;
use url::Url;

use crate::deadline::Deadline;
use crate::error::{Error, Failure, Result};
use crate::exchange::Trace;
use crate::meter::{AdditionalMetrics, Attempt};
use crate::plan::Prepared;
use crate::response::{ExpectedStatus, Response};
use crate::rest::Rest;
use crate::timing::Timings;

/// A response whose body is still to be read, and what is to be booked then.
pub(crate) struct Open {
    pub(crate) rest: Rest,
    pub(crate) trace: Trace,
    pub(crate) extra: AdditionalMetrics,
    pub(crate) until: Deadline,
}

/// A response whose body the journey reads as it comes.
///
/// It is counted when it ends: at the end of its body, or with
/// [`finish`](Self::finish). Dropped before, it is counted as `cancelled`. Its
/// `http_metrics` also has `chunks`, `first_chunk_time` (since the start, as
/// all phases), and `chunk_gap_mean` and `chunk_gap_max`, the seconds between
/// pieces. The request's timeout holds for the whole of it.
pub struct StreamingResponse {
    head: Response,
    prepared: Prepared,
    open: Option<Box<Open>>,
    gaps: Gaps,
    /// What has come of an event that is not complete.
    buffer: BytesMut,
}

/// When pieces came.
#[derive(Default)]
struct Gaps {
    chunks: u64,
    first: Duration,
    last: Option<Instant>,
    sum: Duration,
    max: Duration,
}

impl Gaps {
    fn note(&mut self, start: Instant) {
        let now = Instant::now();
        self.chunks += 1;
        match self.last {
            None => self.first = now - start,
            Some(last) => {
                self.sum += now - last;
                self.max = self.max.max(now - last);
            }
        }
        self.last = Some(now);
    }

    fn mean(&self) -> Duration {
        match self.chunks {
            0 | 1 => Duration::ZERO,
            n => self.sum.div_f64((n - 1) as f64),
        }
    }
}

/// How a streamed response ended.
enum End {
    Ok,
    Failed(Failure),
    Dropped,
}

impl StreamingResponse {
    pub(crate) fn new(prepared: Prepared, mut head: Response) -> Self {
        let open = head.take_open();
        Self { head, prepared, open, gaps: Gaps::default(), buffer: BytesMut::new() }
    }

    /// The next piece of the body, as it came; none at its end.
    ///
    /// # Errors
    /// If the body is cut short, or not complete in time.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>> {
        let Some(open) = &mut self.open else { return Ok(None) };
        let _hold = self.prepared.http.ctx.hold_clock(open.until.limit);
        match open.rest.chunk(&open.until, &mut open.trace).await {
            Ok(Some(piece)) => {
                self.gaps.note(open.trace.timings.start);
                Ok(Some(piece))
            }
            Ok(None) => {
                self.end(End::Ok);
                Ok(None)
            }
            Err(failure) => Err(self
                .end(End::Failed(failure))
                .expect("a failure that ends a response is its error")),
        }
    }

    /// The next event of a `text/event-stream`; none at its end. Use either
    /// this or [`chunk`](Self::chunk).
    ///
    /// # Errors
    /// As [`chunk`](Self::chunk).
    ///
    /// ```
    /// # use mite_core::journey::Context;
    /// # use mite_core::error::Result;
    /// # use mite_http::HttpContext;
    /// # async fn journey(ctx: &Context) -> Result {
    /// let prompt = serde_json::json!({ "prompt": "hello", "stream": true });
    /// let request = ctx.http().post("http://127.0.0.1:8080/completions").json(&prompt);
    /// let mut answer = request.send_streaming().await?;
    /// let mut tokens = 0;
    /// while let Some(event) = answer.event().await? {
    ///     if event.data == "[DONE]" {
    ///         break;
    ///     }
    ///     tokens += 1;
    /// }
    /// answer.finish();
    /// ctx.send("tokens", mite_core::fields! { tokens });
    /// # Ok(())
    /// # }
    /// ```
    pub async fn event(&mut self) -> Result<Option<Event>> {
        loop {
            if let Some(event) = Event::take(&mut self.buffer) {
                return Ok(Some(event));
            }
            match self.chunk().await? {
                Some(piece) => self.buffer.extend_from_slice(&piece),
                None => return Ok(None),
            }
        }
    }

    /// Counts it as complete, though there may be more to come, and closes the
    /// connection if there is.
    pub fn finish(mut self) {
        self.end(End::Ok);
    }

    /// Books it, once. A failure becomes the error of the request.
    fn end(&mut self, end: End) -> Option<Error> {
        let Open { rest, mut trace, mut extra, .. } = *self.open.take()?;
        let Prepared { http, plan, hop } = &self.prepared;
        trace.timings.total = trace.timings.so_far();
        extra.extend(&fields! {
            chunks: self.gaps.chunks,
            first_chunk_time: self.gaps.first.as_secs_f64(),
            chunk_gap_mean: self.gaps.mean().as_secs_f64(),
            chunk_gap_max: self.gaps.max.as_secs_f64(),
        });
        let mut attempt = Attempt::resume(&http.ctx, plan, hop, trace);
        match end {
            End::Ok => {
                attempt.succeed(&extra);
                rest.end(&http.session);
                None
            }
            End::Failed(failure) => {
                attempt.fail(&failure);
                Some(hop.error(failure))
            }
            End::Dropped => None,
        }
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.head.status()
    }

    /// The headers, as they came.
    pub fn headers(&self) -> &HeaderMap {
        self.head.headers()
    }

    /// The version of HTTP that it is sent in.
    pub fn version(&self) -> Version {
        self.head.version()
    }

    /// The URL that answered, without credentials.
    pub fn url(&self) -> &Url {
        self.head.url()
    }

    /// The responses that redirected here, first to last.
    pub fn history(&self) -> &[Response] {
        self.head.history()
    }

    /// The address that answered.
    pub fn remote_addr(&self) -> SocketAddr {
        self.head.remote_addr()
    }

    /// When the parts of the exchange happened, up to the head.
    pub fn timings(&self) -> &Timings {
        self.head.timings()
    }

    /// This response, if it has the expected status.
    ///
    /// # Errors
    /// As [`Response::expect_status`].
    #[track_caller]
    pub fn expect_status(&self, expected: impl ExpectedStatus) -> mite_core::error::Result<&Self> {
        self.head.expect_status(expected).map(|_| self)
    }
}

impl Drop for StreamingResponse {
    fn drop(&mut self) {
        self.end(End::Dropped);
    }
}

impl fmt::Debug for StreamingResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamingResponse").field("head", &self.head).finish_non_exhaustive()
    }
}

/// A server-sent event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// Its kind; `message` if it says none.
    pub event: String,
    /// Its lines of data.
    pub data: String,
    /// Its id, if it has one.
    pub id: Option<String>,
    /// How long to wait before connecting again, if it says so.
    pub retry: Option<Duration>,
}

impl Event {
    /// Takes the first complete event off the buffer. One without data is none.
    fn take(buffer: &mut BytesMut) -> Option<Self> {
        loop {
            let end = end_of_event(buffer)?;
            let block = buffer.split_to(end);
            let event = Self::parse(&String::from_utf8_lossy(&block));
            if event.is_some() {
                return event;
            }
        }
    }

    fn parse(block: &str) -> Option<Self> {
        let mut event = Self::default();
        let mut data: Option<String> = None;
        let block = block.trim_start_matches('\u{feff}');
        for line in block.split(['\n', '\r']) {
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match name {
                "event" => event.event = value.to_owned(),
                "data" => match &mut data {
                    Some(data) => {
                        data.push('\n');
                        data.push_str(value);
                    }
                    None => data = Some(value.to_owned()),
                },
                "id" if !value.contains('\0') => event.id = Some(value.to_owned()),
                "retry" => event.retry = value.parse().ok().map(Duration::from_millis),
                _ => {}
            }
        }
        if event.event.is_empty() {
            event.event = "message".to_owned();
        }
        data.map(|data| Self { data, ..event })
    }
}

/// Where the first event ends: behind an empty line. A lone CR at the end may
/// be the first half of a CRLF, so what follows it is waited for.
fn end_of_event(bytes: &[u8]) -> Option<usize> {
    let mut line_start = 0;
    let mut at = 0;
    while at < bytes.len() {
        let length = match bytes[at] {
            b'\n' => 1,
            b'\r' => match bytes.get(at + 1) {
                Some(b'\n') => 2,
                Some(_) => 1,
                None => return None,
            },
            _ => {
                at += 1;
                continue;
            }
        };
        let empty = at == line_start;
        at += length;
        line_start = at;
        if empty {
            return Some(at);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(pieces: &[&str]) -> Vec<(String, String)> {
        let mut buffer = BytesMut::new();
        let mut events = Vec::new();
        for piece in pieces {
            buffer.extend_from_slice(piece.as_bytes());
            while let Some(event) = Event::take(&mut buffer) {
                events.push((event.event, event.data));
            }
        }
        events
    }

    #[test]
    fn events_are_cut_out_of_whatever_pieces_come() {
        let text = ": comment\n\nevent: add\ndata: 1\ndata: 2\n\ndata:x\r\n\r\ndata\n\nid: 7\n\n";
        let expected = [("add", "1\n2"), ("message", "x"), ("message", "")]
            .map(|(event, data)| (event.to_owned(), data.to_owned()));
        assert_eq!(events(&[text]), expected);
        for cut in 0..text.len() {
            let (a, b) = text.split_at(cut);
            assert_eq!(events(&[a, b]), expected, "cut at {cut}");
        }
        let mut id = BytesMut::from("id: 7\nretry: 250\ndata: {\"a\": 1}\n\n");
        let event = Event::take(&mut id).unwrap();
        assert_eq!((event.id.as_deref(), &*event.data), (Some("7"), r#"{"a": 1}"#));
        assert_eq!(event.retry, Some(Duration::from_millis(250)));
    }
}
