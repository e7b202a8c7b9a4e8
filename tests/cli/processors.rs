//! Message processors.

use std::time::Duration;

use crate::process::{UnderWay, misbehave};

#[test]
fn processors_see_every_message_and_their_failures_are_their_own() {
    misbehave(
        "starving",
        &["--duration", "200ms", "--message-processors", "misbehaving:greetings"],
    )
    .expect(1)
    .shows("saw user-0")
    .shows("greetings")
    .shows("error: message processor misbehaving:greetings failed 1 time: three is too many (tests/binaries/misbehaving.rs:");
}

#[test]
fn a_processor_that_panics_is_switched_off_and_fails_the_run() {
    let specs = "misbehaving:fragile,misbehaving:greetings";
    let ran = misbehave("once", &["--message-processors", specs])
        .expect(1)
        .shows("error: message processor misbehaving:fragile got no more messages after a panic: glass is broken (tests/binaries/misbehaving.rs:")
        // The others go on, and the panic hook has nothing to print.
        .shows("saw user-0")
        .hides("thread '");
    // At once, and at the end.
    let ran = ran.shows("ERROR message processor misbehaving:fragile gets no more messages: ");
    assert_eq!(ran.screen().matches("glass is broken").count(), 2, "{}", ran.screen());
}

#[test]
fn a_slow_processor_changes_no_rate_and_is_not_waited_for_after_an_interrupt() {
    let run = UnderWay::start(&[
        "scenario",
        "test",
        "misbehaving:good",
        "--duration",
        "1s",
        "--message-processors",
        "misbehaving:sleepy",
    ]);
    std::thread::sleep(Duration::from_millis(2500));
    run.interrupt();
    run.end(Duration::from_secs(20))
        .expect(1)
        .shows("; rates are over the 1.0 s in which load was asked for")
        .shows("message processor misbehaving:sleepy was too slow: ");
}
