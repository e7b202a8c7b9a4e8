//! Servers that break the rules: the right kind and count for each, and never
//! a wait beyond the timeout.

use std::time::Duration;

use mite_http::Kind;

use crate::support::frames::{self, Answer, Frames, frame};
use crate::support::scripted::{Act, Scripted, ok};
use crate::support::{Probe, outcomes};

type Checked = mite_core::error::Result;

/// No test waits longer than this for a request whose own timeout is shorter.
const PATIENCE: Duration = Duration::from_secs(20);
const MILLISECOND: Duration = Duration::from_millis(1);

#[tokio::test]
async fn every_way_to_break_http_1_has_its_kind_and_is_counted_once() {
    let length_10 = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n";
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let bytes = |text: &str| text.as_bytes().to_vec();
    for (name, act, kind, code) in [
        ("reset unanswered", Act::Reset(Vec::new()), Kind::Closed, 0),
        ("reset in the head", Act::Reset(bytes("HTTP/1.1 200 OK\r\nA: ")), Kind::Closed, 0),
        ("reset in the body", Act::Reset(bytes(&format!("{length_10}short"))), Kind::Body, 200),
        ("reset in a chunk", Act::Reset(bytes(&format!("{chunked}5\r\nab"))), Kind::Body, 200),
        ("half closed unanswered", Act::HalfClose(Vec::new()), Kind::Closed, 0),
        ("half closed early", Act::HalfClose(bytes(&format!("{length_10}short"))), Kind::Body, 200),
        ("not a chunk", Act::Answer(bytes(&format!("{chunked}zz\r\n"))), Kind::Body, 200),
        (
            "a chunk without its end",
            Act::Answer(bytes(&format!("{chunked}2\r\nabcd\r\n0\r\n\r\n"))),
            Kind::Body,
            200,
        ),
        (
            "a chunk too large to be",
            Act::Answer(bytes(&format!("{chunked}fffffffffffffffff\r\nx"))),
            Kind::Body,
            200,
        ),
        (
            "endless headers",
            Act::Endless(
                bytes("HTTP/1.1 200 OK\r\n"),
                bytes(&"A: b\r\n".repeat(3000)),
                MILLISECOND,
            ),
            Kind::Protocol,
            0,
        ),
        (
            "an endless header",
            Act::Endless(bytes("HTTP/1.1 200 OK\r\nA: "), vec![b'b'; 20_000], MILLISECOND),
            Kind::Protocol,
            0,
        ),
        (
            "an endless body",
            Act::Endless(bytes("HTTP/1.1 200 OK\r\n\r\n"), vec![b'b'; 60_000], MILLISECOND),
            Kind::Body,
            200,
        ),
        (
            "a trickle of a head",
            Act::Endless(Vec::new(), bytes("H"), Duration::from_secs(5)),
            Kind::TimeoutTotal,
            0,
        ),
        (
            "a trickle of a body",
            Act::Endless(bytes(length_10), bytes("x"), Duration::from_millis(200)),
            Kind::TimeoutTotal,
            200,
        ),
        (
            "endless informational answers",
            Act::Endless(Vec::new(), bytes("HTTP/1.1 102 Processing\r\n\r\n"), MILLISECOND),
            Kind::TimeoutTotal,
            0,
        ),
        (
            "two lengths",
            Act::Answer(bytes(
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
            )),
            Kind::Protocol,
            0,
        ),
        (
            "no number for a length",
            Act::Answer(bytes("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx")),
            Kind::Protocol,
            0,
        ),
        ("binary", Act::Answer(vec![0xff; 100]), Kind::Protocol, 0),
        ("silence", Act::Hang, Kind::TimeoutTotal, 0),
    ] {
        let server = Scripted::always(act).await;
        let mut probe = Probe::with(&[("http_timeout", "1"), ("http_max_body", "200000")]);
        let sent = tokio::time::timeout(PATIENCE, probe.http().get(server.url("/")).send());
        let error = sent.await.unwrap_or_else(|_| panic!("{name} hangs")).unwrap_err();
        assert_eq!(error.kind(), kind, "{name}: {error}");
        assert_eq!(probe.outcomes(), outcomes(&[(kind.as_str(), code)]), "{name}");
    }
}

#[tokio::test]
async fn what_follows_an_answer_is_never_taken_for_the_next_one() -> Checked {
    let smuggled = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
    let server = Scripted::start(vec![vec![Act::Answer(smuggled.into())], vec![ok("good")]]).await;
    let mut probe = Probe::new();
    assert_eq!(probe.http().get(server.url("/")).send().await?.text()?, "hi");
    assert_eq!(probe.http().get(server.url("/")).send().await?.text()?, "good");
    let reused: Vec<bool> = probe.metrics().iter().flat_map(|m| m.get("reused")).collect();
    assert_eq!(reused, [false, false]);
    Ok(())
}

#[tokio::test]
async fn an_answer_before_the_whole_request_was_sent_is_the_answer() -> Checked {
    // The server reads the head alone, and then closes.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/", listener.local_addr()?);
    let server = async {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let (mut tcp, _) = listener.accept().await?;
        let mut head = vec![0; 100];
        tcp.read_exact(&mut head).await?;
        let refusal = "HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno";
        tcp.write_all(refusal.as_bytes()).await?;
        tcp.shutdown().await?;
        // Reading on keeps the kernel from resetting what was answered.
        tokio::io::copy(&mut tcp, &mut tokio::io::sink()).await
    };
    let mut probe = Probe::new();
    let request = probe.http().post(&url).body(vec![0; 3_000_000]).send();
    let (answer, _) = tokio::join!(request, server);
    let answer = answer?;
    assert_eq!((answer.status().as_u16(), &*answer.text()?), (413, "no"));
    assert_eq!(probe.outcomes(), outcomes(&[("ok", 413)]));
    Ok(())
}

#[tokio::test]
async fn every_way_to_break_http_2_has_its_kind_and_is_counted_once() {
    const CANCEL: u32 = 8;
    const INTERNAL_ERROR: u32 = 2;
    let head = |id| frame(frames::HEADERS, frames::END_HEADERS, id, frames::STATUS_200);
    let part = move |id| [head(id), frame(frames::DATA, 0, id, b"short")].concat();
    // `content-length: 9`, written out.
    let length_9 = move |id| {
        let block = [frames::STATUS_200, &[0x0f, 0x0d, 1, b'9']].concat();
        let head = frame(frames::HEADERS, frames::END_HEADERS, id, &block);
        [head, frame(frames::DATA, frames::END_STREAM, id, b"short")].concat()
    };
    let flood = |id| {
        let mut bytes = frame(frames::HEADERS, 0, id, frames::STATUS_200);
        for _ in 0..100 {
            // A header of 16000 bytes each time, never the last.
            let header = [&[0, 1, b'a', 0x7f, 0x81, 0x7c][..], &[b'b'; 16_000]].concat();
            bytes.extend(frame(frames::CONTINUATION, 0, id, &header));
        }
        bytes
    };
    type Bytes = Box<dyn Fn(u32) -> Vec<u8> + Send + Sync>;
    let cases: Vec<(&str, Bytes, bool, Kind, u16)> = vec![
        ("reset", Box::new(|id| frames::reset(id, INTERNAL_ERROR)), false, Kind::Closed, 0),
        (
            "reset in the body",
            Box::new(move |id| [part(id), frames::reset(id, CANCEL)].concat()),
            false,
            Kind::Body,
            200,
        ),
        ("closed", Box::new(|_| Vec::new()), true, Kind::Closed, 0),
        ("closed in the body", Box::new(part), true, Kind::Body, 200),
        (
            "goodbye in the body",
            Box::new(move |id| [part(id), frames::goaway(id, 0)].concat()),
            true,
            Kind::Body,
            200,
        ),
        ("wrong length", Box::new(length_9), false, Kind::Body, 200),
        ("HTTP/1.1", Box::new(|_| b"HTTP/1.1 400 Bad\r\n\r\n".to_vec()), true, Kind::Protocol, 0),
        (
            "broken HPACK",
            Box::new(|id| frame(frames::HEADERS, frames::END_HEADERS, id, &[0xff; 8])),
            false,
            Kind::Protocol,
            0,
        ),
        (
            "a body without a head",
            Box::new(|id| frame(frames::DATA, frames::END_STREAM, id, b"x")),
            false,
            Kind::Protocol,
            0,
        ),
        ("endless headers", Box::new(flood), false, Kind::Protocol, 0),
        ("silence", Box::new(|_| Vec::new()), false, Kind::TimeoutTotal, 0),
        ("silence in the body", Box::new(part), false, Kind::TimeoutTotal, 200),
    ];
    for (name, bytes, then_close, kind, code) in cases {
        let server = Frames::start(move |_, id| Answer { bytes: bytes(id), then_close }).await;
        let mut probe = Probe::with(&[("http_timeout", "1"), ("http_version", "2")]);
        let sent = tokio::time::timeout(PATIENCE, probe.http().get(server.url()).send());
        let error = sent.await.unwrap_or_else(|_| panic!("{name} hangs")).unwrap_err();
        assert_eq!(error.kind(), kind, "{name}: {error}");
        assert_eq!(probe.outcomes(), outcomes(&[(kind.as_str(), code)]), "{name}");
        assert_eq!(server.requests(), 1, "{name}");
    }
}

#[tokio::test]
async fn a_request_that_the_server_surely_did_not_act_on_is_sent_once_more() -> Checked {
    const REFUSED_STREAM: u32 = 7;
    for goaway in [false, true] {
        let server = Frames::start(move |n, id| match (n, goaway) {
            (0, false) => Answer { bytes: frames::reset(id, REFUSED_STREAM), then_close: false },
            (0, true) => Answer { bytes: frames::goaway(0, 0), then_close: true },
            _ => Answer { bytes: frames::ok(id, b"second"), then_close: false },
        })
        .await;
        let mut probe = Probe::with(&[("http_version", "2"), ("http_timeout", "5")]);
        // Even a POST: the server has said that it has not looked at it.
        let r = probe.http().post(server.url()).body("x").send().await?;
        assert_eq!(r.text()?, "second");
        assert_eq!(probe.outcomes(), outcomes(&[("closed", 0), ("ok", 200)]));
        assert_eq!(server.requests(), 2);
    }
    Ok(())
}

#[tokio::test]
async fn one_broken_stream_does_not_break_its_neighbours() -> Checked {
    let server = Frames::start(|n, id| Answer {
        bytes: if n == 1 { frames::reset(id, 2) } else { frames::ok(id, b"fine") },
        then_close: false,
    })
    .await;
    let mut probe = Probe::with(&[("http_version", "2"), ("http_timeout", "5")]);
    for n in 0..3 {
        let sent = probe.http().post(server.url()).send().await;
        assert_eq!(sent.is_err(), n == 1);
    }
    let messages = probe.metrics();
    let fresh = messages.iter().filter(|m| m.get("reused") == Some(false)).count();
    assert_eq!((messages.len(), fresh, server.requests()), (3, 1, 3));
    Ok(())
}
