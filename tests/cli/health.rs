//! Whether what a run measured is the server's doing, or the generator's own.

use crate::process::{misbehave, misbehave_judged};

#[test]
fn a_journey_that_blocks_its_loop_for_half_a_second_makes_the_run_invalid() {
    misbehave_judged("blocking_briefly", &[])
        .expect(3)
        .shows("error: misbehaving:blocks_briefly kept its runner from all other work 1 time")
        .shows("INVALID GENERATOR");
    misbehave_judged("blocking_briefly", &["--allow-invalid"])
        .expect(0)
        .hides("error:")
        .shows("- misbehaving:blocks_briefly kept its runner from all other work 1 time")
        .shows("INVALID GENERATOR");
    misbehave_judged("blocking_briefly", &["--max-loop-block", "2s", "--max-loop-lag", "2s"])
        .expect(0)
        .hides("kept its runner");
}

/// Sixty journeys that each need half a core, on one.
#[test]
fn a_generator_that_is_asked_for_more_than_it_can_do_says_so() {
    misbehave_judged("crunching", &["--runners", "1", "--duration", "3s"])
        .expect(3)
        .shows("error: runner 1 was later than 100.00 ms for")
        .shows("so late is what was measured, whatever the server did; ask for less, or add `--runners` or machines")
        .shows("INVALID GENERATOR");
}

/// Three hundred arrivals a second that each need ten milliseconds of a core, on one.
#[test]
fn three_times_the_arrivals_that_a_generator_can_do_are_invalid_and_not_a_slow_server() {
    let ran = misbehave_judged("flooding", &["--runners", "1", "--duration", "3s"])
        .expect(3)
        .shows("INVALID GENERATOR")
        .shows("arrivals dropped (")
        .shows("runners came to them later than 1.000 s, which is this generator's doing; ask for less, or add `--runners` or machines");
    // Each arrival is accounted for, whatever the generator could do.
    let row = ran.row("ARRIVALS", "misbehaving:burns (scenario 1)");
    assert_eq!((row[0], row[1] + row[2]), (900, 900), "scheduled, started, dropped: {row:?}");
}

#[test]
fn an_ordinary_run_says_how_its_generator_fared() {
    misbehave("good", &["--duration", "1s"])
        .expect(0)
        .shows(" GENERATOR: loop late by ")
        .shows("open files")
        .hides("INVALID");
}

/// The exit code stays as it is.
#[cfg(debug_assertions)]
#[test]
fn a_debug_build_is_suspect_and_says_what_to_do() {
    misbehave_judged("good", &["--duration", "1s", "--max-loop-lag", "10s", "--max-loop-block", "10s"])
        .expect(0)
        .shows("SUSPECT GENERATOR: ")
        .shows("- a debug build takes some four times the CPU, which is in every time and every rate; build with --release");
}

#[test]
fn a_run_that_starts_nothing_fails_unless_it_may() {
    misbehave("idle", &["--duration", "300ms"])
        .expect(1)
        .shows("WARN  scenario 1 (misbehaving:fine): its volume is 0 at all times, so none of it will run")
        .shows("error: no journey was started; --allow-empty accepts that");
    misbehave("idle", &["--duration", "300ms", "--allow-empty"]).expect(0).hides("WARN");
}

#[test]
fn errors_alone_are_never_green() {
    misbehave("bailing", &["--duration", "300ms", "--max-errors-threshold", "1000000"])
        .expect(1)
        .shows(" and nothing that succeeded");
}
