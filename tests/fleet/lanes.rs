//! Raw messages: from this process, as if it were one of runners, to real consumers.

use std::time::Duration;

use bytes::Bytes;
use mite_core::fields;
use mite_core::message::{Batch, Message};
use mite_core::msgpack;
use mite_nats::{Connection, RawSource, RunName, Watch};

use crate::consumer::{Ended, Process};
use crate::server::{Nats, Scratch, until};

fn run() -> RunName {
    "rush".parse().unwrap()
}

fn message(kind: &str, n: u64) -> Message {
    Message::new(kind, n as f64, None, None, &fields! { n })
}

fn batch(kind: &str, numbers: std::ops::Range<u64>) -> Batch {
    numbers.map(|n| message(kind, n)).collect()
}

/// The numbers of the messages in a file.
fn numbers(bytes: Vec<u8>) -> Vec<u64> {
    let mut rest = Bytes::from(bytes);
    let mut found = Vec::new();
    while !rest.is_empty() {
        let length = msgpack::value_len(&rest).expect("whole values");
        let message = Message::from_bytes(rest.split_to(length)).expect("a message");
        found.push(message.get("n").expect("a number"));
    }
    found
}

/// How many messages a file has that is being written.
fn whole(bytes: Vec<u8>) -> usize {
    let mut rest = Bytes::from(bytes);
    let mut count = 0;
    while !rest.is_empty()
        && let Ok(length) = msgpack::value_len(&rest)
    {
        rest = rest.split_off(length);
        count += 1;
    }
    count
}

fn collector(server: &Nats, more: &[&str]) -> Process {
    let arguments = ["collector", "--nats", &server.url, "--run", "rush", "--collector-dir", "out"];
    let mut collector = Process::start("misbehaving", &[&arguments, more].concat());
    collector.says("collecting messages of run rush at nats://127.0.0.1:");
    collector
}

async fn ends(connection: &Connection, source: RawSource) {
    source.finish().await;
    Watch::start(connection, &run()).await.unwrap().over().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_gets_everything_in_order_and_ends_with_the_run() {
    let server = Nats::start();
    let connection = server.connect().connect().await.unwrap();
    // Nobody listens: nothing is wanted.
    let early = RawSource::start(&connection, &run(), 1).await.unwrap();
    assert!(!early.wanted().wants("txn"));
    drop(early);

    let collector = collector(&server, &["--collector-roll", "1000000"]);
    let mut source = RawSource::start(&connection, &run(), 2).await.unwrap();
    assert!(source.wanted().wants("txn") && source.wanted().wants("whatever"));
    for start in (0..50_000).step_by(1_000) {
        source.send(&batch("txn", start..start + 1_000)).await;
    }
    ends(&connection, source).await;
    let current = collector.directory().join("out/current");
    let said = collector.ends_with_keeping(0, &current);
    assert!(said.0.contains("50000 messages in out (1 file)"), "{}", said.0);
    assert!(numbers(said.1).into_iter().eq(0..50_000));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_of_a_group_share_and_others_get_only_what_they_want() {
    let server = Nats::start();
    let connection = server.connect().connect().await.unwrap();
    let all = [collector(&server, &[]), collector(&server, &[])];
    let errors = collector(&server, &["--collector-filter", "error"]);
    let mut source = RawSource::start(&connection, &run(), 3).await.unwrap();
    for start in (0..20_000).step_by(100) {
        source.send(&batch("txn", start..start + 100)).await;
    }
    source.send(&batch("error", 20_000..20_010)).await;
    ends(&connection, source).await;

    let path = errors.directory().join("out/current");
    assert!(numbers(errors.ends_with_keeping(0, &path).1).into_iter().eq(20_000..20_010));
    let shares: Vec<Vec<u64>> = all
        .into_iter()
        .map(|one| {
            let path = one.directory().join("out/current");
            numbers(one.ends_with_keeping(0, &path).1)
        })
        .collect();
    assert!(shares.iter().all(|share| share.len() > 1_000), "each has a part");
    let mut whole = shares.concat();
    whole.sort_unstable();
    assert!(whole.into_iter().eq(0..20_010), "each message reached one of them");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_leaves_or_is_killed_leaves_the_rest_to_the_others() {
    let server = Nats::start();
    let connection = server.connect().connect().await.unwrap();
    let [stays, leaves] = [collector(&server, &[]), collector(&server, &[])];
    let mut source = RawSource::start(&connection, &run(), 4).await.unwrap();
    for start in (0..2_000).step_by(10) {
        source.send(&batch("txn", start..start + 10)).await;
    }
    leaves.signal("-INT");
    let path = leaves.directory().join("out/current");
    let mut left = numbers(leaves.ends_with_keeping(0, &path).1);
    source.send(&batch("txn", 2_000..2_100)).await;
    ends(&connection, source).await;
    let path = stays.directory().join("out/current");
    let stayed = numbers(stays.ends_with_keeping(0, &path).1);
    assert!(stayed.ends_with(&(2_000..2_100).collect::<Vec<_>>()));
    left.extend(stayed);
    left.sort_unstable();
    assert!(left.into_iter().eq(0..2_100));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_is_too_slow_misses_messages_that_are_counted_and_told_by_its_name() {
    let server = Nats::start();
    let connection = server.connect().connect().await.unwrap();
    let arguments = ["receiver", "misbehaving:sleepy", "--nats", &server.url, "--run", "rush"];
    let mut receiver = Process::start("misbehaving", &arguments);
    receiver.says("processing messages of run rush");
    let watch = Watch::start(&connection, &run()).await.unwrap();
    let mut source = RawSource::start(&connection, &run(), 5).await.unwrap();
    // More than may wait for it: it takes ten a second.
    let text = "x".repeat(900_000);
    let large: Batch =
        std::iter::once(Message::new("large", 0.0, None, None, &fields! { text })).collect();
    let mut sent = 0;
    let slow = loop {
        source.send(&large).await;
        sent += 1;
        // It is the processor that is slow, not the server.
        tokio::time::sleep(Duration::from_millis(10)).await;
        match watch.consumers().first() {
            Some(one) if one.lost > 20 => break one.clone(),
            _ => assert!(sent < 3_000, "{:?}", watch.consumers()),
        }
    };
    assert!(slow.name.starts_with("receiver-misbehaving-sleepy ("), "{slow:?}");
    ends(&connection, source).await;
    let Ended { code, said } = receiver.ended();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("error: message processor misbehaving:sleepy was too slow: "), "{said}");
    let reached = format!("{sent} messages reached receiver-misbehaving-sleepy (");
    // On a machine that is busy enough the server is too fast for it, too.
    assert!(said.contains(&reached) || said.contains("reached none of this group"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_reached_nobody_of_a_group_is_told() {
    let server = Nats::start();
    let connection = server.connect().connect().await.unwrap();
    let [one, killed] = [collector(&server, &[]), collector(&server, &[])];
    let mut source = RawSource::start(&connection, &run(), 6).await.unwrap();
    // It is stopped: the server gives it messages that it never takes.
    killed.signal("-STOP");
    for start in (0..2_000).step_by(10) {
        source.send(&batch("txn", start..start + 10)).await;
    }
    killed.signal("-KILL");
    ends(&connection, source).await;
    let path = one.directory().join("out/current");
    let (said, file) = one.ends_with_keeping(1, &path);
    let missing = 2_000 - numbers(file).len();
    assert!(missing > 100);
    let line = format!("error: {} messages were sent and reached none of this group", missing);
    assert!(said.contains(&line), "{said}");
}

#[test]
fn what_cannot_be_collected_or_reached_says_what_to_do() {
    let mut server = Nats::start();
    let scratch = Scratch::new("full");
    let file = scratch.write("file", "");
    let file = format!("{}/out", file.display());
    let arguments = ["collector", "--nats", &server.url, "--collector-dir", &file];
    let said = Process::start("misbehaving", &arguments).ends_with(4);
    assert!(said.contains("error: messages cannot be collected in "), "{said}");
    server.kill();
    let started = Process::start("misbehaving", &["recorder", "--nats", &server.url]);
    let said = started.ends_with(4);
    assert!(said.contains("NATS cannot be reached yet, trying again: "), "{said}");
    assert!(said.contains("nobody listens there; start `nats-server -js`"), "{said}");
    let said = Process::start("misbehaving", &["receiver", "misbehaving:nope"]).ends_with(2);
    assert!(said.contains("error: no message processor `misbehaving:nope`"), "{said}");
    let remote = ["collector", "--nats", "nats://10.1.2.3:4222"];
    let said = Process::start("misbehaving", &remote).ends_with(2);
    assert!(
        said.contains("error: --nats nats://10.1.2.3:4222: without credentials only"),
        "{said}"
    );
    // Nothing of it crosses the screen.
    let secret = ["collector", "--nats", "nats://bob:hunter2@10.1.2.3", "--nats-creds", "x"];
    let said = Process::start("misbehaving", &secret).ends_with(4);
    assert!(!said.contains("hunter2"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_is_cut_off_for_long_takes_what_comes_after_and_silence_is_told() {
    let mut server = Nats::start();
    let connection = server.connect().connect().await.unwrap();
    let collector = collector(&server, &[]);
    let current = collector.directory().join("out/current");
    let has = |messages| std::fs::read(&current).is_ok_and(|file| whole(file) == messages);
    let mut source = RawSource::start(&connection, &run(), 7).await.unwrap();
    source.send(&batch("txn", 0..1_000)).await;
    until("the first ones", || has(1_000).then_some(()));
    server.kill();
    // Longer than a silence that is an end; and the source takes it for gone.
    tokio::time::sleep(Duration::from_secs(22)).await;
    assert!(!source.wanted().wants("txn"));
    server.go_on();
    until("one who listens", || source.wanted().wants("txn").then_some(()));
    source.send(&batch("txn", 1_000..2_000)).await;
    until("the rest", || has(2_000).then_some(()));
    // Nobody says that it is over: who sent is gone.
    drop(source);
    drop(connection);
    let (said, file) = collector.ends_with_keeping(1, &current);
    assert!(numbers(file).into_iter().eq(0..2_000));
    let silent = "nothing was heard of the run any more, and nobody said that it is over";
    assert!(said.contains(silent), "{said}");
}
