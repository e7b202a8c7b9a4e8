//! Which format whoever asks would like.

use super::super::family::Family;
use super::{protobuf, text};

/// A format of metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// Prometheus' own, which has exponential buckets.
    Protobuf,
    /// OpenMetrics 1.0.
    OpenMetrics,
    /// Prometheus' text, which everything reads.
    Text,
}

impl Format {
    /// What an `Accept` header likes best, of equals the richest; text if it likes none.
    pub(super) fn of(accept: &str) -> Self {
        let liked = accept.split(',').filter_map(|range| {
            let mut parts = range.split(';').map(str::trim);
            let kind = parts.next()?.to_ascii_lowercase();
            let parameters: Vec<_> = parts.filter_map(|part| part.split_once('=')).collect();
            let parameter = |name: &str| {
                let found =
                    parameters.iter().find(|(known, _)| known.trim().eq_ignore_ascii_case(name));
                found.map(|(_, value)| value.trim().trim_matches('"'))
            };
            let quality = parameter("q").map_or(Some(1.0), |q| q.parse().ok())?;
            let (format, rank) = match kind.as_str() {
                "application/vnd.google.protobuf"
                    if parameter("proto") == Some("io.prometheus.client.MetricFamily")
                        && parameter("encoding").is_none_or(|e| e == "delimited") =>
                {
                    (Self::Protobuf, 3)
                }
                "application/openmetrics-text"
                    if parameter("version").is_none_or(|version| version == "1.0.0") =>
                {
                    (Self::OpenMetrics, 2)
                }
                "text/plain" if parameter("version").is_none_or(|version| version == "0.0.4") => {
                    (Self::Text, 1)
                }
                "text/*" | "*/*" => (Self::Text, 0),
                _ => return None,
            };
            (quality > 0.0).then_some((quality, rank, format))
        });
        let best = liked.max_by(|(q, r, _), (p, s, _)| f64::total_cmp(q, p).then(r.cmp(s)));
        best.map_or(Self::Text, |(_, _, format)| format)
    }

    /// Its media type, to the letter: Prometheus 3 refuses others.
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Protobuf => {
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
            }
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
        }
    }

    /// The metrics in this format.
    pub(super) fn write(self, families: &[Family]) -> Vec<u8> {
        match self {
            Self::Protobuf => protobuf::write(families),
            Self::OpenMetrics => text::open_metrics(families).into_bytes(),
            Self::Text => text::plain(families).into_bytes(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_gets_the_best_that_it_reads() {
        for (accept, expected) in [
            ("", Format::Text),
            ("*/*", Format::Text),
            ("text/html,application/xhtml+xml,*/*;q=0.8", Format::Text),
            // Prometheus 2.42, without and with native histograms.
            (
                "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                Format::OpenMetrics,
            ),
            (
                "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                Format::Protobuf,
            ),
            // Prometheus 3.
            (
                "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
                Format::OpenMetrics,
            ),
            (
                "text/plain;version=0.0.4, application/openmetrics-text; version=1.0.0; q=0.9",
                Format::Text,
            ),
            ("application/openmetrics-text; version=2.0.0", Format::Text),
            ("application/openmetrics-text;q=0", Format::Text),
            ("application/vnd.google.protobuf;proto=other;encoding=delimited", Format::Text),
            (
                "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text",
                Format::Text,
            ),
        ] {
            assert_eq!(Format::of(accept), expected, "{accept}");
        }
    }
}
