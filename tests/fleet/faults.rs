//! What becomes of a run when something of it dies, hangs or cannot be reached.

use std::time::{Duration, Instant};

use crate::cut::Way;
use crate::names::Names;
use crate::process::Started;
use crate::server::{Nats, until};

/// A run of five thousand names, of which none may begin twice.
fn all_names(nats: &Nats, names: &Names, level: u32, more: &[&str]) -> Started {
    let (setting, level) = (names.setting(), format!("level:{level}"));
    let options = [
        "--add-to-config",
        &setting,
        "--add-to-config",
        &level,
        "--runner-timeout",
        "2s",
        "--max-loop-delay",
        "500ms",
    ];
    Started::controller(nats, "all_names", &[&options, more].concat())
}

#[test]
fn five_thousand_names_over_four_processes_of_which_one_is_killed_and_one_comes_late() {
    let (nats, names) = (Nats::start(), Names::new());
    let mut runners: Vec<_> = (0..3).map(|_| Started::runner(&nats, 1)).collect();
    let controller = all_names(&nats, &names, 20, &["--min-runners", "3"]);
    until("a thousand names", || (names.begun() > 1_000).then_some(()));
    runners.pop().expect("there are three").signal("KILL");
    runners.push(Started::runner(&nats, 1));
    let ran = controller.ended().expect(1).shows("is lost");
    for runner in runners {
        runner.ended().expect(0);
    }
    // What the lost one had and did not tell of is in doubt, and was not given out again.
    let (begun, doubt) = (names.each_once() as u64, in_doubt(&ran.out));
    assert!(begun < 5_000 && begun + doubt >= 5_000, "{begun} and {doubt} in doubt");
    // What it may have had since its last report that was heard: one for each of its seven
    // slots, and twice what these use in a period, 17 each.
    assert!(doubt <= 7 + 2 * 7 * 17, "{doubt} in doubt");
    let journeys = &ran.results()["totals"]["journeys"];
    assert!(journeys["started"].as_u64() <= Some(begun), "{begun} began, {journeys}");
    // They are named, and so is the time of which nothing is known.
    let results = ran.results();
    let events = results["events"].as_array().expect("events");
    let named = events.iter().rev().find_map(|event| event["data"]["items"].as_array());
    assert_eq!(named.expect("they are named").len() as u64, doubt);
    let ran = ran.shows("in doubt: ");
    ran.shows("is in no number");
}

/// Items of which nobody knows whether they were used.
#[track_caller]
fn in_doubt(summary: &str) -> u64 {
    let Some(line) = summary.lines().find(|line| line.contains("in doubt")) else { return 0 };
    let number = line.trim_start_matches("- ").split(' ').next().expect("it has words");
    number.parse().expect("it begins with how many")
}

#[test]
fn a_killed_runner_costs_its_arrivals_of_a_few_windows_and_the_ledger_is_whole() {
    let nats = Nats::start();
    let mut runners: Vec<_> = (0..3).map(|_| Started::runner(&nats, 1)).collect();
    let options = [
        "--min-runners",
        "3",
        "--runner-timeout",
        "2s",
        "--max-loop-delay",
        "500ms",
        "--add-to-config",
        "seconds:12",
    ];
    let controller = Started::controller(&nats, "arrivals", &options);
    controller.says("00:02 ");
    runners.pop().expect("there are three").signal("KILL");
    let results = controller.ended().expect(1).shows("is lost").results();
    for runner in runners {
        runner.ended().expect(0);
    }
    let line = &results["lines"][0];
    let of = |value: &serde_json::Value| value.as_u64().unwrap_or(0);
    assert_eq!(of(&line["scheduled"]), 1_200, "{line}");
    let dropped = line["dropped"].as_object().expect("it is there");
    let (started, lost) = (of(&line["started"]), of(&line["dropped"]["lost"]));
    assert_eq!(started + dropped.values().map(of).sum::<u64>(), 1_200, "{line}");
    // A third of the load, for the windows that were sealed and the period until it was missed.
    assert!((1..=200).contains(&lost), "{line}");
}

#[test]
fn one_that_was_stopped_past_its_grant_starts_nothing_on_it_and_joins_anew() {
    let (nats, names) = (Nats::start(), Names::new());
    let runners: Vec<_> = (0..2).map(|_| Started::runner(&nats, 1)).collect();
    let controller = all_names(&nats, &names, 12, &["--min-runners", "2"]);
    until("some names", || (names.begun() > 500).then_some(()));
    runners[0].signal("STOP");
    controller.says("is lost");
    runners[0].signal("CONT");
    runners[0].says("joins the run anew");
    let ran = controller.ended().expect(1);
    for runner in runners {
        runner.ended().expect(0);
    }
    let (begun, doubt) = (names.each_once() as u64, in_doubt(&ran.out));
    assert!(begun + doubt >= 5_000, "{begun} and {doubt} in doubt");
}

#[test]
fn one_that_is_cut_off_stops_by_itself_and_joins_anew_when_it_can() {
    let (nats, names) = (Nats::start(), Names::new());
    let way = Way::to(nats.url.trim_start_matches("nats://").to_owned());
    let cut_off = Started::new("fleet", &["runner", "--nats", &way.url, "--runners", "1"]);
    let stays = Started::runner(&nats, 1);
    let controller = all_names(&nats, &names, 12, &["--min-runners", "2"]);
    until("some names", || (names.begun() > 500).then_some(()));
    way.cut();
    controller.says("is lost");
    way.mend();
    cut_off.says("joins the run anew");
    let ran = controller.ended().expect(1);
    cut_off.ended().expect(0);
    stays.ended().expect(0);
    // It has told in the end what it did, and nothing is in doubt.
    assert_eq!((names.each_once(), in_doubt(&ran.out)), (5_000, 0));
    assert_eq!(ran.results()["totals"]["journeys"]["finished"], 5_000);
}

#[test]
fn load_stops_when_its_controller_stays_away() {
    let (nats, names) = (Nats::start(), Names::new());
    let runner = Started::runner(&nats, 2);
    let controller = all_names(&nats, &names, 12, &["--min-runners", "2", "--wait", "4s"]);
    until("some names", || (names.begun() > 500).then_some(()));
    controller.signal("KILL");
    // Within what it was granted it goes on; then it stops, and at last gives up.
    std::thread::sleep(Duration::from_millis(2_500));
    let stopped = names.begun();
    std::thread::sleep(Duration::from_millis(1_000));
    assert_eq!(names.begun(), stopped, "a name began after the term");
    runner.ended().expect(4).shows("no controller of run `mite` has started it");
    names.each_once();
}

/// The results of a run whose server is away for a moment, which nobody minds.
fn over_a_restart(
    nats: &mut Nats,
    runners: Vec<Started>,
    controller: Started,
) -> serde_json::Value {
    nats.kill();
    std::thread::sleep(Duration::from_millis(700));
    nats.go_on();
    let results = controller.ended().expect(0).results();
    for runner in runners {
        runner.ended().expect(0);
    }
    results
}

#[test]
fn a_server_that_is_started_again_costs_a_run_nothing() {
    let (mut nats, names) = (Nats::start(), Names::new());
    let runners: Vec<_> = (0..2).map(|_| Started::runner(&nats, 1)).collect();
    let setting = names.setting();
    let options =
        ["--min-runners", "2", "--add-to-config", &setting, "--add-to-config", "level:12"];
    let controller = Started::controller(&nats, "all_names", &options);
    until("some names", || (names.begun() > 500).then_some(()));
    let results = over_a_restart(&mut nats, runners, controller);
    assert_eq!(names.each_once(), 5_000);
    assert_eq!(results["totals"]["journeys"]["finished"], 5_000);
}

#[test]
fn a_server_that_is_started_again_costs_an_open_line_no_arrival() {
    let mut nats = Nats::start();
    let runners: Vec<_> = (0..2).map(|_| Started::runner(&nats, 1)).collect();
    let options = ["--min-runners", "2", "--add-to-config", "seconds:9"];
    let controller = Started::controller(&nats, "arrivals", &options);
    controller.says("00:02 ");
    let results = over_a_restart(&mut nats, runners, controller);
    let line = &results["lines"][0];
    assert_eq!((&line["scheduled"], &line["started"]), (&900.into(), &900.into()), "{line}");
    assert_eq!(line["dropped"], serde_json::json!({}));
}

#[test]
fn one_that_comes_late_has_its_share_soon() {
    let nats = Nats::start();
    let first = Started::runner(&nats, 1);
    let options = ["--duration", "6s", "--runner-timeout", "2s", "--max-loop-delay", "500ms"];
    let controller = Started::controller(&nats, "twelve", &options);
    controller.says("00:02 ");
    let late = Started::runner(&nats, 1);
    let came = Instant::now();
    late.says("load started");
    controller.says("has joined");
    assert!(came.elapsed() < Duration::from_secs(5), "it took {:?}", came.elapsed());
    let results = controller.ended().expect(0).sound().results();
    first.ended().expect(0);
    late.ended().expect(0);
    assert_eq!(results["run"]["runners"], 2);
    assert_eq!(results["totals"]["journeys"]["failed"], 0);
}

#[test]
fn a_process_whose_journey_blocks_a_thread_ends_with_the_run() {
    let nats = Nats::start();
    let runner = Started::runner(&nats, 2);
    let options = [
        "--min-runners",
        "2",
        "--duration",
        "2s",
        "--runner-timeout",
        "2s",
        "--max-loop-delay",
        "500ms",
    ];
    let options = [&options[..], &["--graceful-stop", "1s"]].concat();
    let ran = Started::controller(&nats, "blocks", &options).ended();
    assert!(matches!(ran.code, Some(1..=4)), "{:?}: {}{}", ran.code, ran.out, ran.err);
    runner.ended();
}
