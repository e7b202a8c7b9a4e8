//! The two formats of text.

use std::fmt::Write;

use super::super::family::{Family, Kind, Labels, Value};

/// Prometheus' text format, version 0.0.4.
pub(super) fn plain(families: &[Family]) -> String {
    let mut out = String::new();
    for family in families {
        head(&mut out, &family.name, family, kind(family.kind));
        samples(&mut out, family);
        out.push('\n');
    }
    out
}

/// OpenMetrics 1.0. A counter is named without the `_total` of its samples; one without is
/// of no known type there, so that its name is the same in every format.
pub(super) fn open_metrics(families: &[Family]) -> String {
    let mut out = String::new();
    for family in families {
        let (name, kind) = match (family.kind, family.name.strip_suffix("_total")) {
            (Kind::Counter, Some(name)) => (name, "counter"),
            (Kind::Counter, None) => (&*family.name, "unknown"),
            _ => (&*family.name, kind(family.kind)),
        };
        head(&mut out, name, family, kind);
        samples(&mut out, family);
    }
    out.push_str("# EOF\n");
    out
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Counter => "counter",
        Kind::Gauge => "gauge",
        Kind::Histogram => "histogram",
    }
}

fn head(out: &mut String, name: &str, family: &Family, kind: &str) {
    out.push_str("# HELP ");
    out.push_str(name);
    out.push(' ');
    escape(out, &family.help);
    // Writing to a text cannot fail.
    let _ = write!(out, "\n# TYPE {name} {kind}\n");
}

fn samples(out: &mut String, family: &Family) {
    // As upstream writes them: some read `le` as text.
    let digits = family.name == "mite_http_response_time_seconds";
    for row in &family.rows {
        match &row.value {
            Value::Number(n) => sample(out, &family.name, "", &row.labels, None, *n),
            Value::Histogram(spread) => {
                for (bound, n) in spread.cumulative() {
                    let le = if digits { format!("{bound:.6}") } else { number(bound) };
                    sample(out, &family.name, "_bucket", &row.labels, Some(&le), n as f64);
                }
                let count = spread.count as f64;
                sample(out, &family.name, "_bucket", &row.labels, Some("+Inf"), count);
                sample(out, &family.name, "_sum", &row.labels, None, spread.sum);
                sample(out, &family.name, "_count", &row.labels, None, count);
            }
        }
    }
}

fn sample(out: &mut String, name: &str, part: &str, labels: &Labels, le: Option<&str>, value: f64) {
    out.push_str(name);
    out.push_str(part);
    let own = labels.iter().map(|(name, value)| (&**name, value.as_str()));
    for (at, (name, value)) in own.chain(le.map(|le| ("le", le))).enumerate() {
        out.push(if at == 0 { '{' } else { ',' });
        out.push_str(name);
        out.push_str("=\"");
        escape(out, value);
        out.push('"');
    }
    if !labels.is_empty() || le.is_some() {
        out.push('}');
    }
    out.push(' ');
    out.push_str(&number(value));
    out.push('\n');
}

/// A number as both formats read it: whole ones without a point, others in as many digits
/// as they need.
fn number(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned()
    } else {
        // Never with an exponent.
        format!("{value}")
    }
}

/// In both formats, in labels and in help: backslash, newline; and the quote, which help
/// need not have escaped in the one, and must have in the other.
fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '"' => out.push_str("\\\""),
            c => out.push(c),
        }
    }
}
