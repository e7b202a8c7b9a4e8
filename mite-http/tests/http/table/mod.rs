//! What mite makes of the bytes of a server, row by row, and what curl makes of the
//! same bytes. To add a case is to add a line to one of the files of rows.
//!
//! Where curl differs, the row says so and why, and docs/http.md has it in a table,
//! which a test compares.

mod cookies;
mod framing;
mod row;
mod urls;

use std::process::Command;

use self::row::{Gives, Row};
use crate::support::scripted::{Act, Scripted};
use crate::support::{Probe, Scratch};

/// The version whose column this is.
const CURL: &str = "curl 7.88";

fn rows() -> Vec<Row> {
    let rows = [framing::rows(), cookies::rows(), urls::rows()].concat();
    let mut names: Vec<_> = rows.iter().map(|row| row.name).collect();
    names.sort();
    names.windows(2).for_each(|two| assert_ne!(two[0], two[1], "two rows have one name"));
    rows
}

/// A server that answers as a row says, and closes at its end.
async fn server(row: &Row) -> Scripted {
    Scripted::following(|port| {
        let answers = row.says.iter().map(|bytes| with_host(bytes, port));
        let mut script: Vec<_> = answers.map(Act::Answer).collect();
        if let Some(Act::Answer(last)) = script.pop() {
            script.push(Act::AnswerAndClose(last));
        }
        script
    })
    .await
}

/// The bytes with the server's host and port in place of `HOST`, and its port in place
/// of `PORT`.
fn with_host(bytes: &[u8], port: u16) -> Vec<u8> {
    let replace = |bytes: &[u8], what: &[u8], by: &[u8]| {
        let mut out = Vec::new();
        let mut rest = bytes;
        while let Some(at) = rest.windows(what.len()).position(|part| part == what) {
            out.extend_from_slice(&rest[..at]);
            out.extend_from_slice(by);
            rest = &rest[at + what.len()..];
        }
        out.extend_from_slice(rest);
        out
    };
    let bytes = replace(bytes, b"HOST", format!("127.0.0.1:{port}").as_bytes());
    replace(&bytes, b"PORT", port.to_string().as_bytes())
}

fn text_with_host(text: &str, port: u16) -> String {
    String::from_utf8(with_host(text.as_bytes(), port)).expect("a row's text is text")
}

/// Whether what came is what a row says; what came is told if it is not.
fn check(
    gives: &Gives,
    got: &Result<(u16, Vec<u8>), String>,
    server: &Scripted,
) -> Result<(), String> {
    let requests = server.raw_requests();
    let last = requests.last().map(Vec::as_slice).unwrap_or_default();
    let lines = || last.split(|b| *b == b'\n').map(|line| without_capitals(line.trim_ascii()));
    let right = match gives {
        Gives::Body(status, body) => *got == Ok((*status, body.clone())),
        Gives::Fails(part) => got.as_ref().is_err_and(|error| error.contains(part)),
        Gives::Sends(line) => lines().any(|l| l == with_host(line, server.port)),
        Gives::SendsNo(name) => {
            !last.is_empty() && lines().all(|l| !l.starts_with(format!("{name}:").as_bytes()))
        }
    };
    if right {
        return Ok(());
    }
    let shown = got.as_ref().map(|(status, body)| format!("{status} {}", body.escape_ascii()));
    Err(format!("{shown:?} after {}", last.escape_ascii()))
}

/// A line whose name, if it is a header, is in small letters.
fn without_capitals(line: &[u8]) -> Vec<u8> {
    match line.iter().position(|b| *b == b':') {
        Some(colon) if !line[..colon].contains(&b' ') => {
            [line[..colon].to_ascii_lowercase(), line[colon..].to_vec()].concat()
        }
        _ => line.to_vec(),
    }
}

#[tokio::test]
async fn mite_gives_what_each_row_says() {
    let mut wrong = Vec::new();
    for row in rows() {
        let server = server(&row).await;
        let mut settings =
            vec![("http_timeout", "5".to_owned()), ("http_hosts", "*=127.0.0.1".to_owned())];
        let port = server.port;
        settings
            .extend(row.settings.iter().map(|(key, value)| (*key, text_with_host(value, port))));
        let settings: Vec<_> = settings.iter().map(|(key, value)| (*key, &**value)).collect();
        let probe = Probe::with(&settings);
        let mut got = Err("nothing was asked".to_owned());
        for _ in 0..row.requests() {
            let request = probe.http().request(row.method, text_with_host(row.asks, port));
            let request = if row.body.is_empty() { request } else { request.body(row.body) };
            got = request
                .send()
                .await
                .map_err(|error| error.to_string())
                .map(|response| (response.status().as_u16(), response.bytes().to_vec()));
        }
        if let Err(why) = check(&row.mite, &got, &server) {
            wrong.push(format!("{}: {why}", row.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn curl_gives_what_each_row_says() {
    let version = Command::new("curl").arg("--version").output();
    let version = version.expect("curl is missing: run ./test").stdout;
    if !version.starts_with(CURL.as_bytes()) {
        eprintln!("this curl is not {CURL}, whose column is in the table");
        return;
    }
    let mut wrong = Vec::new();
    for row in rows() {
        let server = server(&row).await;
        let got = curl(&row, server.port).await;
        let gives = row.curl.as_ref().map_or(&row.mite, |(gives, _)| gives);
        // The words of its errors are its own.
        let any_error = Gives::Fails("");
        let gives =
            if matches!((gives, &row.curl), (Gives::Fails(_), None)) { &any_error } else { gives };
        if let Err(why) = check(gives, &got, &server) {
            wrong.push(format!("{}: {why}", row.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn curl(row: &Row, port: u16) -> Result<(u16, Vec<u8>), String> {
    let directory = Scratch::new("curl");
    let jar = directory.0.join("jar").display().to_string();
    let mut command = Command::new("curl");
    for name in ["http_proxy", "https_proxy", "all_proxy", "no_proxy"] {
        command.env_remove(name).env_remove(name.to_ascii_uppercase());
    }
    command.args(["--silent", "--show-error", "--globoff", "--http1.1", "--compressed"]);
    command.args(["--max-time", "5", "--location", "--max-redirs", "5"]);
    command.args(["--cookie", &jar, "--cookie-jar", &jar, "--write-out", "%{http_code}\n"]);
    command.args(["--resolve", &format!("*:{port}:127.0.0.1")]);
    command.args(row.arguments.iter().map(|argument| text_with_host(argument, port)));
    if row.method != "GET" {
        command.args(["--request", row.method]);
    }
    if !row.body.is_empty() {
        command.args(["--data-binary", row.body]);
    }
    let url = text_with_host(row.asks, port);
    let body = |n: usize| directory.0.join(format!("body{n}"));
    for n in 0..row.requests() {
        command.arg("--output").arg(body(n)).arg(&url);
    }
    let output = tokio::task::spawn_blocking(move || command.output()).await;
    let output = output.expect("it does not panic").expect("curl is missing: run ./test");
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let codes = String::from_utf8(output.stdout).expect("codes are text");
    let last = codes.lines().last().expect("it was told to write them");
    // One without a body is not written.
    let body = std::fs::read(body(row.requests() - 1)).unwrap_or_default();
    Ok((last.parse().expect("a code is a number"), body))
}

#[test]
fn the_docs_say_where_curl_differs_and_why() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/http.md");
    let docs = std::fs::read_to_string(path).expect("the docs are there");
    let lines: Vec<_> = rows().iter().filter_map(Row::difference).collect();
    let missing: Vec<_> = lines.iter().filter(|line| !docs.contains(line.as_str())).collect();
    let table = lines.join("\n");
    assert!(missing.is_empty(), "{missing:#?}\nare not in {path}. The whole table:\n{table}");
    let in_docs =
        docs.lines().filter(|line| line.starts_with("| ") && line.matches(" | ").count() == 3);
    let stale: Vec<_> = in_docs
        .filter(|line| !line.starts_with("| case ") && !lines.iter().any(|l| l == line))
        .collect();
    assert!(stale.is_empty(), "{path} has rows that no test has: {stale:#?}");
}
