//! Interrupts and terminations.

use std::net::TcpListener;
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
fn a_run_that_is_cut_before_its_planned_end_says_so_and_exits_with_the_signal() {
    for (signal, code, name) in
        [("-INT", 130, "SIGINT"), ("-TERM", 143, "SIGTERM"), ("-HUP", 129, "SIGHUP")]
    {
        let run = UnderWay::start(&["scenario", "test", "misbehaving:planned"]);
        std::thread::sleep(Duration::from_millis(700));
        run.signal(signal);
        let ran = run.end(Duration::from_secs(20)).expect(code).shows("JOURNEYS");
        let line =
            ran.out.lines().find(|line| line.starts_with("- ended by ")).expect("it is told");
        assert!(line.starts_with(&format!("- ended by {name} after ")), "{line}");
        assert!(line.ends_with(" of 1 h 00 min"), "{line}");
    }
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

#[test]
fn an_interrupt_while_outputs_start_is_heard() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", silent.local_addr().expect("bound"));
    let run = UnderWay::start(&["scenario", "test", "misbehaving:good", "--logging-webhook", &url]);
    // It has asked, and waits for the answer.
    let asked = silent.accept().expect("it asks");
    run.interrupt();
    std::thread::sleep(Duration::from_millis(300));
    drop((asked, silent));
    run.end(Duration::from_secs(20)).expect(0).shows("stopping");
}
