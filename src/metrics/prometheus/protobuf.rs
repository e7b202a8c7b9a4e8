//! Prometheus' protobuf format: `io.prometheus.client.MetricFamily`, one after the other,
//! each behind its length. By hand: six messages, and no compiler for them.

use std::collections::BTreeMap;

use super::super::family::{Family, Kind, Row, Value};
use super::super::histogram::{Histogram, Native, SCHEMA, ZERO};

/// Kinds of what stands on the wire.
const VARINT: u64 = 0;
const FIXED: u64 = 1;
const BYTES: u64 = 2;

/// All families.
pub(super) fn write(families: &[Family]) -> Vec<u8> {
    let mut out = Vec::new();
    for family in families {
        let message = message(family);
        varint(&mut out, message.len() as u64);
        out.extend_from_slice(&message);
    }
    out
}

/// `MetricFamily`: name 1, help 2, type 3, metric 4.
fn message(family: &Family) -> Vec<u8> {
    let mut out = Vec::new();
    bytes(&mut out, 1, family.name.as_bytes());
    bytes(&mut out, 2, family.help.as_bytes());
    let kind = match family.kind {
        Kind::Counter => 0,
        Kind::Gauge => 1,
        Kind::Histogram => 4,
    };
    number(&mut out, 3, kind);
    for row in &family.rows {
        bytes(&mut out, 4, &metric(family, row));
    }
    out
}

/// `Metric`: label 1 (name 1, value 2), gauge 2 and counter 3 (value 1), histogram 7.
fn metric(family: &Family, row: &Row) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, value) in &row.labels {
        let mut label = Vec::new();
        bytes(&mut label, 1, name.as_bytes());
        bytes(&mut label, 2, value.as_bytes());
        bytes(&mut out, 1, &label);
    }
    match &row.value {
        Value::Number(n) => {
            let mut value = Vec::new();
            float(&mut value, 1, *n);
            bytes(&mut out, if family.kind == Kind::Gauge { 2 } else { 3 }, &value);
        }
        Value::Histogram(spread) => bytes(&mut out, 7, &histogram(spread, family.is_classic)),
    }
    out
}

/// `Histogram`: count 1, sum 2, bucket 3 (count 1, bound 2), schema 5, zero threshold 6,
/// zero count 7; spans and deltas of negative buckets 9 and 10, of positive ones 12 and 13.
fn histogram(spread: &Histogram, is_classic: bool) -> Vec<u8> {
    let mut out = Vec::new();
    number(&mut out, 1, spread.count);
    float(&mut out, 2, spread.sum);
    let last = (f64::INFINITY, spread.count);
    for (bound, n) in spread.cumulative().chain([last]) {
        let mut bucket = Vec::new();
        number(&mut bucket, 1, n);
        float(&mut bucket, 2, bound);
        bytes(&mut out, 3, &bucket);
    }
    if !is_classic {
        let Native { zero, positive, negative } = &spread.native;
        signed(&mut out, 5, SCHEMA.into());
        float(&mut out, 6, ZERO);
        number(&mut out, 7, *zero);
        buckets(&mut out, 9, negative);
        buckets(&mut out, 12, positive);
    }
    out
}

/// Spans (offset 1, length 2) and, in the next field, what each count has more than the one
/// before it.
fn buckets(out: &mut Vec<u8>, field: u64, buckets: &BTreeMap<i32, u64>) {
    let mut spans: Vec<(i32, u32)> = Vec::new();
    let mut next = None;
    for &at in buckets.keys() {
        match (next, spans.last_mut()) {
            (Some(next), Some((_, length))) if next == at => *length += 1,
            // The first from zero, others from the end of the one before.
            _ => spans.push((at - next.unwrap_or(0), 1)),
        }
        next = Some(at + 1);
    }
    for (offset, length) in spans {
        let mut span = Vec::new();
        signed(&mut span, 1, offset.into());
        number(&mut span, 2, length.into());
        bytes(out, field, &span);
    }
    let mut before = 0;
    for &n in buckets.values() {
        signed(out, field + 1, n as i64 - before);
        before = n as i64;
    }
}

fn varint(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

fn number(out: &mut Vec<u8>, field: u64, n: u64) {
    varint(out, field << 3 | VARINT);
    varint(out, n);
}

/// The sign last (zigzag), so that small numbers are short.
fn signed(out: &mut Vec<u8>, field: u64, n: i64) {
    number(out, field, (n << 1 ^ n >> 63) as u64);
}

fn float(out: &mut Vec<u8>, field: u64, n: f64) {
    varint(out, field << 3 | FIXED);
    out.extend_from_slice(&n.to_le_bytes());
}

fn bytes(out: &mut Vec<u8>, field: u64, bytes: &[u8]) {
    varint(out, field << 3 | BYTES);
    varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}
