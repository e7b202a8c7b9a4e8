//! Runs whose NATS server goes away for a while, or for good.

use std::time::{Duration, Instant};

use crate::process::Started;
use crate::server::Nats;

#[test]
fn an_outage_shorter_than_the_runner_timeout_costs_nobody_the_run() {
    let mut nats = Nats::start();
    let runner = Started::runner(&nats, 1);
    // Longer than the controller may lead without having renewed its lease.
    let options = ["--runner-timeout", "6s", "--add-to-config", "seconds:16"];
    let controller = Started::controller(&nats, "arrivals", &options);
    controller.says("00:04 ");
    nats.kill();
    std::thread::sleep(Duration::from_secs(4));
    nats.go_on();
    let ran = controller.ended().expect(0);
    runner.ended().expect(0);
    assert!(!ran.err.contains("is lost"), "{}", ran.err);
    let results = ran.results();
    let line = &results["lines"][0];
    let of = |value: &serde_json::Value| value.as_u64().unwrap_or(0);
    let dropped = line["dropped"].as_object().expect("it is there");
    assert!(!dropped.contains_key("lost"), "{line}");
    let dropped: u64 = dropped.values().map(of).sum();
    assert_eq!((of(&line["scheduled"]), of(&line["started"]) + dropped), (1_600, 1_600), "{line}");
    // What could not be granted while the server was away, and is again once it is back.
    assert!(dropped <= 500, "{line}");
    assert_eq!(results["totals"]["journeys"]["finished"], line["started"], "{line}");
}

#[test]
fn a_run_whose_server_has_gone_for_good_ends_and_is_reported() {
    let mut nats = Nats::start();
    let runner = Started::runner(&nats, 1);
    let options = [
        "--runner-timeout",
        "2s",
        "--max-loop-delay",
        "500ms",
        "--wait",
        "4s",
        "--add-to-config",
        "seconds:12",
    ];
    let controller = Started::controller(&nats, "arrivals", &options);
    controller.says("00:02 ");
    nats.kill();
    let ran = controller.ended();
    let (code, results) = (ran.code, ran.results());
    assert!(matches!(code, Some(1 | 4)), "{code:?}: {}{}", ran.out, ran.err);
    // What was heard until then.
    let started = results["lines"][0]["started"].as_u64();
    assert!(started >= Some(100), "{results}");
    assert_eq!(runner.ended().code, Some(4));
}

#[test]
fn a_runner_that_is_told_to_end_while_its_server_is_away_does_so_at_once() {
    let mut nats = Nats::start();
    let runner = Started::runner(&nats, 1);
    let controller = Started::controller(&nats, "arrivals", &["--add-to-config", "seconds:60"]);
    controller.says("00:02 ");
    nats.kill();
    runner.says("connection to NATS was lost");
    runner.signal("TERM");
    runner.says("leaves the run");
    let told = Instant::now();
    // The second one waits for nobody.
    runner.signal("TERM");
    runner.ended().expect(143);
    assert!(told.elapsed() < Duration::from_secs(20), "it took {:?}", told.elapsed());
    drop(controller);
}
