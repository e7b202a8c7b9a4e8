//! Servers that answer early, late, or without end.

use std::time::Duration;

use mite_http::Kind;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{Probe, outcomes};

/// A server that does this with its only connection, once it has read a head.
async fn serve<F, S>(serve: S) -> String
where
    S: FnOnce(TcpStream, Vec<u8>) -> F + Send + 'static,
    F: Future<Output = ()> + Send,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has free ports");
    let url = format!("http://{}/", listener.local_addr().expect("a listener has an address"));
    tokio::spawn(async move {
        let (mut tcp, _) = listener.accept().await.expect("a client comes");
        let (mut read, mut piece) = (Vec::new(), [0; 1000]);
        let end = loop {
            let n = tcp.read(&mut piece).await.expect("the client sends");
            read.extend_from_slice(&piece[..n]);
            if let Some(end) = read.windows(4).position(|w| w == b"\r\n\r\n") {
                break end + 4;
            }
        };
        serve(tcp, read.split_off(end)).await;
    });
    url
}

#[tokio::test]
async fn an_answer_that_comes_before_the_whole_request_is_sent_is_the_answer() {
    let url = serve(|mut tcp, _| async move {
        let answer = b"HTTP/1.1 413 Too Large\r\nContent-Length: 5\r\n\r\nlarge";
        tcp.write_all(answer).await.expect("the client reads");
        std::future::pending().await
    })
    .await;
    let mut probe = Probe::new();
    let response = probe.http().post(&url).body(vec![7; 50_000_000]).send().await.unwrap();
    assert_eq!((response.status().as_u16(), &response.bytes()[..]), (413, &b"large"[..]));
    let message = &probe.metrics()[0];
    let sent: u64 = message.get("upload_size").unwrap();
    assert!((1..50_000_000).contains(&sent), "{sent} bytes are said to be sent");
    // The connection is in the middle of a body: nobody else gets it, and the
    // server takes no other.
    let error = probe.http().get(&url).timeout(Duration::from_millis(100)).send().await;
    assert!(error.is_err());
    assert_eq!(probe.metrics()[0].get("reused"), Some(false));
}

#[tokio::test]
async fn a_request_and_its_answer_may_flow_at_once() {
    let url = serve(|mut tcp, mut read| async move {
        const LENGTH: usize = 8_000_000;
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {LENGTH}\r\n\r\n");
        tcp.write_all(head.as_bytes()).await.expect("the client reads");
        let mut echoed = 0;
        let mut piece = vec![0; 10_000];
        loop {
            tcp.write_all(&read).await.expect("the client reads");
            echoed += read.len();
            if echoed == LENGTH {
                std::future::pending().await
            }
            let n = tcp.read(&mut piece).await.expect("the client sends");
            read = piece[..n].to_vec();
        }
    })
    .await;
    let body: Vec<u8> = (0..2_000_000_u32).flat_map(|i| i.to_be_bytes()).collect();
    let mut probe = Probe::new();
    let response = probe.http().post(&url).body(body.clone()).send().await.unwrap();
    assert!(*response.bytes() == body, "{} bytes came back", response.bytes().len());
    let message = &probe.metrics()[0];
    assert_eq!(
        (message.get("upload_size"), message.get("download_size")),
        (Some(8_000_000), Some(8_000_000))
    );
}

#[tokio::test]
async fn informational_answers_without_end_end_with_the_timeout() {
    let url = serve(|mut tcp, _| async move {
        let many = b"HTTP/1.1 102 Processing\r\n\r\n".repeat(1000);
        while tcp.write_all(&many).await.is_ok() {}
    })
    .await;
    let mut probe = Probe::with(&[("http_timeout", "0.2")]);
    let error = probe.http().get(&url).send().await.unwrap_err();
    assert_eq!(error.kind(), Kind::TimeoutTotal);
    assert_eq!(probe.outcomes(), outcomes(&[("timeout_total", 0)]));
}

#[tokio::test]
async fn headers_without_end_end_with_an_error() {
    let url = serve(|mut tcp, _| async move {
        tcp.write_all(b"HTTP/1.1 200 OK\r\nX: ").await.expect("the client reads");
        while tcp.write_all(&[b'y'; 1000]).await.is_ok() {}
    })
    .await;
    let error = Probe::new().http().get(&url).send().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Protocol);
    assert!(error.to_string().contains("more than 262144 bytes"), "{error}");
}

#[tokio::test]
async fn a_length_that_is_only_stated_takes_no_memory() {
    let url = serve(|mut tcp, _| async move {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\nx", 1_u64 << 62);
        tcp.write_all(head.as_bytes()).await.expect("the client reads");
    })
    .await;
    let error = Probe::new().http().get(&url).send().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Body);
}

#[tokio::test]
async fn a_time_limit_holds_for_each_request_of_a_connection() {
    let server = crate::support::scripted::Scripted::start(vec![vec![
        crate::support::scripted::ok("a"),
        crate::support::scripted::Act::Hang,
    ]])
    .await;
    let mut probe = Probe::with(&[("http_timeout", "60")]);
    probe.http().get(server.url("/")).send().await.unwrap();
    let hanging = probe.http().get(server.url("/")).timeout(Duration::from_millis(50));
    let error = hanging.send().await.unwrap_err();
    assert_eq!(error.kind(), Kind::TimeoutTotal);
    assert!(error.to_string().contains("no complete response within 50ms"), "{error}");
    let metrics = probe.metrics();
    assert_eq!(metrics[1].get("reused"), Some(true));
    assert!(metrics[1].get::<f64>("total_time").unwrap() >= 0.05);
}
