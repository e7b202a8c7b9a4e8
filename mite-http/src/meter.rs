//! Books every attempt, whatever became of it. The only file that sees both a
//! response and a mite message.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use http::Version;
use mite_core::journey::Context;
use mite_core::message::Writer;
use mite_core::msgpack::Fields;
use mite_core::stats::{Exchange, Outcome};
use mite_core::{key, put_floats};
use serde::{Serialize, Serializer};
use tokio::time::Instant;

use crate::error::{Failure, Kind};
use crate::exchange::Trace;
use crate::hop::Hop;
use crate::plan::Plan;

/// Names of `http_metrics` that are not the callback's to give.
const STANDARD: [&str; 29] = [
    "start_time",
    "effective_url",
    "response_code",
    "dns_time",
    "connect_time",
    "tls_time",
    "transfer_start_time",
    "first_byte_time",
    "total_time",
    "primary_ip",
    "method",
    "download_size",
    "upload_size",
    "outcome",
    "error",
    "protocol",
    "reused",
    "pool_wait_time",
    "tags",
    "type",
    "time",
    "test",
    "runner_id",
    "journey",
    "context_id",
    "scenario_id",
    "scenario_data_id",
    "transaction",
    "transaction_id",
];

/// Fields that [`on_response`](crate::Http::on_response) adds to an `http_metrics`.
#[derive(Default)]
pub struct AdditionalMetrics {
    fields: Fields,
    refused: Option<String>,
}

impl AdditionalMetrics {
    /// Adds fields of mite's own.
    pub(crate) fn extend(&mut self, fields: &Fields) {
        self.fields.extend_renamed(fields);
    }

    /// Adds a field. A name that every `http_metrics` has fails the request.
    pub fn insert(&mut self, name: &str, value: impl Serialize) {
        if STANDARD.contains(&name) || name == "intended_start_time" {
            self.refused = Some(format!(
                "the additional metric `{name}` is a field that http_metrics has already; choose another name"
            ));
            return;
        }
        self.fields.insert(name, &value);
    }

    pub(crate) fn refused(&self) -> Option<&str> {
        self.refused.as_deref()
    }
}

/// An attempt under way. Dropped before it is booked, it is booked as cancelled.
pub(crate) struct Attempt<'a> {
    ctx: &'a Context,
    plan: &'a Plan,
    hop: &'a Hop,
    pub(crate) trace: Trace,
    booked: bool,
}

impl<'a> Attempt<'a> {
    pub(crate) fn start(ctx: &'a Context, plan: &'a Plan, hop: &'a Hop, now: Instant) -> Self {
        Self { ctx, plan, hop, trace: Trace::start(now), booked: false }
    }

    /// Whether it died on a connection that was used before, without a byte in answer.
    pub(crate) fn met_dead_connection(&self) -> bool {
        self.trace.timings.reused && !self.trace.answered
    }

    /// Books a response.
    pub(crate) fn succeed(mut self, extra: &AdditionalMetrics) {
        self.book(Outcome::Ok, None, &extra.fields);
    }

    /// Books a failure.
    pub(crate) fn fail(&mut self, failure: &Failure) {
        self.fail_as(failure.kind, &failure.cause);
    }

    /// Leaves the booking to whoever [resumes](Self::resume) it.
    pub(crate) fn suspend(mut self) -> Trace {
        self.booked = true;
        let start = self.trace.timings.start;
        std::mem::replace(&mut self.trace, Trace::start(start))
    }

    /// An attempt that was suspended.
    pub(crate) fn resume(ctx: &'a Context, plan: &'a Plan, hop: &'a Hop, trace: Trace) -> Self {
        Self { ctx, plan, hop, trace, booked: false }
    }

    fn fail_as(&mut self, kind: Kind, cause: &str) {
        if self.trace.timings.total.is_zero() {
            self.trace.timings.total = self.trace.timings.so_far();
        }
        self.book(Outcome::Failed(kind.as_str()), Some(cause), &Fields::new());
    }

    fn book(&mut self, outcome: Outcome, error: Option<&str>, extra: &Fields) {
        self.booked = true;
        if let Some(upload) = &self.hop.upload {
            self.trace.sent = upload.sent();
        }
        let Self { ctx, plan, hop, trace, .. } = self;
        let exchange = Exchange {
            protocol: "http",
            name: plan.name.clone().unwrap_or_else(|| hop.target.label(&hop.method)),
            status: (trace.status > 0).then_some(trace.status),
            outcome,
            total: trace.timings.total,
            received: trace.received,
            sent: trace.sent,
        };
        ctx.exchange("http_metrics", &exchange, |out| {
            write_standard(out, ctx, plan, hop, trace);
            out.put(key!("outcome"), outcome.as_str());
            out.put(key!("error"), error);
            out.extend(extra);
        });
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if !self.booked {
            self.fail_as(Kind::Cancelled, "the journey dropped the request");
        }
    }
}

fn write_standard(out: &mut Writer<'_>, ctx: &Context, plan: &Plan, hop: &Hop, trace: &Trace) {
    let timings = &trace.timings;
    put_floats!(
        out,
        "start_time": ctx.wall_time(timings.start),
        "dns_time": timings.dns.as_secs_f64(),
        "connect_time": timings.connect.as_secs_f64(),
        "tls_time": timings.tls.as_secs_f64(),
        "transfer_start_time": timings.transfer_start.as_secs_f64(),
        "first_byte_time": timings.first_byte.as_secs_f64(),
        "total_time": timings.total.as_secs_f64(),
        "pool_wait_time": timings.pool_wait.as_secs_f64(),
    );
    out.put(key!("effective_url"), hop.target.url.as_str());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_names_are_refused_as_additional_metrics() {
        let mut extra = AdditionalMetrics::default();
        extra.insert("cache", "hit");
        assert_eq!(extra.refused(), None);
        extra.insert("total_time", 1);
        assert!(extra.refused().unwrap().contains("`total_time`"));
        assert_eq!(extra.fields.len(), 1);
    }
}
