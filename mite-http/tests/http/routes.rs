//! The ways to a server: host map, proxies, Unix sockets, sources, limits.

use std::time::Duration;

use mite_http::Kind;

use crate::support::authority::Authority;
use crate::support::nginx::Nginx;
use crate::support::proxies::Served;
use crate::support::scripted::{Scripted, ok};
use crate::support::{Probe, free_port, outcomes};

type Checked = mite_core::error::Result;

const ECHO: &str = "location = /echo { return 200 \"$remote_addr $http_host $http_via\"; }";

#[tokio::test]
async fn a_host_is_where_the_map_says() -> Checked {
    let nginx = Nginx::start("", ECHO);
    let map = format!("shop.test=127.0.0.1, api.test=127.0.0.1:{}", nginx.port);
    let probe = Probe::with(&[("http_hosts", &map)]);
    let url = format!("http://shop.test:{}/echo", nginx.port);
    let seen = probe.http().get(url).send().await?;
    assert_eq!(seen.text()?, format!("127.0.0.1 shop.test:{} ", nginx.port));
    let seen = probe.http().get("http://api.test/echo").send().await?;
    assert_eq!(seen.text()?, "127.0.0.1 api.test ");
    assert_eq!(seen.remote_addr().port(), nginx.port);
    let only_6 = Probe::with(&[("http_hosts", &map), ("http_address_family", "ipv6")]);
    let error = only_6.http().get("http://api.test/").send().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Dns);
    assert_eq!(error.cause(), "api.test has no IPv6 address");
    Ok(())
}

#[tokio::test]
async fn an_address_that_refuses_does_not_hide_one_that_answers() -> Checked {
    let nginx = Nginx::start("", ECHO);
    let map = format!("shop.test=127.0.0.1:{}, shop.test=127.0.0.1:{}", free_port(), nginx.port);
    let mut probe = Probe::with(&[("http_hosts", &map)]);
    assert_eq!(probe.http().get("http://shop.test/echo").send().await?.status(), 200);
    assert_eq!(probe.outcomes(), outcomes(&[("ok", 200)]));
    Ok(())
}

#[tokio::test]
async fn an_http_proxy_takes_requests_and_makes_tunnels() -> Checked {
    let (authority, proxy) = (Authority::new(), Served::http_proxy());
    let plain = Nginx::start("", ECHO);
    let tls = Nginx::start("ssl", &format!("{} {ECHO}", authority.server(&["127.0.0.1"])));
    let url = format!("http://bob:s3cretword@127.0.0.1:{}", proxy.port);
    let ca = authority.ca();
    let mut probe = Probe::with(&[("http_proxy", &url), ("http_ca", &ca)]);
    let seen = probe.http().get(plain.url("/echo")).send().await?;
    assert!(seen.text()?.contains("(tinyproxy"), "{seen:?}");
    assert_eq!(seen.remote_addr().port(), proxy.port);
    let secure = tls.url("/echo").replace("http://", "https://");
    let seen = probe.http().get(&secure).send().await?;
    assert_eq!(seen.text()?, format!("127.0.0.1 127.0.0.1:{} ", tls.port));
    assert_eq!(seen.remote_addr().port(), proxy.port);
    let message = &probe.metrics()[1];
    let [connect, tls_time] =
        ["connect_time", "tls_time"].map(|name| message.get::<f64>(name).unwrap());
    assert!(0.0 < connect && connect < tls_time);

    let direct = Probe::with(&[("http_proxy", &url), ("http_no_proxy", "127.0.0.0/8")]);
    let seen = direct.http().get(plain.url("/echo")).send().await?;
    assert_eq!(seen.remote_addr().port(), plain.port);

    let wrong = url.replace("s3cretword", "guess");
    let mut wrong = Probe::with(&[("http_proxy", &wrong), ("http_ca", &ca)]);
    let error = wrong.http().get(&secure).send().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Connect);
    assert!(!error.to_string().contains("guess"), "{error}");
    assert!(error.cause().starts_with("the proxy answered 40"), "{error}");
    assert_eq!(wrong.outcomes(), outcomes(&[("connect", 0)]));
    // What the proxy says to a request that it does not forward is the answer.
    let refused = wrong.http().get(plain.url("/echo")).send().await?;
    assert!(refused.status().is_client_error());
    let nobody = format!("https://127.0.0.1:{}/", free_port());
    let error = probe.http().get(nobody).send().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Connect);
    assert!(error.cause().starts_with("the proxy answered 500"), "{error}");
    Ok(())
}

#[tokio::test]
async fn a_socks_proxy_connects_to_addresses_and_to_names() -> Checked {
    let (authority, proxy) = (Authority::new(), Served::socks_proxy());
    let server = format!("{} {ECHO}", authority.server(&["127.0.0.1", "localhost"]));
    let tls = Nginx::start("ssl", &server);
    let ca = authority.ca();
    for scheme in ["socks5", "socks5h"] {
        let url = format!("{scheme}://bob:s3cretword@127.0.0.1:{}", proxy.port);
        let probe = Probe::with(&[
            ("http_proxy", &url),
            ("http_ca", &ca),
            // microsocks resolves `localhost` to where nginx does not listen.
            ("http_address_family", "ipv4"),
        ]);
        let url = tls.url("/echo").replace("http://", "https://");
        let seen = probe.http().get(&url).send().await?;
        assert_eq!(seen.text()?, format!("127.0.0.1 127.0.0.1:{} ", tls.port));
        assert_eq!(seen.remote_addr().port(), proxy.port);
        if scheme == "socks5" {
            let named = url.replace("127.0.0.1", "localhost");
            assert_eq!(probe.http().get(named).send().await?.status(), 200);
        }
        let nobody = format!("http://127.0.0.1:{}/", free_port());
        let error = probe.http().get(nobody).send().await.unwrap_err();
        assert_eq!(error.kind(), Kind::Connect);
        assert_eq!(error.cause(), "the SOCKS proxy cannot connect: connection refused");
    }
    for (user, part) in [("bob:guess@", "does not accept name and password"), ("", "wants a name")]
    {
        let url = format!("socks5://{user}127.0.0.1:{}", proxy.port);
        let mut probe = Probe::with(&[("http_proxy", &url)]);
        let error = probe.http().get(tls.url("/")).send().await.unwrap_err();
        assert!(error.cause().contains(part), "{error}");
        assert_eq!(probe.outcomes(), outcomes(&[("connect", 0)]));
    }
    Ok(())
}

#[tokio::test]
async fn a_proxy_that_is_none_is_a_connect_failure() {
    let server = Scripted::always(ok("")).await;
    for (proxy, part) in [
        (format!("socks5://127.0.0.1:{}", server.port), "closed the connection"),
        (format!("http://127.0.0.1:{}", free_port()), "Connection refused"),
        ("gopher://h".to_owned(), "scheme gopher"),
    ] {
        let probe = Probe::with(&[("http_proxy", &proxy), ("http_connect_timeout", "0.3")]);
        let error = probe.http().get("https://127.0.0.1:1/").send().await.unwrap_err();
        let kinds = [Kind::Connect, Kind::Request, Kind::TimeoutConnect];
        assert!(kinds.contains(&error.kind()), "{error}");
        let late = error.kind() == Kind::TimeoutConnect;
        assert!(late || error.to_string().contains(part), "{error}");
    }
}

#[tokio::test]
async fn requests_go_to_a_unix_socket() -> Checked {
    let authority = Authority::new();
    let [plain, tls] = ["plain.sock", "tls.sock"].map(|name| authority.path(name));
    let _plain = Nginx::start("", &format!("listen unix:{plain}; {ECHO}"));
    let server = authority.server(&["shop.test"]);
    let _tls = Nginx::start("ssl", &format!("listen unix:{tls} ssl; {server} {ECHO}"));
    let mut probe = Probe::with(&[("http_unix_socket", &plain)]);
    for reused in [false, true] {
        let r = probe.http().get("http://shop.test/echo").send().await?;
        assert_eq!(r.text()?, "unix: shop.test ");
        assert!(r.remote_addr().ip().is_unspecified());
        assert_eq!(probe.metrics()[0].get("reused"), Some(reused));
    }
    let ca = authority.ca();
    let probe = Probe::with(&[("http_unix_socket", &tls), ("http_ca", &ca)]);
    let r = probe.http().get("https://shop.test/echo").send().await?;
    assert_eq!((&*r.text()?, r.tls().is_some()), ("unix: shop.test ", true));
    let nobody = Probe::with(&[("http_unix_socket", "/no/such.sock")]);
    let error = nobody.http().get("http://shop.test/").send().await.unwrap_err();
    assert_eq!(error.cause(), "/no/such.sock: No such file or directory");
    Ok(())
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn connections_come_from_several_addresses_in_turn() -> Checked {
    let nginx = Nginx::start("", ECHO);
    let probe = Probe::with(&[
        ("http_local_addresses", "127.0.0.2, 127.0.0.3"),
        ("http_connections", "per_request"),
    ]);
    let mut from = Vec::new();
    for _ in 0..4 {
        let r = probe.http().get(nginx.url("/echo")).send().await?;
        from.push(r.text()?.split(' ').next().unwrap_or_default().to_owned());
    }
    assert_eq!(from, ["127.0.0.2", "127.0.0.3", "127.0.0.2", "127.0.0.3"]);
    let foreign = Probe::with(&[("http_local_addresses", "192.0.2.1")]);
    let error = foreign.http().get(nginx.url("/echo")).send().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Connect);
    assert!(error.cause().contains("192.0.2.1 cannot be connected from"), "{error}");
    Ok(())
}

#[tokio::test]
async fn connections_are_limited_and_the_wait_is_measured() -> Checked {
    let server = Scripted::always(ok("x")).await;
    for mode in ["shared", "per_request"] {
        let mut probe = Probe::with(&[("http_max_per_host", "2"), ("http_connections", mode)]);
        let http = probe.http();
        let get = || http.get(server.url("/")).send();
        let answers = tokio::join!(get(), get(), get(), get(), get());
        for answer in [answers.0, answers.1, answers.2, answers.3, answers.4] {
            assert_eq!(answer?.text()?, "x");
        }
        let messages = probe.metrics();
        let waits: Vec<f64> = messages.iter().flat_map(|m| m.get("pool_wait_time")).collect();
        assert_eq!(waits.iter().filter(|wait| **wait > 0.0).count(), 3, "{waits:?}");
        let reused = messages.iter().filter(|m| m.get("reused") == Some(true)).count();
        assert_eq!(reused, if mode == "shared" { 3 } else { 0 });
        for message in messages {
            let wait = message.get::<f64>("pool_wait_time").unwrap();
            assert!(wait <= message.get::<f64>("transfer_start_time").unwrap());
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_dropped_request_gives_its_place_back() -> Checked {
    use crate::support::scripted::Act;
    let server = Scripted::start(vec![vec![Act::Hang], vec![ok("next")]]).await;
    let mut probe = Probe::with(&[("http_max_per_host", "1")]);
    let http = probe.http();
    let held = http.get(server.url("/")).timeout(Duration::from_millis(100)).send();
    let waits = http.get(server.url("/")).send();
    let (held, waits) = tokio::join!(held, waits);
    assert_eq!(held.unwrap_err().kind(), Kind::TimeoutTotal);
    assert_eq!(waits?.text()?, "next");
    let wait = probe.metrics()[1].get::<f64>("pool_wait_time").unwrap();
    assert!(wait >= 0.1, "{wait}");
    Ok(())
}

#[tokio::test]
async fn a_connection_that_waited_too_long_is_not_used() -> Checked {
    let server = Scripted::always(ok("x")).await;
    let mut probe = Probe::with(&[("http_idle_timeout", "0.05")]);
    probe.http().get(server.url("/")).send().await?;
    probe.http().get(server.url("/")).send().await?;
    tokio::time::sleep(Duration::from_millis(60)).await;
    probe.http().get(server.url("/")).send().await?;
    let reused: Vec<bool> = probe.metrics().iter().flat_map(|m| m.get("reused")).collect();
    assert!(!reused[2]);
    Ok(())
}
