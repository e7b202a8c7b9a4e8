//! Who is not taken into a run, and what is said about it.

use crate::process::Started;
use crate::server::Nats;

#[test]
fn another_binary_is_refused_with_what_each_has() {
    let nats = Nats::start();
    let controller = Started::controller(&nats, "twelve", &["--wait", "3s"]);
    controller.says("waits for 1 runner");
    Started::new("quickstart", &["runner", "--nats", &nats.url])
        .ended()
        .expect(2)
        .shows("run `mite` refuses: controller and runner are not the same binary")
        .shows("only the controller has:\n    journey fleet:ask()")
        .shows("only this runner has:\n    journey quickstart:journey(i64, i64)");
    controller
        .ended()
        .expect(4)
        .shows("0 runners of 1 came to run `mite` within 3.0 s (--wait), and 1 were refused");
}

#[test]
fn a_runner_without_a_controller_waits_for_as_long_as_it_is_told() {
    let nats = Nats::start();
    Started::new("fleet", &["runner", "--nats", &nats.url, "--wait", "1s"])
        .ended()
        .expect(4)
        .shows("no controller of run `mite` has started it within 1.0 s (--wait)");
}

#[test]
fn what_would_be_of_no_use_at_a_controller_is_refused() {
    for (more, says) in [
        (&["--message-processors", "a:b"][..], "--message-processors gets no message"),
        (&["--collector-dir", "x"], "--collector-dir gets no message"),
        (&["--min-runners", "0"], "--min-runners 0 would start without anybody"),
        (&["--runner-timeout", "3s"], "--runner-timeout 3s is too short"),
    ] {
        let arguments = [&["controller", "fleet:twelve"], more].concat();
        Started::new("fleet", &arguments).ended().expect(2).shows(says);
    }
}

#[test]
fn a_second_controller_is_refused_as_long_as_the_first_one_leads() {
    let nats = Nats::start();
    let runner = Started::runner(&nats, 1);
    let first = Started::controller(&nats, "twelve", &["--duration", "9s"]);
    first.says("00:02 ");
    Started::controller(&nats, "twelve", &[])
        .ended()
        .expect(4)
        .shows("run `mite` is led by ")
        .shows(&format!("(process {}), which renews its lease of 5.0 s; end that one", first.id()));
    first.ended().expect(0);
    runner.ended().expect(0);
    // The name is free again at once.
    let runner = Started::runner(&nats, 1);
    Started::controller(&nats, "told", &[]).ended().expect(0);
    runner.ended().expect(0);
}

#[test]
fn a_server_that_keeps_nothing_is_told_apart() {
    let nats = Nats::with("jetstream: false");
    Started::controller(&nats, "twelve", &[]).ended().expect(4).shows("start it with -js");
}
