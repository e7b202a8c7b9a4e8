//! Bodies, both ways: encodings, files, streams, limits.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use mite_http::{Body, Kind, Multipart, Part};
use serde_json::Value;
use tokio::sync::Notify;

use crate::support::scripted::{Act, Scripted, answer, ok};
use crate::support::{Probe, Scratch, httpbin, outcomes};

type Checked = mite_core::error::Result;

/// Items one after the other.
struct Items(std::vec::IntoIter<io::Result<Vec<u8>>>);

impl Stream for Items {
    type Item = io::Result<Vec<u8>>;
    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.next())
    }
}

fn stream(items: Vec<io::Result<Vec<u8>>>, length: Option<u64>) -> Body {
    Body::stream(Items(items.into_iter()), length)
}

#[tokio::test]
async fn every_offered_encoding_is_undone() -> Checked {
    let mut probe = Probe::new();
    for (path, said) in [("/gzip", "gzipped"), ("/deflate", "deflated"), ("/brotli", "brotli")] {
        let r = probe.http().get(format!("{}{path}", httpbin::url())).send().await?;
        assert_eq!(r.json::<Value>()?[said], true, "{path}");
        assert!(r.headers().contains_key("content-encoding"));
        assert_eq!(probe.metrics()[0].get("download_size"), Some(r.wire_size()));
    }
    Ok(())
}

#[tokio::test]
async fn a_form_with_files_arrives_whole() -> Checked {
    let directory = Scratch::new("upload");
    let path = directory.0.join("big.bin");
    let content: Vec<u8> = (0..300_000u32).flat_map(|n| n.to_le_bytes()).collect();
    std::fs::write(&path, &content)?;
    let form = || {
        Multipart::new()
            .text("title", "ü & \"x\"")
            .part("note", Part::bytes("hello").file_name("n.txt").mime("text/plain"))
    };
    let mut probe = Probe::new();
    let url = format!("{}/post", httpbin::url());
    let small = probe.http().post(&url).multipart(form()).send().await?.json::<Value>()?;
    assert_eq!(small["form"]["title"], "ü & \"x\"");
    assert_eq!(small["files"]["note"], "hello");
    let big = form().part("big", Part::file(&path).await?);
    let r = probe.http().post(&url).multipart(big).send().await?.json::<Value>()?;
    assert_eq!(r["files"]["note"], "hello");
    let length: u64 = r["headers"]["Content-Length"].as_str().unwrap().parse().unwrap();
    assert!(length > 1_200_000);
    assert_eq!(probe.metrics()[1].get("upload_size"), Some(length));
    let file = probe.http().post(&url).body(Body::file(&path).await?).send().await?;
    assert_eq!(file.json::<Value>()?["headers"]["Content-Length"], "1200000");
    assert!(Body::file("no/such/file").await.unwrap_err().to_string().contains("no/such/file"));
    Ok(())
}

#[tokio::test]
async fn a_stream_of_unknown_length_is_sent_in_chunks() -> Checked {
    let server = Scripted::always(ok("got it")).await;
    let mut probe = Probe::new();
    let body = stream(vec![Ok(b"hello".to_vec()), Ok(Vec::new()), Ok(b"world".to_vec())], None);
    let r = probe.http().post(server.url("/")).body(body).send().await?;
    assert_eq!(r.text()?, "got it");
    let request = server.request();
    assert!(request.contains("\r\ntransfer-encoding: chunked\r\n"), "{request}");
    assert!(!request.contains("content-length"), "{request}");
    assert!(request.ends_with("\r\n\r\n5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n"), "{request}");
    assert_eq!(probe.metrics()[0].get("upload_size"), Some(10));
    Ok(())
}

#[tokio::test]
async fn a_stream_that_fails_or_has_another_length_fails_the_request() {
    let server = Scripted::always(ok("")).await;
    for (body, part) in [
        (stream(vec![Ok(vec![1]), Err(io::Error::other("disk on fire"))], None), "disk on fire"),
        (stream(vec![Ok(vec![1; 5])], Some(6)), "ended after 5 of the 6 bytes"),
        (stream(vec![Ok(vec![1; 7])], Some(6)), "longer than the 6 bytes"),
    ] {
        let mut probe = Probe::new();
        let error = probe.http().post(server.url("/")).body(body).send().await.unwrap_err();
        assert_eq!(error.kind(), Kind::Request);
        assert!(error.to_string().contains(part), "{error}");
        assert_eq!(probe.outcomes(), outcomes(&[("request", 0)]));
    }
}

#[tokio::test]
async fn a_stream_is_not_sent_to_where_a_redirect_points() -> Checked {
    let away = "HTTP/1.1 307 T\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n";
    let server =
        Scripted::start(vec![vec![answer(away), answer(away.replace("307", "303")), ok("b")]])
            .await;
    let probe = Probe::new();
    let body = || stream(vec![Ok(b"x".to_vec())], Some(1));
    let r = probe.http().post(server.url("/")).body(body()).send().await?;
    assert_eq!(r.status(), 307);
    let r = probe.http().post(server.url("/")).body(body()).send().await?;
    assert_eq!(r.text()?, "b");
    assert!(server.request().starts_with("GET /b "));
    // It is the response then, so its body is the journey's to read.
    let stays = "HTTP/1.1 307 T\r\nLocation: /b\r\nContent-Length: 4\r\n\r\nbody";
    let server = Scripted::always(answer(stays)).await;
    let mut r = probe.http().post(server.url("/")).body(body()).send_streaming().await?;
    assert_eq!((r.status().as_u16(), r.chunk().await?.unwrap()), (307, "body".into()));
    Ok(())
}

#[tokio::test]
async fn bodies_are_kept_up_to_a_limit_and_counted_if_they_are_not_wanted() -> Checked {
    let body = "x".repeat(1000);
    let server = Scripted::always(ok(&body)).await;
    let mut probe = Probe::with(&[("http_max_body", "999")]);
    let error = probe.http().get(server.url("/")).send().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Body);
    assert!(error.to_string().contains("more than 999 bytes"), "{error}");
    let r = probe.http().get(server.url("/")).discard_body().send().await?;
    assert_eq!((r.bytes().len(), r.wire_size()), (0, 1000));
    let messages = probe.metrics();
    assert_eq!(messages[0].get::<String>("outcome").unwrap(), "body");
    assert_eq!(messages[1].get("download_size"), Some(1000));
    let enough = Probe::with(&[("http_max_body", "1000")]);
    assert_eq!(enough.http().get(server.url("/")).send().await?.bytes().len(), 1000);

    // Decoded bytes count, too.
    let wide = Probe::with(&[("http_max_body", "200")]);
    let gzip = format!("{}/gzip", httpbin::url());
    let error = wide.http().get(&gzip).send().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Body);
    assert!(wide.http().get(&gzip).discard_body().send().await?.wire_size() > 0);
    Ok(())
}

fn event_stream(pieces: &[&str]) -> (Act, Arc<Notify>) {
    let next = Arc::new(Notify::new());
    let head =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
    let chunk = |text: &&str| format!("{:x}\r\n{text}\r\n", text.len());
    let mut pieces: Vec<String> = pieces.iter().map(chunk).collect();
    pieces.push("0\r\n\r\n".to_owned());
    pieces[0].insert_str(0, head);
    (Act::Paced(pieces.into_iter().map(String::into_bytes).collect(), next.clone()), next)
}

#[tokio::test]
async fn pieces_are_there_when_they_were_sent_and_their_gaps_are_measured() -> Checked {
    let (act, next) = event_stream(&["data: one\n", "\ndata: two\n\n", "data: three\n\n"]);
    let away = answer("HTTP/1.1 302 F\r\nLocation: /s\r\nContent-Length: 0\r\n\r\n");
    let server = Scripted::start(vec![vec![away, act, ok("after")]]).await;
    let mut probe = Probe::new();
    let mut r = probe.http().get(server.url("/")).send_streaming().await?;
    assert_eq!((r.status().as_u16(), r.url().path(), r.history().len()), (200, "/s", 1));
    assert!(server.request().contains("accept-encoding: identity\r\n"));
    assert_eq!(probe.outcomes(), outcomes(&[("ok", 302)]));
    let wait = tokio::time::timeout(Duration::from_millis(30), r.event());
    assert!(wait.await.is_err(), "half an event is none");
    next.notify_one();
    assert_eq!(r.event().await?.unwrap().data, "one");
    assert_eq!(r.event().await?.unwrap().data, "two");
    next.notify_one();
    assert_eq!(r.event().await?.unwrap().data, "three");
    assert_eq!(probe.metrics().len(), 0, "it is counted at its end");
    next.notify_one();
    assert_eq!(r.event().await?, None);
    assert_eq!(r.chunk().await?, None);
    drop(r);
    let metrics = probe.metrics();
    assert_eq!(metrics.len(), 1);
    let number = |name: &str| metrics[0].get::<f64>(name).unwrap();
    assert_eq!(metrics[0].get("chunks"), Some(3));
    assert_eq!(metrics[0].get("download_size"), Some(35));
    assert!(number("chunk_gap_max") >= 0.03 && number("chunk_gap_mean") >= 0.015);
    assert!(number("first_byte_time") <= number("first_chunk_time"));
    assert!(number("total_time") >= number("first_chunk_time") + 0.03);
    assert_eq!(probe.http().get(server.url("/")).send().await?.text()?, "after");
    assert_eq!(probe.metrics()[0].get("reused"), Some(true));
    Ok(())
}

#[tokio::test]
async fn a_stream_that_is_left_finished_or_cut_short_is_counted_once() -> Checked {
    let hang = || event_stream(&["data: x\n\n", "never"]).0;
    let cut = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort";
    let server = Scripted::start(vec![
        vec![hang()],
        vec![hang()],
        vec![hang()],
        vec![Act::AnswerAndClose(cut.into())],
    ])
    .await;
    let mut probe = Probe::new();
    let mut left = probe.http().get(server.url("/")).send_streaming().await?;
    assert_eq!(left.chunk().await?.unwrap(), "data: x\n\n");
    drop(left);
    assert_eq!(probe.outcomes(), outcomes(&[("cancelled", 200)]));

    let mut finished = probe.http().get(server.url("/")).send_streaming().await?;
    finished.event().await?;
    finished.finish();
    assert_eq!(probe.outcomes(), outcomes(&[("ok", 200)]));

    let request = probe.http().get(server.url("/")).timeout(Duration::from_millis(100));
    let mut late = request.send_streaming().await?;
    late.event().await?;
    assert_eq!(late.event().await.unwrap_err().kind(), Kind::TimeoutTotal);
    assert_eq!(late.event().await?, None);
    drop(late);
    assert_eq!(probe.outcomes(), outcomes(&[("timeout_total", 200)]));

    let mut short = probe.http().get(server.url("/")).send_streaming().await?;
    assert_eq!(short.chunk().await?.unwrap(), "short");
    assert_eq!(short.chunk().await.unwrap_err().kind(), Kind::Body);
    assert_eq!(probe.outcomes(), outcomes(&[("body", 200)]));
    Ok(())
}

#[tokio::test]
async fn a_transfer_coding_is_undone_whoever_asks_and_refused_in_a_stream() -> Checked {
    // A bare deflate of one block that is not compressed.
    let deflate = b"\x01\x05\0\xfa\xffhello";
    let head =
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: deflate\r\nTransfer-Encoding: chunked\r\n\r\n";
    let bytes = [&head[..], b"a\r\n", deflate, b"\r\n0\r\n\r\n"].concat();
    let server = Scripted::always(answer(bytes)).await;
    let mut probe = Probe::new();
    let own = probe.http().get(server.url("/")).header("accept-encoding", "x");
    let response = own.send().await?;
    assert_eq!((&*response.text()?, response.wire_size()), ("hello", 10));
    let error = probe.http().get(server.url("/")).send_streaming().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Protocol);
    assert!(error.to_string().ends_with("`Transfer-Encoding: deflate, chunked`"), "{error}");
    assert_eq!(probe.outcomes(), outcomes(&[("ok", 200), ("protocol", 200)]));
    Ok(())
}
