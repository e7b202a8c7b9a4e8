//! Records: kept by the server until a recorder has written them, whatever is killed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use mite_core::fields;
use mite_core::message::{Batch, Message};
use mite_core::msgpack;
use mite_nats::{RawSource, RecordSource, RunName, Watch, keep_records};

use crate::consumer::Process;
use crate::server::{Nats, until};

fn run() -> RunName {
    "rush".parse().unwrap()
}

fn created(n: u64) -> Message {
    Message::new("data_created", 0.0, None, None, &fields! { name: "users", data: n })
}

fn batch(numbers: std::ops::Range<u64>) -> Batch {
    numbers.map(created).collect()
}

/// The records in a file.
fn records(bytes: Vec<u8>) -> Vec<u64> {
    let mut rest = Bytes::from(bytes);
    let mut found = Vec::new();
    while !rest.is_empty() {
        let length = msgpack::value_len(&rest).expect("whole values");
        found.push(msgpack::decode(&rest.split_to(length)).expect("a number"));
    }
    found
}

fn recorder(server: &Nats) -> Process {
    let arguments = ["recorder", "--nats", &server.url, "--run", "rush"];
    let mut recorder = Process::start("misbehaving", &arguments);
    recorder.says("writing records of run rush at nats://127.0.0.1:");
    recorder
}

const FILE: &str = "recorder_data/users.msgpack";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_recorded_before_and_after_the_recorder_came_is_written_once() {
    let server = Nats::start();
    let connection = server.connect().connect().await.unwrap();
    keep_records(&connection, &run()).await.unwrap();
    let mut source = RecordSource::new(&connection, &run(), 1);
    let late = AtomicBool::new(false);
    assert_eq!(source.store(&batch(0..5_000), &late, |_| {}).await, 0);
    let recorder = recorder(&server);
    assert_eq!(source.store(&batch(5_000..6_000), &late, |_| {}).await, 0);
    // Another one is refused: a file cannot be in two places.
    let another = ["recorder", "--nats", &server.url, "--run", "rush"];
    let said = Process::start("misbehaving", &another).ends_with(4);
    assert!(said.contains("another recorder writes the records of run rush"), "{said}");
    Watch::start(&connection, &run()).await.unwrap().over().await;
    let path = recorder.directory().join(FILE);
    let (said, file) = recorder.ends_with_keeping(0, &path);
    assert!(records(file).into_iter().eq(0..6_000));
    assert!(said.contains("6000 records added to recorder_data/users.msgpack"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_record_is_lost_while_the_server_is_killed_and_comes_again() {
    let mut server = Nats::start();
    let connection = server.connect().connect().await.unwrap();
    keep_records(&connection, &run()).await.unwrap();
    let recorder = recorder(&server);
    let of_source = connection.clone();
    let stored = tokio::spawn(async move {
        let mut source = RecordSource::new(&of_source, &run(), 2);
        let late = AtomicBool::new(false);
        let mut given_up = 0;
        for start in (0..40_000).step_by(20) {
            given_up += source.store(&batch(start..start + 20), &late, |_| {}).await;
        }
        given_up
    });
    for n in 1..=3 {
        let path = recorder.directory().join(FILE);
        tokio::task::block_in_place(|| {
            let enough = n * 1_000;
            until("some records", || (std::fs::metadata(&path).ok()?.len() > enough).then_some(()));
            server.kill();
            std::thread::sleep(Duration::from_millis(200));
            server.go_on();
        });
    }
    assert_eq!(stored.await.unwrap(), 0, "nothing was given up");
    assert!(connection.events().connects() >= 2, "{:?}", connection.events());
    let path = recorder.directory().join(FILE);
    tokio::task::block_in_place(|| {
        until("all records", || {
            (records(std::fs::read(&path).ok()?).len() >= 40_000).then_some(())
        });
    });
    Watch::start(&connection, &run()).await.unwrap().over().await;
    let (_, file) = recorder.ends_with_keeping(0, &path);
    assert!(records(file).into_iter().eq(0..40_000), "each once, in order");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recorder_that_is_killed_goes_on_where_it_was() {
    let server = Nats::start();
    let connection = server.connect().connect().await.unwrap();
    keep_records(&connection, &run()).await.unwrap();
    let first = recorder(&server);
    let mut source = RecordSource::new(&connection, &run(), 3);
    let late = AtomicBool::new(false);
    for start in (0..2_000).step_by(10) {
        assert_eq!(source.store(&batch(start..start + 10), &late, |_| {}).await, 0);
        if start == 1_000 {
            first.signal("-KILL");
        }
    }
    let mut whole = records(std::fs::read(first.directory().join(FILE)).unwrap());
    let second = recorder(&server);
    let path = second.directory().join(FILE);
    Watch::start(&connection, &run()).await.unwrap().over().await;
    let (_, file) = second.ends_with_keeping(0, &path);
    let rest = records(file);
    assert!(rest.is_sorted(), "in the order in which they were recorded");
    // What it had written and not yet said so may be there twice; nothing is missing.
    whole.extend(rest);
    whole.sort_unstable();
    whole.dedup();
    assert!(whole.into_iter().eq(0..2_000));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_room_is_waited_for_and_told() {
    let server = Nats::with("jetstream { store_dir: \"store\", max_mem: 1MB, max_file: 300KB }");
    let connection = server.connect().connect().await.unwrap();
    keep_records(&connection, &run()).await.unwrap();
    let (told, says) = std::sync::mpsc::channel();
    let late = std::sync::Arc::new(AtomicBool::new(false));
    let (of_source, given_up) = (connection.clone(), late.clone());
    let stored = tokio::spawn(async move {
        let mut source = RecordSource::new(&of_source, &run(), 4);
        let tell = |why: &str| told.send(why.to_owned()).unwrap();
        let mut lost = 0;
        for start in (0..20_000).step_by(1_000) {
            lost += source.store(&batch(start..start + 1_000), &given_up, tell).await;
        }
        lost
    });
    let why = tokio::task::block_in_place(|| says.recv_timeout(Duration::from_secs(60)).unwrap());
    assert!(why.starts_with("the NATS server cannot keep records: "), "{why}");
    assert!(why.ends_with("; its disk is full, or its max_file too small"), "{why}");
    assert!(!stored.is_finished());
    // A recorder makes room, and everything arrives.
    let recorder = recorder(&server);
    assert_eq!(stored.await.unwrap(), 0);
    Watch::start(&connection, &run()).await.unwrap().over().await;
    let path = recorder.directory().join(FILE);
    let (_, file) = recorder.ends_with_keeping(0, &path);
    assert!(records(file).into_iter().eq(0..20_000));
    assert!(!late.load(Ordering::Relaxed));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_keeps_nothing_says_so() {
    let server = Nats::with("# jetstream is not switched on");
    let connection = server.connect().connect().await.unwrap();
    let refused = keep_records(&connection, &run()).await.unwrap_err();
    assert!(
        refused.text().starts_with("the NATS server cannot keep records: ")
            && refused
                .text()
                .ends_with("; start it with -js, or with `jetstream {}` in its configuration"),
        "{refused}"
    );
    drop(RawSource::start(&connection, &run(), 1).await.unwrap());
}
