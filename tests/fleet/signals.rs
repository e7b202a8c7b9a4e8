//! Commands that are told to end before they have a server.

use std::os::unix::fs::PermissionsExt as _;

use crate::process::Started;
use crate::server::{Scratch, until};

/// Nobody listens there.
const NOWHERE: &str = "nats://127.0.0.1:1";

#[test]
fn whoever_waits_for_a_server_ends_at_the_first_signal() {
    let commands: [&[&str]; 7] = [
        &["controller", "fleet:twelve"],
        &["runner"],
        &["collector"],
        &["recorder"],
        &["receiver", "fleet:choking"],
        &["ctl", "status"],
        &["prometheus-exporter", "--prometheus-address", ":0"],
    ];
    let waiting =
        commands.map(|words| Started::new("fleet", &[words, &["--nats", NOWHERE]].concat()));
    for process in &waiting {
        process.says("NATS cannot be reached yet");
    }
    for (process, words) in waiting.into_iter().zip(commands) {
        process.signal("TERM");
        // By itself, and not by what the system does to who has no handler, which is no code.
        let ended = process.ended();
        assert_eq!(ended.code, Some(128 + 15), "{words:?}: {}", ended.err);
    }
}

#[test]
fn a_runner_that_stays_ends_while_it_waits_too() {
    let runner = Started::new("fleet", &["runner", "--forever", "--nats", NOWHERE]);
    runner.says("NATS cannot be reached yet");
    runner.signal("INT");
    runner.ended().expect(128 + 2);
}

#[test]
fn a_fleet_whose_server_does_not_come_up_ends_at_the_first_signal() {
    let scratch = Scratch::new("server");
    let server =
        scratch.write("nats-server", "#!/bin/sh\necho $$ > \"${0%/*}/started\"\nexec sleep 60\n");
    std::fs::set_permissions(&server, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
    let path = server.display().to_string();
    let words = ["fleet", "up", "fleet:twelve"];
    let fleet = Started::with("fleet", &words, &[("MITE_NATS_SERVER", &path)]);
    until("the server", || scratch.0.join("started").exists().then_some(()));
    fleet.signal("TERM");
    fleet.ended().expect(128 + 15);
}
