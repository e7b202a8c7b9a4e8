//! Messages and records of whole fleets: controller, processes of runners, and consumers.

use std::time::Duration;

use bytes::Bytes;
use mite_core::message::Message;
use mite_core::msgpack;

use crate::consumer::Process;
use crate::process::Started;
use crate::server::{Nats, until};

fn values(bytes: Vec<u8>) -> Vec<Bytes> {
    let mut rest = Bytes::from(bytes);
    let mut found = Vec::new();
    while !rest.is_empty() {
        let length = msgpack::value_len(&rest).expect("whole values");
        found.push(rest.split_to(length));
    }
    found
}

fn consumer(nats: &Nats, command: &str, more: &[&str]) -> Process {
    let mut consumer = Process::start("fleet", &[&[command, "--nats", &nats.url], more].concat());
    consumer.says(" of run mite at nats://127.0.0.1:");
    consumer
}

#[test]
fn a_collector_has_every_message_of_every_runner_and_of_the_controller() {
    let nats = Nats::start();
    let collector = consumer(&nats, "collector", &[]);
    let runners = [Started::runner(&nats, 1), Started::runner(&nats, 1)];
    let controller = Started::controller(&nats, "two_hundred", &["--min-runners", "2"]);
    controller.ended().expect(1);
    runners.into_iter().for_each(|runner| drop(runner.ended().expect(0)));
    let path = collector.directory().join("collector_data/current");
    let (_, file) = collector.ends_with_keeping(0, &path);
    let messages: Vec<_> = values(file).into_iter().filter_map(Message::from_bytes).collect();
    let named = |name: &str| {
        let name = name.to_owned();
        messages.iter().filter(|m| m.get("transaction").as_ref() == Some(&name)).count()
    };
    // Each fails or not; those that fail say so by a message more.
    let transactions = messages.iter().filter(|m| m.kind() == "txn").count();
    assert_eq!(transactions, 2 * 200, "each journey, and the transaction in it");
    assert_eq!(named("__root__ :: visit"), 200 + 20);
    let mut runners: Vec<u64> = messages.iter().filter_map(|m| m.get("runner_id")).collect();
    runners.sort_unstable();
    runners.dedup();
    assert_eq!(runners, [1, 2]);
    assert!(messages.iter().any(|m| m.kind() == "controller_report"));
}

#[test]
fn a_consumer_that_is_too_slow_fails_the_run_by_its_name() {
    let nats = Nats::start();
    let stuck = consumer(&nats, "receiver", &["fleet:choking"]);
    let runner = Started::runner(&nats, 1);
    let controller = Started::controller(&nats, "wordy", &["--duration", "6s"]);
    let ran = controller.ended().expect(1);
    let line = "receiver-fleet-choking (";
    assert!(ran.err.contains(line) && ran.err.contains(" missed "), "{}{}", ran.out, ran.err);
    runner.ended().expect(0);
    let ended = stuck.ended();
    assert_eq!(ended.code, Some(1), "{}", ended.said);
    assert!(
        ended.said.contains("message processor fleet:choking was too slow: "),
        "{}",
        ended.said
    );
}

#[test]
fn no_record_is_lost_while_the_server_is_killed_under_a_fleet() {
    let mut nats = Nats::start();
    let recorder = consumer(&nats, "recorder", &[]);
    let runners = [Started::runner(&nats, 1), Started::runner(&nats, 1)];
    let controller = Started::controller(&nats, "recorded", &["--min-runners", "2"]);
    let path = recorder.directory().join("recorder_data/kept.msgpack");
    let count = || std::fs::read(&path).map_or(0, |bytes| values(bytes).len());
    until("some records", || (count() > 200).then_some(()));
    nats.kill();
    std::thread::sleep(Duration::from_millis(500));
    nats.go_on();
    let results = controller.ended().expect(0).results();
    assert_eq!(results["totals"]["journeys"]["finished"], 2_000);
    runners.into_iter().for_each(|runner| drop(runner.ended().expect(0)));
    let (_, file) = recorder.ends_with_keeping(0, &path);
    let mut kept: Vec<u64> =
        values(file).iter().filter_map(|value| msgpack::decode(value).ok()).collect();
    kept.sort_unstable();
    assert!(kept.into_iter().eq(0..2_000), "each once");
}

#[test]
fn with_a_directory_of_its_own_a_runner_records_there() {
    let nats = Nats::start();
    let scratch = crate::server::Scratch::new("records");
    let directory = scratch.0.display().to_string();
    let arguments = ["runner", "--nats", &nats.url, "--runners", "1", "--recorder-dir", &directory];
    let runner = Started::new("fleet", &arguments);
    Started::controller(&nats, "recorded", &[]).ended().expect(0);
    runner.ended().expect(0).shows("2000 records added to ");
    let kept = std::fs::read(scratch.0.join("kept.msgpack")).unwrap();
    assert_eq!(values(kept).len(), 2_000);
}
