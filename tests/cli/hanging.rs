//! Code of the test's own that does not answer: it is named while it hangs, it fails
//! the run, and it keeps neither the other lines nor the end.

use std::time::Duration;

use mite_tests::Scratch;

use crate::process::{Ran, UnderWay, ended_in_each_second};

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

/// A run, and where its file of results is.
struct Hanging {
    run: UnderWay,
    results: Scratch,
}

fn start(scenario: &str, more: &[&str]) -> Hanging {
    let results = Scratch::new("hanging");
    let json = results.file("run.json");
    let spec = format!("hanging:{scenario}");
    let arguments = ["scenario", "test", &spec, "--runners", "1", "--json", &json];
    Hanging { run: UnderWay::start_of("hanging", &[&arguments[..], more].concat()), results }
}

impl Hanging {
    fn end(mut self, limit: Duration) -> (Ran, Vec<u64>) {
        let ran = self.run.wait(limit);
        (ran, ended_in_each_second(&self.results.0.join("run.json"), "hanging:fine"))
    }
}

/// The line beside it is as it is: of its journeys of 20 ms some end in each second.
fn beside(ended: &[u64], seconds: usize) {
    assert!(ended.len() >= seconds && ended[..seconds].iter().all(|n| *n > 0), "{ended:?}");
}

#[test]
fn what_hangs_is_named_and_does_not_keep_the_end_by_duration() {
    let runs: Vec<_> = CULPRITS
        .iter()
        .map(|(scenario, culprit)| (start(scenario, &["--duration", "9s"]), culprit))
        .collect();
    for (run, culprit) in runs {
        let (ran, ended) = run.end(Duration::from_secs(60));
        let ran = ran.expect(1).shows(culprit);
        beside(&ended, 9);
        // While it hung, and in the verdict.
        let error = format!("error: {culprit}");
        assert!(ran.err.contains(&format!("WARN  {culprit}")), "{}", ran.err);
        assert!(ran.screen().contains(&error), "no {error:?} in:\n{}", ran.screen());
    }
}

#[test]
fn what_hangs_does_not_keep_an_interrupt() {
    let runs: Vec<_> = CULPRITS.iter().map(|(scenario, _)| start(scenario, &[])).collect();
    std::thread::sleep(Duration::from_secs(7));
    runs.iter().for_each(|hanging| hanging.run.interrupt());
    for (run, (_, culprit)) in runs.into_iter().zip(CULPRITS) {
        let (ran, ended) = run.end(Duration::from_secs(20));
        ran.expect(1).shows("stopping").shows(culprit);
        beside(&ended, 5);
    }
}

#[test]
fn a_model_that_panics_ends_its_line_alone() {
    let run = start("panicking_model", &["--duration", "4s"]);
    let (ran, ended) = run.end(Duration::from_secs(30));
    ran.expect(1).shows(
        "scenario line 2 (hanging:fine) ended: the volume model panicked in the window from 2s to 3s: no idea",
    );
    beside(&ended, 4);
}

#[test]
fn a_model_that_never_answered_fails_even_a_short_run() {
    let (ran, ended) = start("silent_model", &["--duration", "2s"]).end(Duration::from_secs(30));
    ran.expect(1).shows("volume model of line 2 (hanging:fine) never answered");
    beside(&ended, 2);
}

#[test]
fn a_model_that_answers_too_late_is_told_and_does_not_fail_the_run() {
    let (ran, ended) = start("late_model", &["--duration", "6s"]).end(Duration::from_secs(30));
    ran.expect(0)
        .shows("- volume model of line 2 (hanging:fine) answered too late for ")
        .shows(", so the line kept the volume that it had; a model should compute, not wait");
    beside(&ended, 6);
}

#[test]
fn what_a_pool_has_spawned_does_not_run_on_the_control_thread() {
    let (ran, ended) = start("spawned", &["--duration", "2s"]).end(Duration::from_secs(30));
    beside(&ended, 2);
    assert!(ran.expect(0).row("JOURNEYS", "hanging:buy")[0] > 2);
}

#[test]
fn what_answers_is_not_named() {
    let (ran, _) = start("healthy", &["--duration", "2s"]).end(Duration::from_secs(30));
    ran.expect(0).hides("answered").hides("checked in");
}

#[test]
fn processors_that_hang_are_named_waited_for_and_left_behind() {
    let specs = ["--message-processors", "hanging:stuck,hanging:endless"];
    let end = ["--duration", "7s", "--graceful-stop", "1s"];
    let ran = start("healthy", &[specs, [end[0], end[1]], [end[2], end[3]]].concat());
    let (ran, _) = ran.end(Duration::from_secs(60));
    let ran = ran.expect(1);
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
