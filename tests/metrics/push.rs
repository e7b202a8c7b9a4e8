//! What is pushed: OTLP, InfluxDB, the webhook.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::process::{Command, Stdio};

use mite_tests::{Recording, Scratch, Sent, Server, free_port, get, nginx, until};
use serde_json::{Value, json};

use crate::run::Run;
use crate::servers::post;

/// What `measured:brief` sends: sixty journeys, two requests each.
const REQUESTS: u64 = 120;

fn ok(_: &Sent) -> (u16, String) {
    (200, "{}".to_owned())
}

/// The metric of a push by its name.
#[track_caller]
fn metric<'a>(body: &'a Value, name: &str) -> &'a Value {
    let metrics = &body["resourceMetrics"][0]["scopeMetrics"][0]["metrics"];
    let found = metrics.as_array().expect("there are some").iter().find(|m| m["name"] == name);
    found.unwrap_or_else(|| panic!("no {name} in {metrics:#}"))
}

fn text(attributes: &Value) -> BTreeMap<String, String> {
    let pairs = attributes.as_array().expect("there are some").iter().map(|pair| {
        let value = &pair["value"];
        let value = value["stringValue"].as_str().or(value["intValue"].as_str());
        let key = pair["key"].as_str().expect("it has a name");
        (key.to_owned(), value.expect("it is text or a number as text").to_owned())
    });
    pairs.collect()
}

/// 64-bit numbers are text.
#[track_caller]
fn whole(value: &Value) -> u64 {
    value.as_str().expect("it is text").parse().expect("it is a number")
}

/// What every data point must be, by the format's rules.
#[track_caller]
fn check(body: &Value) {
    let metrics = &body["resourceMetrics"][0]["scopeMetrics"][0]["metrics"];
    for metric in metrics.as_array().expect("there are some") {
        let kinds = ["sum", "gauge", "histogram", "exponentialHistogram"];
        let kind: Vec<_> = kinds.iter().filter(|kind| metric.get(**kind).is_some()).collect();
        let [kind] = kind[..] else { panic!("of one kind: {metric}") };
        let data = &metric[*kind];
        if *kind != "gauge" {
            assert_eq!(data["aggregationTemporality"], 2, "{metric}");
        }
        for point in data["dataPoints"].as_array().expect("there are some") {
            assert!(whole(&point["startTimeUnixNano"]) < whole(&point["timeUnixNano"]));
            text(&point["attributes"]);
            let counts = |of: &Value| -> u64 {
                of.as_array().map_or(0, |counts| counts.iter().map(whole).sum())
            };
            match *kind {
                "histogram" => {
                    let bounds = point["explicitBounds"].as_array().expect("bounds").len();
                    let buckets = point["bucketCounts"].as_array().expect("buckets").len();
                    assert_eq!(buckets, bounds + 1);
                    assert_eq!(counts(&point["bucketCounts"]), whole(&point["count"]));
                }
                "exponentialHistogram" => {
                    let sides = ["positive", "negative"];
                    let all: u64 =
                        sides.iter().map(|side| counts(&point[side]["bucketCounts"])).sum();
                    assert_eq!(all + whole(&point["zeroCount"]), whole(&point["count"]));
                    assert_eq!(point["scale"], 5);
                }
                _ => assert!(point["asDouble"].is_number(), "{point}"),
            }
        }
    }
}

#[test]
fn a_collector_is_told_all_that_the_server_served_and_nothing_of_being_told() {
    let (nginx, collector) = (nginx(), Recording::start(ok));
    let url = format!("http://{}", nginx.address);
    let endpoint = format!("http://{}/otlp", collector.address);
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=se%20cret"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "1000"),
        ("OTEL_RESOURCE_ATTRIBUTES", "team=shop"),
    ];
    let scratch = Scratch::new("otlp");
    let json = scratch.0.join("run.json");
    let json = json.to_str().expect("it is text");
    let (code, log) = Run::start("brief", &url, &["--json", json, "--otlp"], &variables).end();
    assert_eq!(code, 1, "{log}");
    assert!(!log.contains("otlp"), "{log}");
    assert_eq!(nginx.served(), REQUESTS);
    let sent = collector.sent();
    assert!(sent.len() >= 3, "{}", sent.len());
    let mut counted = Vec::new();
    for one in &sent {
        assert_eq!(one.line, "POST /otlp/v1/metrics HTTP/1.1");
        assert_eq!(one.header("content-type"), Some("application/json"));
        assert_eq!(one.header("api-key"), Some("se cret"));
        let body: Value = serde_json::from_str(&one.body).expect("it is JSON");
        check(&body);
        let requests = &metric(&body, "mite.requests")["sum"];
        assert_eq!(requests["isMonotonic"], true);
        let points = requests["dataPoints"].as_array().expect("there are some");
        counted.push(points.iter().map(|p| p["asDouble"].as_f64().expect("a number")).sum::<f64>());
    }
    assert!(counted.is_sorted(), "{counted:?}");
    assert_eq!(counted.last(), Some(&(REQUESTS as f64)));
    let last: Value = serde_json::from_str(&sent.last().expect("some").body).expect("JSON");
    let resource = text(&last["resourceMetrics"][0]["resource"]["attributes"]);
    assert_eq!((&*resource["service.name"], &*resource["team"]), ("mite", "shop"));
    let results = std::fs::read_to_string(json).expect("it was written");
    let results: Value = serde_json::from_str(&results).expect("it is JSON");
    assert_eq!(results["totals"]["requests"], REQUESTS);
    assert_eq!(Some(&*resource["service.instance.id"]), results["run"]["id"].as_str());
    let spread = &metric(&last, "mite.request.duration")["exponentialHistogram"]["dataPoints"];
    let counts: u64 = spread.as_array().expect("some").iter().map(|p| whole(&p["count"])).sum();
    assert_eq!(counts, REQUESTS);
    // Upstream's has bounds, and the names of the conventions where there are some.
    let times = &metric(&last, "mite.http.response.time")["histogram"]["dataPoints"];
    assert_eq!(times[0]["explicitBounds"].as_array().expect("bounds").len(), 15);
    let codes = &metric(&last, "mite.http.response")["sum"]["dataPoints"];
    let labels: Vec<_> =
        codes.as_array().expect("some").iter().map(|p| text(&p["attributes"])).collect();
    assert!(labels.iter().all(|labels| labels["http.request.method"] == "GET"), "{labels:?}");
    let mut codes: Vec<_> =
        labels.iter().map(|labels| &*labels["http.response.status_code"]).collect();
    codes.sort_unstable();
    assert_eq!(codes, ["200", "404"]);
}

#[test]
fn a_target_that_is_gone_is_told_once_and_ends_nothing() {
    let nginx = nginx();
    let url = format!("http://{}", nginx.address);
    let gone = format!("http://127.0.0.1:{}", free_port());
    // Takes connections, and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
    let silent = format!("http://{}", silent.local_addr().map(|a| a.to_string()).expect("one"));
    let arguments = ["--otlp", &gone, "--influxdb", &silent, "--logging-webhook", &gone];
    let variables = [("INFLUXDB_DATABASE", "mite"), ("OTEL_METRIC_EXPORT_INTERVAL", "500")];
    let (code, log) = Run::start("fine", &url, &arguments, &variables).end();
    assert_eq!(code, 0, "{log}");
    let said = |text: &str| log.lines().filter(|line| line.contains(text)).count();
    assert_eq!(said("webhook: the start of the run is not noted there: "), 1, "{log}");
    assert_eq!(said("otlp: ") - said("otlp: the end"), 1, "{log}");
    assert_eq!(said("it is tried again, and the run goes on"), 1, "{log}");
    assert_eq!(said("otlp: the end of the run was not taken: "), 1, "{log}");
    assert_eq!(said("influxdb: the end of the run was not taken: no answer within "), 1, "{log}");
}

#[test]
fn a_target_that_comes_later_has_all_in_the_end() {
    let nginx = nginx();
    let url = format!("http://{}", nginx.address);
    let port = free_port();
    let gone = format!("http://127.0.0.1:{port}");
    let variables = [("OTEL_METRIC_EXPORT_INTERVAL", "500")];
    let mut run = Run::start("brief", &url, &["--otlp", &gone], &variables);
    run.until("it is tried again, and the run goes on");
    let listener = TcpListener::bind(("127.0.0.1", port)).expect("nobody took it");
    let refused = std::sync::atomic::AtomicBool::new(false);
    let collector = Recording::listening(listener, move |_| {
        match refused.swap(true, std::sync::atomic::Ordering::Relaxed) {
            false => (503, "not yet".into()),
            true => (200, json!({ "partialSuccess": { "rejectedDataPoints": "2", "errorMessage": "too old" } }).to_string()),
        }
    });
    let (_, log) = run.end();
    let sent = collector.sent();
    let last: Value = serde_json::from_str(&sent.last().expect("some").body).expect("JSON");
    let points = &metric(&last, "mite.requests")["sum"]["dataPoints"];
    let all: f64 =
        points.as_array().expect("some").iter().filter_map(|p| p["asDouble"].as_f64()).sum();
    assert_eq!(all, REQUESTS as f64);
    assert!(log.contains("otlp: 2 points were not taken: too old"), "{log}");
    assert!(log.contains("failed, and the last did not: nothing is missing at the end"), "{log}");
}

#[test]
fn a_webhook_is_told_of_the_start_before_load_and_of_the_end() {
    let nginx = nginx();
    // The closure lives on, and the server must not.
    let requests = nginx.requests.clone();
    let hook = Recording::start(move |sent| match sent.line.contains("/start ") {
        true => {
            assert_eq!(requests.served(), 0, "nothing was asked for yet");
            (200, json!({ "newid": 7 }).to_string())
        }
        false => (204, String::new()),
    });
    let url = format!("http://{}", nginx.address);
    let place = format!("http://{}/log/", hook.address);
    let variables = [("MITE_LOGGING_URL", place.as_str())];
    let (code, log) = Run::start("fine", &url, &[], &variables).end();
    assert_eq!(code, 0, "{log}");
    assert!(!log.contains("webhook"), "{log}");
    let sent = hook.sent();
    let told: Vec<_> = sent.iter().map(|sent| (sent.line.as_str(), sent.body.as_str())).collect();
    assert_eq!(
        told,
        [
            ("POST /log/start HTTP/1.1", r#"{"testname":"measured:fine"}"#),
            ("POST /log/end HTTP/1.1", r#"{"id":7}"#),
        ]
    );
    assert_eq!(sent[0].header("content-type"), Some("application/json"));
}

/// InfluxDB 1.6, with a database `mite`.
fn influxd() -> Server {
    let scratch = Scratch::new("influxd");
    let (port, other) = (free_port(), free_port());
    let dir = |name: &str| scratch.0.join(name).display().to_string();
    let config = format!(
        "reporting-disabled = true\nbind-address = \"127.0.0.1:{other}\"\n[meta]\ndir = \"{}\"\n[data]\ndir = \"{}\"\nwal-dir = \"{}\"\n[http]\nbind-address = \"127.0.0.1:{port}\"\nlog-enabled = false\n",
        dir("meta"),
        dir("data"),
        dir("wal"),
    );
    let file = scratch.write("influxdb.conf", &config);
    let child = Command::new("influxd")
        .arg("-config")
        .arg(&file)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("influxd is missing: run ./test");
    let address = format!("127.0.0.1:{port}");
    let server = Server::of(child, address.clone(), scratch);
    until("InfluxDB", || get(&address, "/ping", "*/*").filter(|(head, _)| head.contains(" 204 ")));
    let made = post(&address, "/query?q=CREATE%20DATABASE%20mite").expect("it answers");
    assert!(made.contains(" 200 "), "{made}");
    server
}

/// The rows of a query: their tags, and the values of the first row of each.
#[track_caller]
fn select(influxd: &Server, query: &str) -> Vec<(Value, Vec<Value>)> {
    let text: String = query.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let path = format!("/query?db=mite&q={text}");
    let (_, body) = get(&influxd.address, &path, "application/json").expect("it answers");
    let answer: Value = serde_json::from_slice(&body).expect("it answers in JSON");
    let series = answer["results"][0]["series"].as_array();
    let series = series.unwrap_or_else(|| panic!("{query}: {answer}"));
    let row = |one: &Value| {
        let values = one["values"][0].as_array().expect("there are values");
        (one["tags"].clone(), values[1..].to_vec())
    };
    series.iter().map(row).collect()
}

#[test]
fn a_real_influxdb_holds_what_the_server_served() {
    let (nginx, influxd) = (nginx(), influxd());
    let url = format!("http://{}", nginx.address);
    let place = format!("http://{}", influxd.address);
    let variables = [("INFLUXDB_VERSION", "1"), ("INFLUXDB_DATABASE", "mite")];
    let scratch = Scratch::new("influx");
    let json = scratch.0.join("run.json");
    let json = json.to_str().expect("it is text");
    let arguments = ["--influxdb", &place, "--json", json];
    let (code, log) = Run::start("brief", &url, &arguments, &variables).end();
    assert_eq!(code, 1, "{log}");
    assert!(!log.contains("influxdb"), "{log}");
    let results = std::fs::read_to_string(json).expect("it was written");
    let results: Value = serde_json::from_str(&results).expect("it is JSON");
    // Differences add up to the sum, which is the last.
    let sums = select(
        &influxd,
        "SELECT SUM(value), MAX(value_cumulative) FROM mite_http_response_total GROUP BY response_code, transaction",
    );
    let expected = [("200", "__root__ :: browse"), ("404", "__root__ :: pay")];
    for ((tags, values), (code, transaction)) in sums.iter().zip(expected) {
        assert_eq!(*tags, json!({ "response_code": code, "transaction": transaction }));
        assert_eq!(*values, [json!(60), json!(60)]);
    }
    let counts = select(
        &influxd,
        "SELECT SUM(count), MAX(count_cumulative) FROM mite_http_response_time_seconds_summary GROUP BY transaction",
    );
    assert_eq!(
        counts.iter().map(|(_, n)| n.clone()).collect::<Vec<_>>(),
        vec![vec![json!(60), json!(60)]; 2]
    );
    let errors = select(
        &influxd,
        "SELECT SUM(value) FROM mite_journey_error_total WHERE message = 'no \"card\"\\\\nin C:\\\\wallet'",
    );
    assert_eq!(errors[0].1, [json!(60)]);
    let own = select(&influxd, "SELECT SUM(value) FROM orders WHERE kind = 'new \"one\"'");
    assert_eq!(own[0].1, [json!(120)]);
    let runners = select(&influxd, "SELECT FIRST(value), LAST(value) FROM mite_runner_count");
    assert_eq!(runners[0].1, [json!(2), json!(0)]);
    let series = results["series"].as_array().expect("there are some").iter();
    let request = series.clone().find(|s| s["name"] == "GET /hello").expect("it was sent");
    let p99 = request["service"]["p"]
        .as_array()
        .expect("some")
        .iter()
        .find(|p| p[0] == 99.0 || p[0] == 99);
    let own = p99.expect("it is there")[1].as_f64().expect("a number");
    let theirs = select(
        &influxd,
        "SELECT LAST(p99_cumulative) FROM mite_request_duration_seconds_summary WHERE request = 'GET /hello'",
    );
    let theirs = theirs[0].1[0].as_f64().expect("a number");
    assert!((theirs / own - 1.0).abs() <= 0.022, "{theirs}, and here {own}");
}

#[test]
fn newer_influxdbs_are_spoken_to_by_their_own_paths() {
    let nginx = nginx();
    let url = format!("http://{}", nginx.address);
    let v2 = [("INFLUXDB_BUCKET", "load tests"), ("INFLUXDB_ORG", "sky"), ("INFLUXDB_TOKEN", "t1")];
    let v3 = [("INFLUXDB_DATABASE", "mite"), ("INFLUXDB_TOKEN", "t2")];
    for (variables, line, token) in [
        (
            &v2[..],
            "POST /api/v2/write?org=sky&bucket=load%20tests&precision=ns HTTP/1.1",
            "Token t1",
        ),
        (&v3[..], "POST /api/v3/write_lp?db=mite&precision=nanosecond HTTP/1.1", "Bearer t2"),
    ] {
        let influx = Recording::start(|_| (204, String::new()));
        let place = format!("http://{}", influx.address);
        let (code, log) = Run::start("fine", &url, &["--influxdb", &place], variables).end();
        assert_eq!(code, 0, "{log}");
        let sent = influx.sent();
        assert!(!sent.is_empty());
        for one in sent {
            assert_eq!((one.line.as_str(), one.header("authorization")), (line, Some(token)));
            assert!(
                one.body
                    .lines()
                    .all(|line| line.split(' ').next_back().is_some_and(|at| at.len() == 19))
            );
        }
    }
}

#[test]
fn what_makes_no_sense_is_told_before_load() {
    let nginx = nginx();
    let url = format!("http://{}", nginx.address);
    for (arguments, variables, why) in [
        (
            ["--otlp", "localhost:4318"],
            [("A", "b")],
            "--otlp `localhost:4318` is no URL; write http://host:port",
        ),
        (["--influxdb", "http://127.0.0.1:1"], [("A", "b")], "--influxdb needs INFLUXDB_DATABASE"),
        (["--logging-webhook", "x"], [("A", "b")], "--logging-webhook `x` is no URL"),
        (
            ["--otlp", "http://127.0.0.1:1"],
            [("OTEL_EXPORTER_OTLP_HEADERS", "secret")],
            "OTEL_EXPORTER_OTLP_HEADERS is no list of pairs",
        ),
        (
            ["--prometheus-address", ":0"],
            [("MITE_HTTP_HISTOGRAM_BUCKETS", "1,x")],
            "MITE_HTTP_HISTOGRAM_BUCKETS: `x` is not a number of seconds",
        ),
    ] {
        let (code, log) = Run::start("fine", &url, &arguments, &variables).end();
        assert_eq!(code, 2, "{log}");
        assert!(log.contains(why) && !log.contains("secret"), "{log}");
    }
    assert_eq!(nginx.served(), 0);
}
