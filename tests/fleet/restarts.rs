//! A controller that is killed, and started again.

use std::time::Duration;

use crate::consumer::Process;
use crate::names::Names;
use crate::process::Started;
use crate::server::{Nats, until};

#[test]
fn a_controller_that_is_killed_and_started_again_takes_its_run_up() {
    let (nats, names) = (Nats::start(), Names::new());
    let runners: Vec<_> = (0..2).map(|_| Started::runner(&nats, 1)).collect();
    let setting = names.setting();
    let options = [
        "--min-runners",
        "2",
        "--add-to-config",
        &setting,
        "--add-to-config",
        "level:8",
        "--runner-timeout",
        "8s",
    ];
    let first = Started::controller(&nats, "all_names", &options);
    until("some names", || (names.begun() > 700).then_some(()));
    first.signal("KILL");
    let before = names.begun();
    let second = Started::controller(&nats, "all_names", &options);
    second.says("takes it up again");
    let results = second.ended().expect(0).results();
    for runner in runners {
        runner.ended().expect(0);
    }
    assert!(before < 4_500, "it was killed too late: {before} names had begun");
    assert_eq!(names.each_once(), 5_000);
    // What runners had counted before is in the numbers.
    assert_eq!(results["totals"]["journeys"]["finished"], 5_000);
    assert_eq!(results["run"]["runners"], 2);
}

#[test]
fn arrivals_of_a_run_that_is_taken_up_again_are_those_of_its_schedule() {
    let nats = Nats::start();
    let runners: Vec<_> = (0..2).map(|_| Started::runner(&nats, 1)).collect();
    let options = ["--min-runners", "2", "--runner-timeout", "4s", "--add-to-config", "seconds:20"];
    let first = Started::controller(&nats, "arrivals", &options);
    first.says("00:04 ");
    first.signal("KILL");
    std::thread::sleep(Duration::from_millis(200));
    // With the seed that it has, once.
    let second = Started::controller(&nats, "arrivals", &options);
    second.says("takes it up again");
    let ran = second.ended();
    let seed = ran.results()["run"]["seed"].to_string();
    assert_eq!(ran.err.matches("with --seed").count(), 1, "{}", ran.err);
    assert!(ran.err.contains(&format!("with --seed {seed}")), "{seed}: {}", ran.err);
    for runner in runners {
        runner.ended().expect(0);
    }
    let results = ran.results();
    let line = &results["lines"][0];
    let of = |value: &serde_json::Value| value.as_u64().unwrap_or(0);
    let dropped = line["dropped"].as_object().expect("it is there");
    let dropped: u64 = dropped.values().map(of).sum();
    assert_eq!(of(&line["started"]) + dropped, 2_000, "{line}");
    assert_eq!(results["totals"]["journeys"]["finished"], line["started"], "{line}");
    // What could not start is not said to be the runners' lateness, and the restart is told.
    let late = ["unleased", "undelivered"].map(|reason| of(&line["dropped"][reason]));
    assert_eq!(late.iter().sum::<u64>(), dropped, "{line}");
    let reasons = &results["verdict"]["reasons"];
    let all = reasons.as_array().into_iter().flatten();
    let told = all.filter(|reason| reason["code"] == "controller_restarted");
    let told: Vec<_> = told.map(|reason| reason["text"].to_string()).collect();
    assert!(told.len() == 1 && told[0].contains("the controller was away from "), "{reasons}");
    assert!(ran.out.contains("the controller was away from "), "{}", ran.out);
    let events = results["events"].as_array().into_iter().flatten();
    let on_axis = events.filter(|event| event["text"].to_string().contains("was away from"));
    assert_eq!(on_axis.count(), 1, "{}", results["events"]);
    // Windows that no controller has sealed in time; the others were started meanwhile.
    assert!(of(&line["started"]) >= 1_400, "{line}");
    // What was counted before is a part of its own, and no second has it.
    let parts = results["parts"].as_array().expect("parts");
    assert_eq!((&parts[0]["kind"], &parts[0]["requests_per_s"]), (&"earlier".into(), &().into()));
    assert!(of(&parts[0]["transactions"]) >= 350, "{}", parts[0]);
    let all: u64 = parts.iter().map(|part| of(&part["transactions"])).sum();
    assert_eq!(all, of(&results["totals"]["transactions"]), "{parts:#?}");
    let series = results["series"].as_array().expect("series").iter();
    let id = series.clone().find(|of| of["kind"] == "all_transactions").expect("it is there");
    let windows = &results["windows"];
    let counts = &windows["series"][id["id"].to_string()]["count"];
    let most = counts.as_array().expect("counts").iter().map(of).max();
    assert!(most <= Some(250), "{counts}");
    assert!(windows["t_s"][0].as_f64() >= Some(4.0), "{}", windows["t_s"]);
}

#[test]
fn a_controller_with_other_options_does_not_take_a_run_up_and_says_which_they_are() {
    let nats = Nats::start();
    let runner = Started::runner(&nats, 1);
    let of_load = ["--runner-timeout", "4s", "--add-to-config", "seconds:25"];
    let start = |more: &[&str]| {
        Started::controller(
            &nats,
            "arrivals",
            &[&of_load[..], &["--duration", "20s"], more].concat(),
        )
    };
    let first = start(&["--threshold", "errors count < 1"]);
    first.says("00:02 ");
    first.signal("KILL");
    first.ended();
    let others = ["--runner-timeout", "4s", "--add-to-config", "seconds:30", "--spawn-rate", "7"];
    let others = [&others[..], &["--duration", "20s"]].concat();
    Started::controller(&nats, "arrivals", &others)
        .ended()
        .expect(2)
        .shows("started with other options: --spawn-rate, config `seconds`; give the same");
    // Limits are the controller's own, and may be others.
    let third = start(&["--threshold", "errors count < 2"]);
    third.says("takes it up again");
    let ran = third.ended();
    assert!(!matches!(ran.code, Some(2 | 4)), "{:?}: {}", ran.code, ran.err);
    ran.shows("it was started again with other limits");
    runner.ended();
}

#[test]
fn what_is_left_of_another_run_of_the_name_is_in_no_number_and_its_runners_join() {
    let nats = Nats::start();
    let of_first = Started::runner(&nats, 1);
    let first = Started::controller(&nats, "arrivals", &["--add-to-config", "seconds:60"]);
    first.says("00:02 ");
    first.signal("KILL");
    let joins = Started::runner(&nats, 1);
    let options = ["--min-runners", "2", "--duration", "4s"];
    let ran = Started::controller(&nats, "twelve", &options).ended().expect(0);
    let ran = ran.shows("run `mite` was one of fleet:arrivals, and its controller is gone");
    let results = ran.results();
    ran.shows(" from processes of another run; give each run a name of its own (--run)");
    of_first.ended().expect(0).shows("joins the run anew");
    joins.ended().expect(0);
    assert_eq!(results["run"]["runners"], 2);
    let journeys = &results["totals"]["journeys"];
    assert_eq!(journeys["started"], results["lines"][0]["started"], "{journeys}");
    assert_eq!(journeys["finished"], journeys["started"], "{journeys}");
}

#[test]
fn load_that_was_paused_before_a_restart_is_paused_after_it_and_all_of_that_time_is_told() {
    let nats = Nats::start();
    let ctl = |what| Process::start("fleet", &["ctl", "--nats", &nats.url, what]).ended().said;
    let runner = Started::runner(&nats, 1);
    let options = ["--runner-timeout", "8s", "--add-to-config", "seconds:20"];
    let first = Started::controller(&nats, "arrivals", &options);
    first.says("00:02 ");
    ctl("pause");
    first.says("load is paused");
    first.signal("KILL");
    first.ended();
    std::thread::sleep(Duration::from_secs(3));
    let second = Started::controller(&nats, "arrivals", &options);
    second.says("takes it up again");
    second.says("load is paused, since 00:0");
    let status = ctl("status");
    assert!(status.starts_with("load is paused; "), "{status}");
    let ran = second.ended().expect(0);
    runner.ended().expect(0);
    let results = ran.results();
    let run = &results["run"];
    // Since before the restart, and until the load's end.
    let paused = run["paused_s"].as_f64().expect("it is known");
    let since = 20.0 - paused;
    assert!((2.0..6.0).contains(&since), "{run}");
    let reasons = results["verdict"]["reasons"].as_array().expect("there are some");
    let changed = reasons.iter().find(|reason| reason["code"] == "load_changed");
    let text = changed.and_then(|reason| reason["text"].as_str()).expect("it says so");
    let told = format!("load was changed by hand: paused for {paused:.1} s;");
    assert!(text.starts_with(&told), "{text}: {paused}");
    let marks = results["events"].as_array().into_iter().flatten();
    let marks: Vec<_> = marks.filter(|event| event["kind"] == "mark").collect();
    assert_eq!(marks.len(), 1, "{marks:?}");
    // A hundred a second until then, and two windows that were sealed.
    let series = results["series"].as_array().expect("series").iter();
    let all = series.clone().find(|of| of["kind"] == "all_transactions").expect("it is there");
    assert!(all["rate_per_s"].as_f64() >= Some(80.0), "{all}");
    let limits = "any arrivals that nobody could grant meanwhile are counted as dropped";
    let ran = ran.shows("the controller was away from ").shows(limits);
    assert!(!ran.out.contains("among the dropped"), "{}", ran.out);
}
