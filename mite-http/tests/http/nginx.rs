//! Counts, phases, connections and TLS: against nginx.

use mite_http::Kind;

use crate::support::authority::Authority;
use crate::support::nginx::Nginx;
use crate::support::{Probe, free_port, outcomes};

type Checked = mite_core::error::Result;

#[tokio::test]
async fn there_is_one_message_for_each_request_that_the_server_counts() -> Checked {
    let nginx = Nginx::start("", "location = /away { return 302 /hello; }");
    nginx.file("hello", b"hello");
    let mut probe = Probe::new();
    let before = nginx.served();
    for i in 0..20 {
        let path = ["/hello", "/away", "/missing"][i % 3];
        probe.http().get(nginx.url(path)).send().await?;
        probe.next_execution();
    }
    let after = nginx.served();
    let messages = probe.metrics();
    assert_eq!(messages.len(), 27);
    assert_eq!(after.1 - before.1, 27 + 1, "and the last asking");
    assert_eq!(after.0 - before.0, 1 + 1, "one connection is shared by all executions");
    assert_eq!(messages.iter().filter(|m| m.get("reused") == Some(false)).count(), 1);
    Ok(())
}

#[tokio::test]
async fn phases_are_ordered_and_zero_on_a_reused_connection() -> Checked {
    let nginx = Nginx::start("", "");
    nginx.file("hello", b"hello");
    let mut probe = Probe::new();
    let name = nginx.url("/hello").replace("127.0.0.1", "localhost");
    for _ in 0..2 {
        probe.http().get(&name).send().await?;
    }
    let messages = probe.metrics();
    let phases = |i: usize| {
        ["dns", "connect", "tls", "transfer_start", "first_byte", "total"]
            .map(|phase| messages[i].get::<f64>(&format!("{phase}_time")).unwrap())
    };
    let [dns, connect, tls, transfer, first, total] = phases(0);
    assert!(0.0 < dns && dns <= connect && connect <= transfer, "{:?}", phases(0));
    assert!(transfer < first && first <= total, "{:?}", phases(0));
    assert_eq!(tls, 0.0);
    let [dns, connect, tls, transfer, first, total] = phases(1);
    assert_eq!([dns, connect, tls], [0.0; 3]);
    assert!(0.0 < transfer && transfer < first && first <= total, "{:?}", phases(1));
    assert_eq!(messages[1].get("reused"), Some(true));
    assert_eq!(messages[1].get::<String>("primary_ip").unwrap(), "127.0.0.1");
    assert_eq!(messages[1].get::<String>("protocol").unwrap(), "HTTP/1.1");
    assert_eq!(messages[1].get::<String>("method").unwrap(), "GET");
    assert_eq!(messages[1].get("download_size"), Some(5));
    let start = messages[1].get::<f64>("start_time").unwrap();
    assert!(start >= messages[0].get::<f64>("start_time").unwrap() && start > 1.7e9);
    Ok(())
}

#[tokio::test]
async fn connections_are_shared_as_the_settings_say() -> Checked {
    for (setting, expected) in [("shared", 1), ("per_journey", 3), ("per_request", 6)] {
        let nginx = Nginx::start("", "");
        nginx.file("hello", b"hello");
        let mut probe = Probe::with(&[("http_connections", setting)]);
        let before = nginx.served();
        for _ in 0..3 {
            probe.http().get(nginx.url("/hello")).send().await?;
            probe.http().get(nginx.url("/hello")).send().await?;
            probe.next_execution();
        }
        assert_eq!(nginx.served().0 - before.0 - 1, expected, "{setting}");
    }
    Ok(())
}

#[tokio::test]
async fn a_server_that_closes_is_dialled_again() -> Checked {
    let nginx = Nginx::start("", "keepalive_timeout 0;");
    nginx.file("hello", b"hello");
    let mut probe = Probe::new();
    for _ in 0..3 {
        assert_eq!(probe.http().get(nginx.url("/hello")).send().await?.text()?, "hello");
    }
    let reused: Vec<bool> = probe.metrics().iter().flat_map(|m| m.get("reused")).collect();
    assert_eq!(reused, [false; 3]);
    Ok(())
}

#[tokio::test]
async fn gzip_has_a_wire_size_and_a_decoded_size() -> Checked {
    let nginx = Nginx::start("", "gzip on; gzip_types *; gzip_min_length 1;");
    nginx.file("long", &b"0123456789".repeat(10_000));
    let probe = Probe::new();
    let r = probe.http().get(nginx.url("/long")).send().await?;
    assert_eq!(r.headers()["content-encoding"], "gzip");
    assert_eq!(r.bytes().len(), 100_000);
    assert!((1..10_000).contains(&r.wire_size()), "{}", r.wire_size());
    Ok(())
}

#[tokio::test]
async fn bytes_arrive_as_they_are() -> Checked {
    let nginx = Nginx::start("", "");
    let bytes: Vec<u8> = (0..300_000).map(|i| (i % 256) as u8).collect();
    nginx.file("bytes", &bytes);
    let probe = Probe::new();
    let r = probe.http().get(nginx.url("/bytes")).send().await?;
    assert_eq!(r.bytes(), &bytes);
    Ok(())
}

#[tokio::test]
async fn a_head_leaves_the_connection_usable() -> Checked {
    let nginx = Nginx::start("", "location = /none { return 204; }");
    nginx.file("hello", b"hello");
    let mut probe = Probe::new();
    let head = probe.http().head(nginx.url("/hello")).send().await?;
    assert_eq!((&head.headers()["content-length"], head.bytes().len()), (&"5".parse()?, 0));
    let modified = head.headers()["last-modified"].to_str()?;
    assert_eq!(probe.http().get(nginx.url("/none")).send().await?.status(), 204);
    let request = probe.http().get(nginx.url("/hello")).header("if-modified-since", modified);
    assert_eq!(request.send().await?.status(), 304);
    assert_eq!(probe.http().get(nginx.url("/hello")).send().await?.text()?, "hello");
    let reused: Vec<bool> = probe.metrics().iter().flat_map(|m| m.get("reused")).collect();
    assert_eq!(reused, [false, true, true, true]);
    Ok(())
}

#[tokio::test]
async fn a_post_that_expects_100_continue_gets_the_final_headers() -> Checked {
    let proxied = "client_body_in_file_only off; location = /in { client_max_body_size 1m;
        proxy_pass http://127.0.0.1:$server_port/out; } location = /out { return 200 done; }";
    let nginx = Nginx::start("", proxied);
    let probe = Probe::new();
    let request = probe.http().post(nginx.url("/in")).header("expect", "100-continue");
    let r = request.body("x".repeat(10_000)).send().await?;
    assert_eq!((r.status().as_u16(), &*r.text()?), (200, "done"));
    Ok(())
}

/// An nginx with a certificate.
fn tls_nginx() -> (Nginx, Authority) {
    let authority = Authority::new();
    let nginx = Nginx::start("ssl", &authority.server(&["localhost", "127.0.0.1"]));
    nginx.file("hello", b"hello");
    (nginx, authority)
}

#[tokio::test]
async fn a_certificate_is_accepted_only_if_its_authority_is_known() -> Checked {
    let (nginx, authority) = tls_nginx();
    let ca = authority.ca();
    let url = nginx.url("/hello").replace("http://", "https://");

    let mut known = Probe::with(&[("http_ca", &ca)]);
    assert_eq!(known.http().get(&url).send().await?.text()?, "hello");
    let by_name = url.replace("127.0.0.1", "localhost");
    assert_eq!(known.http().get(&by_name).send().await?.text()?, "hello");
    let message = &known.metrics()[0];
    let connect = message.get::<f64>("connect_time").unwrap();
    let tls = message.get::<f64>("tls_time").unwrap();
    let transfer = message.get::<f64>("transfer_start_time").unwrap();
    assert!(0.0 < connect && connect < tls && tls <= transfer, "{connect} {tls} {transfer}");

    let mut unknown = Probe::new();
    let error = unknown.http().get(&url).send().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Tls);
    for remedy in ["http_insecure=true", "http_ca=FILE"] {
        assert!(error.to_string().contains(remedy), "{error}");
    }
    assert_eq!(unknown.outcomes(), outcomes(&[("tls", 0)]));

    let insecure = Probe::with(&[("http_insecure", "true")]);
    assert_eq!(insecure.http().get(&url).send().await?.text()?, "hello");
    assert!(insecure.http().get(&url).to_curl().starts_with("curl --insecure -X GET https://"));

    let plain = known.http().get(nginx.url("/hello")).send().await?;
    assert_eq!(plain.status(), 400, "nginx says that plain HTTP went to a TLS port");
    Ok(())
}

#[tokio::test]
async fn a_ca_file_that_is_none_is_named() {
    let port = Nginx::start("", "");
    let url = format!("https://127.0.0.1:{}/", port.port);
    let missing = Probe::with(&[("http_ca", "no/such/file.pem")]);
    let error = missing.http().get(&url).send().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Tls);
    assert!(error.to_string().contains("`http_ca` names no/such/file.pem"), "{error}");
    let not_tls = Probe::new().http().get(&url).send().await.unwrap_err();
    assert_eq!(not_tls.kind(), Kind::Tls);
}

#[tokio::test]
async fn nobody_there_and_no_such_name_are_counted_with_their_kinds() {
    let mut probe = Probe::new();
    let url = format!("http://127.0.0.1:{}/", free_port());
    let error = probe.http().get(&url).send().await.unwrap_err();
    assert_eq!(error.to_string(), format!("GET {url} failed: connect: Connection refused"));
    // No resolver asks the network for a label of more than 63 letters.
    let nowhere = format!("http://{}.test/", "x".repeat(64));
    let error = probe.http().get(&nowhere).send().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Dns);
    let messages = probe.metrics();
    assert_eq!(messages[0].get::<String>("error").unwrap(), "Connection refused");
    assert_eq!(messages[0].get::<String>("primary_ip").unwrap(), "127.0.0.1");
    assert_eq!(messages[1].get::<String>("outcome").unwrap(), "dns");
    assert_eq!(messages[1].get::<Option<String>>("primary_ip"), Some(None));
}
