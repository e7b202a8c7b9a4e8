//! Books every attempt, whatever became of it. The only file that sees both a
//! response and a mite message.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::ops::Deref;
use std::time::Duration;

use http::Version;
use mite_core::extend::SpanIdentity;
use mite_core::label::Label;
use mite_core::message::Writer;
use mite_core::msgpack::Fields;
use mite_core::stats::{Exchange, Outcome, Phases, tagged};
use mite_core::{key, put_floats};
use mite_net::Timings;
use serde::{Serialize, Serializer};
use tokio::time::Instant;

use crate::additional::AdditionalMetrics;
use crate::curl::{Command, Shown};
use crate::error::{Failure, Kind};
use crate::prepared::Prepared;
use crate::record::Asked;
use crate::response::Response;
use crate::spans;
use crate::trace::Trace;

/// Bytes of a body that a command may have.
const MOST_BODY: usize = 2_048;

/// An attempt under way, and what is known of it. Dropped before it is booked, it
/// is booked as cancelled.
pub(crate) struct Attempt<P: Deref<Target = Prepared>> {
    prepared: P,
    pub(crate) trace: Trace,
    /// Hardly ever anything.
    noted: Option<Box<Noted>>,
    booked: bool,
}

/// What is kept for who looks on, and for a trace.
struct Noted {
    /// What was sent, if somebody looks on.
    asked: Option<Asked>,
    /// If the execution is traced.
    span: Option<SpanIdentity>,
}

impl Noted {
    #[cold]
    fn of(prepared: &Prepared) -> Box<Self> {
        let ctx = &prepared.http.ctx;
        let asked = ctx.is_watched().then(|| Asked::of(prepared));
        Box::new(Self { asked, span: spans::identity(ctx, &prepared.hop.headers) })
    }
}

/// What is known of an attempt that somebody else will book.
pub(crate) struct Suspended {
    trace: Trace,
    noted: Option<Box<Noted>>,
}

impl<P: Deref<Target = Prepared>> Attempt<P> {
    pub(crate) fn start(prepared: P, now: Instant) -> Self {
        let noted = prepared.http.ctx.is_observed().then(|| Noted::of(&prepared));
        let trace = Trace::start(prepared.http.ctx.begin(now));
        Self { prepared, trace, noted, booked: false }
    }

    /// An attempt that was [suspended](Self::suspend).
    pub(crate) fn resume(prepared: P, Suspended { trace, noted }: Suspended) -> Self {
        Self { prepared, trace, noted, booked: false }
    }

    /// Leaves the booking to whoever [resumes](Self::resume) it.
    pub(crate) fn suspend(mut self) -> Suspended {
        self.booked = true;
        let begun = self.trace.begun;
        let trace = std::mem::replace(&mut self.trace, Trace::start(begun));
        Suspended { trace, noted: self.noted.take() }
    }

    /// Its request.
    pub(crate) fn prepared(&self) -> &Prepared {
        &self.prepared
    }

    /// Whether it has been booked.
    #[cfg(feature = "reqwest")]
    pub(crate) fn is_booked(&self) -> bool {
        self.booked
    }

    /// Whether it died on a connection that was used before, without a byte in answer.
    pub(crate) fn met_dead_connection(&self) -> bool {
        self.trace.timings.reused && !self.trace.answered
    }

    /// Books a response.
    pub(crate) fn succeed(&mut self, extra: &AdditionalMetrics, response: Option<&Response>) {
        self.book(Outcome::Ok, None, extra.fields());
        self.note(Outcome::Ok, None, response);
    }

    /// Books a failure.
    pub(crate) fn fail(&mut self, failure: &Failure) {
        self.fail_as(failure.kind, &failure.cause);
    }

    fn fail_as(&mut self, kind: Kind, cause: &str) {
        if self.trace.timings.total.is_zero() {
            self.trace.timings.total = self.trace.timings.so_far();
        }
        let outcome = match kind {
            Kind::Cancelled => Outcome::Cancelled,
            kind => Outcome::Failed(kind.as_str()),
        };
        self.book(outcome, Some(cause), &Fields::new());
        self.note(outcome, Some(cause), None);
    }

    /// Tells whoever looks on.
    fn note(&mut self, outcome: Outcome, error: Option<&str>, response: Option<&Response>) {
        if let Some(noted) = self.noted.take() {
            self.tell(*noted, outcome, error, response);
        }
    }

    #[cold]
    fn tell(
        &self,
        Noted { asked, span }: Noted,
        outcome: Outcome,
        error: Option<&str>,
        response: Option<&Response>,
    ) {
        if let Some(span) = span {
            let phases = phases(&self.trace.timings);
            spans::end(span, &self.prepared, &self.trace, &phases, (outcome, error));
        }
        let Some(asked) = asked else { return };
        let ended = || asked.ended(&self.prepared, &self.trace, (outcome, error), response);
        self.prepared.http.ctx.note_exchange(ended);
    }

    fn book(&mut self, outcome: Outcome, error: Option<&str>, extra: &Fields) {
        self.booked = true;
        book(&self.prepared, &mut self.trace, outcome, error, extra);
    }
}

impl<P: Deref<Target = Prepared>> Drop for Attempt<P> {
    fn drop(&mut self) {
        if !self.booked {
            self.fail_as(Kind::Cancelled, "the journey dropped the request");
        }
    }
}

fn book(
    prepared: &Prepared,
    trace: &mut Trace,
    outcome: Outcome,
    error: Option<&str>,
    extra: &Fields,
) {
    let Prepared { http, hop, .. } = prepared;
    if let Some(upload) = &hop.upload {
        trace.sent = upload.sent();
    }
    let exchange = Exchange {
        protocol: "http",
        name: name_of(prepared),
        status: (trace.status > 0).then_some(trace.status),
        outcome,
        took: trace.begun.took(trace.timings.total),
        received: trace.received,
        sent: trace.sent,
    };
    let start = trace.timings.start;
    let phases = || phases(&trace.timings);
    if matches!(outcome, Outcome::Failed(_)) || trace.status >= 400 {
        http.ctx.exchange_failed(&exchange, || command(prepared));
    }
    http.ctx.exchange_in_detail("http_metrics", &exchange, start, phases, error, |out| {
        write_standard(out, prepared, trace);
        out.put(key!("outcome"), outcome.as_str());
        out.put(key!("error"), error);
        out.extend(extra);
    });
}

/// The command that sends a request again, without secrets; none of one whose body is no
/// text to be typed.
fn command(Prepared { http, hop, .. }: &Prepared) -> Option<String> {
    if hop.upload.is_some() || hop.body.len() > MOST_BODY {
        return None;
    }
    let insecure = http.session.engine.as_ref().is_ok_and(|engine| engine.settings.insecure);
    let memory = http.session.memory();
    let shown = Shown::WithoutSecrets;
    Some(Command { hop, jar: &memory.jar, insecure, shown }.to_string())
}

/// Where the time went, part by part: timings count from the start.
fn phases(timings: &Timings) -> Phases {
    let Timings { pool_wait, dns, connect, tls, transfer_start, first_byte, total, .. } = *timings;
    let from = |before: Duration, until: Duration| {
        (!until.is_zero()).then(|| until.saturating_sub(before))
    };
    Phases {
        pool: from(Duration::ZERO, pool_wait),
        dns: from(pool_wait, dns),
        connect: from(dns.max(pool_wait), connect),
        tls: from(connect, tls),
        first_byte: from(transfer_start, first_byte),
        body: if first_byte.is_zero() { None } else { from(first_byte, total) },
    }
}

/// What the attempt is counted as, with the tags that are told apart.
fn name_of(Prepared { http, plan, hop }: &Prepared) -> Label {
    let name = plan.name.clone().unwrap_or_else(|| hop.target.label(&hop.method));
    let told_apart = http.ctx.series_by();
    if told_apart.is_empty() || plan.tags.is_empty() {
        return name;
    }
    // Of a name that was given twice the last counts.
    let last = |tag: &String| plan.tags.iter().rfind(|(name, _)| name == tag);
    let tags = told_apart.iter().filter_map(last);
    tagged(name.as_str(), tags.map(|(name, value)| (name.as_str(), value.as_str())))
}

fn write_standard(out: &mut Writer<'_>, prepared: &Prepared, trace: &Trace) {
    let Prepared { http, plan, hop } = prepared;
    let timings = &trace.timings;
    put_floats!(
        out,
        "start_time": http.ctx.wall_time(timings.start),
        "dns_time": timings.dns.as_secs_f64(),
        "connect_time": timings.connect.as_secs_f64(),
        "tls_time": timings.tls.as_secs_f64(),
        "transfer_start_time": timings.transfer_start.as_secs_f64(),
        "first_byte_time": timings.first_byte.as_secs_f64(),
        "total_time": timings.total.as_secs_f64(),
        "pool_wait_time": timings.pool_wait.as_secs_f64(),
    );
    if let Some(intended) = trace.begun.intended() {
        put_floats!(out, "intended_start_time": http.ctx.wall_time(intended));
    }
    out.put(key!("effective_url"), hop.target.told());
    out.put(key!("response_code"), u64::from(trace.status));
    put_ip(out, trace.remote.map(|remote| remote.ip()));
    out.put(key!("method"), hop.method.as_str());
    out.put(key!("download_size"), trace.received);
    out.put(key!("upload_size"), trace.sent);
    out.put(key!("protocol"), protocol(trace.version));
    out.put(key!("reused"), timings.reused);
    out.insert("tags", &Tags(&plan.tags));
}

thread_local! {
    /// The last address and its text: most requests go where the last one went, and
    /// to format an address takes a tenth of what it costs to collect one.
    static LAST_IP: RefCell<(IpAddr, String)> =
        const { RefCell::new((IpAddr::V4(Ipv4Addr::UNSPECIFIED), String::new())) };
}

fn put_ip(out: &mut Writer<'_>, ip: Option<IpAddr>) {
    let key = key!("primary_ip");
    let Some(ip) = ip else { return out.put(key, None::<&str>) };
    let known = LAST_IP.try_with(|kept| {
        let (last, text) = &mut *kept.borrow_mut();
        if *last != ip || text.is_empty() {
            (*last, *text) = (ip, ip.to_string());
        }
        out.put(key, text.as_str());
    });
    // Requests that are dropped when their thread ends.
    if known.is_err() {
        out.put(key, ip.to_string().as_str());
    }
}

/// As a map in which the last of a name wins.
struct Tags<'a>(&'a [(String, String)]);

impl Serialize for Tags<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let last: BTreeMap<_, _> = self.0.iter().map(|(name, value)| (name, value)).collect();
        last.serialize(serializer)
    }
}

fn protocol(version: Version) -> &'static str {
    match version {
        Version::HTTP_09 => "HTTP/0.9",
        Version::HTTP_10 => "HTTP/1.0",
        Version::HTTP_2 => "HTTP/2",
        Version::HTTP_3 => "HTTP/3",
        _ => "HTTP/1.1",
    }
}
