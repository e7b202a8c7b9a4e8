//! What traces tell of attempts, by the semantic conventions for HTTP clients.

use http::{HeaderMap, HeaderValue, Version};
use mite_core::extend::{Context, Exception, Outcome, Phases, Span, SpanIdentity, SpanValue};
use mite_core::secret::masked;

use crate::hop::Hop;
use crate::prepared::Prepared;
use crate::trace::Trace;

/// W3C Trace Context.
pub(crate) const TRACEPARENT: &str = "traceparent";

/// Says in a request which span it is, if its execution is traced; not if the journey says
/// so itself.
#[cold]
pub(crate) fn announce(ctx: &Context, hop: &mut Hop) {
    announce_in(ctx, &mut hop.headers);
}

/// The same in the headers of somebody else's request.
pub(crate) fn announce_in(ctx: &Context, headers: &mut HeaderMap) {
    let Some(span) = ctx.begin_span() else { return };
    let told = headers.get(TRACEPARENT);
    // After a redirect it is that of the attempt before.
    let is_own = |told: SpanIdentity| told.trace == span.trace;
    if told.is_some() && !told.and_then(read).is_some_and(is_own) {
        return;
    }
    if let Ok(value) = HeaderValue::from_str(&span.to_string()) {
        headers.insert(TRACEPARENT, value);
    }
}

/// The span that a request says it is, or one of its own if it says that of another trace.
pub(crate) fn identity(ctx: &Context, headers: &HeaderMap) -> Option<SpanIdentity> {
    let own = ctx.begin_span()?;
    let told = headers.get(TRACEPARENT).and_then(read);
    Some(told.filter(|told| told.trace == own.trace).unwrap_or(own))
}

fn read(value: &HeaderValue) -> Option<SpanIdentity> {
    SpanIdentity::read(value.as_bytes())
}

/// Hands over the span of an attempt that has ended.
pub(crate) fn end(
    identity: SpanIdentity,
    prepared: &Prepared,
    trace: &Trace,
    phases: &Phases,
    (outcome, error): (Outcome, Option<&str>),
) {
    let Prepared { http, plan, hop } = prepared;
    let end = trace.timings.start + trace.timings.total;
    http.ctx.end_span(identity, &trace.begun, end, |span| {
        let url = &hop.target.url;
        span.name = match &plan.name {
            Some(name) => format!("{} {name}", hop.method),
            None => hop.target.label(&hop.method).to_string(),
        };
        let mut put = |key, value: SpanValue| span.attributes.push((key, value));
        put("http.request.method", hop.method.as_str().into());
        put("url.full", masked(hop.target.told()).into_owned().into());
        put("server.address", url.host_str().unwrap_or_default().into());
        if let Some(port) = url.port_or_known_default() {
            put("server.port", u64::from(port).into());
        }
        put("network.protocol.name", "http".into());
        if let Some(peer) = trace.remote {
            put("network.peer.address", peer.ip().to_string().into());
            put("network.peer.port", u64::from(peer.port()).into());
        }
        if trace.status > 0 {
            put("network.protocol.version", version(trace.version).into());
            put("http.response.status_code", u64::from(trace.status).into());
            put("http.response.body.size", trace.received.into());
        }
        put("http.request.body.size", trace.sent.into());
        put("mite.connection.reused", trace.timings.reused.into());
        let Phases { pool, dns, connect, tls, first_byte, body } = *phases;
        for (key, phase) in [
            ("mite.phase.pool", pool),
            ("mite.phase.dns", dns),
            ("mite.phase.connect", connect),
            ("mite.phase.tls", tls),
            ("mite.phase.first_byte", first_byte),
            ("mite.phase.body", body),
        ] {
            if let Some(phase) = phase {
                put(key, phase.as_secs_f64().into());
            }
        }
        fail(span, trace.status, outcome, error);
    });
}

/// A response of 400 and above is an error for a client; its status says enough.
fn fail(span: &mut Span, status: u16, outcome: Outcome, error: Option<&str>) {
    let kind = match outcome {
        Outcome::Ok if status >= 400 => status.to_string(),
        Outcome::Ok => return,
        Outcome::Cancelled => {
            span.attributes.push(("mite.cancelled", true.into()));
            return;
        }
        Outcome::Failed(kind) => kind.to_owned(),
    };
    span.failed = true;
    span.attributes.push(("error.type", kind.as_str().into()));
    let message = error.map(|error| masked(error).into_owned());
    span.exception = message.map(|message| Exception { kind, message });
}

fn version(version: Version) -> &'static str {
    match version {
        Version::HTTP_09 => "0.9",
        Version::HTTP_10 => "1.0",
        Version::HTTP_2 => "2",
        Version::HTTP_3 => "3",
        _ => "1.1",
    }
}
