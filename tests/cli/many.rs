//! More names than can all be shown: what each output has of them is bounded, and says so.

use std::time::{Duration, Instant};

use mite_tests::Scratch;
use serde_json::Value;

use crate::web::{body, get, serving_of, status};

const LONG: Duration = Duration::from_secs(120);

/// So many pages, each a transaction of its own name.
const PAGES: usize = 2_500;

/// The whole journey has a row, too.
const SERIES: usize = PAGES + 1;

/// The samples of a metric: its labels, and the number.
fn samples<'a>(metrics: &'a str, name: &str) -> Vec<(&'a str, f64)> {
    let lines = metrics.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix('{'));
    let pairs = lines.filter_map(|line| line.rsplit_once("} "));
    pairs.map(|(labels, n)| (labels, n.parse().expect("a number"))).collect()
}

#[test]
fn thousands_of_transactions_are_bounded_in_every_output_and_it_is_said() {
    let files = Scratch::new("catalogue");
    let (json, html) = (files.file("run.json"), files.file("run.html"));
    let pages = format!("pages={PAGES}");
    let arguments = [
        &["scenario", "test", "catalogue:catalogue", "--add-to-config", &pages],
        &["--add-to-config", "length=12", "--web-address", ":0", "--linger", "10m"][..],
        &["--json", &json, "--html", &html],
    ];
    let (mut run, address) = serving_of("catalogue", &arguments.concat());

    // While it goes on: the page has the rows with the most time, and says how many it has not.
    let limit = Instant::now() + LONG;
    let told = loop {
        let answer = get(&address, "/run.json?since=0");
        let told: Value = serde_json::from_str(body(&answer)).expect("it is JSON");
        if told["run"]["truncated"]["unlisted_series"] == SERIES - 200 || Instant::now() > limit {
            break told;
        }
        std::thread::sleep(Duration::from_millis(500));
    };
    let run_so_far = &told["run"];
    assert_eq!(run_so_far["truncated"]["unlisted_series"], SERIES - 200);
    let rows = |document: &Value, kind: &str| {
        let series = document["series"].as_array().expect("rows").iter();
        series.filter(|series| series["kind"] == kind).count()
    };
    assert_eq!(rows(run_so_far, "transaction") + rows(run_so_far, "journey"), 200);
    assert!(run_so_far["windows"]["series"].as_object().expect("windows").len() <= 53);
    let report = get(&address, "/report.html");
    assert!(report.len() < 2_000_000 && status(&report) == "200", "{}", report.len());
    let whole = get(&address, "/run.json?since=0").len();
    let second = get(&address, "/run.json?since=100000").len();
    assert!(second < whole && whole < 2_000_000, "{whole} {second}");

    // Metrics: as many sets of labels as asked for, and the rest as one.
    run.err_until("stays for 10 min");
    let metrics = get(&address, "/metrics");
    let counts = samples(&metrics, "mite_transaction_total");
    assert!((1_900..=2_002).contains(&counts.len()), "{}", counts.len());
    let overflow = counts.iter().filter(|(labels, _)| labels.contains("__overflow__"));
    let overflow: f64 = overflow.map(|(_, n)| n).sum();
    assert!(overflow > 0.0);
    let inner = counts.iter().filter(|(labels, _)| !labels.contains("transaction=\"__root__\""));
    let inner: f64 = inner.map(|(_, n)| n).sum();

    // Files: all rows with their counts, and a course for those with the most time.
    let document: Value = serde_json::from_str(&files.read("run.json")).expect("it is JSON");
    assert_eq!((rows(&document, "transaction"), rows(&document, "journey")), (PAGES, 1));
    assert_eq!(document["totals"]["transactions"], inner as u64, "what is served adds up to it");
    assert_eq!(document["truncated"]["windows_of_series"], SERIES - 50);
    assert_eq!(document["windows"]["series"].as_object().expect("windows").len(), 53);
    let html = files.read("run.html");
    assert!(html.len() < 2_000_000, "{}", html.len());
    let said = format!("100 of {PAGES} are shown, those with most time.");
    assert!(html.contains(&said), "no {said:?}");

    // Of a run that has ended the page is told what a report holds.
    let answer = get(&address, "/run.json?since=0");
    assert!(answer.len() < 2_000_000, "{}", answer.len());
    let told: Value = serde_json::from_str(body(&answer)).expect("it is JSON");
    assert_eq!(told["state"], "ended");
    let left_out = told["left_out"].as_str().unwrap_or_default();
    assert_eq!(left_out.is_empty(), document == told["run"], "{left_out}");

    run.interrupt();
    let ended = run.end(LONG).expect(0);
    let more = ended.out.lines().find(|line| line.starts_with("… and ")).expect("it is said");
    assert_eq!(more.split(" transactions").next(), Some("… and 2471"), "{more}");
    let named = ended.out.lines().filter(|line| line.trim_start().starts_with("page ")).count();
    assert_eq!(named, 29, "{}", ended.out);
}
