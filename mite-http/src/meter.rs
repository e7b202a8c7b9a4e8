//! Books every attempt, whatever became of it. The only file that sees both a
//! response and a mite message.

use std::collections::BTreeMap;
use std::time::Duration;

use http::Version;
use mite_core::context::Context;
use mite_core::exchange::{Exchange, Outcome};
use mite_core::fields;
use mite_core::fields::Fields;
use serde::Serialize;
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
        let labels = hop.target.labels(&hop.method);
        let exchange = Exchange {
            name: plan.name.clone().unwrap_or(labels.series),
            method: labels.method,
            code: trace.status,
            outcome,
            total: trace.timings.total,
            received: trace.received,
            sent: trace.sent,
        };
        ctx.exchange("http_metrics", &exchange, || {
            let mut fields = standard_fields(ctx, plan, hop, trace, outcome, error);
            fields.extend_renamed(extra);
            fields
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

fn standard_fields(
    ctx: &Context,
    plan: &Plan,
    hop: &Hop,
    trace: &Trace,
    outcome: Outcome,
    error: Option<&str>,
) -> Fields {
    let timings = &trace.timings;
    let seconds = |d: Duration| d.as_secs_f64();
    let tags: BTreeMap<&str, &str> = plan.tags.iter().map(|(k, v)| (&**k, &**v)).collect();
    fields! {
        start_time: ctx.wall_time(timings.start),
        effective_url: hop.target.url.as_str(),
        response_code: trace.status,
        dns_time: seconds(timings.dns),
        connect_time: seconds(timings.connect),
        tls_time: seconds(timings.tls),
        transfer_start_time: seconds(timings.transfer_start),
        first_byte_time: seconds(timings.first_byte),
        total_time: seconds(timings.total),
        primary_ip: trace.remote.map(|r| r.ip().to_string()),
        method: hop.method.as_str(),
        download_size: trace.received,
        upload_size: trace.sent,
        outcome: outcome.as_str(),
        error,
        protocol: protocol(trace.version),
        reused: timings.reused,
        pool_wait_time: seconds(timings.pool_wait),
        tags,
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
