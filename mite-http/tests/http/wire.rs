//! Exact bytes, both ways: against a server that follows a script.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mite_http::Kind;
use serde_json::json;

use crate::support::Probe;
use crate::support::scripted::{Act, Scripted, answer, ok};

type Checked = mite_core::error::Result;

#[tokio::test]
async fn a_request_has_the_headers_that_it_should_and_no_others() -> Checked {
    let server = Scripted::always(ok("hi")).await;
    let probe = Probe::new();
    let r = probe.http().get(server.url("/p?q=1#f")).send().await?;
    assert_eq!((r.method().as_str(), &*r.text()?), ("GET", "hi"));
    let agent = concat!("mite/", env!("CARGO_PKG_VERSION"));
    assert_eq!(
        server.request(),
        format!(
            "GET /p?q=1 HTTP/1.1\r\nhost: 127.0.0.1:{}\r\nuser-agent: {agent}\r\naccept: */*\r\naccept-encoding: gzip, deflate, br, zstd\r\n\r\n",
            server.port
        )
    );
    probe.http().default_header("x-team", "blue");
    let own = probe.http().get(server.url("/")).header("accept", "text/x").header("host", "h.test");
    own.header("x-a", "1").header("x-a", "2").cookie("baz", "quux").send().await?;
    let request = server.request();
    for line in
        ["host: h.test", "accept: text/x", "cookie: baz=quux", "x-a: 1", "x-a: 2", "x-team: blue"]
    {
        assert_eq!(request.matches(&format!("\r\n{line}\r\n")).count(), 1, "{line} in {request}");
    }
    Ok(())
}

#[tokio::test]
async fn bodies_have_their_length_also_if_it_is_zero() -> Checked {
    let server = Scripted::always(ok("")).await;
    let mut probe = Probe::new();
    let http = probe.http();
    http.post(server.url("/")).send().await?;
    assert!(server.request().contains("\r\ncontent-length: 0\r\n"));
    http.delete(server.url("/")).send().await?;
    assert!(!server.request().contains("content-length"));
    http.post(server.url("/")).json(&json!({"foo": "bar"})).send().await?;
    let request = server.request();
    assert!(request.contains("\r\ncontent-type: application/json\r\n"), "{request}");
    assert!(request.ends_with("\r\n\r\n{\"foo\":\"bar\"}"), "{request}");
    http.put(server.url("/")).header("content-type", "a/b").json(&1).send().await?;
    assert!(server.request().contains("content-type: a/b\r\n"));
    let sizes: Vec<u64> = probe.metrics().iter().flat_map(|m| m.get("upload_size")).collect();
    assert_eq!(sizes, [0, 0, 13, 1]);
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_sent_is_an_error_before_sending() {
    let server = Scripted::always(ok("")).await;
    let mut probe = Probe::new();
    let http = probe.http();
    let url = server.url("/");
    for (request, part) in [
        (http.post(&url).json(&1).body("x"), "both json and body"),
        (http.get("not a url"), "GET not a url was not sent: it is not a whole URL"),
        (http.get("http://bob:pw@h:x/"), "GET http://h:x/ was not sent: it is not a URL"),
        (http.get("ftp://h/"), "neither http nor https"),
        (http.get(&url).header("x", "a\r\nb"), "header `x`"),
        (http.get(&url).header("x y", "a"), "name of a header"),
        (http.get(&url).cookie("a", "b\nc"), "cookie \"a\""),
        (http.request("NO GOOD", &url), "\"NO GOOD\" is not a method"),
    ] {
        assert!(request.to_curl().starts_with("# "), "{}", request.to_curl());
        let error = request.send().await.unwrap_err();
        assert_eq!(error.kind(), Kind::Request);
        assert!(error.to_string().contains(part), "{error}");
        assert!(!error.to_string().contains("pw"), "{error}");
    }
    let wrong = Probe::with(&[("http_timeout", "soon")]);
    let error = wrong.http().get(&url).send().await.unwrap_err();
    assert!(error.to_string().contains("`http_timeout` is \"soon\""), "{error}");
    assert_eq!((probe.metrics().len(), server.requests().len()), (0, 0));
}

#[tokio::test]
async fn informational_answers_are_passed_over() -> Checked {
    let early = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";
    let last = "HTTP/1.1 200 OK\r\nFoo: bar\r\nContent-Length: 2\r\n\r\nhi";
    let server = Scripted::always(answer(format!("{early}{last}"))).await;
    let mut probe = Probe::new();
    for _ in 0..2 {
        let r = probe.http().post(server.url("/")).body("x").send().await?;
        assert_eq!((r.status().as_u16(), &*r.text()?), (200, "hi"));
        assert!(!r.headers().contains_key("link"));
        assert_eq!(r.headers()["foo"], "bar");
    }
    assert_eq!(probe.metrics().len(), 2);
    Ok(())
}

#[tokio::test]
async fn answers_without_a_body_leave_the_connection_usable() -> Checked {
    let server = Scripted::start(vec![vec![
        answer("HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n"),
        answer("HTTP/1.1 204 No Content\r\n\r\n"),
        answer("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n"),
        answer("HTTP/1.1 300 Multiple Choices\r\nContent-Length: 0\r\n\r\n"),
        ok("end"),
    ]])
    .await;
    let mut probe = Probe::new();
    let http = probe.http();
    assert_eq!(http.get(server.url("/")).send().await?.status(), 304);
    assert_eq!(http.get(server.url("/")).send().await?.status(), 204);
    assert!(http.head(server.url("/")).send().await?.bytes().is_empty());
    assert_eq!(http.get(server.url("/")).send().await?.status(), 300);
    assert_eq!(http.get(server.url("/")).send().await?.text()?, "end");
    let reused: Vec<bool> = probe.metrics().iter().flat_map(|m| m.get("reused")).collect();
    assert_eq!(reused, [false, true, true, true, true]);
    Ok(())
}

#[tokio::test]
async fn bodies_may_hold_anything_and_end_in_every_legal_way() -> Checked {
    let server = Scripted::start(vec![
        vec![
            answer(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\na\0\0b"),
            answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na\0b\r\n2;x=y\r\ncd\r\n0\r\nTrailer: 1\r\n\r\n"),
            Act::AnswerAndClose(b"HTTP/1.1 200 OK\r\n\r\nuntil the \0 end".to_vec()),
        ],
        vec![Act::AnswerAndClose(b"HTTP/1.0 200 OK\r\n\r\nold".to_vec())],
    ])
    .await;
    let mut probe = Probe::new();
    for (body, size) in
        [(&b"a\0\0b"[..], 4), (b"a\0bcd", 5), (b"until the \0 end", 15), (b"old", 3)]
    {
        let r = probe.http().get(server.url("/")).send().await?;
        assert_eq!((&r.bytes()[..], r.wire_size()), (body, size));
    }
    let protocols: Vec<String> = probe.metrics().iter().flat_map(|m| m.get("protocol")).collect();
    assert_eq!(protocols, ["HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0"]);
    Ok(())
}

#[tokio::test]
async fn repeated_headers_and_cookies_are_all_there() -> Checked {
    let head = "HTTP/1.1 200 OK\r\nFoo: bar\r\nBaz: quux\r\nbaz: quuz\r\n\
                Set-Cookie: one=1; Path=/; HttpOnly\r\nSet-Cookie: two=2\r\nContent-Length: 0\r\n\r\n";
    let server = Scripted::always(answer(head)).await;
    let probe = Probe::new();
    let r = probe.http().get(server.url("/")).send().await?;
    let baz: Vec<_> = r.headers().get_all("BAZ").iter().collect();
    assert_eq!(baz, ["quux", "quuz"]);
    assert_eq!((r.cookies().get("one"), r.cookies().get("two")), (Some("1"), Some("2")));
    assert!(r.cookies().iter().next().unwrap().http_only);
    probe.http().get(server.url("/")).send().await?;
    let request = server.request();
    assert!(request.contains("one=1") && request.contains("two=2"), "{request}");
    Ok(())
}

#[tokio::test]
async fn text_follows_the_charset() -> Checked {
    let page = |charset: &str, body: &[u8]| {
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset={charset}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        answer([head.as_bytes(), body].concat())
    };
    let server = Scripted::start(vec![vec![
        page("\"ISO-8859-1\"", b"caf\xe9"),
        page("utf-8", "café".as_bytes()),
        page("utf-8", b"caf\xe9"),
        page("klingon", b"x"),
    ]])
    .await;
    let probe = Probe::new();
    let mut texts = Vec::new();
    for _ in 0..4 {
        let r = probe.http().get(server.url("/")).send().await?;
        texts.push(r.text().map(|t| t.into_owned()).map_err(|e| (e.kind(), e.to_string())));
    }
    assert_eq!(texts[0].as_deref(), Ok("café"));
    assert_eq!(texts[1].as_deref(), Ok("café"));
    assert!(texts[2].as_ref().unwrap_err().1.contains("not UTF-8"));
    assert_eq!(texts[3].as_ref().unwrap_err().0, Kind::Body);
    assert!(texts[3].as_ref().unwrap_err().1.contains("klingon"));
    Ok(())
}

#[tokio::test]
async fn credentials_and_cookies_do_not_go_to_another_origin() -> Checked {
    let other = Scripted::always(ok("other")).await;
    let to_other = format!(
        "HTTP/1.1 307 Temporary Redirect\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n",
        other.url("/there")
    );
    let to_self = "HTTP/1.1 302 Found\r\nLocation: /here\r\nContent-Length: 0\r\n\r\n";
    let server = Scripted::start(vec![vec![
        answer(to_self),
        ok("self"),
        answer(&to_other),
        answer(to_other),
    ]])
    .await;
    let probe = Probe::new();
    let with_user = server.url("/").replace("http://", "http://bob:pw@");
    let r = probe.http().get(&with_user).cookie("own", "1").header("x-a", "1").send().await?;
    assert_eq!(r.url().as_str(), server.url("/here"));
    let request = server.request();
    assert!(request.contains("authorization: Basic") && request.contains("own=1"), "{request}");

    for bearer in [false, true] {
        let request = probe.http().post(&with_user).cookie("own", "1").header("x-a", "1").body("b");
        let request = if bearer { request.bearer_auth("t") } else { request };
        assert_eq!(request.send().await?.text()?, "other");
        let seen = other.request();
        assert!(seen.starts_with("POST /there ") && seen.ends_with("\r\n\r\nb"), "{seen}");
        assert!(seen.contains("x-a: 1"), "{seen}");
        assert!(!seen.contains("authorization") && !seen.contains("cookie"), "{seen}");
        assert!(seen.contains(&format!("host: 127.0.0.1:{}\r\n", other.port)), "{seen}");
    }
    Ok(())
}

#[tokio::test]
async fn a_redirect_to_nowhere_is_an_error_and_one_without_location_an_answer() -> Checked {
    let server = Scripted::start(vec![vec![
        answer("HTTP/1.1 301 Moved\r\nContent-Length: 0\r\n\r\n"),
        answer("HTTP/1.1 302 Found\r\nLocation: mailto:bob\r\nContent-Length: 0\r\n\r\n"),
    ]])
    .await;
    let probe = Probe::new();
    assert_eq!(probe.http().get(server.url("/")).send().await?.status(), 301);
    let error = probe.http().get(server.url("/")).send().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Protocol);
    assert!(error.to_string().contains("mailto:bob"), "{error}");
    Ok(())
}

#[tokio::test]
async fn the_callback_sees_every_response_and_adds_to_its_message() -> Checked {
    let away = "HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n";
    let server = Scripted::start(vec![vec![answer(away), ok("b"), ok("c")]]).await;
    let mut probe = Probe::new();
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    probe.http().on_response(move |r, extra| {
        counted.fetch_add(1, Ordering::Relaxed);
        extra.insert("path", r.url().path());
    });
    probe.http().get(server.url("/a")).tag("flow", "x").send().await?;
    assert_eq!(calls.load(Ordering::Relaxed), 2);
    let messages = probe.metrics();
    let paths: Vec<String> = messages.iter().flat_map(|m| m.get("path")).collect();
    assert_eq!(paths, ["/a", "/b"]);
    let tags = messages[0].get::<std::collections::BTreeMap<String, String>>("tags").unwrap();
    assert_eq!(tags, [("flow".to_owned(), "x".to_owned())].into());

    probe.http().on_response(|_, extra| extra.insert("total_time", 0));
    let error = probe.http().get(server.url("/c")).send().await.unwrap_err();
    assert!(error.to_string().contains("`total_time`"), "{error}");
    let message = &probe.metrics()[0];
    assert_eq!(message.get::<String>("outcome").unwrap(), "ok");
    assert!(message.get::<f64>("total_time").unwrap() > 0.0);
    Ok(())
}

#[tokio::test]
async fn curl_commands_are_what_the_request_is() -> Checked {
    let set = "HTTP/1.1 200 OK\r\nSet-Cookie: jar=1\r\nContent-Length: 0\r\n\r\n";
    let server = Scripted::always(answer(set)).await;
    let probe = Probe::new();
    let url = server.url("/");
    let get = || probe.http().get(&url);
    assert_eq!(get().to_curl(), format!("curl -X GET {url}"));
    assert_eq!(
        get().header("Foo", "bar").header("Baz", "a b").to_curl(),
        format!("curl -X GET -H 'foo: bar' -H 'baz: a b' {url}")
    );
    assert_eq!(
        get().cookie("123", "456").cookie("a", "b").to_curl(),
        format!("curl -X GET --cookie '123=456; a=b' {url}")
    );
    assert_eq!(
        get().basic_auth("foo", "bar").to_curl(),
        format!("curl -X GET --user foo:bar {url}")
    );
    assert_eq!(probe.http().head(&url).to_curl(), format!("curl --head {url}"));
    assert_eq!(
        probe.http().post(&url).body(vec![0, 65]).to_curl(),
        format!(r"printf '\000\101' | curl -X POST -H content-type: --data-binary @- {url}")
    );
    get().send().await?;
    assert_eq!(get().to_curl(), format!("curl -X GET --cookie jar=1 {url}"));
    assert_eq!(probe.http().get("http://other.test/").to_curl(), "curl -X GET http://other.test/");
    Ok(())
}
