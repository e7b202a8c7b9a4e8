//! A fleet on this machine, by one command.

use std::process::Command;

use crate::process::{Started, counts};
use crate::server::{program, until};

fn up(arguments: &[&str]) -> Started {
    let server = program().display().to_string();
    let all = [&["fleet", "up", "fleet:two_hundred", "--runners", "3"], arguments].concat();
    Started::with("fleet", &all, &[("MITE_NATS_SERVER", &server)])
}

/// Processes whose parent that is.
fn of(parent: i32) -> Vec<i32> {
    let listed = Command::new("pgrep").args(["-P", &parent.to_string()]).output();
    let listed = listed.expect("there is pgrep").stdout;
    String::from_utf8_lossy(&listed).lines().filter_map(|line| line.parse().ok()).collect()
}

fn children(parent: i32) -> usize {
    of(parent).len()
}

fn runs(id: i32) -> bool {
    // One that has ended may not have been waited for yet.
    let state = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    state.rsplit(") ").next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with('Z'))
}

#[test]
fn one_command_starts_all_of_it_and_ends_all_of_it() {
    let fleet = up(&["--json", "run.json"]);
    let id = fleet.id();
    until("the server and three processes", || (children(id) == 4).then_some(()));
    let ran = fleet.ended().expect(1).shows("[process 3] ").shows("on 3 runners");
    let expected = serde_json::json!({
        "started": 200, "finished": 180, "failed": 20, "cancelled": 0, "errors": 20,
    });
    assert_eq!(counts(&ran.results())["totals"]["journeys"], expected);
    let still = Command::new("pgrep").args(["-f", &format!("mite-nats-{id}-")]).output();
    assert_eq!(String::from_utf8_lossy(&still.expect("there is pgrep").stdout), "");
}

#[test]
fn nobody_else_may_use_its_server_and_who_has_started_it_may() {
    use std::io::{Read, Write};
    use std::os::unix::fs::PermissionsExt;
    let server = program().display().to_string();
    let words = ["fleet", "up", "fleet:twelve", "--runners", "2", "--duration", "10m"];
    let fleet = Started::with("fleet", &words, &[("MITE_NATS_SERVER", &server)]);
    fleet.says("transactions");
    let prefix = format!("mite-nats-{}-", fleet.id());
    let all = std::fs::read_dir(std::env::temp_dir()).expect("it is there").flatten();
    let mut own = all.filter(|e| e.file_name().to_string_lossy().starts_with(&prefix));
    let own = own.next().expect("the server has a directory").path();
    let mode =
        |path: &std::path::Path| path.metadata().expect("it is there").permissions().mode() & 0o777;
    let modes = [mode(&own), mode(&own.join("nats.conf")), mode(&own.join("env"))];
    assert_eq!(modes, [0o700, 0o600, 0o600]);

    let variables = std::fs::read_to_string(own.join("env")).expect("it can be read");
    let variables: Vec<_> = variables.lines().filter_map(|line| line.split_once('=')).collect();
    let address = variables[0].1.trim_start_matches("nats://");
    let mut stranger = std::net::TcpStream::connect(address).expect("it listens");
    stranger.write_all(b"CONNECT {}\r\nSUB > 1\r\nPING\r\n").expect("it can be asked");
    let mut heard = String::new();
    let _ = stranger.read_to_string(&mut heard);
    assert!(heard.contains("-ERR 'Authorization Violation'"), "{heard}");

    let asked = Started::with("fleet", &["ctl", "stop"], &variables).ended().expect(0);
    asked.shows("the run ends");
    fleet.ended().expect(130).shows("on 2 runners");
}

#[test]
fn who_has_no_server_is_told_how_to_get_one() {
    Started::with("fleet", &["fleet", "up", "fleet:twelve"], &[("PATH", "/nowhere")])
        .ended()
        .expect(2)
        .shows("error: nats-server is not on the PATH; get it from https://nats.io/download");
}

#[test]
fn nothing_is_left_of_one_that_is_killed_whenever_that_is() {
    for text in ["nats-server is at", "load starts in"] {
        let fleet = up(&["--delay-start-seconds", "2"]);
        fleet.says(text);
        let id = fleet.id();
        let mut all: Vec<i32> = of(id);
        all.extend(all.clone().into_iter().flat_map(of));
        assert!(all.len() >= 2, "{all:?}");
        fleet.signal("KILL");
        fleet.ended();
        until("the end of all", || (!all.iter().any(|id| runs(*id))).then_some(()));
    }
}

#[test]
fn one_that_is_told_to_end_before_there_is_a_run_leaves_nothing() {
    for text in ["nats-server is at", "waits for a controller"] {
        let server = program().display().to_string();
        let words = ["fleet", "up", "fleet:twelve", "--runners", "3", "--duration", "10m"];
        let fleet = Started::with("fleet", &words, &[("MITE_NATS_SERVER", &server)]);
        fleet.says(text);
        let id = fleet.id();
        let all = of(id);
        assert!(!all.is_empty());
        fleet.signal("TERM");
        fleet.ended().expect(143);
        until("the end of all", || (!all.iter().any(|id| runs(*id))).then_some(()));
    }
}
