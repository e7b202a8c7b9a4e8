//! Servers of other people: Prometheus.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use mite_tests::{Scratch, Server, free_port, get, until};
use serde_json::Value;

/// The whole answer to a POST without a body.
pub(crate) fn post(address: &str, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    let head = format!("Host: {address}\r\nConnection: close\r\nContent-Length: 0\r\n");
    write!(stream, "POST {path} HTTP/1.1\r\n{head}\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}

/// Prometheus, asking `target` every second; its series are of `app1`.
pub(crate) fn prometheus(target: &str) -> Server {
    let scratch = Scratch::new("prometheus");
    let port = free_port();
    let config = format!(
        "global: {{scrape_interval: 1s}}\nscrape_configs:\n- job_name: mite\n  static_configs:\n  - targets: ['{target}']\n    labels: {{application: app1}}\n"
    );
    let file = scratch.write("prometheus.yml", &config);
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
    Server::of(child, address, scratch)
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
