//! Setup and teardown: before load and after it, however they end.

use std::time::Duration;

use crate::process::{Ran, UnderWay, run};

fn test(scenario: &str, more: &[&str]) -> Ran {
    let spec = format!("staged:{scenario}");
    let options = ["scenario", "test", &spec, "--duration", "300ms", "--runners", "2"];
    run("staged", &[&options[..], more].concat())
}

#[test]
fn what_the_setup_returned_reaches_every_journey_and_the_teardown() {
    let directory = empty_directory();
    let ran = test("good", &["--recorder-dir", &directory]).expect(0);
    let ran = ran.shows("setup: staged:seed").shows("cleaned 2 shops").shows("staged:buy");
    // Neither is a part of the load, and what is recorded is kept.
    let ran = ran.hides("make shops").hides("no shop");
    assert!(ran.row("JOURNEYS", "staged:buy")[0] > 0);
    assert_eq!(std::fs::read(format!("{directory}/shops.msgpack")).unwrap(), [7]);
}

fn empty_directory() -> String {
    let directory = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("stages");
    let _ = std::fs::remove_dir_all(&directory);
    std::fs::create_dir_all(&directory).unwrap();
    directory.to_str().unwrap().to_owned()
}

#[test]
fn a_setup_that_fails_starts_no_load() {
    let ran = test("failing", &[]).expect(2).hides("JOURNEYS").hides("cleaned");
    let place = "tests/binaries/staged.rs:27";
    ran.shows(&format!("setup `staged:fails` failed: the service is not there (at {place}"));
    test("panicking", &[]).expect(2).shows("setup `staged:panics` failed: no shops (at tests");
}

#[test]
fn a_setup_that_hangs_has_a_limit() {
    for scenario in ["hanging", "blocking"] {
        let ran = test(scenario, &["--setup-timeout", "500ms"]).expect(2).hides("JOURNEYS");
        ran.shows("failed: it did not end within 0.5 s (--setup-timeout)");
    }
    test("good", &["--setup-timeout", "0s"]).expect(2).shows("--setup-timeout must be above zero");
}

#[test]
fn an_interrupt_ends_the_setup_and_starts_no_load() {
    for scenario in ["staged:hanging", "staged:blocking"] {
        let mut run = UnderWay::start_of("staged", &["scenario", "test", scenario]);
        run.until_err("setup: staged:");
        run.interrupt();
        let ran = run.end(Duration::from_secs(20)).expect(130).hides("JOURNEYS").hides("cleaned");
        ran.shows("error: interrupted before load was started");
    }
}

#[test]
fn the_teardown_runs_however_load_ended() {
    test("broken_limit", &[]).expect(1).shows("cleaned");
    let mut run = UnderWay::start_of("staged", &["scenario", "test", "staged:good"]);
    run.until_err("took");
    run.interrupt();
    run.end(Duration::from_secs(20)).expect(0).shows("cleaned 2 shops");
}

#[test]
fn a_teardown_that_fails_fails_the_run() {
    let told = "teardown `staged:fails` failed, so what the setup made may still be there: the service is not there (at tests/binaries/staged.rs:27";
    test("clean_fails", &[]).expect(1).shows(&format!("error: {told}"));
    let told = "teardown `staged:hangs` failed, so what the setup made may still be there: it did not end within 0.5 s (--setup-timeout)";
    test("clean_hangs", &["--setup-timeout", "500ms"]).expect(1).shows(&format!("error: {told}"));
    // A signal ends the wait for it.
    let mut run = UnderWay::start_of(
        "staged",
        &["scenario", "test", "staged:clean_hangs", "--duration", "300ms"],
    );
    run.until_err("teardown: staged:hangs");
    run.interrupt();
    run.end(Duration::from_secs(20)).expect(1).shows("may still be there: it was interrupted");
}

#[test]
fn journeys_are_told_why_there_is_nothing_of_a_setup() {
    let told = "there is nothing that a setup returned: a scenario has one by `.setup(…)`, and a journey that is run alone has that of `--scenario SPEC`";
    test("none", &[]).expect(1).shows(told);
    run("staged", &["journey", "run", "staged:buy"]).expect(1).shows(told);
    // Alone as in a scenario it has what that one's setup returned, and is cleaned up behind.
    run("staged", &["journey", "run", "staged:buy", "--scenario", "staged:good"])
        .expect(0)
        .shows("setup: staged:seed")
        .shows("PASSED: staged:buy")
        .shows("staged:buy        1         1       0          0")
        .shows("cleaned 2 shops");
    run("staged", &["journey", "run", "staged:browse", "--scenario", "staged:good"])
        .expect(2)
        .shows(
            "error: scenario `staged:good` has no journey `staged:browse`; give one that has it",
        );
    test("of_another_type", &[])
        .expect(1)
        .shows("what the setup returned cannot be read as `alloc::vec::Vec<u64>`");
    test("of_another_type", &[]).expect(1).shows("setup: tests/binaries/staged.rs:82 took");
    test("two", &[]).expect(2).shows("this is a second setup; call both from one function");
}
