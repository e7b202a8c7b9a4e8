//! Traces: what a service is told of them, and what a collector gets.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::{Command, Stdio};

use mite_tests::{Recording, Scratch, Sent, free_port, root};
use serde_json::{Value, json};

use crate::run::Run;

/// `measured:brief` has sixty journeys of two transactions with a request each.
const JOURNEYS: usize = 60;

/// A service with one page.
fn service() -> (Recording, String) {
    let service = Recording::start(|sent| match sent.line.contains("/hello") {
        true => (200, "hi".into()),
        false => (404, "nothing".into()),
    });
    let url = format!("http://{}", service.address);
    (service, url)
}

fn collector() -> (Recording, String) {
    let collector = Recording::start(|_| (200, "{}".into()));
    let endpoint = format!("http://{}", collector.address);
    (collector, endpoint)
}

/// All spans that were sent, in OpenTelemetry's JSON.
fn spans(sent: &[Sent]) -> Vec<Value> {
    let mut all = Vec::new();
    for one in sent {
        assert_eq!(one.line, "POST /v1/traces HTTP/1.1");
        assert_eq!(one.header("content-type"), Some("application/json"));
        let body: Value = serde_json::from_str(&one.body).expect("it is JSON");
        let spans = &body["resourceSpans"][0]["scopeSpans"][0]["spans"];
        all.extend(spans.as_array().expect("there are some").iter().cloned());
    }
    all
}

fn text<'a>(span: &'a Value, key: &str) -> &'a str {
    span[key].as_str().unwrap_or_else(|| panic!("no text {key} in {span:#}"))
}

/// Attributes by name, with the kind of their value.
fn attributes(of: &Value) -> BTreeMap<String, Value> {
    let pairs = of["attributes"].as_array().expect("there are some").iter();
    pairs.map(|pair| (text(pair, "key").to_owned(), pair["value"].clone())).collect()
}

/// The trace, the span and the flags that each request had.
fn told(service: &Recording) -> Vec<(String, String, String)> {
    let sent = service.sent();
    let parents = sent.iter().filter_map(|sent| sent.header("traceparent"));
    let parts = parents.map(|parent| {
        let parts: Vec<_> = parent.split('-').collect();
        let [version, trace, span, flags] = parts[..] else { panic!("{parent}") };
        assert_eq!((version, trace.len(), span.len()), ("00", 32, 16), "{parent}");
        (trace.to_owned(), span.to_owned(), flags.to_owned())
    });
    parts.collect()
}

/// How many spans OpenTelemetry's own classes read, to which an unknown key is an error.
fn read_by_opentelemetry(sent: &[Sent]) -> String {
    let root = root().display();
    let mut python = Command::new("python3")
        .arg(format!("{root}/tests/metrics/read_traces.py"))
        .env("PYTHONPATH", format!("{root}/target/tools/opentelemetry"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("there is Python");
    let mut input = python.stdin.take().expect("it is piped");
    for one in sent {
        writeln!(input, "{}", one.body).expect("it reads");
    }
    drop(input);
    let output = python.wait_with_output().expect("it ends");
    String::from_utf8(output.stdout).expect("it is text").trim().to_owned()
}

#[test]
fn each_journey_is_a_trace_that_the_service_is_a_part_of() {
    let ((service, url), (collector, endpoint)) = (service(), collector());
    let scratch = Scratch::new("traces");
    let json = scratch.0.join("run.json");
    let json = json.to_str().expect("it is text");
    let arguments = ["--trace-sample", "100%", "--json", json];
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=se%20cret"),
        ("OTEL_SERVICE_NAME", "load"),
    ];
    let (code, log) = Run::start("brief", &url, &arguments, &variables).end();
    assert_eq!(code, 1, "{log}");
    assert!(log.contains(&format!("traces: {} spans were taken", 5 * JOURNEYS)), "{log}");
    let sent = collector.sent();
    assert!(sent.iter().all(|one| one.header("api-key") == Some("se cret")));
    assert_eq!(read_by_opentelemetry(&sent), (5 * JOURNEYS).to_string());
    let first: Value = serde_json::from_str(&sent[0].body).expect("JSON");
    let resource = attributes(&first["resourceSpans"][0]["resource"]);
    assert_eq!(resource["service.name"], json!({ "stringValue": "load" }));
    assert_eq!(resource["mite.test"], json!({ "stringValue": "measured:brief" }));

    let mut traces = BTreeMap::<String, BTreeMap<String, Value>>::new();
    for span in spans(&sent) {
        let (trace, name) = (text(&span, "traceId").to_owned(), text(&span, "name").to_owned());
        let known = traces.entry(trace).or_default().insert(name, span);
        assert!(known.is_none(), "{known:?}");
    }
    assert_eq!(traces.len(), JOURNEYS);
    let mut clients = BTreeSet::new();
    for (trace, spans) in &traces {
        let [journey, browse, pay, hello, missing] = [
            "journey.measured:shops",
            "transaction.browse",
            "transaction.pay",
            "GET /hello",
            "GET /missing",
        ]
        .map(|name| spans.get(name).unwrap_or_else(|| panic!("no {name} in {spans:#?}")));
        assert_eq!((spans.len(), journey.get("parentSpanId")), (5, None));
        for (inner, outer) in [(browse, journey), (pay, journey), (hello, browse), (missing, pay)] {
            assert_eq!(inner["parentSpanId"], outer["spanId"]);
            let at = |span: &Value, key: &str| text(span, key).parse::<u64>().expect("a number");
            // Half a microsecond is what a float of seconds leaves.
            assert!(at(outer, "startTimeUnixNano") <= at(inner, "startTimeUnixNano") + 1_000);
            assert!(at(inner, "startTimeUnixNano") <= at(inner, "endTimeUnixNano"));
            assert!(at(inner, "endTimeUnixNano") <= at(outer, "endTimeUnixNano") + 1_000);
        }
        for (span, kind, code) in
            [(journey, 1, 2), (browse, 1, 0), (pay, 1, 2), (hello, 3, 0), (missing, 3, 2)]
        {
            let status = span["status"]["code"].as_u64().unwrap_or(0);
            assert_eq!((span["kind"].as_u64(), status), (Some(kind), code), "{span:#}");
            assert_eq!(span["flags"], 1);
        }
        for failed in [journey, pay] {
            assert_eq!(failed["events"][0]["name"], "exception");
            let exception = attributes(&failed["events"][0]);
            let message = "no \"card\"\nin C:\\wallet";
            assert_eq!(exception["exception.message"]["stringValue"], message);
            assert_eq!(failed["status"]["message"], message);
        }
        let of = attributes(hello);
        for (key, value) in [
            ("http.request.method", json!({ "stringValue": "GET" })),
            ("http.response.status_code", json!({ "intValue": "200" })),
            ("url.full", json!({ "stringValue": format!("{url}/hello") })),
            ("server.address", json!({ "stringValue": "127.0.0.1" })),
            ("network.protocol.version", json!({ "stringValue": "1.1" })),
            ("http.response.body.size", json!({ "intValue": "2" })),
        ] {
            assert_eq!(of[key], value, "{key}");
        }
        assert!(of["mite.phase.first_byte"]["doubleValue"].as_f64().expect("a number") > 0.0);
        // Of an open line, of the first of each.
        let of = attributes(journey);
        assert!(of["mite.intended_start_time"]["doubleValue"].as_f64().expect("one") > 1e9);
        assert_eq!(of["mite.journey.name"], json!({ "stringValue": "measured:shops" }));
        assert_eq!(attributes(missing)["error.type"], json!({ "stringValue": "404" }));
        for client in [hello, missing] {
            clients.insert((trace.clone(), text(client, "spanId").to_owned(), "01".to_owned()));
        }
    }
    let told = told(&service);
    assert_eq!((told.len(), told.into_iter().collect::<BTreeSet<_>>()), (2 * JOURNEYS, clients));
    let results = std::fs::read_to_string(json).expect("it was written");
    let results: Value = serde_json::from_str(&results).expect("it is JSON");
    let exemplars = results["exemplars"].as_array().expect("there are some");
    assert!(exemplars.len() >= 6, "{exemplars:?}");
    assert!(exemplars.iter().all(|e| traces.contains_key(text(e, "trace_id"))), "{exemplars:?}");
}

/// The flags of the requests of a run, and its spans.
fn sampled(arguments: &[&str]) -> (Vec<String>, usize) {
    let ((service, url), (collector, endpoint)) = (service(), collector());
    let arguments = [&["--seed", "11", "--otlp", &endpoint][..], arguments].concat();
    let (_, log) = Run::start("brief", &url, &arguments, &[]).end();
    let sent: Vec<_> =
        collector.sent().into_iter().filter(|sent| !sent.line.contains("metrics")).collect();
    assert!(!log.contains("were not taken"), "{log}");
    let mut flags: Vec<_> = told(&service).into_iter().map(|(.., flags)| flags).collect();
    flags.sort_unstable();
    (flags, spans(&sent).len())
}

#[test]
fn a_share_is_sampled_by_the_seed_and_the_others_say_so_only_if_asked() {
    let (flags, spans) = sampled(&["--trace-sample", "40%"]);
    let n = flags.len();
    // Of sixty, within four standard deviations.
    assert!((18..=78).contains(&n) && flags.iter().all(|flags| flags == "01"), "{n}");
    assert_eq!(spans * 2, n * 5);
    let (all, same) = sampled(&["--trace-sample", "0.4", "--trace-unsampled"]);
    assert_eq!((all.len(), same), (2 * JOURNEYS, spans));
    assert_eq!(all.iter().filter(|flags| *flags == "01").count(), n);
    assert_eq!(all.iter().filter(|flags| *flags == "00").count(), 2 * JOURNEYS - n);
    assert_eq!(sampled(&[]), (vec![], 0));
}

#[test]
fn a_collector_that_is_gone_is_told_once_and_what_was_lost_is_counted() {
    let (_service, url) = service();
    let gone = format!("http://127.0.0.1:{}", free_port());
    let variables = [("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", gone.as_str())];
    let (code, log) = Run::start("fine", &url, &["--trace-sample", "1"], &variables).end();
    assert_eq!(code, 0, "{log}");
    assert_eq!(log.matches("it is tried again, and the run goes on").count(), 1, "{log}");
    // Twenty journeys, with a transaction and a request each.
    assert!(log.contains("traces: 60 of 60 spans were not taken: "), "{log}");
}

#[test]
fn what_a_collector_refuses_is_counted() {
    let (_service, url) = service();
    let collector = Recording::start(|_| {
        let partial = json!({ "rejectedSpans": "1", "errorMessage": "too old" });
        (200, json!({ "partialSuccess": partial }).to_string())
    });
    let endpoint = format!("http://{}", collector.address);
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
        ("OTEL_TRACES_SAMPLER_ARG", "1.0"),
    ];
    // The sampler of the environment holds where OTLP is asked for.
    let (_, log) = Run::start("fine", &url, &["--otlp"], &variables).end();
    let traces = collector.sent().iter().filter(|sent| sent.line.contains("traces")).count();
    let refused = format!("traces: {traces} of 60 spans were not taken: too old");
    assert!(log.contains(&refused), "no {refused:?} in {log}");
    let (code, log) = Run::start("fine", &url, &["--trace-sample", "2"], &[]).end();
    assert_eq!(code, 2);
    assert!(log.contains("`2` is not between 0 and 100 %"), "{log}");
}
