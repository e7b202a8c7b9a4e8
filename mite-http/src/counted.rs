//! Requests that others make through reqwest, counted.

use std::pin::Pin;
use std::task::{Context as Poller, Poll};

use bytes::Bytes;
use http::{Extensions, HeaderMap};
use http_body::{Frame, SizeHint};
use reqwest::ResponseBuilderExt;
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Middleware, Next};
use tokio::time::Instant;

use crate::additional::AdditionalMetrics;
use crate::client::Http;
use crate::error::{Failure, Kind};
use crate::hop::{Hop, LeftOut};
use crate::meter::Attempt;
use crate::plan::Plan;
use crate::prepared::Prepared;
use crate::spans;
use crate::target::Target;

impl Http {
    /// A client for an SDK that is built on reqwest and takes a
    /// [`ClientWithMiddleware`]. Each of its requests is counted on this transaction
    /// and sends one `http_metrics`: with its status, the address that answered, and
    /// the time until its body was read or dropped. The phases before the first byte
    /// are not known outside reqwest, and the redirects that it follows are one
    /// request.
    ///
    /// ```
    /// # use mite::prelude::*;
    /// # struct Sdk;
    /// # impl Sdk {
    /// #     fn new(_: reqwest_middleware::ClientWithMiddleware) -> Self { Self }
    /// #     async fn order(&self, _: u32) -> mite::Result { Ok(()) }
    /// # }
    /// #[journey]
    /// async fn buy(ctx: &Context) -> mite::Result {
    ///     ctx.transaction("buy", async |ctx| {
    ///         let sdk = Sdk::new(ctx.http().reqwest(reqwest::Client::new()));
    ///         sdk.order(7).await
    ///     })
    ///     .await
    /// }
    /// ```
    pub fn reqwest(&self, client: reqwest::Client) -> ClientWithMiddleware {
        ClientBuilder::new(client).with(Counter(self.clone())).build()
    }
}

/// Counts what passes it.
struct Counter(Http);

#[async_trait::async_trait]
impl Middleware for Counter {
    async fn handle(
        &self,
        mut request: reqwest::Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> reqwest_middleware::Result<reqwest::Response> {
        let Ok(target) = Target::of_url(request.url().clone(), None) else {
            // Neither http nor https, so reqwest refuses it, too.
            return next.run(request, extensions).await;
        };
        let hop = Hop {
            method: request.method().clone(),
            target,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            upload: None,
            cookies: Vec::new(),
            credentials: None,
            left_out: LeftOut::default(),
        };
        let mut prepared = Prepared { http: self.0.clone(), plan: Plan::default(), hop };
        if prepared.http.ctx.is_observed() {
            spans::announce_in(&prepared.http.ctx, request.headers_mut());
            if let Some(told) = request.headers().get(spans::TRACEPARENT) {
                prepared.hop.headers.insert(spans::TRACEPARENT, told.clone());
            }
        }
        let mut attempt = Attempt::start(Box::new(prepared), Instant::now());
        let sent = request.body().and_then(|body| body.as_bytes()).map_or(0, <[u8]>::len);
        attempt.trace.sent = sent as u64;
        let mut counting = Counting(attempt);
        match next.run(request, extensions).await {
            Ok(response) => Ok(counting.of(response)),
            Err(error) => {
                let kind = match &error {
                    reqwest_middleware::Error::Reqwest(error) => kind(error),
                    reqwest_middleware::Error::Middleware(_) => Kind::Request,
                };
                counting.end(Some(Failure::of(kind, Cause(error.to_string()))));
                Err(error)
            }
        }
    }
}

/// What reqwest's error is among ours.
fn kind(error: &reqwest::Error) -> Kind {
    if error.is_timeout() {
        if error.is_connect() { Kind::TimeoutConnect } else { Kind::TimeoutTotal }
    } else if error.is_connect() {
        Kind::Connect
    } else if error.is_redirect() {
        Kind::TooManyRedirects
    } else if error.is_body() || error.is_decode() {
        Kind::Body
    } else if error.is_builder() {
        Kind::Request
    } else {
        Kind::Closed
    }
}

/// The text of an error that is handed on itself.
#[derive(Debug)]
struct Cause(String);

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Cause {}

/// A request under way, booked once. Dropped without an answer, it was cancelled.
struct Counting(Attempt<Box<Prepared>>);

impl Counting {
    /// The same response, whose body ends the counting.
    fn of(mut self, response: reqwest::Response) -> reqwest::Response {
        let trace = &mut self.0.trace;
        trace.note_first_byte();
        trace.status = response.status().as_u16();
        trace.version = response.version();
        trace.remote = response.remote_addr();
        let url = response.url().clone();
        let (mut parts, body) = http::Response::from(response).into_parts();
        // Only the builder can say where a response came from.
        if let Ok(with_url) = http::Response::builder().url(url).body(()) {
            parts.extensions.extend(with_url.into_parts().0.extensions);
        }
        let body = reqwest::Body::wrap(CountedBody { body, counting: self });
        http::Response::from_parts(parts, body).into()
    }

    fn end(&mut self, failure: Option<Failure>) {
        let Self(attempt) = self;
        if attempt.is_booked() {
            return;
        }
        attempt.trace.timings.total = attempt.trace.timings.so_far();
        match failure {
            Some(failure) => attempt.fail(&failure),
            None => attempt.succeed(&AdditionalMetrics::default(), None),
        }
    }
}

impl Drop for Counting {
    fn drop(&mut self) {
        // The caller may have the head and not want the body.
        if self.0.trace.answered {
            self.end(None);
        }
    }
}

struct CountedBody {
    body: reqwest::Body,
    counting: Counting,
}

impl http_body::Body for CountedBody {
    type Data = Bytes;
    type Error = reqwest::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Poller<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, reqwest::Error>>> {
        let frame = std::task::ready!(Pin::new(&mut self.body).poll_frame(cx));
        match &frame {
            Some(Ok(frame)) => {
                let length = frame.data_ref().map_or(0, Bytes::len);
                self.counting.0.trace.received += length as u64;
            }
            Some(Err(error)) => {
                let kind = if error.is_timeout() { Kind::TimeoutTotal } else { Kind::Body };
                self.counting.end(Some(Failure::of(kind, Cause(error.to_string()))));
            }
            None => self.counting.end(None),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
