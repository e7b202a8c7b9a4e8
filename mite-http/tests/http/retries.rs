//! Connections that die, and requests that are dropped.

use std::time::Duration;

use mite_http::Kind;

use crate::support::scripted::{Act, Scripted, ok};
use crate::support::{Probe, httpbin, outcomes};

type Checked = mite_core::error::Result;

/// Answers once, and closes when the second request has been read.
fn dies_on_reuse() -> Vec<Vec<Act>> {
    vec![vec![ok("a"), Act::AnswerAndClose(Vec::new())], vec![ok("b"); 10]]
}

#[tokio::test]
async fn a_request_that_met_a_dead_connection_is_tried_once_more() -> Checked {
    let server = Scripted::start(dies_on_reuse()).await;
    let mut probe = Probe::new();
    assert_eq!(probe.http().get(server.url("/")).send().await?.text()?, "a");
    assert_eq!(probe.http().get(server.url("/")).send().await?.text()?, "b");
    assert_eq!(probe.outcomes(), outcomes(&[("ok", 200), ("closed", 0), ("ok", 200)]));
    assert_eq!(server.requests().len(), 3);
    Ok(())
}

#[tokio::test]
async fn a_post_is_never_sent_twice() -> Checked {
    let server = Scripted::start(dies_on_reuse()).await;
    let mut probe = Probe::new();
    probe.http().get(server.url("/")).send().await?;
    let error = probe.http().post(server.url("/")).body("x").send().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Closed);
    assert_eq!(probe.outcomes(), outcomes(&[("ok", 200), ("closed", 0)]));
    assert_eq!(server.requests().len(), 2);
    Ok(())
}

#[tokio::test]
async fn a_new_connection_that_dies_is_not_tried_again() {
    for script in [vec![Act::Close], vec![Act::AnswerAndClose(b"HTTP/1.1 20".to_vec())]] {
        let server = Scripted::start(vec![script]).await;
        let mut probe = Probe::new();
        let error = probe.http().get(server.url("/")).send().await.unwrap_err();
        assert_eq!(error.kind(), Kind::Closed, "{error}");
        assert_eq!(probe.outcomes(), outcomes(&[("closed", 0)]));
    }
}

#[tokio::test]
async fn a_connection_that_the_server_closed_meanwhile_is_replaced() -> Checked {
    let server = Scripted::start(vec![vec![ok("a")], vec![ok("b")]]).await;
    let mut probe = Probe::new();
    probe.http().get(server.url("/")).send().await?;
    // Lets the end of the connection arrive.
    tokio::time::sleep(Duration::from_millis(50)).await;
    let post = probe.http().post(server.url("/")).body("x").send().await?;
    assert_eq!(post.text()?, "b");
    assert_eq!(probe.outcomes(), outcomes(&[("ok", 200), ("ok", 200)]));
    Ok(())
}

#[tokio::test]
async fn what_is_not_http_or_not_whole_has_its_kind() {
    for (bytes, kind, code) in [
        (&b"SSH-2.0-OpenSSH\r\n\r\n"[..], Kind::Protocol, 0),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", Kind::Body, 200),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", Kind::Body, 200),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", Kind::Body, 200),
        (
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
            Kind::Body,
            200,
        ),
    ] {
        let server = Scripted::start(vec![vec![Act::AnswerAndClose(bytes.to_vec())]]).await;
        let mut probe = Probe::new();
        let error = probe.http().get(server.url("/")).send().await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert_eq!(probe.outcomes(), outcomes(&[(kind.as_str(), code)]));
    }
}

#[tokio::test]
async fn a_dropped_request_is_counted_and_its_connection_closed() -> Checked {
    let server = Scripted::start(vec![vec![Act::Hang], vec![ok("next")]]).await;
    let mut probe = Probe::new();
    let request = probe.http().get(server.url("/")).send();
    assert!(tokio::time::timeout(Duration::from_millis(50), request).await.is_err());
    let message = &probe.metrics()[0];
    assert_eq!(message.get::<String>("outcome").unwrap(), "cancelled");
    assert!(message.get::<f64>("total_time").unwrap() >= 0.05);
    assert_eq!(probe.http().get(server.url("/")).send().await?.text()?, "next");
    assert_eq!(probe.metrics()[0].get("reused"), Some(false));
    Ok(())
}

#[tokio::test]
async fn no_connection_in_time_is_a_timeout_of_its_own() {
    // A TLS handshake that nobody answers.
    let server = Scripted::always(Act::Hang).await;
    let mut probe = Probe::with(&[("http_connect_timeout", "0.1")]);
    let url = server.url("/").replace("http://", "https://");
    let error = probe.http().get(url).send().await.unwrap_err();
    assert_eq!(error.kind(), Kind::TimeoutConnect);
    assert!(error.to_string().contains("no connection within 100ms"), "{error}");
    let message = &probe.metrics()[0];
    assert_eq!(message.get::<String>("outcome").unwrap(), "timeout_connect");
    assert!(message.get::<f64>("connect_time").unwrap() > 0.0);
    assert_eq!(message.get::<f64>("tls_time"), Some(0.0));
}

#[tokio::test]
async fn requests_at_once_have_connections_of_their_own() -> Checked {
    let server = Scripted::start(vec![vec![ok("x"); 10]]).await;
    let mut probe = Probe::new();
    let http = probe.http();
    let url = server.url("/");
    let (a, b) = tokio::join!(http.get(&url).send(), http.get(&url).send());
    assert_eq!((a?.text()?, b?.text()?), ("x".into(), "x".into()));
    let first = probe.metrics();
    assert!(first.iter().all(|m| m.get("reused") == Some(false)));
    let spawned = tokio::spawn(probe.http().get(&url).send());
    spawned.await??;
    assert_eq!(probe.metrics()[0].get("reused"), Some(true));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_virtual_clock_stands_still_while_a_socket_is_awaited() -> Checked {
    let url = format!("{}/delay/1", httpbin::url());
    let probe = Probe::virtual_time();
    assert_eq!(probe.http().get(url).send().await?.status(), 200);
    Ok(())
}
