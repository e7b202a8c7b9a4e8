//! For tools that follow figures over many runs.

use serde_json::{Map, Value, json};

use crate::document::{Document, Series, Times};

const PERCENTILES: [f64; 3] = [50.0, 90.0, 99.0];

/// The interval of a percentile, where the samples show both ends.
fn interval(times: &Times, percent: f64) -> Option<(f64, f64)> {
    let (_, low, high) = times.interval99.iter().find(|(p, ..)| p.get() == percent)?;
    Some((low.as_ref()?.get(), high.as_ref()?.get()))
}

fn failed_percent(series: &Series) -> f64 {
    series.failed as f64 / series.count as f64 * 100.0
}

fn with_samples(document: &Document) -> impl Iterator<Item = &Series> {
    document.series.iter().filter(|series| series.count > 0)
}

/// Bencher Metric Format: nanoseconds, operations a second, percent.
pub(super) fn bmf(document: &Document) -> Value {
    let mut benchmarks = Map::new();
    for series in with_samples(document) {
        let mut measures = Map::new();
        for percent in PERCENTILES {
            let Some((times, value)) = series.times().and_then(|t| Some((t, t.at(percent)?)))
            else {
                continue;
            };
            let nanos = |seconds: f64| (seconds * 1e9).round();
            let mut metric = json!({ "value": nanos(value) });
            if let Some((low, high)) = interval(times, percent) {
                metric["lower_value"] = json!(nanos(low));
                metric["upper_value"] = json!(nanos(high));
            }
            measures.insert(format!("latency-p{percent}"), metric);
        }
        if let Some(rate) = series.rate_per_s {
            measures.insert("throughput".to_owned(), json!({ "value": rate }));
        }
        measures.insert("failed-percent".to_owned(), json!({ "value": failed_percent(series) }));
        benchmarks.insert(series.title(), Value::Object(measures));
    }
    Value::Object(benchmarks)
}

/// github-action-benchmark, `customSmallerIsBetter`: times and failures. Rates
/// are better when they are greater, and so not among them.
pub(super) fn gab(document: &Document) -> Value {
    let mut entries = Vec::new();
    for series in with_samples(document) {
        let title = series.title();
        for percent in PERCENTILES {
            let Some((times, value)) = series.times().and_then(|t| Some((t, t.at(percent)?)))
            else {
                continue;
            };
            let mut entry = json!({
                "name": format!("{title}: p{percent}"),
                "unit": "ms",
                "value": (value * 1e6).round() / 1e3,
                "extra": format!("{} samples", times.count),
            });
            if let Some((low, high)) = interval(times, percent) {
                entry["range"] = json!(format!("± {:.3}", (high - low) / 2.0 * 1e3));
            }
            entries.push(entry);
        }
        entries.push(json!({
            "name": format!("{title}: failed"),
            "unit": "%",
            "value": failed_percent(series),
            "extra": format!("{} of {}", series.failed, series.count),
        }));
    }
    Value::Array(entries)
}

#[cfg(test)]
mod tests {
    use super::super::testing::document;
    use super::*;

    #[test]
    fn bencher_has_nanoseconds_with_their_interval() {
        let bmf = bmf(&document());
        let expected = json!({
            "value": 41_000_000.0, "lower_value": 40_000_000.0, "upper_value": 42_000_000.0
        });
        assert_eq!(bmf["shop:buy, pay"]["latency-p50"], expected);
        assert_eq!(bmf["shop:buy, pay"]["latency-p99"], json!({ "value": 412_000_000.0 }));
        assert_eq!(bmf["shop:buy, pay"]["throughput"]["value"], 20.0);
        assert_eq!(bmf["shop:buy, pay"]["failed-percent"]["value"], 1.0);
        assert!(bmf.get("never").is_none());
    }

    #[test]
    fn github_action_benchmark_has_milliseconds() {
        let gab = gab(&document());
        let entries = gab.as_array().expect("a list");
        assert_eq!(entries.len(), 8);
        let entry =
            entries.iter().find(|e| e["name"] == "shop:buy, pay: p50").expect("it is there");
        let expected = json!({
            "name": "shop:buy, pay: p50", "unit": "ms", "value": 41.0, "range": "± 1.000",
            "extra": "100 samples"
        });
        assert_eq!(*entry, expected);
        let failed = &entries[7];
        assert_eq!(
            (&failed["name"], &failed["value"]),
            (&json!("shop:buy, pay: failed"), &json!(1.0))
        );
    }
}
