//! Limits: what must hold, and what happens when it does not.

use std::io::{Read, Write};
use std::net::TcpListener;

use crate::process::{Ran, command, misbehave, run};

const FAILING: [&str; 4] = ["journey", "test", "misbehaving:throws", "--duration"];

#[test]
fn a_limit_that_is_kept_and_one_that_is_broken_are_shown_with_their_values() {
    let limits = [
        "journey",
        "test",
        "misbehaving:fine",
        "--duration",
        "1s",
        "--threshold",
        "transactions p99 {transaction=fine} < 20ms",
        "--threshold",
        "journeys count > 3",
    ];
    let ran = run("misbehaving", &limits)
        .expect(1)
        .shows("error: limit `transactions p99 {transaction=fine} < 20ms` broken: ")
        .hides("error: limit `journeys");
    let row = |name: &str| {
        let mut rows = ran.out.lines().filter(|line| line.starts_with(name));
        rows.next().unwrap_or_else(|| panic!("no {name} in {}", ran.out)).to_owned()
    };
    assert!(row("journeys count > 3").ends_with("kept"));
    let broken = row("transactions p99");
    assert!(broken.ends_with("BROKEN"));
    // It sleeps for 50 ms, so whatever the machine does, it takes no less; a percentile
    // may be a thousandth less than what it stands for.
    let figure =
        broken.strip_prefix("transactions p99 {transaction=fine} < 20ms").expect("its name");
    let figure = figure.split_whitespace().collect::<Vec<_>>();
    let value: f64 = figure[0].parse().unwrap_or_else(|_| panic!("{broken}"));
    let milliseconds = if figure[1] == "s" { value * 1000.0 } else { value };
    assert!(milliseconds >= 49.9, "{broken}");
}

#[test]
fn a_mistake_has_a_caret_before_anything_runs() {
    let mut typed = command(
        "misbehaving",
        &["journey", "test", "misbehaving:fine", "--threshold", "journeys rte > 3/s"],
    );
    crate::process::Ran::of(typed.output().unwrap())
        .expect(2)
        .shows("error: --threshold: there is no statistic `rte`; did you mean `rate`?")
        .shows("\n  journeys rte > 3/s\n           ^^^\n");
    let mut from_variable = command("misbehaving", &["journey", "test", "misbehaving:fine"]);
    from_variable.env("MITE_THRESHOLD", "journeys rate > 3/s\nhttp p99 < 3");
    crate::process::Ran::of(from_variable.output().unwrap())
        .expect(2)
        .shows("error: MITE_THRESHOLD: p99 of http is a time, and 3 has no unit");
}

#[test]
fn a_limit_on_what_never_came_fails_and_names_what_did() {
    misbehave("good", &["--duration", "300ms", "--threshold", "http p99 < 1s"])
        .expect(1)
        .shows("error: limit `http p99 < 1s` is not shown to be kept: no `http` came; there were `errors`, `journeys`, `transactions`");
}

#[test]
fn a_limit_on_errors_replaces_the_one_that_allows_none() {
    let failing = |more: &[&str]| run("misbehaving", &[&FAILING[..], &["300ms"], more].concat());
    failing(&[]).expect(1).shows("above the limit of 0");
    failing(&["--threshold", "errors rate < 1%"])
        .expect(1)
        .shows("error: limit `errors rate < 1%` broken: 100 % of")
        .hides("above the limit of 0");
}

#[test]
fn a_broken_limit_may_end_the_run_but_not_before_its_time() {
    let ran = run(
        "misbehaving",
        &[&FAILING[..], &["60s", "--threshold", "errors count < 1 abort after 2s"]].concat(),
    )
    .expect(1)
    .shows("limit `errors count < 1 abort after 2s` is broken, and ends the run")
    .shows("; it ended the run at 00:02");
    assert!(ran.out.contains(" in 2.") || ran.out.contains(" in 3."), "{}", ran.out);
}

#[test]
fn a_scenario_has_limits_of_its_own_beside_those_of_the_command_line() {
    misbehave("limited", &["--duration", "500ms", "--threshold", "journeys count < 1"])
        .expect(1)
        .shows("error: limit `transactions max {transaction=fine} < 1ms` broken")
        .shows("error: limit `journeys count < 1` broken")
        .hides("error: limit `journeys count > 1`");
    misbehave("wrong_limits", &[])
        .expect(2)
        .shows("2 mistakes")
        .shows("-5")
        .shows("tests/binaries/misbehaving.rs:")
        .shows("there is no statistic `rte`; did you mean `rate`?")
        .shows("journeys rte > 3/s\n             ^^^");
}

/// One execution that asks one address and another.
fn ask_both(url: &str, other: &str, limits: &[&str]) -> Ran {
    let settings = [format!("url:{url}"), format!("other_url:{other}")];
    let mut words = vec!["journey", "run", "misbehaving:asks_both"];
    for setting in [&settings[0], &settings[1], "http_timeout:0.2"] {
        words.extend(["--add-to-config", setting]);
    }
    limits.iter().for_each(|limit| words.extend(["--threshold", limit]));
    run("misbehaving", &words)
}

/// An address at which nobody listens.
fn dead() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    format!("http://{}/", listener.local_addr().expect("it is bound"))
}

/// A server that answers each connection once.
fn answering() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("it is bound"));
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut head = [0; 4_096];
            let _ = stream.read(&mut head);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
        }
    });
    url
}

#[test]
fn limits_on_times_are_not_kept_by_a_server_that_is_not_there() {
    let limits = ["http p99 < 300ms", "http mean < 1h", "http max < 1h", "errors count < 99"];
    let ran = ask_both(&dead(), &dead(), &limits).expect(1);
    for limit in &limits[..3] {
        let told = format!("error: limit `{limit}` broken: none of 2 samples got a response");
        assert!(ran.err.contains(&told), "no {told} in {}", ran.err);
    }
    let row = ran.out.lines().find(|line| line.starts_with("http p99")).expect("it is shown");
    let cells: Vec<_> = row.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
    assert_eq!(cells, ["http p99 < 300ms", "no response", "2 (2 failed)", "BROKEN"]);
}

#[test]
fn what_is_refused_or_not_answered_in_time_makes_no_time_look_better() {
    let one = "one of 1 without a response";
    let limits = ["http p50 < 1h", "http p99 < 1h", "errors count < 99"];
    ask_both(&answering(), &dead(), &limits)
        .expect(1)
        .shows(&format!("error: limit `http p99 < 1h` broken: p99 of 2 samples is {one}"))
        .hides("error: limit `http p50");
    // It listens, and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/", silent.local_addr().expect("it is bound"));
    ask_both(&answering(), &url, &["http p99 < 1h", "http mean >= 100ms", "errors count < 99"])
        .expect(1)
        .shows(&format!("error: limit `http p99 < 1h` broken: p99 of 2 samples is {one}"))
        .hides("error: limit `http mean");
}
