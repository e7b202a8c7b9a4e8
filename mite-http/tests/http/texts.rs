//! What is said of requests and responses: texts, errors, commands; and headers that
//! are empty or left out.

use std::collections::BTreeMap;
use std::process::Command;

use mite_http::{HeaderMap, HeaderValue, Kind, header};
use serde::Deserialize;
use serde_json::json;

use crate::support::scripted::{Act, Scripted, answer, ok};
use crate::support::{Probe, outcomes};

type Checked = mite_core::error::Result;

#[tokio::test]
async fn headers_may_be_empty_and_those_that_mite_adds_left_out() -> Checked {
    let server = Scripted::always(ok("")).await;
    let probe = Probe::new();
    let http = probe.http();
    http.get(server.url("/")).header("x-a", "").header("accept", "").send().await?;
    let request = server.request();
    assert!(request.contains("\r\nx-a: \r\n") && request.contains("\r\naccept: \r\n"), "{request}");

    http.default_header("x-team", "blue");
    let url = server.url("/").replace("http://", "http://bob:pw@");
    let mut bare = http.post(&url).json(&json!({})).cookie("a", "1");
    for name in [
        "User-Agent",
        "accept",
        "accept-encoding",
        "content-type",
        "authorization",
        "cookie",
        "x-team",
    ] {
        bare = bare.without_header(name);
    }
    let command = bare.to_curl();
    bare.send().await?;
    let expected = format!(
        "POST / HTTP/1.1\r\nhost: 127.0.0.1:{}\r\ncontent-length: 2\r\n\r\n{{}}",
        server.port
    );
    assert_eq!(server.request(), expected);
    assert!(command.contains("-H user-agent: -H accept:"), "{command}");
    // What is given itself is sent.
    let own = http.get(server.url("/")).without_header("user-agent").header("user-agent", "x");
    own.send().await?;
    assert!(server.request().contains("\r\nuser-agent: x\r\n"));
    for name in ["Host", "content-length", "Transfer-Encoding", "connection"] {
        let error = http.get(server.url("/")).without_header(name).send().await.unwrap_err();
        assert!(error.to_string().contains("cannot be left out"), "{error}");
    }
    let error = http.get(server.url("/")).without_header("a b").send().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Request);
    Ok(())
}

#[tokio::test]
async fn text_that_is_none_has_a_sibling_that_never_fails() -> Checked {
    let page = |charset: &str, body: &[u8]| {
        let head = format!("Content-Type: text/plain{charset}\r\nContent-Length: {}", body.len());
        Act::Answer([format!("HTTP/1.1 404 Not Found\r\n{head}\r\n\r\n").as_bytes(), body].concat())
    };
    let server = Scripted::start(vec![vec![
        page("", b"caf\xe9"),
        page("; charset=windows-1252", b"\x80 1"),
        page("", b"\xef\xbb\xbfmarked"),
    ]])
    .await;
    let probe = Probe::new();
    let broken = probe.http().get(server.url("/a")).send().await?;
    let error = broken.text().unwrap_err();
    assert_eq!(error.kind(), Kind::Body);
    let text = error.to_string();
    assert!(text.contains("/a failed: body: answered 404; the body is not UTF-8"), "{text}");
    assert!(text.contains("text_lossy()"), "{text}");
    assert_eq!(broken.text_lossy(), "caf\u{fffd}");
    let euro = probe.http().get(server.url("/")).send().await?;
    assert_eq!((&*euro.text()?, &*euro.text_lossy()), ("€ 1", "€ 1"));
    assert_eq!(probe.http().get(server.url("/")).send().await?.text()?, "marked");
    Ok(())
}

#[derive(Debug, Deserialize, PartialEq)]
struct Stats {
    items: Vec<BTreeMap<String, u32>>,
}

#[tokio::test]
async fn json_that_does_not_read_says_the_status_the_field_and_the_type() -> Checked {
    let page = |status: &str, body: &str| {
        answer(format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len()))
    };
    let server = Scripted::start(vec![vec![
        page("200 OK", "\u{feff}{\"items\": [{\"a\": 1}]}"),
        page("404 Not Found", "<html>no such page</html>"),
        page("200 OK", r#"{"items": [{"a": 1}, {"b": -2}]}"#),
        page("200 OK", r#"{"items": []} and more"#),
        page("200 OK", ""),
    ]])
    .await;
    let probe = Probe::new();
    let read = async || probe.http().get(server.url("/stats")).send().await?.json::<Stats>();
    assert_eq!(read().await?.items[0]["a"], 1);
    for cause in [
        r#"answered 404; the body does not read as Stats: expected value at line 1 column 1; it starts with "<html>no such page</html>""#,
        "answered 200; the body does not read as Stats: items[1].b: invalid value: integer `-2`, expected u32",
        "answered 200; the body does not read as Stats: trailing characters",
        "answered 200; the body does not read as Stats: EOF",
    ] {
        let error = read().await.unwrap_err();
        assert_eq!(error.kind(), Kind::Body);
        assert!(error.cause().starts_with(cause), "{error}");
    }
    Ok(())
}

#[tokio::test]
async fn a_body_that_cannot_be_decoded_says_the_status() {
    let body = "HTTP/1.1 502 Bad Gateway\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc";
    let server = Scripted::always(answer(body)).await;
    let mut probe = Probe::new();
    let error = probe.http().get(server.url("/")).send().await.unwrap_err();
    assert!(error.cause().starts_with("answered 502; the body is not the gzip"), "{error}");
    assert_eq!(probe.outcomes(), outcomes(&[("body", 502)]));
}

#[tokio::test]
async fn secrets_of_urls_are_not_in_errors_nor_in_what_they_carry() -> Checked {
    let server = Scripted::start(vec![vec![
        answer("HTTP/1.1 500 Broken\r\nContent-Length: 1\r\n\r\nx"),
        answer("HTTP/1.1 302 Found\r\nLocation: ftp://bob:s3cret@h/?token=s3cret\r\nContent-Length: 0\r\n\r\n"),
        Act::AnswerAndClose(Vec::new()),
    ]])
    .await;
    let probe = Probe::new();
    let url = server.url("/a?page=1&api_key=s3cret").replace("http://", "http://bob:s3cret@");
    let response = probe.http().get(&url).send().await?;
    let declared = response.expect_status(200).unwrap_err();
    assert!(declared.to_string().contains("/a?page=1&api_key=***"), "{declared}");
    let unread = response.json::<Stats>().unwrap_err().to_string();
    let lost = probe.http().get(&url).send().await.unwrap_err().to_string();
    let closed = probe.http().post(&url).send().await.unwrap_err().to_string();
    let unsent = probe.http().get(&url).header("x y", "").send().await.unwrap_err().to_string();
    let no_url = probe.http().get("http://bob:s3/cret@h/?token=s3cret").send().await.unwrap_err();
    for text in
        [format!("{declared:?}{response:?}"), unread, lost, closed, unsent, no_url.to_string()]
    {
        assert!(!text.contains("s3"), "{text}");
    }
    // A command is there to do the same again.
    assert!(probe.http().get(&url).to_curl().contains("bob:s3cret"));
    Ok(())
}

#[tokio::test]
async fn a_value_of_any_bytes_goes_back_as_it_came() -> Checked {
    let head = b"HTTP/1.1 200 OK\r\nETag: \"caf\xe9\xff\"\r\nContent-Length: 0\r\n\r\n";
    let server = Scripted::always(answer(&head[..])).await;
    let probe = Probe::new();
    let tag = probe.http().get(server.url("/")).send().await?.headers()["etag"].clone();
    assert_eq!(tag, b"\"caf\xe9\xff\""[..]);
    probe.http().get(server.url("/")).header("if-none-match", tag).send().await?;
    let raw = server.raw_requests().pop().expect("it was sent");
    let line = b"\r\nif-none-match: \"caf\xe9\xff\"\r\n";
    assert!(raw.windows(line.len()).any(|part| part == line), "{}", raw.escape_ascii());
    Ok(())
}

#[tokio::test]
async fn commands_do_the_same_whatever_bytes_they_have() {
    let server = Scripted::always(ok("")).await;
    let probe = Probe::new();
    probe.http().set_cookie(&server.url("/"), "jar=caf\u{e9}");
    let mut headers = HeaderMap::new();
    headers.insert(
        header::ACCEPT_LANGUAGE,
        HeaderValue::from_bytes(b"caf\xe9 it's \"x\" \\n").unwrap(),
    );
    let request = || {
        let request = probe.http().post(server.url("/{a}[b]?q={c}[d]&e='f'"));
        let request =
            request.headers(headers.clone()).header("x-empty", "").without_header("user-agent");
        request.body("a\u{1b}[2J\ttab\nline 'q' \\")
    };
    let command = request().to_curl();
    assert!(!command.contains('\u{1b}') && !command.contains('\u{fffd}'), "{command}");
    request().header("accept-encoding", "").send().await.unwrap();
    let mut shell = Command::new("bash");
    shell.args(["-c", &format!("{command} --silent --noproxy '*'")]);
    let done = tokio::task::spawn_blocking(move || shell.output()).await.unwrap().unwrap();
    assert!(done.status.success(), "{command}: {}", String::from_utf8_lossy(&done.stderr));
    let [mite, curl] = <[Vec<u8>; 2]>::try_from(server.raw_requests()).unwrap();
    // In no order, and with names in small letters.
    let lines = |request: &[u8]| {
        let text: String = request.iter().map(|b| char::from(*b)).collect();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let line = |line: &str| match line.split_once(": ") {
            Some((name, value)) => format!("{}: {value}", name.to_lowercase()),
            None => line.to_owned(),
        };
        let mut lines: Vec<_> =
            head.split("\r\n").map(line).filter(|l| !l.starts_with("accept-encoding")).collect();
        lines.sort();
        (lines.iter().map(|l| l.trim_end().to_owned()).collect::<Vec<_>>(), body.to_owned())
    };
    assert_eq!(lines(&curl), lines(&mite), "{command}");
}

#[tokio::test]
async fn an_address_is_reached_by_the_interface_that_its_url_names() -> Checked {
    let listener = match tokio::net::TcpListener::bind("[::1]:0").await {
        Ok(listener) => listener,
        Err(error) => return Err(mite_core::error::Error::new(format!("no IPv6: {error}"))),
    };
    let port = listener.local_addr()?.port();
    tokio::spawn(async move {
        use tokio::io::AsyncWriteExt;
        while let Ok((mut tcp, _)) = listener.accept().await {
            let request =
                crate::support::scripted::read_request(&mut tcp).await.unwrap_or_default();
            let host =
                String::from_utf8_lossy(&request).contains(&format!("host: [::1]:{port}\r\n"));
            let body = format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{host}",
                host.to_string().len()
            );
            let _ = tcp.write_all(body.as_bytes()).await;
        }
    });
    let mut probe = Probe::new();
    // By its number, and by its name, which Linux gives it.
    let zones = if cfg!(target_os = "linux") { &["251", "25lo", "lo"][..] } else { &["251"] };
    for zone in zones {
        let r = probe.http().get(format!("http://[::1%{zone}]:{port}/")).send().await?;
        assert_eq!((&*r.text()?, r.url().as_str()), ("true", &*format!("http://[::1]:{port}/")));
        assert_eq!(probe.metrics()[0].get::<String>("primary_ip").as_deref(), Some("::1"));
    }
    let error = probe.http().get("http://[fe80::1%25nowhere]:80/").send().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Dns);
    assert!(
        error.to_string().contains("is nowhere a network interface of this machine?"),
        "{error}"
    );
    Ok(())
}
