//! A protocol of somebody else's, the example of `mite_core::extend`, in a run: what it
//! counts stands beside HTTP and not in it.

use mite::prelude::*;
use mite_core::stats::LIMITED;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

#[allow(dead_code, unreachable_pub)]
#[path = "../mite-core/examples/ping.rs"]
mod ping;

use ping::PingContext;

#[journey]
async fn pings(ctx: &Context, user: String) -> mite::Result {
    let port: u16 = ctx.config().require("port")?;
    let closed: u16 = ctx.config().require("closed")?;
    ctx.transaction("hello", async |ctx| {
        let pong = ctx.ping("127.0.0.1", port).await?;
        mite::ensure!(pong == "PONG", "{user} got {pong:?}");
        ctx.http().get(format!("http://127.0.0.1:{port}/")).send().await.unwrap_err();
        // Nobody is there.
        let error = ctx.ping("127.0.0.1", closed).await.unwrap_err();
        mite::ensure!(error.text().contains("refused"), "{error}");
        Ok(())
    })
    .await
}

#[datapool]
fn users() -> impl DataPool<Item = String> {
    IterableDataPool::new((0..5).map(|n| format!("user-{n}")))
}

#[scenario]
fn five() -> Scenario {
    Scenario::builder().run(pings, users, 1).build()
}

/// Answers a line with a line; the port, and one where nobody listens.
fn server() -> (u16, u16) {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = closed.local_addr().unwrap().port();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        use std::io::{BufRead, Write};
        while let Ok((mut client, _)) = listener.accept() {
            let mut line = String::new();
            std::io::BufReader::new(&client).read_line(&mut line).unwrap();
            let answer = if line == "PING\n" { "PONG\n" } else { "what?\n" };
            client.write_all(answer.as_bytes()).unwrap();
        }
    });
    (port, closed)
}

#[tokio::test]
async fn attempts_are_counted_as_their_own_protocol_and_told_in_messages() {
    let (port, closed) = server();
    let run = mite::testing::scenario("ping:five")
        .config("port", port)
        .config("closed", closed)
        .run()
        .await;
    let summary = run.summary();
    assert_eq!(summary.failures.len(), 0, "{:?}", summary.failures);
    let counts = summary.protocols["ping"];
    assert_eq!((counts.requests, counts.failed_requests), (10, 5));
    assert_eq!((counts.received, counts.sent), (25, 50));
    // HTTP's own, and only those, are in its times and its limits.
    assert_eq!((summary.totals.requests, summary.response_times.count()), (5, 5));
    let rows: Vec<_> = summary
        .requests
        .iter()
        .map(|row| (row.protocol, row.name.as_str(), row.failed, row.times.count))
        .collect();
    let mut expected = [
        (LIMITED, "GET /", 5, 5),
        ("ping", &*format!("PING 127.0.0.1:{port}"), 0, 5),
        ("ping", &*format!("PING 127.0.0.1:{closed}"), 5, 5),
    ];
    expected[1..].sort();
    assert_eq!(rows, expected);
    assert_eq!(summary.requests.iter().map(|row| row.codes.len()).sum::<usize>(), 0);
    let messages = run.messages_of("ping_metrics");
    assert_eq!(messages.len(), 10);
    let time = |name| messages[0].get::<f64>(name).unwrap();
    assert!(time("dns_time") <= time("connect_time"));
    assert!(0.0 < time("connect_time") && time("connect_time") <= time("first_byte_time"));
    assert!(time("first_byte_time") <= time("total_time"));
    assert_eq!(messages[0].get::<String>("transaction").unwrap(), "__root__ :: hello");
    assert_eq!(messages[0].get::<String>("outcome").unwrap(), "ok");
    assert_eq!(messages[1].get::<String>("outcome").unwrap(), "connect");
}

#[journey]
async fn is_cancelled(ctx: &Context) -> mite::Result {
    let port: u16 = ctx.config().require("port")?;
    ctx.ping("127.0.0.1", port).await?;
    Ok(())
}

#[scenario]
fn cancelled() -> Scenario {
    Scenario::builder().run(is_cancelled, NoData, 1).build()
}

#[tokio::test]
async fn an_attempt_whose_journey_is_cancelled_is_counted() {
    // A server that never answers.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = tokio::spawn(async move {
        let mut kept = Vec::new();
        loop {
            let (client, _) = listener.accept().await.unwrap();
            let mut client = BufReader::new(client);
            let mut line = String::new();
            client.read_line(&mut line).await.unwrap();
            client.flush().await.unwrap();
            kept.push(client);
        }
    });
    let run = mite::testing::scenario("ping:cancelled")
        .config("port", port)
        .duration(Duration::from_millis(300))
        .graceful_stop(Duration::from_millis(100))
        .run()
        .await;
    server.abort();
    let row = &run.summary().requests[0];
    assert_eq!((row.protocol, row.times.count, row.failed, row.cancelled), ("ping", 0, 0, 1));
    assert_eq!(run.messages_of("ping_metrics")[0].get::<String>("outcome").unwrap(), "cancelled");
    assert_eq!(run.summary().totals.journeys.cancelled, 1);
}
