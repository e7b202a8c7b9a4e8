//! A running fleet's controls, and the marks that they leave.

use std::sync::Mutex;

use crate::consumer::Process;
use crate::process::Started;
use crate::server::{Nats, until};

fn ctl(nats: &Nats, more: &[&str]) -> (Option<i32>, String) {
    let ended = Process::start("fleet", &[&["ctl", "--nats", &nats.url], more].concat()).ended();
    (ended.code, ended.said.trim_end().to_owned())
}

fn says(nats: &Nats, more: &[&str]) -> String {
    let (code, said) = ctl(nats, more);
    assert_eq!(code, Some(0), "{said}");
    said
}

#[test]
fn a_run_is_paused_resumed_scaled_and_stopped_and_each_change_is_a_mark() {
    let nats = Nats::start();
    let runner = Started::runner(&nats, 2);
    let options = ["--min-runners", "2", "--duration", "10m"];
    let controller = Started::controller(&nats, "twelve", &options);
    controller.says("transactions");
    let status = says(&nats, &["status"]);
    assert!(status.starts_with("load is as planned; 2 runners; 00:0"), "{status}");
    assert!(status.contains(" transactions, 0 errors, "), "{status}");

    let paused = says(&nats, &["pause"]);
    assert_eq!(paused, "the load is paused: what runs may finish, nothing new starts");
    controller.says("load is paused");
    let idle = |status: &str| status.contains(" 0 in flight").then_some(());
    until("nothing in flight", || idle(&says(&nats, &["status"])));
    let status = says(&nats, &["status"]);
    assert!(status.starts_with("load is paused; "), "{status}");

    assert_eq!(
        says(&nats, &["rate", "0.5"]),
        "the load is paused; it is ×0.5 of what is planned once it goes on"
    );
    controller.says("load is paused; ×0.5 of what is planned once it goes on");
    assert_eq!(says(&nats, &["rate", "1"]).split(';').next(), Some("the load is paused"));
    assert_eq!(says(&nats, &["resume"]), "the load goes on");
    let scaled = says(&nats, &["rate", "×2.5"]);
    assert_eq!(scaled, "the load is ×2.5 of what is planned from now on");
    controller.says("load is ×2.5 of what is planned");
    let last = Mutex::new(String::new());
    until("thirty in flight", || {
        let status = says(&nats, &["status"]);
        let many = status.contains(" 30 in flight");
        *last.lock().unwrap() = status;
        many.then_some(())
    });
    assert!(last.lock().unwrap().starts_with("load is ×2.5 of what is planned; "));

    let stops = says(&nats, &["stop"]);
    assert_eq!(stops, "the run ends: what runs may finish, and it is judged");
    let results = controller.ended().expect(130).shows("load was changed by hand").results();
    runner.ended().expect(0);
    let verdict = &results["verdict"];
    assert_ne!(verdict["validity"], "valid");
    let reasons = verdict["reasons"].as_array().expect("there are some");
    let changed = reasons.iter().find(|reason| reason["code"] == "load_changed");
    let text = changed.and_then(|reason| reason["text"].as_str()).expect("it says so");
    assert!(text.starts_with("load was changed by hand: paused for "), "{text}");
    assert!(text.contains(", ×2.5 of what is planned for "), "{text}");
    let events = results["events"].as_array().expect("there are some");
    let marks = events.iter().filter(|event| event["kind"] == "mark");
    let texts: Vec<_> = marks.filter_map(|mark| mark["text"].as_str()).collect();
    assert_eq!(
        texts,
        [
            "load is paused",
            "load is paused; ×0.5 of what is planned once it goes on",
            "load is paused",
            "load is as planned",
            "load is ×2.5 of what is planned",
        ]
    );
}

#[test]
fn what_makes_no_sense_or_reaches_nobody_says_so() {
    let nats = Nats::start();
    for (words, code, says) in [
        (
            &["status"][..],
            4,
            "error: nobody leads run `mite` at this server; is that its name (--run)",
        ),
        (&["rate"], 2, "error: rate needs a factor, such as ×1.5"),
        (&["rate", "fast"], 2, "error: `fast` is no factor of the load; give one such as ×1.5"),
        (&["rate", "-1"], 2, "error: `-1` is no factor of the load"),
        (&["rate", "0"], 2, "error: ×0 would be no load at all; pause it instead"),
        (&["pause", "2"], 2, "error: `2` means nothing here; only rate takes a factor"),
        (&["halt"], 2, "invalid value 'halt'"),
    ] {
        let (ended, said) = ctl(&nats, words);
        assert_eq!(ended, Some(code), "{words:?}: {said}");
        assert!(said.contains(says), "{words:?}: {said}");
    }
}

#[test]
fn time_in_which_load_was_paused_is_no_time_of_rates() {
    let nats = Nats::start();
    let runner = Started::runner(&nats, 1);
    let limit = "transactions rate > 80/s";
    let options = ["--add-to-config", "seconds:12", "--threshold", limit];
    let controller = Started::controller(&nats, "arrivals", &options);
    controller.says("00:02 ");
    says(&nats, &["pause"]);
    std::thread::sleep(std::time::Duration::from_secs(4));
    says(&nats, &["resume"]);
    let ran = controller.ended().expect(0);
    runner.ended().expect(0);
    let results = ran.results();
    let paused = results["run"]["paused_s"].as_f64().expect("it is known");
    assert!((3.5..6.0).contains(&paused), "{paused}");
    let series = results["series"].as_array().expect("series").iter();
    let all = series.clone().find(|of| of["kind"] == "all_transactions").expect("it is there");
    let rate = all["rate_per_s"].as_f64().expect("a rate");
    // A hundred a second, but for the windows that were sealed when it was paused.
    assert!((80.0..115.0).contains(&rate), "{rate}");
    assert_eq!(results["verdict"]["limits"][0]["ok"], true, "{}", results["verdict"]);
    ran.shows("in which load was asked for, without the time in which it was paused")
        .shows("rates are over the time in which it was not paused");
}
