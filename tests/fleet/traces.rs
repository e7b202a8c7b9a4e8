//! Traces of journeys that run in other processes.

use std::collections::{BTreeMap, BTreeSet};

use mite_tests::Recording;
use serde_json::Value;

use crate::process::Started;
use crate::server::{Nats, program};

/// Spans that were sent, and by how many processes.
fn spans(collector: &Recording) -> (Vec<Value>, usize) {
    let (mut all, mut senders) = (Vec::new(), BTreeSet::new());
    for sent in collector.sent() {
        assert_eq!(sent.line, "POST /v1/traces HTTP/1.1");
        let body: Value = serde_json::from_str(&sent.body).expect("it is JSON");
        let resource = &body["resourceSpans"][0]["resource"]["attributes"];
        let of_process = resource.as_array().into_iter().flatten();
        let ids = of_process.filter(|pair| pair["key"] == "service.instance.id");
        senders.extend(ids.map(|id| id["value"].to_string()));
        let spans = &body["resourceSpans"][0]["scopeSpans"][0]["spans"];
        all.extend(spans.as_array().expect("there are some").iter().cloned());
    }
    (all, senders.len())
}

#[test]
fn each_process_sends_the_spans_of_its_own_journeys() {
    let nats = Nats::start();
    let collector = Recording::start(|_| (200, "{}".into()));
    let url = format!("http://{}", collector.address);
    let words = ["runner", "--nats", &nats.url, "--runners", "1", "--otlp", &url];
    let words = [&words[..], &["--trace-sample", "100%"]].concat();
    let runners: Vec<_> = (0..2).map(|_| Started::new("fleet", &words)).collect();
    let options = ["--min-runners", "2"];
    let ran = Started::controller(&nats, "two_hundred", &options).ended().expect(1);
    assert_eq!(ran.results()["totals"]["journeys"]["started"], 200);
    for runner in runners {
        runner.ended().expect(0).shows(" spans were taken");
    }
    let (spans, senders) = spans(&collector);
    assert_eq!((spans.len(), senders), (400, 2));
    let mut traces = BTreeMap::<&str, Vec<&str>>::new();
    let mut of_runners = BTreeSet::new();
    for span in &spans {
        let text = |key: &str| span[key].as_str().expect("it is text");
        traces.entry(text("traceId")).or_default().push(text("name"));
        let attributes = span["attributes"].as_array().into_iter().flatten();
        let runner = attributes.filter(|pair| pair["key"] == "mite.runner");
        of_runners.extend(runner.map(|pair| pair["value"]["intValue"].to_string()));
    }
    assert_eq!((traces.len(), of_runners.len()), (200, 2), "{of_runners:?}");
    for names in traces.values_mut() {
        names.sort_unstable();
        assert_eq!(*names, ["journey.fleet:visit", "transaction.visit"]);
    }
}

#[test]
fn a_fleet_of_one_command_traces_and_a_controller_says_who_does() {
    let collector = Recording::start(|_| (200, "{}".into()));
    let url = format!("http://{}", collector.address);
    let words = ["fleet", "up", "fleet:two_hundred", "--runners", "2"];
    let words = [&words[..], &["--trace-sample", "1", "--otlp", &url]].concat();
    let server = program().display().to_string();
    Started::with("fleet", &words, &[("MITE_NATS_SERVER", &server)]).ended().expect(1);
    let sent = collector.sent().into_iter().filter(|sent| sent.line.contains("/v1/traces"));
    let spans = sent.map(|sent| sent.body.matches("\"spanId\"").count()).sum::<usize>();
    assert_eq!(spans, 400);
    let nats = Nats::start();
    let refused = Started::controller(&nats, "two_hundred", &["--trace-sample", "1%"]).ended();
    refused.expect(2).shows("give it, and where --otlp goes, to each `runner`");
}
