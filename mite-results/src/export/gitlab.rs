//! GitLab's load performance report reads the keys of k6's summary.

use serde_json::{Value, json};

use super::error::Error;
use crate::document::{Document, Series, SeriesKind, Times};

fn milliseconds(times: &Times) -> Value {
    // To the microsecond, as in the file.
    let ms = |seconds: f64| (seconds * 1e6).round() / 1e3;
    let mut metric = json!({
        "avg": ms(times.mean_s.get()), "min": ms(times.min_s.get()), "max": ms(times.max_s.get())
    });
    for (name, percent) in [("med", 50.0), ("p(90)", 90.0), ("p(95)", 95.0)] {
        if let Some(time) = times.at(percent) {
            metric[name] = json!(ms(time));
        }
    }
    metric
}

pub(super) fn report(document: &Document) -> Result<Value, Error> {
    let all = document.series.iter().find(|s| s.kind == SeriesKind::AllRequests && s.count > 0);
    let all: &Series = all.ok_or_else(|| {
        Error::Missing("GitLab's report is of requests, and this run made none".to_owned())
    })?;
    let met = document.verdict.limits.iter().filter(|limit| limit.ok).count();
    let limits = document.verdict.limits.len();
    let mut metrics = json!({
        "http_reqs": { "count": all.count, "rate": all.rate_per_s },
        "checks": { "passes": met, "fails": limits - met },
    });
    if let Some(times) = all.service.as_ref() {
        metrics["http_req_duration"] = milliseconds(times);
    }
    if let Some(times) = all.phases.as_ref().and_then(|phases| phases.first_byte.as_ref()) {
        metrics["http_req_waiting"] = milliseconds(times);
    }
    Ok(json!({ "metrics": metrics }))
}

#[cfg(test)]
mod tests {
    use super::super::testing::document;
    use super::*;

    #[test]
    fn the_keys_are_those_of_k6() {
        let report = report(&document()).expect("there are requests");
        let metrics = &report["metrics"];
        assert_eq!(metrics["http_reqs"], json!({ "count": 100, "rate": 20.0 }));
        assert_eq!(metrics["checks"], json!({ "passes": 1, "fails": 1 }));
        assert_eq!(metrics["http_req_waiting"]["p(90)"], 98.0);
        assert_eq!(metrics["http_req_waiting"]["p(95)"], 122.0);
    }

    #[test]
    fn without_requests_there_is_nothing_to_report() {
        let text = report(&Document::default()).expect_err("no requests").to_string();
        assert_eq!(text, "GitLab's report is of requests, and this run made none");
    }
}
