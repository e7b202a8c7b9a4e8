//! Where a response ends, however it is cut into pieces: beside hyper.

use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use mite_http::Kind;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::Probe;
use crate::support::scripted::{Act, Scripted, ok};

/// What became of a response: its status, its body and whether the connection
/// was used again; or what kind of failure it was.
type Verdict = Result<(u16, Vec<u8>, bool), Kind>;

struct Case {
    method: &'static str,
    bytes: Vec<u8>,
    /// Whether the server closes after it.
    closes: bool,
    expected: Verdict,
    /// Where hyper decides otherwise, and why.
    hyper: Hyper,
}

#[derive(PartialEq)]
enum Hyper {
    Same,
    /// The same response. Whether the connection is kept depends on when the
    /// bytes are seen that follow.
    SameResponse,
    Other(Result<&'static [u8], ()>),
}

fn case(head: &str, body: &str, expected: Result<(u16, &str, bool), Kind>) -> Case {
    Case {
        method: "GET",
        bytes: format!("{}\r\n\r\n{body}", head.replace('\n', "\r\n")).into_bytes(),
        closes: false,
        expected: expected.map(|(status, body, kept)| (status, body.as_bytes().to_vec(), kept)),
        hyper: Hyper::Same,
    }
}

impl Case {
    fn to(mut self, method: &'static str) -> Self {
        self.method = method;
        self
    }

    fn closes(mut self) -> Self {
        self.closes = true;
        self
    }

    fn hyper(mut self, hyper: Hyper) -> Self {
        self.hyper = hyper;
        self
    }

    /// mite's verdict if the response comes in these pieces.
    async fn verdict(&self, mut pieces: Vec<Vec<u8>>) -> Verdict {
        let mut script = vec![];
        let last = if self.closes { pieces.pop() } else { None };
        match last {
            Some(last) if pieces.is_empty() => script.push(Act::AnswerAndClose(last)),
            Some(last) => script.push(Act::PiecesAndClose([pieces, vec![last]].concat())),
            None => script.push(Act::Pieces(pieces)),
        }
        script.push(ok("next"));
        let server = Scripted::start(vec![script, vec![ok("next")]]).await;
        let mut probe = Probe::with(&[("http_timeout", "5")]);
        let sent = probe.http().request(self.method, server.url("/")).send().await;
        let response = sent.map_err(|error| error.kind())?;
        assert_eq!(response.wire_size(), response.bytes().len() as u64);
        let next = probe.http().get(server.url("/next")).send().await;
        if self.hyper != Hyper::SameResponse {
            assert_eq!(next.map_err(|e| e.kind())?.bytes(), "next");
        }
        let reused = probe.metrics()[1].get("reused").expect("it is said");
        Ok((response.status().as_u16(), response.bytes().to_vec(), reused))
    }

    /// hyper's verdict.
    async fn verdict_of_hyper(&self) -> Result<(u16, Vec<u8>, bool), ()> {
        let (near, mut far) = tokio::io::duplex(1 << 20);
        let (bytes, closes) = (self.bytes.clone(), self.closes);
        let server = tokio::spawn(async move {
            let mut request = [0; 1024];
            let sent = far.read(&mut request).await.expect("it was sent");
            assert!(request[..sent].ends_with(b"\r\n\r\n"));
            far.write_all(&bytes).await.expect("it has room");
            if !closes {
                // Until the client is gone.
                let _ = far.read(&mut request).await;
            }
        });
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(near)).await.expect("it does nothing");
        let driver = tokio::spawn(connection);
        let request = hyper::Request::builder()
            .method(self.method)
            .uri("/")
            .header("host", "h")
            .body(Empty::<Bytes>::new())
            .expect("it is valid");
        let exchange = async {
            let response = sender.send_request(request).await.map_err(|_| ())?;
            let status = response.status().as_u16();
            let body = response.into_body().collect().await.map_err(|_| ())?.to_bytes();
            Ok((status, body.to_vec(), sender.ready().await.is_ok()))
        };
        let verdict = exchange.await;
        driver.abort();
        server.abort();
        verdict
    }
}

fn cases() -> Vec<Case> {
    const OK: &str = "HTTP/1.1 200 OK\n";
    let ok = |headers: &str| format!("{OK}{headers}");
    let refused = Err(Kind::Protocol);
    let broken = Err(Kind::Body);
    let chunked = ok("Transfer-Encoding: chunked");
    vec![
        case(&ok("Content-Length: 5"), "hello", Ok((200, "hello", true))),
        case(&ok("Content-Length: 0"), "", Ok((200, "", true))),
        case("HTTP/1.1 200\nContent-Length: 2", "hi", Ok((200, "hi", true))),
        case(&ok("CONTENT-LENGTH:5\nX: \tpad \t"), "hello", Ok((200, "hello", true))),
        case(&ok("Content-Length: 5\nContent-Length: 5"), "hello", Ok((200, "hello", true))),
        case(&ok("Content-Length: 5, 5"), "hello", Ok((200, "hello", true))),
        case(&ok("Content-Length: 5, 6"), "hello", refused),
        case(&ok("Content-Length: 5\nContent-Length: 6"), "hello", refused),
        case(&ok("Content-Length: five"), "hello", refused),
        case(&ok("Content-Length: -5"), "hello", refused),
        case(&ok("Content-Length: 99999999999999999999"), "hello", refused),
        case(&ok("Content-Length: 9"), "hello", broken).closes(),
        // RFC 9112 6.3: "ought to be handled as an error"; hyper takes the chunks.
        case(
            &ok("Content-Length: 5\nTransfer-Encoding: chunked"),
            "5\r\nhello\r\n0\r\n\r\n",
            refused,
        )
        .hyper(Hyper::Other(Ok(b"hello"))),
        case(&chunked, "5\r\nhello\r\n0\r\n\r\n", Ok((200, "hello", true))),
        case(
            &chunked,
            "2\r\nhe\r\n003;a=b\r\nllo\r\n0;x\r\nT: 1\r\n\r\n",
            Ok((200, "hello", true)),
        ),
        case(&chunked, "0\r\n\r\n", Ok((200, "", true))),
        case(&chunked, "A \r\n0123456789\r\n0\r\n\r\n", Ok((200, "0123456789", true))),
        case(&chunked, "5\r\nhello\r\n", broken).closes(),
        case(&chunked, "5\r\nhel", broken).closes(),
        case(&chunked, "", broken).closes(),
        case(&chunked, "0\r\n", broken).closes(),
        case(&chunked, "x\r\nhello\r\n0\r\n\r\n", broken),
        case(&chunked, "-5\r\nhello\r\n0\r\n\r\n", broken),
        case(&chunked, "5 5\r\nhello\r\n0\r\n\r\n", broken),
        case(&chunked, "5\nhello\r\n0\r\n\r\n", broken),
        case(&chunked, "10000000000000005\r\nhello\r\n0\r\n\r\n", broken),
        case(&chunked, "4\r\nhello\r\n0\r\n\r\n", broken),
        case(&chunked, "5;a\nb\r\nhello\r\n0\r\n\r\n", broken),
        case(&ok("Transfer-Encoding: , chunked"), "2\r\nhi\r\n0\r\n\r\n", Ok((200, "hi", true))),
        case(&ok("Transfer-Encoding: identity"), "hi", Ok((200, "hi", false))).closes(),
        // It is found and undone, which hyper leaves to others.
        case(&ok("Transfer-Encoding: gzip, chunked"), "2\r\nhi\r\n0\r\n\r\n", broken)
            .hyper(Hyper::Other(Ok(b"hi"))),
        case(&ok("Transfer-Encoding: gzip"), "hi", broken).closes().hyper(Hyper::Other(Ok(b"hi"))),
        case("HTTP/1.0 200 OK\nTransfer-Encoding: chunked", "0\r\n\r\n", refused),
        case(&ok("X: y"), "until the end", Ok((200, "until the end", false))).closes(),
        case(OK.trim(), "", Ok((200, "", false))).closes(),
        case("HTTP/1.0 200 OK", "old", Ok((200, "old", false))).closes(),
        case("HTTP/1.0 200 OK\nContent-Length: 3", "old", Ok((200, "old", false))),
        case(
            "HTTP/1.0 200 OK\nContent-Length: 3\nConnection: keep-alive",
            "old",
            Ok((200, "old", true)),
        ),
        case(&ok("Content-Length: 2\nConnection: close"), "hi", Ok((200, "hi", false))),
        case(&ok("Content-Length: 2\nConnection: x, Close"), "hi", Ok((200, "hi", false))),
        // Bytes that belong to nothing.
        case(&ok("Content-Length: 2"), "hi more", Ok((200, "hi", false)))
            .hyper(Hyper::SameResponse),
        case(&chunked, "0\r\n\r\nmore", Ok((200, "", false))).hyper(Hyper::SameResponse),
        case("HTTP/1.1 204 No Content\nX: y", "", Ok((204, "", true))),
        case("HTTP/1.1 304 Not Modified\nContent-Length: 9", "", Ok((304, "", true))),
        case(&ok("Content-Length: 9"), "", Ok((200, "", true))).to("HEAD"),
        case(&chunked, "", Ok((200, "", true))).to("HEAD"),
        case(&ok("X: y"), "", Ok((200, "", true))).to("HEAD"),
        case(
            "HTTP/1.1 100 Continue\n\nHTTP/1.1 103 Early Hints\nLink: x\n\nHTTP/1.1 200 OK\nContent-Length: 2",
            "hi",
            Ok((200, "hi", true)),
        ),
        case(
            "HTTP/1.1 100 Continue\nContent-Length: 9\n\nHTTP/1.1 204 No",
            "",
            Ok((204, "", true)),
        ),
        case("HTTP/2.0 200 OK\nContent-Length: 0", "", refused),
        case("HTTP/1.1 20 OK\nContent-Length: 0", "", refused),
        case("ICY 200 OK\nContent-Length: 0", "", refused),
        case(&ok("Content Length: 0"), "", refused),
        case(&ok("Content-Length : 0"), "", refused),
        // RFC 9112 5.2: what is folded is unfolded; hyper refuses it.
        case(&ok("X: a\n folded: b\nContent-Length: 0"), "", Ok((200, "", true)))
            .hyper(Hyper::Other(Err(()))),
        case(&ok("Content-Length:\n 2"), "hi", Ok((200, "hi", true))).hyper(Hyper::Other(Err(()))),
    ]
}

#[tokio::test]
async fn a_response_is_the_same_wherever_it_is_cut() {
    for case in cases() {
        let shown = case.bytes.escape_ascii().to_string();
        let bytes = &case.bytes;
        assert_eq!(case.verdict(vec![bytes.clone()]).await, case.expected, "{shown}");
        for at in 1..bytes.len() {
            let pieces = vec![bytes[..at].to_vec(), bytes[at..].to_vec()];
            let verdict = case.verdict(pieces).await;
            if case.hyper == Hyper::SameResponse {
                let (verdict, expected) = (response(&verdict), response(&case.expected));
                assert_eq!(verdict, expected, "{shown}, cut at {at}");
            } else {
                assert_eq!(verdict, case.expected, "{shown}, cut at {at}");
            }
        }
    }
}

/// Without what became of the connection.
fn response<E: Clone>(verdict: &Result<(u16, Vec<u8>, bool), E>) -> Result<(u16, Vec<u8>), E> {
    verdict.clone().map(|(status, body, _)| (status, body))
}

#[tokio::test]
async fn a_response_is_the_same_byte_by_byte() {
    for case in cases() {
        let pieces: Vec<_> = case.bytes.iter().map(|byte| vec![*byte]).collect();
        let verdict = case.verdict(pieces).await;
        assert_eq!(response(&verdict), response(&case.expected), "{}", case.bytes.escape_ascii());
    }
}

#[tokio::test]
async fn hyper_decides_alike() {
    for case in cases() {
        let shown = case.bytes.escape_ascii().to_string();
        let hyper = case.verdict_of_hyper().await;
        let expected = case.expected.map_err(|_| ());
        match case.hyper {
            Hyper::Same => assert_eq!(hyper, expected, "{shown}"),
            Hyper::SameResponse => assert_eq!(response(&hyper), response(&expected), "{shown}"),
            Hyper::Other(other) => {
                assert_eq!(hyper.map(|(_, body, _)| body), other.map(<[u8]>::to_vec), "{shown}");
            }
        }
    }
}

#[tokio::test]
async fn a_long_body_is_whole_however_it_is_framed() {
    let body: Vec<u8> = (0..3_000_000_u32).flat_map(|i| i.to_le_bytes()).collect();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    let mut chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for (i, chunk) in body.chunks(70_001).enumerate() {
        chunks.extend(format!("{:x};n={i}\r\n", chunk.len()).as_bytes());
        chunks.extend(chunk);
        chunks.extend(b"\r\n");
    }
    chunks.extend(b"0\r\n\r\n");
    let until_close = [b"HTTP/1.1 200 OK\r\n\r\n", &body[..]].concat();
    let server = Scripted::start(vec![vec![
        Act::Answer([head.as_bytes(), &body].concat()),
        Act::Answer(chunks),
        Act::AnswerAndClose(until_close),
    ]])
    .await;
    let mut probe = Probe::new();
    for _ in 0..3 {
        let response = probe.http().get(server.url("/")).send().await.unwrap();
        assert!(*response.bytes() == body, "{} bytes", response.bytes().len());
    }
    let sizes: Vec<u64> = probe.metrics().iter().flat_map(|m| m.get("download_size")).collect();
    assert_eq!(sizes, [12_000_000; 3]);
}

#[tokio::test]
async fn heads_have_limits() {
    let head = |n: usize, value: usize| {
        let header = format!("X: {}\r\n", "y".repeat(value));
        Act::Answer(format!("HTTP/1.1 204 OK\r\n{}\r\n", header.repeat(n)).into_bytes())
    };
    for (act, expected) in [
        (head(256, 1), Ok(256)),
        (head(257, 1), Err("more than 256 headers")),
        (head(200, 1_000), Ok(200)),
        (head(200, 2_000), Err("more than 262144 bytes")),
        (head(1, 300_000), Err("more than 262144 bytes")),
    ] {
        let server = Scripted::always(act).await;
        let result = Probe::new().http().get(server.url("/")).send().await;
        match expected {
            Ok(n) => assert_eq!(result.unwrap().headers().get_all("x").iter().count(), n),
            Err(part) => {
                let error = result.unwrap_err();
                assert_eq!(error.kind(), Kind::Protocol);
                assert!(error.to_string().contains(part), "{error}");
            }
        }
    }
}

#[tokio::test]
async fn a_request_may_frame_its_body_itself() {
    let server = Scripted::always(ok("")).await;
    let mut probe = Probe::new();
    let post = |name: &str, value: &str, body: &'static str| {
        probe.http().post(server.url("/")).header(name, value).body(body).send()
    };
    post("transfer-encoding", "chunked", "hello").await.unwrap();
    let request = server.request();
    assert!(request.ends_with("\r\n\r\n5\r\nhello\r\n0\r\n\r\n"), "{request}");
    assert!(!request.contains("content-length"), "{request}");
    post("transfer-encoding", "chunked", "").await.unwrap();
    assert!(server.request().ends_with("\r\n\r\n0\r\n\r\n"));
    post("content-length", "5", "hello").await.unwrap();
    let request = server.request();
    assert_eq!(request.matches("content-length: 5\r\n").count(), 1, "{request}");
    // A length that is too short makes the rest of the body another request:
    // nobody should get the answer to that.
    post("content-length", "3", "hello").await.unwrap();
    post("connection", "close", "hello").await.unwrap();
    post("x", "y", "hello").await.unwrap();
    let reused: Vec<bool> = probe.metrics().iter().flat_map(|m| m.get("reused")).collect();
    assert_eq!(reused, [false, true, true, true, false, false]);
}
