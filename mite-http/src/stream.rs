//! Responses that are read as they come.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode, Version};
use mite_core::fields;
use mite_net::{Deadline, Timings};
use tokio::time::Instant;
use url::Url;

use crate::additional::AdditionalMetrics;
use crate::encoding;
use crate::error::{Error, Failure, Result};
use crate::held::{Limits, Share};
use crate::meter::{Attempt, Suspended};
use crate::prepared::Prepared;
use crate::response::{ExpectedStatus, Response};
use crate::rest::Rest;
use crate::sse::{Event, Events};

/// What a response is streamed with: the rest of its body, and what is to be booked
/// at its end.
pub(crate) struct Open {
    pub(crate) rest: Rest,
    pub(crate) attempt: Suspended,
    pub(crate) extra: AdditionalMetrics,
    pub(crate) until: Deadline,
}

/// After so many bytes of an event others get their turn, though more is there.
const BEFORE_YIELDING: usize = 1 << 20;

/// A response whose body the journey reads as it comes.
///
/// It is counted when it ends: at the end of its body, or with
/// [`finish`](Self::finish). Dropped before, it is counted as `cancelled`. Its
/// `http_metrics` also has `chunks`, `first_chunk_time` (since the start, as
/// all phases), and `chunk_gap_mean` and `chunk_gap_max`, the seconds between
/// pieces. The request's timeout holds for the whole of it.
pub struct StreamingResponse {
    head: Response,
    // Before the rest, since fields are dropped in order: the attempt is booked before
    // its connection is closed.
    attempt: Attempt<Box<Prepared>>,
    /// None once it has ended.
    rest: Option<Rest>,
    extra: AdditionalMetrics,
    until: Deadline,
    gaps: Gaps,
    events: Events,
    /// What they count of all bodies.
    share: Share,
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

impl StreamingResponse {
    pub(crate) fn new(prepared: Box<Prepared>, head: Response, open: Box<Open>) -> Self {
        let Open { rest, attempt, extra, until } = *open;
        Self {
            head,
            attempt: Attempt::resume(prepared, attempt),
            rest: Some(rest),
            extra,
            until,
            gaps: Gaps::default(),
            events: Events::default(),
            share: Share::default(),
        }
    }

    /// The next piece of the body, as it came; none at its end.
    ///
    /// # Errors
    /// If the body is cut short, or not complete in time.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>> {
        let Some(rest) = &mut self.rest else { return Ok(None) };
        let _hold = self.attempt.prepared().http.ctx.hold_clock(self.until.limit);
        match rest.chunk(&self.until, &mut self.attempt.trace).await {
            Ok(Some(piece)) => {
                self.gaps.note(self.attempt.trace.timings.start);
                Ok(Some(piece))
            }
            Ok(None) => {
                self.succeed();
                Ok(None)
            }
            Err(failure) => Err(self.fail(failure)),
        }
    }

    /// Books it as failed, and closes the connection.
    fn fail(&mut self, failure: Failure) -> Error {
        if self.rest.take().is_some() {
            self.attempt.trace.timings.total = self.attempt.trace.timings.so_far();
            self.attempt.fail(&failure);
        }
        self.attempt.prepared().hop.error(failure)
    }

    fn limits(&self) -> Limits {
        let engine = &self.attempt.prepared().http.session.engine;
        engine.as_ref().map_or(Limits::NONE, |engine| engine.limits())
    }

    /// The next event of a `text/event-stream`; none at its end. Use either
    /// this or [`chunk`](Self::chunk).
    ///
    /// # Errors
    /// As [`chunk`](Self::chunk); and if an event has more bytes than `http_max_body`.
    ///
    /// ```
    /// # use mite::prelude::*;
    /// # async fn journey(ctx: &Context) -> mite::Result {
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
    /// ctx.send("tokens", fields! { tokens });
    /// # Ok(())
    /// # }
    /// ```
    pub async fn event(&mut self) -> Result<Option<Event>> {
        let mut unyielded = 0;
        loop {
            if let Some(event) = self.events.next() {
                return Ok(Some(event));
            }
            match self.chunk().await? {
                Some(piece) => {
                    self.events.push(&piece);
                    unyielded += piece.len();
                }
                None => return Ok(None),
            }
            if unyielded > BEFORE_YIELDING {
                unyielded = 0;
                tokio::task::yield_now().await;
            }
            let held = self.events.held() as u64;
            let limits = self.limits();
            if held > limits.each {
                return Err(self.fail(encoding::too_large(limits.each)));
            }
            if let Err(failure) = self.share.set(held, limits) {
                return Err(self.fail(failure));
            }
        }
    }

    /// Counts it as complete, though there may be more to come, and closes the
    /// connection if there is.
    pub fn finish(mut self) {
        self.succeed();
    }

    /// Books it as complete, once.
    fn succeed(&mut self) {
        let Some(rest) = self.rest.take() else { return };
        let timings = &mut self.attempt.trace.timings;
        timings.total = timings.so_far();
        self.extra.extend(&fields! {
            chunks: self.gaps.chunks,
            first_chunk_time: self.gaps.first.as_secs_f64(),
            chunk_gap_mean: self.gaps.mean().as_secs_f64(),
            chunk_gap_max: self.gaps.max.as_secs_f64(),
        });
        self.attempt.succeed(&self.extra, Some(&self.head));
        let session = &self.attempt.prepared().http.session;
        if let Ok(engine) = &session.engine
            && let Some(lines) = session.kept_lines(engine)
        {
            rest.end(lines);
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

impl fmt::Debug for StreamingResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamingResponse").field("head", &self.head).finish_non_exhaustive()
    }
}
