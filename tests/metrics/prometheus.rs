//! Prometheus.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};

use mite_tests::{Scratch, Server, get, nginx, until};
use serde_json::Value;

use crate::formats;
use crate::run::Run;
use crate::servers::{number, prometheus, query};

/// The query returns something, and not only what is no number.
#[track_caller]
fn has_data(prometheus: &Server, expression: &str, since: f64) {
    let mut rows = query(prometheus, expression, Some(since));
    // Some are known at the end only, after the last step.
    rows.extend(query(prometheus, expression, None));
    let steps = rows.iter().flat_map(|row| row["values"].as_array().into_iter().flatten());
    let pairs = steps.chain(rows.iter().map(|row| &row["value"]));
    let mut numbers = pairs.filter_map(|pair| pair[1].as_str()?.parse::<f64>().ok());
    let spread = rows.iter().any(|row| row["histograms"].is_array());
    assert!(spread || numbers.any(|n| !n.is_nan()), "no data: {expression}: {rows:?}");
}

/// All queries of a board, its variables set.
fn queries(board: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut inside = vec![board];
    while let Some(value) = inside.pop() {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("expr").and_then(Value::as_str).map(str::to_owned));
                inside.extend(fields.values());
            }
            Value::Array(items) => inside.extend(items),
            _ => {}
        }
    }
    let set = |query: String| {
        [("$__rate_interval", "4s"), ("$test", ".*"), ("$journey", ".*"), ("$quantile", "0.99")]
            .iter()
            .fold(query, |query, (name, value)| query.replace(name, value))
    };
    found.into_iter().map(set).collect()
}

/// What upstream's boards look at, panel by panel: its metrics by their names, their
/// labels by name and value, bounds as `le`.
const UPSTREAM: [&str; 12] = [
    "histogram_quantile(0.99999, sum by (application, le) (rate(mite_http_response_time_seconds_bucket{application=~\"app1.*\"}[3s]))) < 60",
    "histogram_quantile(0.25, sum without (job) (rate(mite_http_response_time_seconds_bucket[10s]))) < 60",
    "60 > (histogram_quantile(0.99, sum without (instance, job) (rate(mite_http_response_time_seconds_bucket[10s]))) > 1)",
    "sum without (instance, job, journey, method, response_code, transaction) (rate(mite_http_response_total[10s])) > 0",
    "sum without (instance, job, journey, transaction) (rate(mite_http_response_total{response_code=\"404\", method=\"GET\"}[10s])) > 0",
    "100 * rate(mite_transaction_total{transaction!=\"__root__\", had_error=\"True\"}[10s]) / on (journey, test, transaction) sum without (had_error) (rate(mite_transaction_total[10s])) > 99",
    "sum without (instance, job, journey, test) (rate(mite_transaction_total{transaction=\"__root__ :: browse\"}[5s])) > 0",
    "sum without (instance, job, transaction) (rate(mite_transaction_total[5s])) > 0",
    "sum without (instance, job, test, transaction) (rate(mite_journey_error_total{location=~\".+:[0-9]+\", ex_type!=\"\", message!=\"\"}[5s])) > 0",
    "sum(mite_runner_count) == 2",
    "sum without (instance, job, test, scenario_id) (mite_required_count{scenario_id=\"2\"}) == 2",
    "sum without (instance, job, test, scenario_id) (mite_actual_count) > 0",
];

#[test]
fn a_real_prometheus_counts_what_the_server_counts() {
    let nginx = nginx();
    let scratch = Scratch::new("results");
    let json = scratch.0.join("run.json");
    let since = std::time::UNIX_EPOCH.elapsed().expect("it is later").as_secs_f64();
    let url = format!("http://{}", nginx.address);
    let json_file = json.to_str().expect("it is text");
    let serve = [
        "--prometheus-address",
        ":0",
        "--linger",
        "10m",
        "--json",
        json_file,
        "--threshold",
        "http p99 < 10s",
    ];
    let mut run = Run::start("measuring", &url, &serve, &[]);
    let line = run.until("metrics: http://");
    let address = line.split("http://").nth(1).expect("it says where");
    let address = address.trim_end().trim_end_matches("/metrics");
    let prometheus = prometheus(address);
    run.until("stays for 10 min");
    // Upstream's count stayed what it was; scraping must see the end.
    until("the last scrape", || {
        number(&prometheus, "sum(mite_runner_count)").filter(|n| *n == 0.0)
    });
    let requests = nginx.served() as f64;
    assert!(requests > 280.0, "{requests}");
    for expression in [
        "sum(mite_http_response_total)",
        "sum(mite_http_response_time_seconds_count)",
        "sum(mite_http_response_time_seconds_bucket{le=\"+Inf\"})",
        "sum(mite_requests_total{outcome=\"ok\",protocol=\"http\"})",
        "histogram_count(sum(mite_request_duration_seconds))",
    ] {
        assert_eq!(number(&prometheus, expression), Some(requests), "{expression}");
    }
    let results = std::fs::read_to_string(&json).expect("it was written");
    let results: Value = serde_json::from_str(&results).expect("it is JSON");
    counts_of(&prometheus, &results);
    percentiles_of(&prometheus, &results);
    for expression in UPSTREAM {
        has_data(&prometheus, expression, since);
    }
    // Two wait all the time, one on each runner.
    has_data(&prometheus, "min(max_over_time(mite_runner_journeys[5m])) >= 1", since);
    let board = include_str!("../../deploy/grafana/mite.json");
    let board: Value = serde_json::from_str(board).expect("it is JSON");
    let queries = queries(&board);
    assert!(queries.len() > 30, "{queries:?}");
    for expression in &queries {
        has_data(&prometheus, expression, since);
    }
    formats_of(address);
    documented(address);
}

/// docs/metrics.md has a row of each metric that is served, and none that is not.
#[track_caller]
fn documented(address: &str) {
    let (_, plain) = get(address, "/metrics", "text/plain").expect("it is served");
    let text = String::from_utf8(plain).expect("it is text");
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE mite_"));
    let served: BTreeSet<_> = types.filter_map(|line| line.split(' ').next()).collect();
    let rows = include_str!("../../docs/metrics.md").lines();
    let names = rows.filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
    let told: BTreeSet<_> = names
        .flat_map(|cell| cell.split('`'))
        .filter_map(|name| name.strip_prefix("mite_"))
        // Those of a fleet are held against one: tests/fleet/exporter.rs.
        .filter(|name| !name.starts_with("process_") && !name.starts_with("exporter_"))
        .collect();
    assert_eq!(told, served);
}

/// Gauges are at zero, counters stay, and statistics of the test's own are what they were.
#[track_caller]
fn counts_of(prometheus: &Server, results: &Value) {
    let journeys = results["totals"]["journeys"]["started"].as_f64().expect("some started");
    let of_lines = |n: f64| (n, journeys - n);
    let (shopped, waited) = of_lines(140.0);
    for (expression, expected) in [
        ("sum(mite_journeys_total{state=\"started\",journey=\"measured:shops\"})", shopped),
        ("sum(mite_journeys_total{state=\"started\",journey=\"measured:waits\"})", waited),
        ("mite_arrivals_total{scenario_id=\"1\",state=\"scheduled\"}", shopped),
        (
            "sum(mite_transaction_total{had_error=\"True\",transaction=\"__root__ :: pay\"})",
            shopped,
        ),
        (
            "sum(mite_transaction_total{had_error=\"False\",transaction=\"__root__ :: browse\"})",
            shopped,
        ),
        ("mite_journey_error_total{message=\"no \\\"card\\\"\\nin C:\\\\wallet\"}", shopped),
        ("orders{kind=\"new \\\"one\\\"\"}", 2.0 * shopped),
        ("queue_depth", 7.5),
        (
            "histogram_count(mite_request_phase_seconds{phase=\"first_byte\"})",
            2.0 * shopped + waited,
        ),
        ("histogram_count(rows)", shopped),
        ("histogram_sum(rows)", 17.0 * shopped),
        ("histogram_count(sum(mite_response_time_seconds))", 2.0 * shopped),
        ("sum(mite_actual_count)", 0.0),
        ("sum(mite_runner_journeys)", 0.0),
        ("count(mite_runner_journeys)", 2.0),
        ("mite_run_passed", 0.0),
        ("sum(mite_validity)", 1.0),
        ("mite_limit_bound{limit=\"http p99 < 10s\"}", 10.0),
        ("mite_limit_ok{limit=\"http p99 < 10s\"}", 1.0),
        ("mite_run_info{label_branch=\"main\",test=\"measured:measuring\"}", 1.0),
    ] {
        assert_eq!(number(prometheus, expression), Some(expected), "{expression}");
    }
}

/// Those of each request are within 2.2 % of the run's own.
#[track_caller]
fn percentiles_of(prometheus: &Server, results: &Value) {
    let mut checked = 0;
    for series in results["series"].as_array().expect("there are some") {
        let metric = match series["kind"].as_str() {
            Some("request") => "mite_request_duration_seconds{request",
            Some("transaction") => "mite_transaction_duration_seconds{transaction",
            _ => continue,
        };
        let name = series["name"].as_str().expect("it has a name");
        let name = if metric.contains("{transaction") {
            format!("__root__ :: {name}")
        } else {
            name.into()
        };
        for pair in series["service"]["p"].as_array().expect("there are percentiles") {
            let (p, own) = (pair[0].as_f64().unwrap(), pair[1].as_f64().unwrap());
            if p >= 100.0 || p <= 0.0 {
                continue;
            }
            let query = format!("histogram_quantile({}, {metric}=\"{name}\"}})", p / 100.0);
            let theirs = number(prometheus, &query).unwrap_or_else(|| panic!("no {query}"));
            assert!((theirs / own - 1.0).abs() <= 0.022, "{query}: {theirs}, and here {own}");
            checked += 1;
        }
    }
    assert!(checked >= 20, "{checked}");
}

/// All formats say the same, keep their rules, and promtool finds nothing.
#[track_caller]
fn formats_of(address: &str) {
    let served = |accept: &str| get(address, "/metrics", accept).expect("it is served");
    let (head, plain) = served("text/plain");
    assert!(head.contains("text/plain; version=0.0.4; charset=utf-8"), "{head}");
    let text = String::from_utf8(plain.clone()).expect("it is text");
    let samples = formats::text(&text, false);
    let (head, open) = served("application/openmetrics-text; version=1.0.0");
    assert!(head.contains("application/openmetrics-text; version=1.0.0; charset=utf-8"), "{head}");
    let open = String::from_utf8(open).expect("it is text");
    assert_eq!(formats::text(&open, true), samples);
    let (head, proto) = served(
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
    );
    assert!(head.contains("encoding=delimited"), "{head}");
    let (same, natives) = formats::protobuf(&proto);
    assert_eq!(same, samples);
    assert!(natives.len() >= 8, "{natives:?}");
    for (name, native) in natives {
        let (name_only, labels) = name.split_once('{').expect("it has labels");
        let count = samples[&format!("{name_only}_count{{{labels}")];
        let in_buckets: i64 = native.positive.values().chain(native.negative.values()).sum();
        assert_eq!(in_buckets as f64 + native.zero as f64, count, "{name}");
        assert_eq!((native.schema, native.zero_threshold), (5, 1e-6));
    }
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool is missing: run ./test");
    promtool.stdin.take().expect("it is piped").write_all(&plain).expect("it reads");
    let checked = promtool.wait_with_output().expect("it ends");
    let found = String::from_utf8_lossy(&checked.stderr).into_owned();
    // Names that are upstream's, or the test's own, are as they are.
    let kept = ["mite_actual_count", "mite_required_count", "mite_runner_count", "orders "];
    let lint: Vec<_> = found
        .lines()
        .filter(|line| !line.is_empty() && !kept.iter().any(|name| line.starts_with(name)))
        .collect();
    assert!(lint.is_empty(), "{found}");
    assert!(checked.stdout.is_empty(), "{:?}", checked.stdout);
}
