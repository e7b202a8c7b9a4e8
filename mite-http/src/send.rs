//! The way of a request through its redirects and retries.

use bytes::Bytes;
use mite_net::Deadline;
use tokio::time::Instant;

use crate::additional::AdditionalMetrics;
use crate::engine::Engine;
use crate::error::{Error, Failure, Kind, Result};
use crate::exchange::{self, Received};
use crate::held::Limits;
use crate::hop::Hop;
use crate::meter::Attempt;
use crate::plan::Keep;
use crate::prepared::Prepared;
use crate::redirect::Redirect;
use crate::response::Response;
use crate::rest::Content;
use crate::spans;
use crate::stream::Open;

/// Sends a request and follows its redirects; what it is streamed with, if its plan
/// says so.
pub(crate) async fn send(prepared: &mut Prepared) -> Result<(Response, Option<Box<Open>>)> {
    let engine = match &prepared.http.session.engine {
        Ok(engine) => engine,
        Err(why) => return Err(prepared.hop.error(Failure::new(Kind::Request, &**why))),
    };
    let limit = prepared.plan.timeout.unwrap_or(engine.settings.timeout);
    let max_redirects = prepared.plan.max_redirects.unwrap_or(engine.settings.max_redirects);
    let _hold = prepared.http.ctx.hold_clock(limit);
    let mut now = Instant::now();
    let until = Deadline::after(now, limit);
    let mut history = Vec::new();
    loop {
        if prepared.http.ctx.is_observed() {
            spans::announce(&prepared.http.ctx, &mut prepared.hop);
        }
        let Answered { mut response, redirect, open } =
            match attempt(engine, prepared, &until, now, false).await {
                Ok(answered) => answered,
                // The first met a dead connection, and the request can do no harm twice.
                Err((_, true)) => {
                    // Another attempt is another span.
                    spans::announce(&prepared.http.ctx, &mut prepared.hop);
                    let again = attempt(engine, prepared, &until, Instant::now(), true);
                    Box::pin(again).await.map_err(|(error, _)| error)?
                }
                Err((error, false)) => return Err(error),
            };
        let Some(redirect) = redirect else {
            response.set_history(history);
            return Ok((response, open));
        };
        let hop = &mut prepared.hop;
        let next = redirect.next(hop);
        let next = next.map_err(|why| hop.error(Failure::new(Kind::Protocol, why)))?;
        if history.len() == max_redirects {
            let cause = format!("there are more than {max_redirects} redirects");
            return Err(hop.error(Failure::new(Kind::TooManyRedirects, cause)));
        }
        *hop = next;
        history.push(response);
        now = Instant::now();
    }
}

/// What an attempt that did not fail has brought.
struct Answered {
    response: Response,
    redirect: Option<Box<Redirect>>,
    open: Option<Box<Open>>,
}

/// One attempt, measured. An error says whether another one is worth it.
async fn attempt(
    engine: &Engine,
    prepared: &Prepared,
    until: &Deadline,
    now: Instant,
    fresh: bool,
) -> Result<Answered, (Error, bool)> {
    let Prepared { http, hop, .. } = prepared;
    let mut attempt = Attempt::start(prepared, now);
    let exchange = exchange::exchange(engine, prepared, fresh, until, &mut attempt.trace);
    let decoded = match Packed::of(exchange.await, prepared) {
        Packed::Not(result) => result,
        // Rare, and boxed, so that each request's future stays small.
        Packed::Yes(received) => Box::pin(decode(received, hop, engine.limits())).await,
    };
    let (head, body, rest, redirect) = match decoded {
        Ok(Received { head, content: Content::Read(body), redirect }) => {
            (head, body, None, redirect)
        }
        Ok(Received { head, content: Content::Unread(rest), redirect }) => {
            (head, Bytes::new(), Some(rest), redirect)
        }
        Err(failure) => {
            let failure = hop.blame(failure);
            attempt.fail(&failure);
            let dead = attempt.met_dead_connection() && hop.is_repeatable();
            let unprocessed = attempt.trace.unprocessed && hop.upload.is_none();
            let again = !fresh && failure.kind == Kind::Closed && (dead || unprocessed);
            return Err((hop.error(failure), again));
        }
    };
    let on_response = {
        let mut memory = http.session.memory();
        if head.noticed.set_cookie {
            memory.jar.keep(&hop.target.url, head.headers(), http.now());
        }
        memory.on_response.clone()
    };
    let response = Response::new(hop, head, body, &attempt.trace);
    let mut extra = AdditionalMetrics::default();
    if let Some(look) = on_response {
        look(&response, &mut extra);
    }
    if let Some(why) = extra.refused() {
        let failure = Failure::new(Kind::Request, why);
        attempt.succeed(&extra, Some(&response));
        return Err((hop.error(failure), false));
    }
    let open = match rest {
        None => {
            attempt.succeed(&extra, Some(&response));
            None
        }
        Some(rest) => {
            Some(Box::new(Open { rest: *rest, attempt: attempt.suspend(), extra, until: *until }))
        }
    };
    Ok(Answered { response, redirect, open })
}

/// Whether the encoding of a body is to be undone. Decided in a function that takes the
/// response and gives it back, since the future of a request would keep what it looks at.
enum Packed {
    Yes(Received),
    Not(Result<Received, Failure>),
}

impl Packed {
    fn of(received: Result<Received, Failure>, Prepared { plan, hop, .. }: &Prepared) -> Self {
        match received {
            Ok(received @ Received { content: Content::Read(_), .. })
                if plan.keep != Keep::Nothing && hop.is_to_decode(&received.head) =>
            {
                Self::Yes(received)
            }
            other => Self::Not(other),
        }
    }
}

async fn decode(received: Received, hop: &Hop, limits: Limits) -> Result<Received, Failure> {
    let Received { head, content, redirect } = received;
    let content = match content {
        Content::Read(body) => Content::Read(hop.decode(&head, body, limits).await?),
        unread => unread,
    };
    Ok(Received { head, content, redirect })
}
