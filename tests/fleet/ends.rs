//! How runs begin and end for those who are slow, few or stuck.

use crate::process::Started;
use crate::server::Nats;

#[test]
fn a_process_whose_only_runner_is_blocked_ends_after_the_run_and_is_named() {
    let nats = Nats::start();
    // Also one that would take part in other runs: it has a thread less for them.
    let words = ["runner", "--forever", "--nats", &nats.url, "--runners", "1"];
    let runner = Started::new("fleet", &words);
    let options = ["--duration", "2s", "--graceful-stop", "1s"];
    let ran = Started::controller(&nats, "blocks", &options).ended();
    let name = format!("(process {})", runner.id());
    // By itself: nobody tells it to.
    let ended = runner.ended();
    ended.expect(1);
    assert!(matches!(ran.code, Some(1 | 4)), "{:?}: {}{}", ran.code, ran.out, ran.err);
    let said = ran.results()["verdict"]["reasons"].to_string();
    let stuck = "runner 1 did not end with the run: a journey blocks its thread";
    assert!(said.contains(&format!("{name}: {stuck}")), "{said}");
    // It went on for ten seconds after the run, which are none of it.
    let results = ran.results();
    let number = |value: &serde_json::Value| value.as_f64().expect("a number");
    let blocked = &results["generator"]["blocked"][0];
    let (kept, run) = (number(&blocked["max_s"]), number(&results["run"]["elapsed_s"]));
    assert!((run - 2.0..=run + 0.05).contains(&kept), "{kept} of {run}");
}

#[test]
fn a_note_of_a_runner_is_a_note_of_the_run() {
    let nats = Nats::start();
    let words = ["runner", "--nats", &nats.url, "--runners", "1", "--collector-dir", "kept"];
    let runner = Started::new("fleet", &[&words[..], &["--collector-filter", "no_such"]].concat());
    let name = format!("(process {})", runner.id());
    let ran = Started::controller(&nats, "told", &[]).ended().expect(0);
    runner.ended().expect(0).shows("no message of type `no_such` was sent");
    let notes = &ran.results()["verdict"]["notes"];
    let noted =
        notes.as_array().into_iter().flatten().find(|note| note["code"] == "kinds_never_sent");
    let text = noted.map(|note| note["text"].to_string()).unwrap_or_default();
    assert!(text.contains(&name) && text.contains("`no_such`"), "{notes}");
}

#[test]
fn runners_that_die_during_the_setup_are_waited_for_again() {
    let nats = Nats::start();
    let (dies, stays) = (Started::runner(&nats, 1), Started::runner(&nats, 1));
    let options = ["--min-runners", "2", "--add-to-config", "setup:5"];
    let controller = Started::controller(&nats, "told", &options);
    controller.says("setup: ");
    dies.signal("KILL");
    controller.says("1 of 2 runners have come");
    let comes = Started::runner(&nats, 1);
    let ran = controller.ended().expect(0).shows("cleaned");
    assert_eq!(ran.results()["run"]["runners"], 2);
    assert!(!ran.err.contains("is lost"), "{}", ran.err);
    for runner in [stays, comes] {
        runner.ended().expect(0);
    }
}

#[test]
fn a_run_does_not_start_with_fewer_runners_than_it_waits_for_and_its_setup_is_undone() {
    let nats = Nats::start();
    let (dies, stays) = (Started::runner(&nats, 1), Started::runner(&nats, 1));
    let options = ["--min-runners", "2", "--add-to-config", "setup:5", "--wait", "4s"];
    let controller = Started::controller(&nats, "told", &options);
    controller.says("setup: ");
    dies.signal("KILL");
    let ran = controller.ended().expect(4).shows("cleaned");
    ran.shows("1 runner of 2 came to run `mite` within 4.0 s (--wait)");
    drop(stays);
}
