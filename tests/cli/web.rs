//! What a run serves while it runs: who is let in, and for how long.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use crate::process::{UnderWay, run};

const LONG: Duration = Duration::from_secs(20);

/// A run whose server is up, at this address.
fn serving(arguments: &[&str]) -> (UnderWay, String) {
    serving_of("misbehaving", arguments)
}

/// The same of another example.
pub(crate) fn serving_of(example: &str, arguments: &[&str]) -> (UnderWay, String) {
    let mut run = UnderWay::start_of(example, arguments);
    let log = run.err_until("web: http://");
    let address = log + &run.err_until("/");
    let address = address.rsplit_once("http://").expect("it says where").1;
    let address = address.trim_end_matches('/').to_owned();
    (run, address)
}

/// What answers a request; `more` are lines of its head.
fn ask(address: &str, line: &str, more: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("it listens");
    write!(stream, "{line} HTTP/1.1\r\nConnection: close\r\n{more}\r\n").expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers in text");
    answer
}

pub(crate) fn get(address: &str, path: &str) -> String {
    ask(address, &format!("GET {path}"), &format!("Host: {address}\r\n"))
}

/// What comes behind the head of an answer.
pub(crate) fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").expect("a head ends").1
}

pub(crate) fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).expect("there is a line of status")
}

const NAMES: [&str; 4] = ["journey", "test", "misbehaving:greets", "misbehaving:three"];

#[test]
fn the_last_numbers_are_served_for_as_long_as_they_are_to_linger() {
    let more = ["--web-address", ":0", "--linger", "10m", "--runners", "1"];
    let (mut run, address) = serving(&[&NAMES[..], &more].concat());
    run.err_until("stays for 10 min");
    let answer = get(&address, "/metrics");
    assert_eq!(status(&answer), "200", "{answer}");
    let labels = r#"test="misbehaving:greets""#;
    for line in [
        r#"mite_transaction_total{test="misbehaving:greets",journey="misbehaving:greets",transaction="__root__",had_error="False"} 3"#.to_owned(),
        format!("mite_runner_count{{{labels}}} 0"),
        format!(r#"mite_actual_count{{{labels},scenario_id="1"}} 0"#),
        format!("mite_run_passed{{{labels}}} 1"),
    ] {
        assert!(answer.lines().any(|l| l == line), "no {line} in {answer}");
    }
    run.interrupt();
    run.end(LONG).expect(0);
}

#[test]
fn what_is_asked_for_by_another_name_or_by_another_page_is_refused() {
    let arguments = ["scenario", "test", "misbehaving:planned", "--web-address", ":0"];
    let (run, address) = serving(&arguments);
    let port = address.rsplit_once(':').expect("it has a port").1;
    let answers = [
        (format!("Host: {address}\r\n"), "200"),
        (format!("Host: localhost:{port}\r\n"), "200"),
        (format!("Host: {address}\r\nOrigin: http://{address}\r\n"), "200"),
        (format!("Host: evil.example:{port}\r\n"), "403"),
        (String::new(), "400"),
        (format!("Host: {address}\r\nHost: evil.example\r\n"), "400"),
        (format!("Host: {address}\r\nOrigin: http://evil.example\r\n"), "403"),
        (format!("Host: {address}\r\nOrigin: null\r\n"), "403"),
        (format!("Host: localhost:{port}\r\nOrigin: http://{address}\r\n"), "403"),
    ];
    for (more, expected) in answers {
        assert_eq!(status(&ask(&address, "GET /metrics", &more)), expected, "{more}");
    }
    let host = format!("Host: {address}\r\n");
    let answer = get(&address, "/nothing");
    assert_eq!(status(&answer), "404");
    assert!(answer.ends_with("nothing is served at this path; there is /, /run.json, /report.html, /mark, /stop, /pause, /resume, /rate, /metrics\n"), "{answer}");
    let answer = ask(&address, "POST /metrics", &host);
    assert_eq!(status(&answer), "405");
    assert!(answer.contains("\r\nallow: GET\r\n"), "{answer}");
    let answer = ask(&address, "HEAD /metrics", &host);
    assert!(answer.ends_with("\r\n\r\n") && status(&answer) == "200", "{answer}");
    for header in [
        "content-type: text/plain; version=0.0.4; charset=utf-8",
        "content-security-policy: default-src 'none'; frame-ancestors 'none'",
        "x-content-type-options: nosniff",
        "x-frame-options: DENY",
        "referrer-policy: no-referrer",
        "cache-control: no-store",
        "cross-origin-resource-policy: same-origin",
    ] {
        assert!(answer.contains(&format!("\r\n{header}\r\n")), "no {header} in {answer}");
    }
    assert!(!answer.contains("access-control"), "{answer}");
    run.interrupt();
    run.end(LONG).expect(130);
}

#[test]
fn whoever_is_connected_holds_up_nobody() {
    let arguments = ["scenario", "test", "misbehaving:planned", "--web-address", ":0"];
    let (run, address) = serving(&arguments);
    let mut halves: Vec<_> =
        (0..200).map(|_| TcpStream::connect(&address).expect("it listens")).collect();
    for half in &mut halves {
        // Whoever came last may not have been let in.
        let _ = half.write_all(b"GET /metrics HTTP/1.1\r\nHost: ");
    }
    // Those that idle make room for whoever asks.
    assert_eq!(status(&get(&address, "/metrics")), "200");
    run.interrupt();
    run.end(LONG).expect(130).shows("more than 128 connections at once");
    drop(halves);
}

#[test]
fn an_address_that_cannot_be_had_is_told_before_load() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
    let address = taken.local_addr().expect("it has an address").to_string();
    for option in ["--web-address", "--prometheus-address"] {
        run("misbehaving", &["scenario", "test", "misbehaving:planned", option, &address])
            .expect(2)
            .shows(&format!("error: {option} {address} cannot be had"))
            .shows("give another port, or :0 for any free one")
            .hides("JOURNEYS");
    }
    run("misbehaving", &["scenario", "test", "misbehaving:planned", "--linger", "5s"])
        .expect(2)
        .shows("--linger has nothing to serve; name an address with --web-address");
    run("misbehaving", &["scenario", "test", "misbehaving:planned", "--web-address", "a b"])
        .expect(2)
        .shows("`a b` is not an address; write 127.0.0.1:9301, or :0 for any free port");
}

#[test]
fn one_address_for_both_has_both() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
    let place = listener.local_addr().expect("it has an address").to_string();
    drop(listener);
    let both = ["--web-address", &place, "--prometheus-address", &place];
    let arguments = ["scenario", "test", "misbehaving:planned"];
    let (run, address) = serving(&[&arguments[..], &both].concat());
    assert_eq!(address, place);
    for path in ["/metrics", "/run.json"] {
        assert_eq!(status(&get(&address, path)), "200", "{path}");
    }
    run.interrupt();
    run.end(LONG).expect(130);
}

#[test]
fn it_may_be_asked_for_by_a_name_that_was_given() {
    let arguments = ["scenario", "test", "misbehaving:planned", "--web-address", ":0"];
    let names = ["--web-host", "load.example,Other.Example"];
    let (run, address) = serving(&[&arguments[..], &names].concat());
    let port = address.rsplit_once(':').expect("it has a port").1;
    for (name, expected) in [
        ("load.example", "200"),
        ("other.example", "200"),
        ("LOAD.example", "200"),
        ("third.example", "403"),
        ("evil.load.example", "403"),
    ] {
        let host = format!("Host: {name}:{port}\r\n");
        assert_eq!(status(&ask(&address, "GET /metrics", &host)), expected, "{name}");
    }
    run.interrupt();
    run.end(LONG).expect(130);
    run_alone(&["--web-host", "load.example"])
        .shows("--web-host has nothing to serve; name an address with --web-address");
}

fn run_alone(more: &[&str]) -> crate::process::Ran {
    run("misbehaving", &[&["scenario", "test", "misbehaving:planned"], more].concat()).expect(2)
}

#[test]
fn sets_of_labels_beyond_the_number_that_was_given_are_added_up() {
    let arguments = ["journey", "test", "misbehaving:fails", "misbehaving:three"];
    let more = ["--web-address", ":0", "--linger", "10m", "--runners", "1", "--metrics-series"];
    // Of each transaction there is a row with errors, and one without.
    let cases = [("2", vec![("__overflow__", 6), ("named", 3)]), ("6", vec![("named", 3); 3])];
    for (most, expected) in cases {
        let (mut run, address) = serving(&[&arguments[..], &more, &[most]].concat());
        run.err_until("stays for 10 min");
        let answer = get(&address, "/metrics");
        let rows = answer.lines().filter_map(|line| line.strip_prefix("mite_transaction_total{"));
        let mut rows: Vec<(&str, u64)> = rows
            .map(|row| {
                let (labels, n) = row.rsplit_once("} ").expect("a row");
                let rest = labels.contains(r#"transaction="__overflow__""#);
                (if rest { "__overflow__" } else { "named" }, n.parse().expect("a number"))
            })
            .collect();
        rows.retain(|(_, n)| *n > 0);
        rows.sort_unstable();
        assert_eq!(rows, expected, "{answer}");
        run.interrupt();
        run.end(LONG).expect(1);
    }
    run_alone(&["--web-address", ":0", "--metrics-series", "0"])
        .shows("--metrics-series 0 would tell nothing apart; give 1 or more");
}

#[test]
fn the_load_is_changed_by_who_has_the_token_and_each_change_is_a_mark() {
    let arguments = ["scenario", "test", "misbehaving:planned", "--web-address", ":0"];
    let mut run = UnderWay::start(&arguments);
    let log = run.err_until("web: http://") + &run.err_until("\n");
    let printed = log.rsplit_once("http://").expect("it says where").1.trim();
    let (address, token) = printed.split_once("/#").expect("the token stands behind it");
    let post = |path: &str, token: &str, body: &str| {
        let head = format!(
            "Host: {address}\r\nAuthorization: Bearer {token}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        ask(address, &format!("POST {path}"), &head)
    };
    for path in ["/pause", "/resume", "/rate"] {
        assert_eq!(status(&post(path, "guess", "2")), "401");
        assert_eq!(status(&get(address, path)), "405");
    }
    let answer = post("/rate", token, "fast");
    assert_eq!(status(&answer), "400");
    assert!(answer.contains("`fast` is no factor of the load"), "{answer}");
    for (path, body, says, mark) in [
        ("/pause", "", "the load is paused", "load is paused"),
        ("/resume", "", "the load goes on", "load is as planned"),
        ("/rate", "×2", "the load is ×2 of what is planned", "load is ×2 of what is planned"),
    ] {
        let answer = post(path, token, body);
        assert!(status(&answer) == "200" && answer.contains(says), "{answer}");
        run.err_until(&format!(": {mark}"));
    }
    run.interrupt();
    run.end(LONG).expect(130);
}
