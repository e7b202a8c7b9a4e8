//! Runs over several processes: what they come to, and that it is what one process comes to.

use crate::process::{Ran, Started, counts};
use crate::server::Nats;

/// A scenario with three processes of runners; all end with the run.
fn with_three(scenario: &str, more: &[&str]) -> Ran {
    let nats = Nats::start();
    let runners: Vec<_> = (0..3).map(|_| Started::runner(&nats, 1)).collect();
    let controller =
        Started::controller(&nats, scenario, &[&["--min-runners", "3"], more].concat());
    let ran = controller.ended();
    for runner in runners {
        runner.ended().expect(0);
    }
    ran
}

#[test]
fn counts_and_the_verdict_are_those_of_a_run_in_one_process() {
    let local = Started::new(
        "fleet",
        &["scenario", "test", "fleet:two_hundred", "--json", "run.json", "--runners", "3"],
    );
    let ran = with_three("two_hundred", &[]).expect(1);
    let (fleet, local) = (ran.results(), local.ended().expect(1).results());
    let expected = counts(&local);
    assert_eq!(expected["totals"]["journeys"]["started"], 200);
    assert_eq!(expected["totals"]["journeys"]["failed"], 20);
    assert_eq!(expected["failures"].as_array().map(Vec::len), Some(20));
    let of_visit = |series: &serde_json::Value| series["count"] == 200 && series["failed"] == 20;
    assert!(
        expected["series"].as_array().is_some_and(|all| all.iter().any(of_visit)),
        "{expected}"
    );
    assert_eq!(counts(&fleet), expected);
    assert_eq!(fleet["run"]["runners"], 3);
    // A row for each process, with its machine.
    let rows = ran.out.lines().skip_while(|line| !line.starts_with("PROCESSES")).skip(1);
    let rows: Vec<_> = rows.take_while(|line| !line.is_empty()).collect();
    assert!(rows.len() == 3 && rows.iter().all(|row| row.contains(" (process ")), "{rows:?}");
    // Its clock was measured: an error of nothing would be none.
    assert!(rows.iter().all(|row| row.contains(" ± ") && !row.contains("± 0.00")), "{rows:?}");
}

#[test]
fn every_arrival_of_an_open_line_starts_once() {
    let ran = with_three("arrivals", &[]).expect(0).sound();
    let results = ran.results();
    let line = &results["lines"][0];
    assert_eq!((&line["scheduled"], &line["started"]), (&500.into(), &500.into()), "{line}");
    assert_eq!(line["dropped"], serde_json::json!({}));
    assert_eq!(results["totals"]["journeys"]["finished"], 500);
    // What was counted until load ended is in its part, though it was counted elsewhere.
    let steady = &results["parts"][0];
    assert_eq!((&steady["kind"], &steady["to_s"]), (&"steady".into(), &5.0.into()), "{steady}");
    assert!(steady["transactions"].as_u64() >= Some(490), "{steady}");
}

#[test]
fn a_mix_keeps_to_its_weights_over_three_processes() {
    for more in [&["--add-to-config", "rate:100"][..], &[]] {
        let results = with_three("mixed", more).expect(0).sound().results();
        let named = |transaction: &str| {
            let all = results["series"].as_array().into_iter().flatten();
            let of = all.filter(|of| of["kind"] == "transaction" && of["name"] == transaction);
            of.filter_map(|of| of["count"].as_u64()).sum::<u64>()
        };
        let (pass, let_in) = (named("pass"), named("let in"));
        let all = results["totals"]["journeys"]["started"].as_u64().unwrap_or_default();
        assert_eq!(pass + let_in, all, "{}", results["series"]);
        assert!(all >= 500, "{all}");
        // With data there is one sequence for all of them; in a closed line items wait at
        // each runner when it ends.
        let off = pass as f64 - 0.7 * all as f64;
        assert!(off.abs() <= if more.is_empty() { 40.0 } else { 2.0 }, "{pass} of {all}");
        assert_eq!(results["totals"]["journeys"]["failed"], 0);
    }
}

#[test]
fn setup_and_teardown_run_once_at_the_controller_and_journeys_elsewhere_have_what_it_made() {
    let nats = Nats::start();
    let runner = Started::runner(&nats, 2);
    let controller = Started::controller(&nats, "told", &["--min-runners", "2"]);
    let made = format!("debug console: made by {}, heard", controller.id());
    controller.ended().expect(0).shows("cleaned");
    runner.ended().expect(0).shows(&made);
}

#[test]
fn a_process_that_is_told_to_end_leaves_and_others_run_its_share() {
    let nats = Nats::start();
    let (leaves, stays) = (Started::runner(&nats, 1), Started::runner(&nats, 1));
    let options = ["--min-runners", "2", "--duration", "4s"];
    let controller = Started::controller(&nats, "twelve", &options);
    controller.says("transactions");
    leaves.signal("TERM");
    leaves.ended().expect(128 + 15);
    controller.says(" has left");
    let results = controller.ended().expect(0).sound().results();
    stays.ended().expect(0);
    let journeys = &results["totals"]["journeys"];
    let of = |name: &str| journeys[name].as_u64().expect("it is a number");
    // Twelve at once, each for 50 ms, but for the moment of the change.
    assert!(of("finished") > 500, "{journeys}");
    assert_eq!((of("cancelled"), of("started")), (0, of("finished")), "{journeys}");
}

#[test]
fn a_process_that_is_told_to_end_starts_what_is_scheduled_for_it_and_drops_nothing() {
    let nats = Nats::start();
    let (leaves, stays) = (Started::runner(&nats, 2), Started::runner(&nats, 1));
    let options = ["--min-runners", "3", "--add-to-config", "seconds=9"];
    let controller = Started::controller(&nats, "arrivals", &options);
    controller.says("transactions");
    leaves.signal("TERM");
    leaves.ended().expect(128 + 15).shows("what is scheduled for it starts");
    let ran = controller.ended().expect(0).sound();
    stays.ended().expect(0);
    assert!(!ran.err.contains("is lost"), "{}", ran.err);
    assert_eq!(ran.err.matches(" has left").count(), 2, "{}", ran.err);
    let results = ran.results();
    let line = &results["lines"][0];
    assert_eq!((&line["scheduled"], &line["started"]), (&900.into(), &900.into()), "{line}");
    assert_eq!(line["dropped"], serde_json::json!({}));
    let journeys = &results["totals"]["journeys"];
    assert_eq!((&journeys["finished"], &journeys["cancelled"]), (&900.into(), &0.into()));
    let verdict = results["verdict"].to_string();
    assert!(!verdict.contains("lost") && !verdict.contains("before its time"), "{verdict}");
}

#[test]
fn a_second_signal_ends_a_process_that_leaves_at_once() {
    let nats = Nats::start();
    let (leaves, stays) = (Started::runner(&nats, 1), Started::runner(&nats, 1));
    let options = ["--min-runners", "2", "--duration", "4s"];
    let controller = Started::controller(&nats, "arrivals", &options);
    controller.says("transactions");
    leaves.signal("TERM");
    leaves.says("interrupt again to end now");
    leaves.signal("INT");
    leaves.ended().expect(128 + 2).shows("leaves the run now: its journeys are cancelled");
    controller.says(" has left");
    // What was scheduled for it is told of.
    let results = controller.ended().results();
    stays.ended();
    let line = &results["lines"][0];
    assert!(line["dropped"]["lost"].as_u64() > Some(0), "{line}");
}
