//! How long connections live: those that died in silence, idle ones, and those that
//! are made at once.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mite_http::Kind;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::support::frames::{self, Answer, Frames, Reply};
use crate::support::scripted::{Scripted, ok};
use crate::support::{Probe, outcomes};

type Checked = mite_core::error::Result;

/// No test waits longer than this for what should happen soon.
const PATIENCE: Duration = Duration::from_secs(20);

fn fine(stream: u32) -> Reply {
    Reply::Now(Answer { bytes: frames::ok(stream, b"fine"), then_close: false })
}

#[tokio::test]
async fn a_connection_that_died_in_silence_is_found_by_a_ping_and_used_no_more() -> Checked {
    // What comes behind the second request is not even read.
    let server =
        Frames::replying(|n, stream| if n == 1 { Reply::Silence } else { fine(stream) }).await;
    let settings = [("http_version", "2"), ("http_timeout", "15"), ("http_ping_after", "0.2")];
    let mut probe = Probe::with(&settings);
    assert_eq!(probe.http().get(server.url()).send().await?.text()?, "fine");
    // Both wait on it, and neither for the whole of its time.
    let (a, b) = tokio::join!(
        probe.http().post(server.url()).send(),
        probe.http().post(server.url()).send(),
    );
    for error in [a.unwrap_err(), b.unwrap_err()] {
        assert_eq!(error.kind(), Kind::Closed);
        assert!(error.to_string().contains("the connection died in silence"), "{error}");
    }
    assert_eq!(probe.http().get(server.url()).send().await?.text()?, "fine");
    let expected = [("ok", 200), ("closed", 0), ("closed", 0), ("ok", 200)];
    assert_eq!(probe.outcomes(), outcomes(&expected));
    assert_eq!(server.connections(), 2);
    Ok(())
}

#[tokio::test]
async fn an_answer_that_is_late_on_a_connection_that_lives_is_waited_for() -> Checked {
    let server =
        Frames::replying(|n, stream| if n == 0 { Reply::Never } else { fine(stream) }).await;
    let settings = [("http_version", "2"), ("http_timeout", "1.5"), ("http_ping_after", "0.1")];
    let probe = Probe::with(&settings);
    let (late, prompt) = tokio::join!(probe.http().get(server.url()).send(), async {
        // Meanwhile it has been asked for many times.
        tokio::time::sleep(Duration::from_millis(700)).await;
        probe.http().get(server.url()).send().await
    });
    assert_eq!(prompt?.text()?, "fine");
    assert_eq!(late.unwrap_err().kind(), Kind::TimeoutTotal);
    assert_eq!(probe.http().get(server.url()).send().await?.text()?, "fine");
    assert_eq!(server.connections(), 1);
    Ok(())
}

#[tokio::test]
async fn a_request_that_was_given_up_in_silence_takes_its_connection_with_it() -> Checked {
    let server =
        Frames::replying(|n, stream| if n == 0 { Reply::Silence } else { fine(stream) }).await;
    let settings = [("http_version", "2"), ("http_ping_after", "60"), ("http_max_per_host", "1")];
    let mut probe = Probe::with(&settings);
    let request = probe.http().get(server.url()).timeout(Duration::from_millis(1200));
    assert_eq!(request.send().await.unwrap_err().kind(), Kind::TimeoutTotal);
    // Though one that may be dead is still there.
    assert_eq!(probe.http().get(server.url()).send().await?.text()?, "fine");
    assert_eq!(probe.outcomes(), outcomes(&[("timeout_total", 0), ("ok", 200)]));
    assert_eq!(server.connections(), 2);
    Ok(())
}

/// A server that answers once on each connection, and notes when the client closes.
async fn closing(closed: Arc<AtomicUsize>, answer: fn() -> Vec<u8>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has free ports");
    let port = listener.local_addr().expect("a listener has an address").port();
    tokio::spawn(async move {
        while let Ok((mut tcp, _)) = listener.accept().await {
            let closed = closed.clone();
            tokio::spawn(async move {
                let _ = tcp.read(&mut [0; 4096]).await;
                let _ = tcp.write_all(&answer()).await;
                let _ = tcp.read_to_end(&mut Vec::new()).await;
                closed.fetch_add(1, Ordering::Relaxed);
            });
        }
    });
    port
}

#[tokio::test]
async fn idle_connections_of_all_hosts_are_closed_in_time_though_nobody_comes() -> Checked {
    let answer = || b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_vec();
    let h2 = || {
        let settings = frames::frame(4, 0, 0, &[]);
        [settings, frames::ok(1, b"fine")].concat()
    };
    for (version, answer) in [("1.1", answer as fn() -> Vec<u8>), ("2", h2)] {
        for connections in ["shared", "per_journey"] {
            let closed = Arc::new(AtomicUsize::new(0));
            let ports =
                [closing(closed.clone(), answer).await, closing(closed.clone(), answer).await];
            let probe = Probe::with(&[
                ("http_version", version),
                ("http_idle_timeout", "0.2"),
                ("http_connections", connections),
            ]);
            for port in ports {
                let r = probe.http().get(format!("http://127.0.0.1:{port}/")).send().await?;
                assert_eq!(r.status(), 200);
            }
            let both = async {
                while closed.load(Ordering::Relaxed) < 2 {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            };
            let in_time = tokio::time::timeout(PATIENCE, both).await;
            assert!(in_time.is_ok(), "HTTP/{version}, {connections}");
        }
    }
    Ok(())
}

const PORTS: &str = "MITE_TEST_MANY_HOSTS";

/// In the child, which may have few files open: asks for each of many hosts, by turns
/// as two runners, the last one on a thread of its own.
#[tokio::test]
#[ignore = "it is for the next test, which limits its files"]
async fn asks_many_hosts() {
    let Ok(ports) = std::env::var(PORTS) else { return };
    for (version, port) in ["1.1", "2"].into_iter().zip(ports.leak().split(' ')) {
        let asks = async move |runner: &mut Probe, n: u32| {
            let sent = runner.http().get(format!("http://h{n}.test:{port}/")).send().await;
            sent.unwrap_or_else(|error| panic!("HTTP/{version}, {n}: {error}"));
            runner.metrics()[0].get::<bool>("reused").expect("it is said")
        };
        let settings = [("http_hosts", "*=127.0.0.1"), ("http_version", version)];
        let mut runners = [Probe::with(&settings), Probe::with(&settings)];
        // It takes descriptors of its own, as many as features of tokio ask for.
        let third = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let third = third.expect("there is room for one");
        let mut reused = Vec::new();
        for n in 0..100 {
            reused.push(asks(&mut runners[n as usize % 2], n).await);
        }
        assert!(!reused.contains(&true), "HTTP/{version}");
        // Those that were used last are there still, of either runner.
        assert!(asks(&mut runners[0], 98).await && asks(&mut runners[1], 99).await);
        assert!(!asks(&mut runners[0], 0).await);
        // A runner that has none makes room at the cost of the others.
        let thread = std::thread::spawn(move || {
            third.block_on(async {
                let mut third = Probe::with(&settings);
                for n in 100..120 {
                    asks(&mut third, n).await;
                }
            });
        });
        while !thread.is_finished() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        thread.join().expect("its requests are answered");
    }
    println!("\nall is as it should be");
}

#[tokio::test]
async fn when_descriptors_run_short_the_oldest_idle_connections_go() {
    let old = Scripted::always(ok("")).await;
    let new = Frames::replying(|_, stream| fine(stream)).await;
    let program = std::env::current_exe().expect("a test is a program");
    let mut child = Command::new("sh");
    child
        .args([
            "-c",
            "ulimit -n 48; exec \"$0\" --exact lives::asks_many_hosts --ignored --nocapture",
        ])
        .arg(program)
        .env(PORTS, format!("{} {}", old.port, new.port));
    let output = tokio::task::spawn_blocking(move || child.output()).await;
    let output = output.expect("it does not panic").expect("there is a shell");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(said.contains("all is as it should be"), "{said}");
}

#[tokio::test]
async fn hosts_are_dialed_at_once_before_it_is_known_what_they_speak() {
    // Nobody answers the handshake, so that nothing becomes known.
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has free ports");
    let url = format!("https://{}/", listener.local_addr().expect("a listener has an address"));
    let probe = Probe::with(&[("http_timeout", "15")]);
    let mut requests = JoinSet::new();
    for _ in 0..5 {
        requests.spawn(probe.http().get(&url).send());
    }
    let mut held = Vec::new();
    let all = async {
        while held.len() < 5 {
            held.push(listener.accept().await.expect("it listens"));
        }
    };
    assert!(tokio::time::timeout(PATIENCE, all).await.is_ok(), "{} came", held.len());
    drop(held);
    while let Some(done) = requests.join_next().await {
        assert_eq!(done.expect("it does not panic").unwrap_err().kind(), Kind::Tls);
    }
    // Where their number is limited, that holds.
    let probe = Probe::with(&[("http_timeout", "1"), ("http_max_per_host", "2")]);
    let mut requests = JoinSet::new();
    for _ in 0..5 {
        requests.spawn(probe.http().get(&url).send());
    }
    let mut held = Vec::new();
    let _ = tokio::time::timeout(Duration::from_millis(300), async {
        loop {
            held.push(listener.accept().await);
        }
    })
    .await;
    assert_eq!(held.len(), 2);
    while let Some(done) = requests.join_next().await {
        assert!(done.expect("it does not panic").is_err());
    }
}
