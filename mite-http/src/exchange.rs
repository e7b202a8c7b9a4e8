//! One request and its response on one connection.

use http::header;
use mite_net::Deadline;

use crate::engine::Engine;
use crate::error::{Failure, Kind};
use crate::h1::Kept;
use crate::head::Head;
use crate::http2::{self, Slot};
use crate::line::{self, Line};
use crate::plan::Keep;
use crate::prepared::Prepared;
use crate::redirect::Redirect;
use crate::rest::{Content, Rest};
use crate::trace::Trace;

/// A response as it came.
pub(crate) struct Received {
    pub(crate) head: Head,
    pub(crate) content: Content,
    /// The redirect that it is, if the plan follows redirects.
    pub(crate) redirect: Option<Box<Redirect>>,
}

/// Sends a request on a connection of the session's pool, or on a new one if there
/// is none or a `fresh` one is wanted, and reads the response, its body as the plan
/// says. Dropping the future closes the connection.
pub(crate) async fn exchange(
    engine: &Engine,
    prepared: &Prepared,
    fresh: bool,
    until: &Deadline,
    trace: &mut Trace,
) -> Result<Received, Failure> {
    let Prepared { http, plan, hop } = prepared;
    let session = &*http.session;
    let origin = &hop.target.origin;
    let lines = session.kept_lines(engine);
    // Where connections are limited, the limit comes first.
    let at_once = !fresh && engine.settings.max_per_host.is_none();
    let now = trace.timings.start;
    let idle = lines.filter(|_| at_once).and_then(|lines| lines.checkout(origin, now));
    let (mut connection, permit) = match idle {
        Some(connection) => (connection, None),
        // Rare and large: boxed, so that each request's future stays small.
        None => {
            let line = line::line(engine, session, origin, fresh, trace);
            match Box::pin(until.limit(line)).await? {
                Line::Http1(connection, permit) => (connection, permit),
                Line::Http2(slot) => {
                    let exchange = on_stream(slot, engine, prepared, trace);
                    return Box::pin(until.limit(exchange)).await;
                }
            }
        }
    };
    trace.begin(connection.remote, connection.tls, connection.used);
    connection.used = true;

    let h1 = &mut connection.h1;
    let forward = connection.forward.as_deref();
    h1.begin(hop, &engine.wire, (&session.memory().jar, now), forward);
    let limits = Kept::UpTo(engine.limits());
    h1.set_kept(match plan.keep {
        Keep::Nothing => Kept::Nothing,
        Keep::Whole => limits,
        Keep::Stream => Kept::Pieces,
    });
    let head = h1.head(until, trace).await?;
    let redirect = followed(prepared, &head);
    if plan.keep == Keep::Stream {
        if redirect.is_some() {
            h1.set_kept(limits);
        } else if head.noticed.transfer_coding {
            return Err(coded(&head));
        } else {
            let rest = Rest::Http1 { connection, _permit: permit };
            return Ok(Received { head, content: Content::Unread(Box::new(rest)), redirect });
        }
    }
    let body = if h1.is_whole() { h1.take_body() } else { h1.body(until, trace).await? };
    let timings = &mut trace.timings;
    timings.total = if h1.came_at_once() { timings.first_byte } else { timings.so_far() };

    if let Some(lines) = lines
        && h1.is_clean()
    {
        h1.rest();
        lines.checkin(connection, timings.start + timings.total);
    }
    drop(permit);
    Ok(Received { head, content: Content::Read(body), redirect })
}

/// A stream is handed on as it comes, without what framed it; it cannot be undone in part.
#[cold]
fn coded(head: &Head) -> Failure {
    let lines = head.headers().get_all(header::TRANSFER_ENCODING).iter();
    let lines: Vec<_> = lines.map(|line| line.as_bytes().escape_ascii().to_string()).collect();
    let cause = format!(
        "the answer to be streamed has a transfer coding beside chunked: `Transfer-Encoding: {}`",
        lines.join(", ")
    );
    Failure::new(Kind::Protocol, cause)
}

/// The same on a stream of HTTP/2. Dropping the future resets the stream.
async fn on_stream(
    slot: Slot,
    engine: &Engine,
    prepared: &Prepared,
    trace: &mut Trace,
) -> Result<Received, Failure> {
    let Prepared { http, plan, hop } = prepared;
    trace.begin(slot.connection.remote, slot.connection.tls, slot.reused);
    let request =
        http2::request(hop, &engine.wire, &http.session.memory().jar, trace.timings.start)?;
    let http2::Received { head, mut unread } = http2::send(slot, request, hop, trace).await?;
    let redirect = followed(prepared, &head);
    if plan.keep == Keep::Stream && redirect.is_none() {
        let rest = Box::new(Rest::Http2(unread));
        return Ok(Received { head, content: Content::Unread(rest), redirect });
    }
    let limits = (plan.keep != Keep::Nothing).then(|| engine.limits());
    let body = unread.whole(limits, trace).await?;
    trace.timings.total = trace.timings.so_far();
    Ok(Received { head, content: Content::Read(body), redirect })
}

/// Decided here alone: what is followed is read to its end, not streamed.
fn followed(Prepared { plan, hop, .. }: &Prepared, head: &Head) -> Option<Box<Redirect>> {
    if plan.follow { Redirect::of(hop, head).map(Box::new) } else { None }
}
