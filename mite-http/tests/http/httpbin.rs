//! Cookies, redirects, authorization, encodings: against httpbin.

use std::time::Duration;

use mite_http::{Kind, Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Probe, httpbin, outcomes};

fn url(path: &str) -> String {
    format!("{}{path}", httpbin::url())
}

type Checked = mite_core::error::Result;

#[tokio::test]
async fn a_get_has_status_headers_and_json() -> Checked {
    let mut probe = Probe::new();
    let r = probe.http().get(url("/ip")).send().await?;
    assert_eq!(r.status(), 200);
    assert_eq!(r.headers()["content-type"], "application/json");
    assert_eq!(r.json::<Value>()?, json!({"origin": "127.0.0.1"}));
    assert!(r.remote_addr().ip().is_loopback());
    assert_eq!(probe.outcomes(), outcomes(&[("ok", 200)]));
    Ok(())
}

#[tokio::test]
async fn every_verb_arrives_as_itself() -> Checked {
    let probe = Probe::new();
    let http = probe.http();
    for (request, method) in [
        (http.get(url("/anything")), "GET"),
        (http.post(url("/anything")), "POST"),
        (http.put(url("/anything")), "PUT"),
        (http.patch(url("/anything")), "PATCH"),
        (http.delete(url("/anything")), "DELETE"),
        (http.request("TRACE", url("/anything")), "TRACE"),
        (http.request(Method::PUT, url("/anything")), "PUT"),
    ] {
        assert_eq!(request.send().await?.json::<Value>()?["method"], method);
    }
    assert!(http.head(url("/get")).send().await?.bytes().is_empty());
    let options = http.options(url("/get")).send().await?;
    assert!(options.headers()["allow"].to_str()?.contains("OPTIONS"));
    Ok(())
}

#[tokio::test]
async fn what_is_sent_arrives() -> Checked {
    let probe = Probe::new();
    let http = probe.http();
    let sent = http
        .post(url("/post?a=1"))
        .query(&[("b", "x y"), ("c", "ü&=")])
        .header("x-one", "1")
        .json(&json!({"foo": ["bar", null]}))
        .send()
        .await?
        .json::<Value>()?;
    assert_eq!(sent["args"], json!({"a": "1", "b": "x y", "c": "ü&="}));
    assert_eq!(sent["headers"]["X-One"], "1");
    assert_eq!(sent["headers"]["Content-Type"], "application/json");
    assert_eq!(sent["headers"]["User-Agent"], concat!("mite/", env!("CARGO_PKG_VERSION")));
    assert_eq!(sent["json"], json!({"foo": ["bar", null]}));

    let form = http.post(url("/post")).form(&[("k", "a&b")]).send().await?.json::<Value>()?;
    assert_eq!(form["form"], json!({"k": "a&b"}));
    let body = http.put(url("/put")).body("foobar").send().await?.json::<Value>()?;
    assert_eq!(body["data"], "foobar");
    Ok(())
}

#[tokio::test]
async fn cookies_come_through_redirects_and_go_back() -> Checked {
    let mut probe = Probe::new();
    let http = probe.http();
    let r = http.get(url("/cookies/set?name=value")).send().await?;
    assert_eq!(r.cookies().get("name"), Some("value"));
    assert_eq!((r.url().path(), r.history().len()), ("/cookies", 1));
    assert_eq!(http.cookies().get("name"), Some("value"));

    let seen = http.get(url("/cookies")).send().await?.json::<Value>()?;
    assert_eq!(seen["cookies"], json!({"name": "value"}));
    http.clear_cookies();
    assert!(http.cookies().is_empty());
    let seen = http.get(url("/cookies")).send().await?.json::<Value>()?;
    assert_eq!(seen["cookies"], json!({}));

    http.get(url("/cookies/set?name=value")).send().await?;
    probe.next_execution();
    assert!(probe.http().cookies().is_empty(), "each execution has its own jar");
    Ok(())
}

#[tokio::test]
async fn a_requests_own_cookie_joins_the_jar_once() -> Checked {
    let probe = Probe::new();
    let http = probe.http();
    http.get(url("/cookies/set?name=value")).send().await?;
    let r = http.get(url("/cookies/set?name2=value2")).cookie("name3", "value3").send().await?;
    let seen = r.json::<Value>()?;
    let all = json!({"name": "value", "name2": "value2", "name3": "value3"});
    assert_eq!(seen["cookies"], all);
    let mut kept: Vec<_> = http.cookies().iter().map(|c| c.name.clone()).collect();
    kept.sort();
    assert_eq!(kept, ["name", "name2"]);
    Ok(())
}

#[tokio::test]
async fn basic_auth_from_the_call_and_from_the_url() -> Checked {
    let mut probe = Probe::new();
    let http = probe.http();
    let place = url("/basic-auth/bob/s3cret");
    let right = http.get(&place).basic_auth("bob", "s3cret").send().await?;
    assert_eq!(right.status(), 200);
    let wrong = http.get(&place).basic_auth("bob", "guess").send().await?;
    assert_eq!(wrong.status(), 401);
    let in_url = http.get(place.replace("http://", "http://bob:s3cret@")).send().await?;
    assert_eq!(in_url.status(), 200);
    assert_eq!(in_url.url().as_str(), place);
    for message in probe.metrics() {
        assert_eq!(message.get::<String>("effective_url").unwrap(), place);
    }
    let bearer = http.get(url("/bearer")).bearer_auth("t0k").send().await?;
    assert_eq!(bearer.json::<Value>()?["token"], "t0k");
    Ok(())
}

#[tokio::test]
async fn redirects_are_followed_hop_by_hop() -> Checked {
    let mut probe = Probe::new();
    let http = probe.http();
    let r = http.get(url("/redirect/3")).send().await?;
    assert_eq!(r.url().path(), "/get");
    let hops: Vec<_> = r.history().iter().map(|h| h.url().path()).collect();
    assert_eq!(hops, ["/redirect/3", "/relative-redirect/2", "/relative-redirect/1"]);
    assert_eq!(probe.outcomes(), outcomes(&[("ok", 302), ("ok", 302), ("ok", 302), ("ok", 200)]));

    let error = http.get(url("/redirect/3")).max_redirects(2).send().await.unwrap_err();
    assert_eq!(error.kind(), Kind::TooManyRedirects);
    assert_eq!(probe.metrics().len(), 3);
    let stay = http.get(url("/redirect/3")).no_redirects().send().await?;
    assert_eq!((stay.status(), stay.headers().contains_key("location")), (StatusCode::FOUND, true));
    Ok(())
}

#[tokio::test]
async fn methods_change_as_the_status_says() -> Checked {
    let probe = Probe::new();
    let http = probe.http();
    for (status, method, data) in [
        (301, "GET", ""),
        (302, "GET", ""),
        (303, "GET", ""),
        (307, "POST", "x"),
        (308, "POST", "x"),
    ] {
        let to = format!("/redirect-to?status_code={status}&url=/anything");
        let r = http.post(url(&to)).header("content-type", "text/x").body("x").send().await?;
        let seen = r.json::<Value>()?;
        assert_eq!((&seen["method"], &seen["data"]), (&json!(method), &json!(data)), "{status}");
        assert_eq!(seen["headers"].get("Content-Type").is_some(), !data.is_empty(), "{status}");
    }
    let head = http.head(url("/redirect-to?status_code=303&url=/anything")).send().await?;
    assert_eq!((head.method(), head.status()), (&Method::HEAD, StatusCode::OK));
    Ok(())
}

#[tokio::test]
async fn gzip_is_undone_unless_asked_for() -> Checked {
    let mut probe = Probe::new();
    let http = probe.http();
    let r = http.get(url("/gzip")).send().await?;
    assert_eq!(r.json::<Value>()?["gzipped"], true);
    assert!(r.wire_size() < r.bytes().len() as u64);
    assert_eq!(probe.metrics()[0].get("download_size"), Some(r.wire_size()));
    let raw = http.get(url("/gzip")).header("accept-encoding", "gzip").send().await?;
    assert_eq!(raw.bytes()[..2], [0x1f, 0x8b]);
    Ok(())
}

#[tokio::test]
async fn a_slow_answer_times_out() {
    let mut probe = Probe::new();
    let request = probe.http().get(url("/delay/5")).timeout(Duration::from_millis(200));
    let error = request.send().await.unwrap_err();
    assert_eq!(error.kind(), Kind::TimeoutTotal);
    assert!(error.to_string().ends_with("no complete response within 200ms"), "{error}");
    let message = &probe.metrics()[0];
    assert_eq!(message.get::<String>("outcome").unwrap(), "timeout_total");
    assert!(message.get::<f64>("total_time").unwrap() >= 0.2);
    assert_eq!(message.get::<f64>("first_byte_time"), Some(0.0));
}

#[tokio::test]
async fn chunked_and_streamed_bodies_are_whole() -> Checked {
    let probe = Probe::new();
    let stream = probe.http().get(url("/stream/20")).send().await?;
    assert_eq!(stream.text()?.lines().count(), 20);
    let bytes = probe.http().get(url("/stream-bytes/100000?seed=1&chunk_size=777")).send().await?;
    assert_eq!(bytes.bytes().len(), 100_000);
    Ok(())
}

#[tokio::test]
async fn unexpected_statuses_are_declared_errors() -> Checked {
    let probe = Probe::new();
    let r = probe.http().get(url("/status/418")).send().await?;
    let error = r.expect_status(200).unwrap_err();
    assert!(error.is_declared());
    let start = format!("GET {} answered 418 I'm a teapot instead of 200: ", url("/status/418"));
    assert!(error.text().starts_with(&start) && error.text().contains("teapot"), "{error}");
    assert_eq!(error.fields().get::<u16>("status"), Some(418));
    assert_eq!(error.fields().get::<u16>("expected"), Some(200));
    assert_eq!(error.fields().get::<String>("method").unwrap(), "GET");
    assert_eq!(error.location().file, file!());
    assert!(r.error_for_status().is_err());
    r.expect_status(StatusCode::IM_A_TEAPOT)?;
    let created = probe.http().get(url("/status/201")).send().await?;
    created.error_for_status()?.expect_status(201)?;
    Ok(())
}
