//! An HTTP/2 server that sends exactly the frames that a test wants.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
pub(crate) const GOAWAY: u8 = 7;
pub(crate) const CONTINUATION: u8 = 9;
pub(crate) const END_STREAM: u8 = 1;
pub(crate) const END_HEADERS: u8 = 4;
const ACK: u8 = 1;

/// `:status: 200`, as the static table of HPACK has it.
pub(crate) const STATUS_200: &[u8] = &[0x88];

pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u32).to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

pub(crate) fn reset(stream: u32, code: u32) -> Vec<u8> {
    frame(RST_STREAM, 0, stream, &code.to_be_bytes())
}

pub(crate) fn goaway(last: u32, code: u32) -> Vec<u8> {
    frame(GOAWAY, 0, 0, &[last.to_be_bytes(), code.to_be_bytes()].concat())
}

/// A whole answer.
pub(crate) fn ok(stream: u32, body: &[u8]) -> Vec<u8> {
    let head = frame(HEADERS, END_HEADERS, stream, STATUS_200);
    [head, frame(DATA, END_STREAM, stream, body)].concat()
}

/// What a server does with one request, whose stream it is told.
pub(crate) struct Answer {
    pub(crate) bytes: Vec<u8>,
    pub(crate) then_close: bool,
}

/// What becomes of a request.
pub(crate) enum Reply {
    Now(Answer),
    /// There is no answer, but the connection goes on: PINGs are answered.
    Never,
    /// Nothing comes any more, and nothing is read.
    Silence,
}

pub(crate) struct Frames {
    pub(crate) port: u16,
    requests: Arc<AtomicUsize>,
    connections: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Frames {
    /// Answers request number n, from 0 and over all connections, with what
    /// `answer` says for n and its stream.
    pub(crate) async fn start(
        answer: impl Fn(usize, u32) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self::replying(move |n, stream| Reply::Now(answer(n, stream))).await
    }

    /// The same, with requests that get no answer.
    pub(crate) async fn replying(
        answer: impl Fn(usize, u32) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has free ports");
        let port = listener.local_addr().expect("a listener has an address").port();
        let requests = Arc::<AtomicUsize>::default();
        let connections = Arc::<AtomicUsize>::default();
        let (seen, answer) = (requests.clone(), Arc::new(answer));
        let accepted = connections.clone();
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((tcp, _)) = listener.accept().await {
                accepted.fetch_add(1, Ordering::Relaxed);
                let (seen, answer) = (seen.clone(), answer.clone());
                connections.spawn(async move {
                    // It ends when the client has gone.
                    let _ = serve(tcp, &seen, &*answer).await;
                });
            }
        });
        Self { port, requests, connections, task }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// How many connections were made.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// How many requests came.
    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    mut tcp: TcpStream,
    seen: &AtomicUsize,
    answer: &(dyn Fn(usize, u32) -> Reply + Send + Sync),
) -> std::io::Result<()> {
    let mut preface = [0; 24];
    tcp.read_exact(&mut preface).await?;
    tcp.write_all(&frame(SETTINGS, 0, 0, &[])).await?;
    loop {
        let mut head = [0; 9];
        tcp.read_exact(&mut head).await?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        let mut payload = vec![0; length];
        tcp.read_exact(&mut payload).await?;
        match (head[3], head[4]) {
            (SETTINGS, 0) => tcp.write_all(&frame(SETTINGS, ACK, 0, &[])).await?,
            (PING, 0) => tcp.write_all(&frame(PING, ACK, 0, &payload)).await?,
            (HEADERS, _) => match answer(seen.fetch_add(1, Ordering::Relaxed), stream) {
                Reply::Now(answer) => {
                    tcp.write_all(&answer.bytes).await?;
                    if answer.then_close {
                        tcp.shutdown().await?;
                        return Ok(());
                    }
                }
                Reply::Never => {}
                Reply::Silence => std::future::pending().await,
            },
            _ => {}
        }
    }
}
