//! What bodies take: memory, and time of the loop.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::Compression;
use flate2::write::GzEncoder;
use mite_http::Kind;
use tokio::task::JoinSet;

use crate::support::Probe;
use crate::support::nginx::Nginx;
use crate::support::scripted::{Act, Scripted, answer};

type Checked = mite_core::error::Result;

/// Counts how often the loop comes round while `what` is awaited.
async fn turns<T>(what: impl Future<Output = T>) -> (T, u64) {
    let turns = Arc::new(AtomicU64::new(0));
    let counted = turns.clone();
    let counter = tokio::spawn(async move {
        loop {
            counted.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
        }
    });
    let done = what.await;
    counter.abort();
    (done, turns.load(Ordering::Relaxed))
}

#[tokio::test]
async fn an_event_of_50_megabytes_comes_whole_and_leaves_the_loop_to_others() -> Checked {
    const LENGTH: usize = 50_000_000;
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: {}\r\n\r\ndata: ",
        LENGTH + 8
    );
    let event = [head.as_bytes(), &vec![b'x'; LENGTH], b"\n\n"].concat();
    let server = Scripted::start(vec![vec![Act::Answer(event)]]).await;
    let probe = Probe::new();
    let read = async {
        let mut stream = probe.http().get(server.url("/")).send_streaming().await?;
        let event = stream.event().await?.expect("there is one");
        assert_eq!(stream.event().await?, None);
        Ok::<_, mite_http::Error>(event.data.len())
    };
    let (length, turns) = turns(read).await;
    assert_eq!(length?, LENGTH);
    assert!(turns >= 40, "the loop came round {turns} times");
    Ok(())
}

#[tokio::test]
async fn an_event_without_end_has_one() {
    let head = b"HTTP/1.1 200 OK\r\n\r\ndata: ".to_vec();
    let act = Act::Endless(head, vec![b'x'; 60_000], std::time::Duration::from_millis(1));
    let server = Scripted::always(act).await;
    let mut probe = Probe::with(&[("http_max_body", "200000"), ("http_timeout", "15")]);
    let mut stream = probe.http().get(server.url("/")).send_streaming().await.unwrap();
    let error = stream.event().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Body);
    assert!(error.to_string().contains("more than 200000 bytes"), "{error}");
    assert_eq!(stream.event().await.unwrap(), None);
    assert_eq!(probe.outcomes(), crate::support::outcomes(&[("body", 200)]));
}

#[tokio::test]
async fn large_bodies_are_decoded_beside_the_loop() -> Checked {
    use std::io::Write;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&vec![7; 60_000_000])?;
    let head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n";
    let gzip = encoder.finish()?;
    let length = format!("Content-Length: {}\r\n\r\n", gzip.len());
    let body = [head.as_bytes(), length.as_bytes(), &gzip].concat();
    let server = Scripted::always(answer(body)).await;
    let probe = Probe::new();
    // The body is there before it is decoded, and what the loop does then counts.
    let (response, turns) = turns(probe.http().get(server.url("/")).send()).await;
    assert_eq!(response?.bytes().len(), 60_000_000);
    assert!(turns > 1000, "the loop came round {turns} times");
    Ok(())
}

const URL: &str = "MITE_TEST_LARGE_BODIES";

/// In the child, whose memory no other test uses: 40 journeys ask for a body of 10 MB
/// each, and may keep 100 MB together.
#[tokio::test]
#[ignore = "it is for the next test, which is another process"]
async fn keeps_large_bodies() {
    let Ok(urls) = std::env::var(URL) else { return };
    let (scripted, nginx) = urls.split_once(' ').expect("there are two");
    for (url, version, path) in [
        (scripted, "1.1", "length"),
        (scripted, "1.1", "chunks"),
        (scripted, "1.1", "gzip"),
        (nginx, "2", "length"),
    ] {
        let probe = Probe::with(&[("http_max_bodies", "100000000"), ("http_version", version)]);
        let mut requests = JoinSet::new();
        for _ in 0..40 {
            requests.spawn(probe.http().get(format!("{url}{path}")).send());
        }
        let (mut kept, mut refused) = (Vec::new(), 0);
        while let Some(done) = requests.join_next().await {
            match done.expect("it does not panic") {
                Ok(response) => kept.push(response),
                Err(error) => {
                    assert_eq!(error.kind(), Kind::Body);
                    assert!(error.to_string().contains("http_max_bodies"), "{error}");
                    refused += 1;
                }
            }
        }
        assert!(
            kept.len() <= 10 && refused >= 30,
            "HTTP/{version}, {path}: {} kept, {refused} refused",
            kept.len()
        );
        // What is let go makes room again.
        drop(kept);
        let one = probe.http().get(format!("{url}{path}")).send().await.expect("there is room");
        assert_eq!(one.bytes().len(), 10_000_000, "{path}");
        let sizes = probe.http().get(format!("{url}{path}")).discard_body().send();
        assert!(sizes.await.expect("it keeps nothing").bytes().is_empty());
    }
    println!("\nall is as it should be");
}

#[tokio::test]
async fn what_all_journeys_keep_together_is_limited() {
    use std::io::Write;
    let body = vec![7; 10_000_000];
    let nginx = Nginx::start("http2", "");
    nginx.file("length", &body);
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&body).expect("a Vec takes all");
    let gzip = encoder.finish().expect("a Vec takes all");
    let chunks = body.chunks(50_000).map(|c| [b"c350\r\n", c, b"\r\n"].concat());
    let chunks = [chunks.collect::<Vec<_>>().concat(), b"0\r\n\r\n".to_vec()].concat();
    let head = |head: &str| format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n").into_bytes();
    let answers = [
        ("length", [head("Content-Length: 10000000"), body].concat()),
        ("chunks", [head("Transfer-Encoding: chunked"), chunks].concat()),
        (
            "gzip",
            [head(&format!("Content-Encoding: gzip\r\nContent-Length: {}", gzip.len())), gzip]
                .concat(),
        ),
    ];
    let server =
        Scripted::by_path(answers.map(|(path, bytes)| (format!("/{path}"), bytes)).to_vec()).await;
    let program = std::env::current_exe().expect("a test is a program");
    let mut child = Command::new(program);
    child
        .args(["--exact", "memory::keeps_large_bodies", "--ignored", "--nocapture"])
        .env(URL, format!("{} {}", server.url("/"), nginx.url("/")));
    let output = tokio::task::spawn_blocking(move || child.output()).await;
    let output = output.expect("it does not panic").expect("it can be started");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(said.contains("all is as it should be"), "{said}");
}
