//! HTTP/2, against nginx and nghttpd.

use std::collections::BTreeSet;
use std::time::Duration;

use mite_http::{Body, Kind, Version};

use crate::support::authority::Authority;
use crate::support::nginx::Nginx;
use crate::support::proxies::Served;
use crate::support::{Probe, outcomes};

type Checked = mite_core::error::Result;

const CONNECTION: &str = "location = /c { return 200 $connection; }
    location = /echo { return 200 \"$scheme $host $http_cookie\"; }";

/// Requests at once; which connections they came on.
async fn at_once(probe: &Probe, url: &str, n: usize) -> Result<BTreeSet<String>, mite_http::Error> {
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..n {
        tasks.spawn(probe.http().get(url).send());
    }
    let mut connections = BTreeSet::new();
    while let Some(done) = tasks.join_next().await {
        let r = done.expect("no request panics")?;
        assert_eq!((r.status().as_u16(), r.version()), (200, Version::HTTP_2));
        connections.insert(r.text()?.into_owned());
    }
    Ok(connections)
}

#[tokio::test]
async fn many_requests_share_one_connection() -> Checked {
    let nginx = Nginx::start("http2", CONNECTION);
    let mut probe = Probe::with(&[("http_version", "2")]);
    assert_eq!(at_once(&probe, &nginx.url("/c"), 20).await?.len(), 1);
    let messages = probe.metrics();
    assert_eq!(messages.len(), 20);
    let fresh: Vec<_> = messages.iter().filter(|m| m.get("reused") == Some(false)).collect();
    assert_eq!(fresh.len(), 1);
    assert!(fresh[0].get::<f64>("connect_time").unwrap() > 0.0);
    let mut waited = 0;
    for message in &messages {
        assert_eq!(message.get::<String>("protocol").unwrap(), "HTTP/2");
        let [wait, transfer, first, total] =
            ["pool_wait_time", "transfer_start_time", "first_byte_time", "total_time"]
                .map(|name| message.get::<f64>(name).unwrap());
        assert!(wait <= transfer && transfer < first && first <= total);
        waited += u32::from(wait > 0.0);
    }
    assert_eq!(waited, 19, "they waited for the first one's connection");
    let echo = probe.http().get(nginx.url("/echo")).cookie("a", "1").cookie("b", "2");
    assert_eq!(echo.send().await?.text()?, "http 127.0.0.1 a=1; b=2");
    Ok(())
}

#[tokio::test]
async fn the_tls_handshake_decides_unless_a_version_is_forced() -> Checked {
    let authority = Authority::new();
    let server = format!("{} {CONNECTION}", authority.server(&["127.0.0.1"]));
    let ca = authority.ca();
    let both = Nginx::start("ssl http2", &server);
    let old = Nginx::start("ssl", &server);
    for (nginx, setting, version, alpn) in [
        (&both, "auto", Version::HTTP_2, Some("h2")),
        (&both, "1.1", Version::HTTP_11, Some("http/1.1")),
        (&both, "2", Version::HTTP_2, Some("h2")),
        (&old, "auto", Version::HTTP_11, Some("http/1.1")),
    ] {
        let probe = Probe::with(&[("http_ca", &ca), ("http_version", setting)]);
        let url = nginx.url("/c").replace("http://", "https://");
        let (a, b) = tokio::join!(probe.http().get(&url).send(), probe.http().get(&url).send());
        let (a, b) = (a?, b?);
        assert_eq!((a.version(), b.version()), (version, version), "{setting}");
        assert_eq!(a.tls().and_then(|tls| tls.alpn), alpn);
        assert!(a.text()? == b.text()? || version != Version::HTTP_2);
    }
    let mut forced = Probe::with(&[("http_ca", &ca), ("http_version", "2")]);
    let url = old.url("/c").replace("http://", "https://");
    let error = forced.http().get(&url).send().await.unwrap_err();
    assert!([Kind::Protocol, Kind::Tls].contains(&error.kind()), "{error}");
    assert_eq!(forced.metrics().len(), 1);
    let old = Nginx::start("", CONNECTION);
    let error = forced.http().get(old.url("/c")).send().await.unwrap_err();
    assert!([Kind::Protocol, Kind::Closed].contains(&error.kind()), "{error}");
    Ok(())
}

#[tokio::test]
async fn a_servers_limit_of_streams_makes_more_connections() -> Checked {
    let slow = "http2_max_concurrent_streams 2; location = /c { return 200 $connection; }";
    let nginx = Nginx::start("http2", slow);
    let probe = Probe::with(&[("http_version", "2")]);
    // Once the limit is known, it is kept.
    at_once(&probe, &nginx.url("/c"), 1).await?;
    let many = at_once(&probe, &nginx.url("/c"), 10).await?;
    assert!(many.len() >= 5, "{many:?}");
    let own_limit = Nginx::start("http2", CONNECTION);
    let probe = Probe::with(&[
        ("http_version", "2"),
        ("http_max_streams", "3"),
        ("http_max_per_host", "2"),
    ]);
    let two = at_once(&probe, &own_limit.url("/c"), 30).await?;
    assert_eq!(two.len(), 2);
    Ok(())
}

#[tokio::test]
async fn a_server_that_says_goodbye_costs_no_request() -> Checked {
    let nginx = Nginx::start("http2", &format!("keepalive_requests 5; {CONNECTION}"));
    let mut probe = Probe::with(&[("http_version", "2")]);
    let mut connections = BTreeSet::new();
    for _ in 0..20 {
        connections.extend(at_once(&probe, &nginx.url("/c"), 1).await?);
    }
    assert!((4..=6).contains(&connections.len()), "{connections:?}");
    let failed = probe.outcomes().iter().filter(|(outcome, _)| outcome != "ok").count();
    assert!(failed <= 5, "{failed} met a connection that was closing, and were sent again");
    at_once(&probe, &nginx.url("/c"), 4).await?;
    Ok(())
}

#[tokio::test]
async fn each_mode_has_its_connections() -> Checked {
    let nginx = Nginx::start("http2", CONNECTION);
    for (mode, same_journey, same_runner) in
        [("shared", true, true), ("per_journey", true, false), ("per_request", false, false)]
    {
        let mut probe = Probe::with(&[("http_version", "2"), ("http_connections", mode)]);
        let mut seen = Vec::new();
        for _ in 0..2 {
            for _ in 0..2 {
                let r = probe.http().get(nginx.url("/c")).send().await?;
                seen.push(r.text()?.into_owned());
            }
            probe.next_execution();
        }
        assert_eq!((seen[0] == seen[1], seen[1] == seen[2]), (same_journey, same_runner), "{mode}");
    }
    Ok(())
}

#[tokio::test]
async fn bodies_of_all_sizes_go_both_ways() -> Checked {
    let echo = Served::echo();
    let mut probe = Probe::with(&[("http_version", "2")]);
    let url = format!("http://127.0.0.1:{}/", echo.port);
    for size in [1, 16_384, 16_385, 3_000_000] {
        let sent: Vec<u8> = (0..size).map(|n| (n % 251) as u8).collect();
        let r = probe.http().post(&url).body(sent.clone()).send().await?;
        assert_eq!(r.bytes(), &sent);
        assert_eq!(probe.metrics()[0].get("upload_size"), Some(size));
    }
    let directory = crate::support::Scratch::new("h2");
    let path = directory.0.join("file");
    std::fs::write(&path, vec![7; 500_000])?;
    let streamed = probe.http().post(&url).body(Body::file(&path).await?).send_streaming().await;
    let mut streamed = streamed?;
    let mut received = 0;
    while let Some(piece) = streamed.chunk().await? {
        assert!(piece.iter().all(|b| *b == 7));
        received += piece.len();
    }
    drop(streamed);
    assert_eq!(received, 500_000);
    let message = &probe.metrics()[0];
    assert_eq!(message.get("upload_size"), Some(500_000));
    assert_eq!(message.get("download_size"), Some(500_000));
    let discarded = probe.http().post(&url).body(vec![1; 70_000]).discard_body().send().await?;
    assert_eq!((discarded.wire_size(), discarded.bytes().len()), (70_000, 0));
    Ok(())
}

#[tokio::test]
async fn a_dropped_request_leaves_the_connection_to_others() -> Checked {
    let nginx =
        Nginx::start("http2", &format!("location = /slow {{ limit_rate 1; }} {CONNECTION}"));
    nginx.file("slow", &[0; 5000]);
    let mut probe = Probe::with(&[("http_version", "2")]);
    let first = at_once(&probe, &nginx.url("/c"), 1).await?;
    let slow = probe.http().get(nginx.url("/slow")).send();
    assert!(tokio::time::timeout(Duration::from_millis(100), slow).await.is_err());
    assert_eq!(at_once(&probe, &nginx.url("/c"), 1).await?, first);
    assert_eq!(probe.outcomes(), outcomes(&[("ok", 200), ("cancelled", 200), ("ok", 200)]));
    Ok(())
}
