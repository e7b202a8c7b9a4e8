//! One request and its response on one connection.

use std::net::SocketAddr;

use bytes::Bytes;
use http::Version;
use tokio::time::Instant;

use crate::connect::tls::TlsSession;
use crate::deadline::Deadline;
use crate::engine::Engine;
use crate::error::Failure;
use crate::h1::Kept;
use crate::head::Head;
use crate::hop::Hop;
use crate::hosts::{self, Line};
use crate::http2;
use crate::plan::{Keep, Plan};
use crate::redirect;
use crate::rest::Rest;
use crate::session::Session;
use crate::timing::Timings;

/// What is known of an exchange so far; also of one that fails or is dropped.
pub(crate) struct Trace {
    pub(crate) timings: Timings,
    pub(crate) remote: Option<SocketAddr>,
    pub(crate) tls: Option<TlsSession>,
    /// The response's code; 0 until there is one.
    pub(crate) status: u16,
    pub(crate) version: Version,
    /// Bytes of the response's body as they came.
    pub(crate) received: u64,
    /// Bytes of the request's body that have been sent.
    pub(crate) sent: u64,
    /// Whether anything came in answer.
    pub(crate) answered: bool,
    /// Whether the server surely has not acted on the request.
    pub(crate) unprocessed: bool,
}

impl Trace {
    pub(crate) fn start(now: Instant) -> Self {
        Self {
            timings: Timings::start(now),
            remote: None,
            tls: None,
            status: 0,
            version: Version::HTTP_11,
            received: 0,
            sent: 0,
            answered: false,
            unprocessed: false,
        }
    }

    pub(crate) fn note_first_byte(&mut self) {
        self.answered = true;
        self.timings.first_byte = self.timings.so_far();
    }
}

/// The body of a response: what was kept of it, or what is still to be read.
pub(crate) enum Content {
    Read(Bytes),
    Unread(Rest),
}

/// Sends `hop` on a connection of the session's pool, or on a new one if there is
/// none or a `fresh` one is wanted, and reads the response, its body as the plan
/// says. Dropping the future closes the connection.
pub(crate) async fn exchange(
    engine: &Engine,
    session: &Session,
    plan: &Plan,
    hop: &Hop,
    fresh: bool,
    until: &Deadline,
    trace: &mut Trace,
) -> Result<(Head, Content), Failure> {
    let origin = &hop.target.origin;
    let pool = session.pool(engine);
    // Where connections are limited, the limit comes first.
    let at_once = !fresh && engine.settings.max_per_host.is_none();
    let now = trace.timings.start;
    let idle = pool.filter(|_| at_once).and_then(|pool| pool.checkout(origin, now));
    let (mut connection, permit) = match idle {
        Some(connection) => (connection, None),
        // Rare and large: boxed, so that each request's future stays small.
        None => {
            let line = hosts::line(engine, session, origin, fresh, trace);
            match Box::pin(until.limit(line)).await? {
                Line::Http1(connection, permit) => (connection, permit),
                Line::Http2(slot) => {
                    let exchange = http2::exchange(slot, engine, session, plan, hop, trace);
                    return Box::pin(until.limit(exchange)).await;
                }
            }
        }
    };
    trace.remote = Some(connection.remote);
    trace.tls = connection.route.tls;
    trace.timings.reused = connection.used;
    connection.used = true;
    trace.timings.transfer_start = trace.timings.so_far();

    let h1 = &mut connection.h1;
    h1.begin(hop, engine, &session.memory().jar, connection.route.forward.as_deref());
    let max_body = Kept::UpTo(engine.settings.max_body);
    h1.set_kept(match plan.keep {
        Keep::Nothing => Kept::Nothing,
        Keep::Whole => max_body,
        Keep::Stream => Kept::UpTo(u64::MAX),
    });
    let head = h1.head(until, trace).await?;
    if plan.keep == Keep::Stream {
        if plan.follow && redirect::is_one(&head) {
            h1.set_kept(max_body);
        } else {
            let rest = Rest::Http1 { connection, origin: origin.clone(), _permit: permit };
            return Ok((head, Content::Unread(rest)));
        }
    }
    let body = match h1.whole_body() {
        Some(body) => body,
        None => h1.body(until, trace).await?,
    };
    let timings = &mut trace.timings;
    timings.total = if h1.came_at_once() { timings.first_byte } else { timings.so_far() };

    if let Some(pool) = pool
        && h1.is_clean()
    {
        h1.rest();
        pool.checkin(origin, connection, timings.start + timings.total);
    }
    drop(permit);
    Ok((head, Content::Read(body)))
}
