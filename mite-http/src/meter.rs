//! Books every attempt, whatever became of it. The only file that sees both a
//! response and a mite message.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::IpAddr;

use http::Version;
use mite_core::context::Context;
use mite_core::exchange::{Exchange, Outcome};
use mite_core::fields::Fields;
use mite_core::key;
use mite_core::writer::Writer;
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
    out.put(key!("start_time"), ctx.wall_time(timings.start));
    out.put(key!("effective_url"), hop.target.url.as_str());
    out.put(key!("response_code"), u64::from(trace.status));
    out.put(key!("dns_time"), timings.dns);
    out.put(key!("connect_time"), timings.connect);
    out.put(key!("tls_time"), timings.tls);
    out.put(key!("transfer_start_time"), timings.transfer_start);
    out.put(key!("first_byte_time"), timings.first_byte);
    out.put(key!("total_time"), timings.total);
    let mut ip = [0; LONGEST_IP];
    out.put(key!("primary_ip"), trace.remote.map(|remote| ip_text(remote.ip(), &mut ip)));
    out.put(key!("method"), hop.method.as_str());
    out.put(key!("download_size"), trace.received);
    out.put(key!("upload_size"), trace.sent);
    out.put(key!("protocol"), protocol(trace.version));
    out.put(key!("reused"), timings.reused);
    out.put(key!("pool_wait_time"), timings.pool_wait);
    out.insert("tags", &Tags(&plan.tags));
}

/// What the longest address takes: one of IPv6 that ends like one of IPv4.
const LONGEST_IP: usize = 45;

/// The text of an address. By hand for IPv4: formatting would be a tenth of what a
/// collected request costs.
fn ip_text(ip: IpAddr, buffer: &mut [u8; LONGEST_IP]) -> &str {
    let mut at = 0;
    match ip {
        IpAddr::V4(ip) => {
            for (n, octet) in ip.octets().into_iter().enumerate() {
                let digits = [octet / 100, octet / 10 % 10, octet % 10];
                let first = if octet > 99 { 0 } else { 2 - usize::from(octet > 9) };
                let dot = (n > 0).then_some(b'.');
                for byte in dot.into_iter().chain(digits[first..].iter().map(|d| b'0' + d)) {
                    buffer[at] = byte;
                    at += 1;
                }
            }
        }
        IpAddr::V6(ip) => {
            let mut rest = &mut buffer[..];
            write!(rest, "{ip}").expect("45 bytes are enough for any address");
            at = LONGEST_IP - rest.len();
        }
    }
    std::str::from_utf8(&buffer[..at]).expect("digits, letters, colons and dots are text")
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
    fn an_address_is_written_as_it_is_displayed() {
        for text in [
            "0.0.0.0",
            "9.10.99.100",
            "127.0.0.1",
            "255.255.255.255",
            "::1",
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            "::ffff:192.168.100.228",
        ] {
            assert_eq!(ip_text(text.parse().unwrap(), &mut [0; LONGEST_IP]), text);
        }
    }

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
