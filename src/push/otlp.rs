//! OpenTelemetry: metrics by OTLP over HTTP, as JSON.

use std::time::Duration;

use mite_core::error::Result;
use serde_json::{Value as Json, json};

use super::client::{Answer, Post};
use super::endpoint::{Endpoint, Signal, attribute};
use super::protocol::{Protocol, Shot, nanos};
use super::settings::Environment;
use crate::metrics::{Family, Histogram, Kind, Labels, Row, SCHEMA, Unit, Value, ZERO};

/// How often.
const EVERY: Duration = Duration::from_secs(10);

/// Sums since the run began.
const CUMULATIVE: u64 = 2;

/// Metrics for a collector, or whatever else takes OTLP.
pub(crate) struct Otlp {
    endpoint: Endpoint,
    every: Duration,
}

impl Otlp {
    /// To this endpoint, or to that of the environment; its credentials are the environment's.
    ///
    /// # Errors
    /// If a setting makes no sense; the text names it.
    pub(crate) fn new(endpoint: Option<&str>, environment: &Environment) -> Result<Self> {
        let endpoint = Endpoint::of(Signal::Metrics, endpoint, environment)?;
        let every = environment.millis(&["OTEL_METRIC_EXPORT_INTERVAL"])?.unwrap_or(EVERY);
        Ok(Self { endpoint, every })
    }
}

impl Protocol for Otlp {
    fn name(&self) -> &'static str {
        "otlp"
    }

    fn every(&self) -> Duration {
        self.every
    }

    fn encode(&mut self, shot: &Shot) -> Option<Post> {
        let mut resource = self.endpoint.resource.clone();
        let info = shot.families.iter().find(|family| family.name == "mite_run_info");
        let labels = info.and_then(|info| info.rows.first()).map(|row| &row.labels);
        for (name, key) in
            [("run", "service.instance.id"), ("version", "service.version"), ("test", "mite.test")]
        {
            let label = labels.and_then(|labels| labels.iter().find(|(known, _)| known == name));
            let is_new = !resource.iter().any(|(known, _)| known == key);
            resource.extend(label.filter(|_| is_new).map(|(_, value)| (key.into(), value.clone())));
        }
        let resource: Vec<_> = resource.iter().map(|(key, value)| attribute(key, value)).collect();
        let metrics: Vec<_> = shot.families.iter().map(|family| metric(family, shot)).collect();
        let body = json!({ "resourceMetrics": [{
            "resource": { "attributes": resource },
            "scopeMetrics": [{
                "scope": { "name": "mite", "version": env!("CARGO_PKG_VERSION") },
                "metrics": metrics,
            }],
        }]});
        Some(self.endpoint.post(&body))
    }

    fn delivered(&mut self, _shot: &Shot, answer: &Answer) -> Option<String> {
        let answer: Json = serde_json::from_slice(&answer.body).ok()?;
        let partial = &answer["partialSuccess"];
        let rejected = match &partial["rejectedDataPoints"] {
            Json::String(n) => n.parse().ok()?,
            n => n.as_u64()?,
        };
        let why = partial["errorMessage"].as_str().unwrap_or_default();
        (rejected > 0).then(|| {
            let points = mite_core::units::count(rejected, "point");
            format!("{points} were not taken: {}", mite_core::secret::masked(why))
        })
    }
}

/// `mite_request_duration_seconds` is `mite.request.duration` in seconds: Prometheus makes
/// the one of the other.
fn name_of(family: &Family) -> String {
    let name = &*family.name;
    if !name.starts_with("mite_") {
        return name.to_owned();
    }
    let name = if family.kind == Kind::Counter { name.trim_end_matches("_total") } else { name };
    let name = match family.unit {
        Unit::Seconds => name.trim_end_matches("_seconds"),
        Unit::Bytes => name.trim_end_matches("_bytes"),
        Unit::Ratio => name.trim_end_matches("_ratio"),
        Unit::None => name,
    };
    name.replace('_', ".")
}

fn metric(family: &Family, shot: &Shot) -> Json {
    let unit = match family.unit {
        Unit::Seconds => "s",
        Unit::Bytes => "By",
        Unit::Ratio => "1",
        Unit::None => "",
    };
    let points = |exponential: bool| -> Vec<Json> {
        family.rows.iter().map(|row| point(row, shot, exponential)).collect()
    };
    let (kind, data) = match family.kind {
        Kind::Counter => (
            "sum",
            json!({ "aggregationTemporality": CUMULATIVE, "isMonotonic": true, "dataPoints": points(false) }),
        ),
        Kind::Gauge => ("gauge", json!({ "dataPoints": points(false) })),
        Kind::Histogram => {
            let exponential = !family.is_classic;
            let kind = if exponential { "exponentialHistogram" } else { "histogram" };
            (
                kind,
                json!({ "aggregationTemporality": CUMULATIVE, "dataPoints": points(exponential) }),
            )
        }
    };
    json!({ "name": name_of(family), "description": family.help, "unit": unit, kind: data })
}

fn point(row: &Row, shot: &Shot, exponential: bool) -> Json {
    let mut point = json!({
        "attributes": attributes(&row.labels),
        "startTimeUnixNano": nanos(shot.started).to_string(),
        "timeUnixNano": nanos(shot.at).to_string(),
    });
    match &row.value {
        Value::Number(n) => point["asDouble"] = json!(n),
        Value::Histogram(spread) => add(&mut point, spread, exponential),
    }
    point
}

fn add(point: &mut Json, spread: &Histogram, exponential: bool) {
    point["count"] = json!(spread.count.to_string());
    point["sum"] = json!(spread.sum);
    if spread.count > 0 {
        point["min"] = json!(spread.range.0);
        point["max"] = json!(spread.range.1);
    }
    match exponential {
        true => {
            let native = &spread.native;
            point["scale"] = json!(SCHEMA);
            point["zeroCount"] = json!(native.zero.to_string());
            point["zeroThreshold"] = json!(ZERO);
            for (side, buckets) in [("positive", &native.positive), ("negative", &native.negative)]
            {
                let (Some((&first, _)), Some((&last, _))) =
                    (buckets.first_key_value(), buckets.last_key_value())
                else {
                    continue;
                };
                let counts = (first..=last).map(|at| buckets.get(&at).copied().unwrap_or(0));
                let counts: Vec<_> = counts.map(|n| n.to_string()).collect();
                // Bucket i here ends where bucket i of Prometheus' begins.
                point[side] = json!({ "offset": first - 1, "bucketCounts": counts });
            }
        }
        false => {
            let cumulative: Vec<_> = spread.cumulative().collect();
            let bounds: Vec<_> = cumulative.iter().map(|(bound, _)| *bound).collect();
            let mut before = 0;
            let ends = cumulative.iter().map(|(_, n)| *n).chain([spread.count]);
            let counts: Vec<_> =
                ends.map(|n| (n - std::mem::replace(&mut before, n)).to_string()).collect();
            point["explicitBounds"] = json!(bounds);
            point["bucketCounts"] = json!(counts);
        }
    }
}

/// By the names of the semantic conventions, where there are some.
fn attributes(labels: &Labels) -> Vec<Json> {
    let attribute = |(name, value): &(std::borrow::Cow<'static, str>, String)| match &**name {
        "method" => attribute("http.request.method", value),
        "response_code" => match value.parse::<u16>() {
            Ok(status) => json!({
                "key": "http.response.status_code",
                "value": { "intValue": status.to_string() },
            }),
            Err(_) => attribute("http.response.status_code", value),
        },
        name => attribute(name, value),
    };
    labels.iter().map(attribute).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(endpoint: Option<&str>, pairs: &[(&str, &str)]) -> Result<Otlp> {
        let pairs = pairs.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        Otlp::new(endpoint, &Environment::of(pairs))
    }

    #[test]
    fn metrics_go_under_an_endpoint_and_to_their_own_as_it_is() {
        let url = |endpoint, pairs: &[_]| of(endpoint, pairs).unwrap().endpoint.url;
        assert_eq!(url(None, &[]), "http://localhost:4318/v1/metrics");
        assert_eq!(url(Some("http://h:1/otlp/"), &[]), "http://h:1/otlp/v1/metrics");
        assert_eq!(url(Some("http://h:1/v1/metrics"), &[]), "http://h:1/v1/metrics");
        let both = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://a:1"),
            ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://b:1/here"),
        ];
        assert_eq!(url(None, &both[..1]), "http://a:1/v1/metrics");
        assert_eq!(url(None, &both), "http://b:1/here");
    }

    #[test]
    fn the_environment_says_who_asks_and_how_often() {
        let otlp = of(
            None,
            &[
                ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=a%3Db"),
                ("OTEL_EXPORTER_OTLP_TIMEOUT", "2000"),
                ("OTEL_METRIC_EXPORT_INTERVAL", "5000"),
                ("OTEL_RESOURCE_ATTRIBUTES", "service.name=x,team=shop"),
                ("OTEL_SERVICE_NAME", "load"),
            ],
        );
        let Otlp { endpoint: otlp, every } = otlp.unwrap();
        assert_eq!(otlp.headers, [("api-key".into(), "a=b".into())]);
        assert_eq!((otlp.timeout.as_secs(), every.as_secs()), (2, 5));
        let resource = [("team".into(), "shop".into()), ("service.name".into(), "load".into())];
        assert_eq!(otlp.resource, resource);
        let error = of(None, &[("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]).err().unwrap();
        assert!(error.text().contains("mite speaks http/json"), "{}", error.text());
    }
}
