//! Servers of other people: nginx, Prometheus. Each is ended by its own id.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long anything may take that is waited for.
const LONG: Duration = Duration::from_secs(60);

/// A directory of its own, removed when it is dropped.
pub(crate) struct Scratch(pub(crate) PathBuf);

impl Scratch {
    pub(crate) fn new(name: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("mite-metrics-{name}-{}-{n}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("it can be made");
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
    listener.local_addr().expect("it has an address").port()
}

/// Asks until there is an answer; none within a limit fails the test.
#[track_caller]
pub(crate) fn until<T>(what: &str, ask: impl Fn() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(start.elapsed() < LONG, "{what} does not come");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The body that a server answers with, and the head before it.
pub(crate) fn get(address: &str, path: &str, accept: &str) -> Option<(String, Vec<u8>)> {
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

/// The whole answer to a POST without a body.
pub(crate) fn post(address: &str, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    let head = format!("Host: {address}\r\nConnection: close\r\nContent-Length: 0\r\n");
    write!(stream, "POST {path} HTTP/1.1\r\n{head}\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
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

/// A server that ends with the test.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
    _scratch: Scratch,
}

impl Server {
    pub(crate) fn of(child: Child, address: String, scratch: Scratch) -> Self {
        Self { child, address, _scratch: scratch }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// nginx with a quick page, a slow one and one that is missing.
pub(crate) fn nginx() -> Server {
    let scratch = Scratch::new("nginx");
    let port = free_port();
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {kind};\n"))
        .concat();
    let config = format!(
        "daemon off; master_process off; worker_processes 1; pid nginx.pid; error_log stderr crit;
         events {{ worker_connections 1024; }}
         http {{
             access_log off; {temporary}
             server {{
                 listen 127.0.0.1:{port};
                 root .;
                 location = /slow {{ limit_rate 1000; }}
                 location = /status {{ stub_status; }}
             }}
         }}"
    );
    std::fs::write(scratch.0.join("nginx.conf"), config).expect("it can be written");
    std::fs::write(scratch.0.join("hello"), "hello").expect("it can be written");
    std::fs::write(scratch.0.join("slow"), [b'x'; 2_500]).expect("it can be written");
    let path = std::env::var("PATH").unwrap_or_default();
    let child = Command::new("nginx")
        .env("PATH", format!("{path}:/usr/sbin:/usr/local/sbin"))
        .args(["-e", "stderr", "-c", "nginx.conf", "-p"])
        .arg(&scratch.0)
        .current_dir(&scratch.0)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .expect("nginx is missing: run ./test");
    let address = format!("127.0.0.1:{port}");
    until("nginx", || TcpStream::connect(&address).ok());
    Server { child, address, _scratch: scratch }
}

/// How many requests nginx has served, without those that ask for it.
pub(crate) fn served(nginx: &Server, asked: u64) -> u64 {
    served_at(&nginx.address, asked)
}

/// As [`served`], of the nginx at an address.
pub(crate) fn served_at(address: &str, asked: u64) -> u64 {
    let (_, body) = get(address, "/status", "*/*").expect("it answers");
    let text = String::from_utf8(body).expect("it answers in text");
    let counts = text.lines().nth(2).expect("there are counts");
    let requests = counts.split_whitespace().nth(2).expect("there are three");
    requests.parse::<u64>().expect("it is a number") - asked
}

/// Prometheus, asking `target` every second; its series are of `app1`.
pub(crate) fn prometheus(target: &str) -> Server {
    let scratch = Scratch::new("prometheus");
    let port = free_port();
    let config = format!(
        "global: {{scrape_interval: 1s}}\nscrape_configs:\n- job_name: mite\n  static_configs:\n  - targets: ['{target}']\n    labels: {{application: app1}}\n"
    );
    let file = scratch.0.join("prometheus.yml");
    std::fs::write(&file, config).expect("it can be written");
    let child = Command::new("prometheus")
        .arg(format!("--config.file={}", file.display()))
        .arg(format!("--storage.tsdb.path={}", scratch.0.join("data").display()))
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .args(["--enable-feature=native-histograms", "--log.level=error"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .expect("prometheus is missing: run ./test");
    let address = format!("127.0.0.1:{port}");
    until("Prometheus", || {
        get(&address, "/-/ready", "*/*").filter(|(head, _)| head.contains(" 200 "))
    });
    Server { child, address, _scratch: scratch }
}

/// What Prometheus says to a query: now, or from a time on, in steps of a second.
#[track_caller]
pub(crate) fn query(prometheus: &Server, expression: &str, since: Option<f64>) -> Vec<Value> {
    let text: String = expression.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let path = match since {
        None => format!("/api/v1/query?query={text}"),
        Some(start) => {
            let now = std::time::UNIX_EPOCH.elapsed().expect("it is later").as_secs_f64();
            format!("/api/v1/query_range?query={text}&start={start}&end={now}&step=1")
        }
    };
    let (_, body) = get(&prometheus.address, &path, "*/*").expect("it answers");
    let answer: Value = serde_json::from_slice(&body).expect("it answers in JSON");
    assert_eq!(answer["status"], "success", "{expression}: {answer}");
    answer["data"]["result"].as_array().expect("there is a result").clone()
}

/// The one number that a query comes to, if it comes to one.
#[track_caller]
pub(crate) fn number(prometheus: &Server, expression: &str) -> Option<f64> {
    match &query(prometheus, expression, None)[..] {
        [] => None,
        [one] => one["value"][1].as_str()?.parse().ok(),
        more => panic!("{expression} has {} rows: {more:?}", more.len()),
    }
}
