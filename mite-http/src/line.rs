//! What a request goes out on.

use std::sync::Arc;

use mite_net::Dialed;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use crate::connection::Connection;
use crate::engine::Engine;
use crate::error::{Failure, Kind};
use crate::hosts::{self, Next};
use crate::http2::{self, Slot};
use crate::lines::Lines;
use crate::session::Session;
use crate::settings::{Connections, HttpVersion};
use crate::target::Origin;
use crate::trace::Trace;

/// How many idle connections are closed at a time when no descriptors are left.
const MADE_ROOM: usize = 16;

/// What a request goes out on.
pub(crate) enum Line {
    /// A connection of its own, and what limits their number.
    Http1(Box<Connection>, Option<OwnedSemaphorePermit>),
    /// A place on a shared one.
    Http2(Slot),
}

impl Line {
    fn http1(dialed: Dialed, origin: &Arc<Origin>, permit: Option<OwnedSemaphorePermit>) -> Self {
        Self::Http1(Box::new(Connection::new(dialed, origin.clone())), permit)
    }
}

/// A line to `origin`: an idle connection or a place on one, or else a new
/// connection; one that was not used before if it is to be `fresh`.
pub(crate) async fn line(
    engine: &Engine,
    session: &Session,
    origin: &Arc<Origin>,
    fresh: bool,
    trace: &mut Trace,
) -> Result<Line, Failure> {
    let settings = &engine.settings;
    let alone = settings.connections == Connections::PerRequest;
    let may_speak_2 = match settings.version {
        HttpVersion::Http1 => false,
        HttpVersion::Http2 => true,
        HttpVersion::Auto => origin.tls,
    };
    let lines = session.lines(engine);
    if !may_speak_2 && settings.max_per_host.is_none() {
        return Ok(Line::http1(dial(engine, lines, origin, trace).await?.0, origin, None));
    }
    let host = lines.hosts.host(origin, settings);
    if may_speak_2 && !alone {
        match host.next(settings, &mut trace.timings).await {
            Next::Place(slot) => return Ok(Line::Http2(slot)),
            Next::Dial(dialing) => {
                let (dialed, http2) = tokio::select! {
                    biased;
                    dialed = dial(engine, lines, origin, trace) => dialed?,
                    // Another request was faster, and its connection will do.
                    slot = host.place(settings), if dialing.is_tentative => {
                        trace.timings.give_up_dial();
                        return Ok(Line::Http2(slot));
                    }
                };
                if http2 {
                    if let Some(slot) = host.try_place(settings).filter(|_| dialing.is_tentative) {
                        trace.timings.give_up_dial();
                        return Ok(Line::Http2(slot));
                    }
                    let connection = http2::Connection::open(dialed, settings).await?;
                    lines.sweep();
                    return Ok(Line::Http2(dialing.http2(connection)));
                }
                let permit = host.permit(settings, &mut trace.timings).await;
                dialing.http1();
                return Ok(Line::http1(dialed, origin, permit));
            }
            Next::Http1 => {}
        }
    }
    let permit = host.permit(settings, &mut trace.timings).await;
    if let Some(kept) = session.kept_lines(engine)
        && let Some(idle) = kept.checkout(origin, Instant::now())
        && !fresh
    {
        return Ok(Line::Http1(idle, permit));
    }
    // One that was idle but is not wanted has made room for the one that is.
    let (dialed, http2) = dial(engine, lines, origin, trace).await?;
    if !http2 {
        return Ok(Line::http1(dialed, origin, permit));
    }
    let connection = http2::Connection::open(dialed, settings).await?;
    lines.sweep();
    let slot = if alone { hosts::first_slot(&connection) } else { host.add(connection) };
    Ok(Line::Http2(slot.fresh().holding(permit)))
}

/// A new connection, and whether HTTP/2 is to be spoken on it.
async fn dial(
    engine: &Engine,
    lines: &Arc<Lines>,
    origin: &Origin,
    trace: &mut Trace,
) -> Result<(Dialed, bool), Failure> {
    let only_2 = engine.settings.version == HttpVersion::Http2;
    let mut to = origin.endpoint();
    // Only HTTP/1.1 can be sent to a proxy itself.
    to.forwardable = !only_2;
    let dialed = loop {
        let dialed = engine.dialer.dial_noting(to, &mut trace.timings, &mut trace.remote).await;
        match dialed {
            // What nobody uses makes room.
            Err(error)
                if error.is_for_want_of_descriptors() && lines.make_room(MADE_ROOM).await => {}
            result => break result?,
        }
    };
    let http2 = match &dialed.tls {
        None => only_2,
        Some(session) => session.alpn == Some("h2"),
    };
    if only_2 && !http2 {
        let cause = "the server does not speak HTTP/2, which http_version asks for";
        return Err(Failure::new(Kind::Protocol, cause));
    }
    Ok((dialed, http2))
}
