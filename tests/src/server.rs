//! Servers, which end with their test.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Child;
use std::time::{Duration, Instant};

use crate::Scratch;

/// How long anything may take that is waited for.
const LONG: Duration = Duration::from_secs(60);

/// Asks until there is an answer; none within a minute fails the test.
#[track_caller]
pub fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(start.elapsed() < LONG, "{what} does not come");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A port of loopback that nobody has.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
    listener.local_addr().expect("it has an address").port()
}

/// A program that serves, ended by its own id, and the directory that it has.
pub struct Server {
    child: Child,
    pub address: String,
    _scratch: Scratch,
}

impl Server {
    pub fn of(child: Child, address: String, scratch: Scratch) -> Self {
        Self { child, address, _scratch: scratch }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Serves an application from a thread of its own, in real time whatever the test's clock
/// does: its URL, without a slash at the end.
pub fn serve(app: axum::Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
    listener.set_nonblocking(true).expect("it can be");
    let url = format!("http://{}", listener.local_addr().expect("it has an address"));
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("it starts").block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).expect("it listens");
            axum::serve(listener, app).await
        })
    });
    url
}

/// What a server answers: the head and the body.
pub fn get(address: &str, path: &str, accept: &str) -> Option<(String, Vec<u8>)> {
    let mut stream = TcpStream::connect(address).ok()?;
    let host = format!("Host: {address}\r\nConnection: close\r\nAccept: {accept}\r\n");
    write!(stream, "GET {path} HTTP/1.1\r\n{host}\r\n").ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let at = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&answer[..at]).into_owned();
    let body = answer.split_off(at + 4);
    match head.to_ascii_lowercase().contains("transfer-encoding: chunked") {
        true => Some((head, unchunked(&body)?)),
        false => Some((head, body)),
    }
}

fn unchunked(mut body: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let end = body.windows(2).position(|bytes| bytes == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&body[..end]).ok()?, 16).ok()?;
        if size == 0 {
            return Some(whole);
        }
        whole.extend_from_slice(body.get(end + 2..end + 2 + size)?);
        body = body.get(end + 4 + size..)?;
    }
}
