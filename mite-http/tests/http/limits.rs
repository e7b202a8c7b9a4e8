//! An nginx that is slow, or says no.

use mite_http::Kind;

use crate::support::nginx::Nginx;
use crate::support::{Probe, free_port, outcomes};

type Checked = mite_core::error::Result;

/// An upstream that takes connections and never answers.
fn silent() -> (std::net::TcpListener, u16) {
    let port = free_port();
    (std::net::TcpListener::bind(("127.0.0.1", port)).expect("the port is free"), port)
}

#[tokio::test]
async fn a_slow_upstream_is_the_gateways_to_report_or_ours_to_give_up() -> Checked {
    let (_upstream, port) = silent();
    let nginx = Nginx::start(
        "",
        &format!("location / {{ proxy_pass http://127.0.0.1:{port}; proxy_read_timeout 1s; }}"),
    );
    let mut patient = Probe::new();
    assert_eq!(patient.http().get(nginx.url("/")).send().await?.status(), 504);
    let total: f64 = patient.metrics()[0].get("total_time").unwrap();
    assert!(total >= 1.0, "{total}");
    let mut hasty = Probe::with(&[("http_timeout", "0.2")]);
    let error = hasty.http().get(nginx.url("/")).send().await.unwrap_err();
    assert_eq!(error.kind(), Kind::TimeoutTotal);
    assert_eq!(hasty.outcomes(), outcomes(&[("timeout_total", 0)]));
    Ok(())
}

#[tokio::test]
async fn what_exceeds_the_servers_limits_is_answered_and_counted() -> Checked {
    let nginx = Nginx::start(
        "",
        "client_max_body_size 1k; large_client_header_buffers 2 1k; location = /put { return 200; }",
    );
    let mut probe = Probe::new();
    let large = probe.http().post(nginx.url("/put")).body(vec![b'x'; 4096]).send().await?;
    assert_eq!(large.status(), 413);
    let wide =
        probe.http().get(nginx.url("/put")).header("x-wide", "w".repeat(4000)).send().await?;
    assert_eq!(wide.status(), 400);
    let long = probe.http().get(nginx.url(&format!("/{}", "p".repeat(4000)))).send().await?;
    assert_eq!(long.status(), 414);
    // Whatever the server did to those connections, the next request is served.
    assert_eq!(probe.http().get(nginx.url("/put")).send().await?.status(), 200);
    assert_eq!(probe.outcomes(), outcomes(&[("ok", 413), ("ok", 400), ("ok", 414), ("ok", 200)]));
    Ok(())
}
