//! A server that says exactly what a test wants, byte by byte.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// What a connection does with one request.
#[derive(Clone)]
pub(crate) enum Act {
    /// Reads it, answers with this, and waits for the next.
    Answer(Vec<u8>),
    /// Reads it, and answers with these, each once the client has seen the last.
    Pieces(Vec<Vec<u8>>),
    /// The same, and closes.
    PiecesAndClose(Vec<Vec<u8>>),
    /// Reads it and never answers.
    Hang,
    /// Closes without reading it.
    Close,
    /// Reads it and answers with these pieces, all but the first when it is told to.
    Paced(Vec<Vec<u8>>, Arc<Notify>),
    /// Reads it, sends the first, and then the second for ever, each after a while.
    Endless(Vec<u8>, Vec<u8>, Duration),
    /// Reads it, sends this and says that nothing more comes, but goes on listening.
    HalfClose(Vec<u8>),
    /// Reads it, sends this and resets the connection.
    Reset(Vec<u8>),
    /// Reads it, sends this and closes.
    AnswerAndClose(Vec<u8>),
}

pub(crate) fn answer(bytes: impl AsRef<[u8]>) -> Act {
    Act::Answer(bytes.as_ref().to_vec())
}

/// `200 OK` with this body.
pub(crate) fn ok(body: &str) -> Act {
    answer(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()))
}

/// Heads and bodies, byte by byte.
type Requests = Arc<Mutex<Vec<Vec<u8>>>>;

pub(crate) struct Scripted {
    pub(crate) port: u16,
    requests: Requests,
    task: JoinHandle<()>,
}

impl Scripted {
    /// Connection number n follows script n, and is closed at its end; all
    /// later ones follow the last.
    pub(crate) async fn start(scripts: Vec<Vec<Act>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has free ports");
        let port = listener.local_addr().expect("a listener has an address").port();
        let requests = Requests::default();
        let seen = requests.clone();
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            for n in 0.. {
                let Ok((tcp, _)) = listener.accept().await else { return };
                let script = scripts.get(n).or(scripts.last()).cloned().unwrap_or_default();
                let script = Arc::new(Mutex::new(script.into()));
                connections.spawn(follow(tcp, script, seen.clone()));
            }
        });
        Self { port, requests, task }
    }

    /// Answers each request, on any connection, by its path.
    pub(crate) async fn by_path(answers: Vec<(String, Vec<u8>)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has free ports");
        let port = listener.local_addr().expect("a listener has an address").port();
        let answers = Arc::new(answers);
        let requests = Requests::default();
        let seen = requests.clone();
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((mut tcp, _)) = listener.accept().await {
                let (answers, seen) = (answers.clone(), seen.clone());
                connections.spawn(async move {
                    while let Some(request) = read_request(&mut tcp).await {
                        let path = request.split(|b| *b == b' ').nth(1).unwrap_or_default();
                        let path = path.split(|b| *b == b'?').next().unwrap_or_default();
                        let answer = answers.iter().find(|(p, _)| p.as_bytes() == path);
                        seen.lock().expect("no test panics with it").push(request.clone());
                        let (_, bytes) = answer.expect("the path has an answer");
                        if tcp.write_all(bytes).await.is_err() {
                            return;
                        }
                    }
                });
            }
        });
        Self { port, requests, task }
    }

    /// Follows one script, however many connections it takes. It is made when the port
    /// is known.
    pub(crate) async fn following(script: impl FnOnce(u16) -> Vec<Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has free ports");
        let port = listener.local_addr().expect("a listener has an address").port();
        let requests = Requests::default();
        let (seen, script) = (requests.clone(), Arc::new(Mutex::new(script(port).into())));
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((tcp, _)) = listener.accept().await {
                connections.spawn(follow(tcp, script.clone(), seen.clone()));
            }
        });
        Self { port, requests, task }
    }

    /// One connection for ever, answering each request alike.
    pub(crate) async fn always(act: Act) -> Self {
        Self::start(vec![vec![act; 100]]).await
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The requests that came, head and body.
    pub(crate) fn requests(&self) -> Vec<String> {
        let text = |request: Vec<u8>| String::from_utf8_lossy(&request).into_owned();
        self.raw_requests().into_iter().map(text).collect()
    }

    /// The same as bytes.
    pub(crate) fn raw_requests(&self) -> Vec<Vec<u8>> {
        self.requests.lock().expect("no test panics with it").clone()
    }

    /// The last request that came.
    pub(crate) fn request(&self) -> String {
        self.requests().pop().expect("a request came")
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What is still to be done.
type Script = Arc<Mutex<VecDeque<Act>>>;

async fn follow(mut tcp: TcpStream, script: Script, seen: Requests) {
    loop {
        let closes = matches!(
            script.lock().expect("no test panics with it").front(),
            None | Some(Act::Close)
        );
        if closes {
            next(&script);
            return;
        }
        let Some(request) = read_request(&mut tcp).await else { return };
        // Another connection may have come first.
        let Some(act) = next(&script) else { return };
        seen.lock().expect("no test panics with it").push(request);
        match act {
            Act::Answer(bytes) => {
                if tcp.write_all(&bytes).await.is_err() {
                    return;
                }
            }
            Act::Paced(pieces, next) => {
                for (n, piece) in pieces.iter().enumerate() {
                    if n > 0 {
                        next.notified().await;
                    }
                    if tcp.write_all(piece).await.is_err() {
                        return;
                    }
                }
            }
            Act::Endless(head, again, pause) => {
                let mut sent = tcp.write_all(&head).await;
                while sent.is_ok() {
                    tokio::time::sleep(pause).await;
                    sent = tcp.write_all(&again).await;
                }
                return;
            }
            Act::HalfClose(bytes) => {
                let _ = tcp.write_all(&bytes).await;
                let _ = tcp.shutdown().await;
                let _ = tcp.read_to_end(&mut Vec::new()).await;
                return;
            }
            Act::Reset(bytes) => {
                let _ = tcp.write_all(&bytes).await;
                // What was sent is to arrive before the reset.
                tokio::time::sleep(Duration::from_millis(20)).await;
                let _ = tcp.set_zero_linger();
                return;
            }
            Act::Pieces(pieces) => {
                if !in_pieces(&mut tcp, pieces).await {
                    return;
                }
            }
            Act::PiecesAndClose(pieces) => {
                in_pieces(&mut tcp, pieces).await;
                return;
            }
            Act::AnswerAndClose(bytes) => {
                let _ = tcp.write_all(&bytes).await;
                return;
            }
            Act::Hang | Act::Close => std::future::pending().await,
        }
    }
}

fn next(script: &Script) -> Option<Act> {
    script.lock().expect("no test panics with it").pop_front()
}

/// Whether the client took them all.
async fn in_pieces(tcp: &mut TcpStream, pieces: Vec<Vec<u8>>) -> bool {
    let _ = tcp.set_nodelay(true);
    for piece in pieces {
        if tcp.write_all(&piece).await.is_err() {
            return false;
        }
        // The runtime looks at its sockets between two turns of a task.
        for _ in 0..4 {
            tokio::task::yield_now().await;
        }
    }
    true
}

/// A head and the body that its Content-Length announces, or its chunks.
pub(crate) async fn read_request(tcp: &mut TcpStream) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |n| n.parse().expect("a length is a number"));
            let chunked = head.contains("transfer-encoding: chunked");
            let whole = !chunked || bytes.ends_with(b"\r\n0\r\n\r\n");
            if whole && bytes.len() >= end + 4 + length {
                return Some(bytes);
            }
        }
        let mut chunk = [0; 4096];
        match tcp.read(&mut chunk).await {
            Ok(0) | Err(_) => return None,
            Ok(n) => bytes.extend_from_slice(&chunk[..n]),
        }
    }
}
