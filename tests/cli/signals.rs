//! Interrupts and terminations.

use std::time::Duration;

use crate::process::UnderWay;

#[test]
fn an_interrupt_during_the_start_delay_starts_nothing() {
    let run =
        UnderWay::start(&["scenario", "test", "misbehaving:good", "--delay-start-seconds", "60"]);
    std::thread::sleep(Duration::from_millis(700));
    run.interrupt();
    run.end(Duration::from_secs(20)).expect(0).shows("0 journeys");
}

#[test]
fn the_first_interrupt_drains_and_reports() {
    let run = UnderWay::start(&["scenario", "test", "misbehaving:good"]);
    std::thread::sleep(Duration::from_millis(700));
    run.interrupt();
    run.end(Duration::from_secs(20))
        .expect(0)
        .shows("stopping")
        .shows("fine")
        .hides("cancelled now");
}

#[test]
fn a_termination_drains_and_reports() {
    let run = UnderWay::start(&["scenario", "test", "misbehaving:good"]);
    std::thread::sleep(Duration::from_millis(700));
    run.signal("-TERM");
    run.end(Duration::from_secs(20))
        .expect(0)
        .shows("stopping")
        .shows("JOURNEYS")
        .hides("cancelled now");
}

#[test]
fn the_second_interrupt_ends_at_once_and_reports() {
    let run = UnderWay::start(&["scenario", "test", "misbehaving:endless"]);
    std::thread::sleep(Duration::from_millis(700));
    run.interrupt();
    std::thread::sleep(Duration::from_millis(300));
    run.interrupt();
    run.end(Duration::from_secs(20)).shows("ending now").shows("3 cancelled");
}
