//! Code of the test's own that does not answer: it is named while it hangs, it fails
//! the run, and it keeps neither the other lines nor the end.

use std::time::{Duration, Instant};

use crate::process::{Ran, UnderWay};

/// What each scenario of `hanging` is named as while it hangs.
const CULPRITS: [(&str, &str); 6] = [
    (
        "slow_model",
        "volume model of line 2 (hanging:fine) has not answered for 5 s, so the line keeps its volume",
    ),
    (
        "hanging_model",
        "volume model of line 2 (hanging:fine) has not answered for 5 s, so the line keeps its volume",
    ),
    ("checkout", "check-out of data pool `Accounts` has not answered for 5 s"),
    ("blocked_checkout", "check-out of data pool `Accounts` has not answered for 5 s"),
    ("checkin", "check-in of data pool `Accounts` has not answered for 5 s"),
    ("blocked_checkin", "check-in of data pool `Accounts` has not answered for 5 s"),
];

fn start(scenario: &str, more: &[&str]) -> UnderWay {
    let spec = format!("hanging:{scenario}");
    let arguments = ["scenario", "test", &spec, "--runners", "1"];
    UnderWay::start_of("hanging", &[&arguments[..], more].concat())
}

/// The line beside it is as it is: three at once, some fifty journeys a second each.
fn beside(ran: &Ran, seconds: u64) {
    let started = ran.row("JOURNEYS", "hanging:fine")[0];
    assert!(started > 100 * seconds, "{started} in {seconds} s");
}

#[test]
fn what_hangs_is_named_and_does_not_keep_the_end_by_duration() {
    let runs: Vec<_> = CULPRITS
        .iter()
        .map(|(scenario, culprit)| (start(scenario, &["--duration", "9s"]), culprit))
        .collect();
    let began = Instant::now();
    for (run, culprit) in runs {
        let ran = run.end(Duration::from_secs(60)).expect(1).shows(culprit);
        beside(&ran, 9);
        // While it hung, and in the verdict.
        let error = format!("error: {culprit}");
        assert!(ran.err.contains(&format!("WARN  {culprit}")), "{}", ran.err);
        assert!(ran.screen().contains(&error), "no {error:?} in:\n{}", ran.screen());
    }
    assert!(began.elapsed() < Duration::from_secs(40), "{:?}", began.elapsed());
}

#[test]
fn what_hangs_does_not_keep_an_interrupt() {
    let runs: Vec<_> = CULPRITS.iter().map(|(scenario, _)| start(scenario, &[])).collect();
    std::thread::sleep(Duration::from_secs(7));
    runs.iter().for_each(UnderWay::interrupt);
    for (run, (_, culprit)) in runs.into_iter().zip(CULPRITS) {
        let ran = run.end(Duration::from_secs(20)).expect(1).shows("stopping").shows(culprit);
        beside(&ran, 5);
    }
}

#[test]
fn a_model_that_panics_ends_its_line_alone() {
    let ran = start("panicking_model", &["--duration", "4s"]).end(Duration::from_secs(30));
    let ran = ran.expect(1).shows(
        "scenario line 2 (hanging:fine) ended: the volume model panicked in the window from 2s to 3s: no idea",
    );
    beside(&ran, 4);
}

#[test]
fn a_model_that_never_answered_fails_even_a_short_run() {
    let ran = start("silent_model", &["--duration", "2s"]).end(Duration::from_secs(30));
    let ran = ran.expect(1).shows("volume model of line 2 (hanging:fine) never answered");
    beside(&ran, 2);
}

#[test]
fn what_a_pool_has_spawned_does_not_run_on_the_control_thread() {
    let ran = start("spawned", &["--duration", "2s"]).end(Duration::from_secs(30)).expect(0);
    beside(&ran, 2);
    assert!(ran.row("JOURNEYS", "hanging:buy")[0] > 100);
}

#[test]
fn what_answers_is_not_named() {
    let ran = start("healthy", &["--duration", "2s"]).end(Duration::from_secs(30));
    ran.expect(0).hides("answered").hides("checked in");
}

#[test]
fn processors_that_hang_are_named_waited_for_and_left_behind() {
    let specs = ["--message-processors", "hanging:stuck,hanging:endless"];
    let end = ["--duration", "7s", "--graceful-stop", "1s"];
    let ran = start("healthy", &[specs, [end[0], end[1]], [end[2], end[3]]].concat());
    let ran = ran.end(Duration::from_secs(60)).expect(1);
    // While it hangs,
    let while_it_hangs =
        "WARN  the message processor hanging:stuck has been at the same messages for 5.0 s, with ";
    assert_eq!(ran.err.matches(while_it_hangs).count(), 1, "{}", ran.err);
    // and at the end. Ten seconds at least, however short the time is that journeys get.
    let waited = " behind, for up to 10.0 s; interrupt to end now";
    let left = "error: the message processor hanging:stuck did not come to an end and was left behind, with ";
    for processor in ["stuck", "endless"] {
        let told = format!("INFO  waiting for the message processor hanging:{processor}, ");
        let told = ran.err.lines().find_map(|line| Some(line.split_once(&told)?.1));
        assert!(told.is_some_and(|told| told.ends_with(waited)), "{}", ran.err);
    }
    let ran = ran.shows(left).shows(
        "error: the message processor hanging:endless did not come to an end and was left behind, with 0 messages waiting",
    );
    // The one that hangs in its end has seen all: two lines' transactions.
    let journeys = ["hanging:fine", "hanging:buy"].map(|name| ran.row("JOURNEYS", name)[0]);
    ran.shows(&format!("saw {} transactions\n", journeys.iter().sum::<u64>()));
}
