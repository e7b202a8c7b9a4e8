//! Panics that nobody waits for: shown with their place, counted, exit code 1.

use crate::process::{Ran, command, run};

fn panicking(scenario: &str, more: &[&str]) -> Ran {
    let spec = format!("panicking:{scenario}");
    run("panicking", &[&["scenario", "test", &spec], more].concat())
}

#[test]
fn one_in_a_task_that_a_journey_spawned_fails_the_run() {
    let ran = panicking("spawning", &[]).expect(1).shows("1 journey, 0 errors");
    for task in ["task", "local task", "blocking task"] {
        let text = format!(": the {task} fell over");
        let told = ran.screen();
        let told = told.lines().filter(|line| line.ends_with(&text)).collect::<Vec<_>>();
        let place = "outside of any journey (a task or thread that one has started?), at tests/binaries/panicking.rs:";
        assert!(told.iter().any(|line| line.contains(place)), "{}", ran.screen());
    }
}

#[test]
fn one_in_a_task_of_a_scenario_function_fails_the_run() {
    panicking("badly_served", &[]).expect(1).shows(": the server fell over");
}

#[test]
fn one_in_a_destructor_at_cancellation_is_an_error_of_the_journey() {
    panicking("cancelled", &["--duration", "300ms", "--graceful-stop", "100ms"])
        .expect(1)
        .shows("2 x panic: the guard fell over")
        .shows("tests/binaries/panicking.rs:")
        .shows("2 journeys (2 cancelled), 2 errors");
}

#[test]
fn one_in_a_check_in_fails_the_run() {
    panicking("shut", &[])
        .expect(1)
        .shows("the gate is shut")
        .shows("tests/binaries/panicking.rs:");
}

/// Of what makes the parts of a test, one is a sentence, before any load.
#[test]
fn one_in_a_function_that_makes_a_part_is_a_usage_error() {
    let scenario = ["scenario", "test"];
    let pool = ["journey", "test", "panicking:passes"];
    for (arguments, says) in [
        (
            [&scenario[..], &["panicking:served", "--config", "panicking:bad_config"]].concat(),
            "error: config `panicking:bad_config` panicked: no settings (at ",
        ),
        (
            [
                &scenario[..],
                &["panicking:served", "--message-processors", "panicking:bad_processor"],
            ]
            .concat(),
            "error: message processor `panicking:bad_processor` panicked: no processor (at ",
        ),
        (
            [&pool[..], &["panicking:bad_pool"]].concat(),
            ": pool `panicking:bad_pool` panicked: no pool (at ",
        ),
        (
            [&pool[..], &["panicking:bad_async_pool"]].concat(),
            ": pool `panicking:bad_async_pool` panicked: no pool after a while (at ",
        ),
        (
            [&scenario[..], &["panicking:badly_fed"]].concat(),
            ": pool `panicking:bad_pool` panicked: no pool (at ",
        ),
        (
            [&scenario[..], &["panicking:bad_scenario"]].concat(),
            "error: scenario `panicking:bad_scenario` panicked: no scenario (at ",
        ),
    ] {
        let ran = run("panicking", &arguments)
            .expect(2)
            .shows(&format!("{says}tests/binaries/panicking.rs:"))
            .hides("thread '")
            .hides("JOURNEYS");
        let errors = ran.err.lines().filter(|line| line.starts_with("error: ")).count();
        assert_eq!(errors, 1, "{}", ran.err);
    }
}

/// Rust aborts the process then, which a shell shows as 134: what can be told is told
/// before.
#[test]
#[cfg(unix)]
fn two_at_a_time_are_shown_before_the_process_is_aborted() {
    use std::os::unix::process::ExitStatusExt;
    let output = command("panicking", &["scenario", "test", "panicking:twice"]).output().unwrap();
    assert_eq!(output.status.signal(), Some(6), "{:?}", output.status);
    let err = String::from_utf8(output.stderr).unwrap();
    for text in [
        "a destructor panicked while a panic was under way: Rust aborts the process at once, without a report; mend the destructor\n  first at tests/binaries/panicking.rs:",
        ": the journey fell over\n  then at tests/binaries/panicking.rs:",
        ": the guard fell over",
    ] {
        assert!(err.contains(text), "no {text:?} in:\n{err}");
    }
}

#[test]
fn a_server_that_a_scenario_function_started_lives_as_long_as_the_run() {
    let ran = panicking("served", &[]).expect(0).shows(", 0 errors");
    assert!(ran.row("JOURNEYS", "panicking:asks")[1] > 10, "{}", ran.out);
}
