//! What the results of a fleet's run say of its network and its processes.

use std::time::Duration;

use crate::consumer::Process;
use crate::process::{Ran, Started};
use crate::server::Nats;

/// What is said of the run under that code.
#[track_caller]
pub(crate) fn found(ran: &Ran, code: &str) -> Vec<String> {
    let results = ran.results();
    let all = ["reasons", "notes"].map(|list| results["verdict"][list].as_array().cloned());
    let all = all.into_iter().flatten().flatten();
    let of_code = all.filter(|finding| finding["code"] == code);
    of_code.map(|finding| finding["text"].as_str().expect("it has a text").to_owned()).collect()
}

fn of(value: &serde_json::Value) -> u64 {
    value.as_u64().unwrap_or(0)
}

#[test]
fn a_server_that_was_away_is_in_the_findings_and_what_is_late_for_it_is_not_the_generators_doing() {
    let mut nats = Nats::start();
    let runners: Vec<_> = (0..2).map(|_| Started::runner(&nats, 1)).collect();
    let options = ["--min-runners", "2", "--runner-timeout", "9s", "--add-to-config", "seconds:16"];
    let controller = Started::controller(&nats, "arrivals", &options);
    controller.says("00:04 ");
    nats.kill();
    std::thread::sleep(Duration::from_secs(5));
    nats.go_on();
    let ran = controller.ended().expect(0);
    for runner in runners {
        let ran = runner.ended().expect(0);
        // Both of its connections, each by its name.
        let lost = "the connection to NATS was lost; connecting again";
        ran.shows(&format!("{lost} (control)")).shows(&format!("{lost} (messages)"));
    }
    let text = &found(&ran, "network_away")[..];
    let [text] = text else { panic!("once, for all of them: {text:?}") };
    assert!(text.starts_with("NATS was away 1 time, ") && text.contains(" s in all: 4."), "{text}");
    assert!(ran.out.contains(text), "the summary has it: {}", ran.out);
    // Where it was is on the axis.
    let results = ran.results();
    let events = results["events"].as_array().expect("events");
    let event = events.iter().find(|event| event["kind"] == "network").expect("it is an event");
    let stretch = &event["data"]["stretches"][0];
    let [from, to] = [0, 1].map(|n| stretch[n].as_f64().expect("a time"));
    assert!((3.9..6.0).contains(&from) && (4.5..7.5).contains(&(to - from)), "{event}");
    assert!((event["t_s"].as_f64().expect("a time") - from).abs() < 0.01, "{event}");
    // What was granted too late was dropped for that reason, and no other.
    let line = &results["lines"][0];
    let dropped = line["dropped"].as_object().expect("it is there");
    let away = of(&line["dropped"]["away"]);
    assert!(away > 0 && dropped.len() == 1, "{line}");
    assert_eq!(of(&line["started"]) + away, 1_600, "{line}");
    assert!(!ran.out.contains("this generator's doing"), "{}", ran.out);
    assert!(!ran.out.contains("of the arrivals, "), "{}", ran.out);
    assert_eq!(results["generator"]["processes"].as_array().map(Vec::len), Some(2));
}

#[test]
fn one_process_that_was_cut_off_is_named() {
    let nats = Nats::start();
    let way = crate::cut::Way::to(nats.url.trim_start_matches("nats://").to_owned());
    let cut_off = Started::new("fleet", &["runner", "--nats", &way.url, "--runners", "1"]);
    let id = cut_off.id();
    let stays = Started::runner(&nats, 1);
    let options = ["--min-runners", "2", "--runner-timeout", "20s", "--duration", "14s"];
    let controller = Started::controller(&nats, "twelve", &options);
    controller.says("00:02 ");
    way.cut();
    cut_off.says("the connection to NATS was lost");
    way.mend();
    let ran = controller.ended().expect(0);
    cut_off.ended().expect(0);
    stays.ended().expect(0);
    let texts = found(&ran, "network_away");
    assert!(
        texts.len() <= 2 && texts[0].contains(&format!("(process {id}) 1 time, ")),
        "{texts:?}"
    );
}

#[test]
fn what_is_none_of_the_runs_is_counted_and_told() {
    let nats = Nats::start();
    let runner = Started::runner(&nats, 1);
    let controller = Started::controller(&nats, "twelve", &["--duration", "4s"]);
    controller.says("00:02 ");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("one");
    let frame = |version: u16, count: u16, body: &[u8]| {
        let head = [&b"mite"[..], &version.to_be_bytes(), &[0, 0], &count.to_be_bytes(), &[9; 8]];
        [&head.concat(), body].concat()
    };
    runtime.block_on(async {
        let connection = nats.connect().connect().await.expect("it connects");
        for (subject, body) in [
            ("hello", b"hello".to_vec()),
            ("counts", b"{}".to_vec()),
            ("progress", frame(77, 1, b"")),
            ("bye", frame(1, 1, b"what")),
            ("grant.1", frame(1, 1, b"what")),
            ("clock", b"what time is it".to_vec()),
            ("clock", frame(1, 1, b"what")),
            // The first of two parts.
            ("counts", frame(1, 2, b"half")),
        ] {
            let subject = format!("mite.mite.{subject}");
            connection.client().publish(subject, body.into()).await.expect("it is sent");
        }
        connection.close().await;
    });
    let ran = controller.ended().expect(0);
    runner.ended().expect(0);
    assert_eq!(
        found(&ran, "strays"),
        [
            "8 messages came over NATS that were no part of this run, and are in no number: 3 not of mite, 1 of another version of mite's wire, 3 unreadable, 1 incomplete"
        ]
    );
}

#[test]
fn messages_that_a_server_dropped_for_a_slow_collector_fail_the_run() {
    // As many bytes as it keeps for one who does not take them.
    let nats = Nats::with("max_pending: 2MB\n");
    let mut collector = Process::start("fleet", &["collector", "--nats", &nats.url]);
    collector.says(" of run mite at nats://127.0.0.1:");
    let runner = Started::runner(&nats, 1);
    let controller = Started::controller(&nats, "wordy", &["--duration", "8s"]);
    controller.says("00:02 ");
    collector.signal("-STOP");
    std::thread::sleep(Duration::from_secs(3));
    collector.signal("-CONT");
    let ran = controller.ended().expect(1);
    runner.ended();
    let texts = found(&ran, "messages_unreached");
    assert!(
        texts.len() == 1
            && texts[0].ends_with(
                " were sent to collector and reached none of it: the server or its connections were too slow, or one of it was killed"
            ),
        "{texts:?} {}",
        ran.out
    );
    drop(collector);
}

#[test]
fn each_process_has_a_row_in_the_results_and_a_lost_one_says_of_which_time_nothing_is_known() {
    let nats = Nats::start();
    let mut runners: Vec<_> = (0..3).map(|_| Started::runner(&nats, 1)).collect();
    let options = ["--min-runners", "3", "--runner-timeout", "4s", "--duration", "11s"];
    let controller = Started::controller(&nats, "twelve", &options);
    controller.says("00:02 ");
    let lost = runners.pop().expect("there are three");
    let id = lost.id() as u64;
    lost.signal("KILL");
    let ran = controller.ended().expect(1);
    let results = ran.results();
    let rows = results["generator"]["processes"].as_array().expect("they are there");
    assert_eq!(rows.len(), 3, "{rows:#?}");
    // The worst comes first.
    assert_eq!((&rows[0]["standing"], of(&rows[0]["pid"])), (&"lost".into(), id));
    let [from, to] = ["unobserved_from_s", "unobserved_to_s"].map(|key| rows[0][key].as_f64());
    let (from, to) = (from.expect("a time"), to.expect("a time"));
    assert!((1.0..4.5).contains(&from) && (3.5..7.5).contains(&(to - from)), "{from} {to}");
    for row in &rows[1..] {
        assert_eq!((&row["standing"], of(&row["runners"])), (&"done".into(), 1), "{row}");
        assert!(row["clock_error_s"].as_f64().expect("known") > 0.0, "{row}");
        assert!(row["loop_lag_p99_s"].as_f64().is_some(), "{row}");
    }
    let told: u64 = rows.iter().map(|row| of(&row["journeys"])).sum();
    assert_eq!(told, of(&results["totals"]["journeys"]["started"]), "{rows:#?}");
    // The finding has the same, in text and for machines.
    let name = format!("(process {id}) ended before its time; ");
    let [text] = &found(&ran, "runner_lost")[..] else { panic!("one") };
    assert!(text.contains(&name) && text.contains(&format!("{from:.1} s to {to:.1} s")), "{text}");
    let events = results["events"].as_array().expect("events");
    let event = events.iter().find(|event| event["kind"] == "runner").expect("it is an event");
    let data = ["from_s", "to_s"].map(|key| event["data"][key].as_f64());
    assert_eq!(data, [Some(from), Some(to)]);
    assert!(event["data"]["process"].as_str().expect("it is named").contains(&id.to_string()));
    assert!(ran.out.contains("lost, nothing known of "), "{}", ran.out);
    runners.into_iter().for_each(|runner| drop(runner.ended().expect(0)));
}

#[test]
fn containers_of_one_host_name_are_two_rows_with_two_names() {
    let nats = Nats::start();
    let runners: Vec<_> = (0..2).map_while(|_| Started::contained_runner(&nats)).collect();
    if runners.len() < 2 {
        return;
    }
    let options = ["--min-runners", "2", "--duration", "3s"];
    let ran = Started::controller(&nats, "twelve", &options).ended().expect(0);
    runners.into_iter().for_each(|runner| drop(runner.ended().expect(0)));
    let rows = &ran.results()["generator"]["processes"];
    let rows = rows.as_array().expect("they are there").iter();
    let names: std::collections::BTreeSet<_> =
        rows.map(|row| (of(&row["pid"]), of(&row["namesake"]))).collect();
    assert_eq!(names, [(1, 0), (1, 1)].into());
    ran.shows(" (process 1) ").shows(" (process 1, #2) ");
}

#[test]
fn counts_that_come_late_are_of_the_second_in_which_they_were_counted() {
    let nats = Nats::start();
    let way = crate::cut::Way::to(nats.url.trim_start_matches("nats://").to_owned());
    let far = Started::new("fleet", &["runner", "--nats", &way.url, "--runners", "1"]);
    let near = Started::runner(&nats, 1);
    let options = ["--min-runners", "2", "--add-to-config", "seconds:12"];
    let controller = Started::controller(&nats, "arrivals", &options);
    controller.says("00:04 ");
    // From here on all that it says comes later, and then in time again.
    way.delay(Duration::from_millis(350));
    controller.says("00:08 ");
    way.delay(Duration::ZERO);
    let ran = controller.ended().expect(0);
    far.ended().expect(0);
    near.ended().expect(0);
    let results = ran.results();
    let series = results["series"].as_array().expect("series").iter();
    let all = series.clone().find(|of| of["kind"] == "all_transactions").expect("it is there");
    let windows = &results["windows"];
    let counts = windows["series"][all["id"].to_string()]["count"].as_array().expect("counts");
    let lengths = windows["length_s"].as_array().expect("lengths");
    let counts: Vec<u64> = counts.iter().map(of).collect();
    assert_eq!(counts.iter().sum::<u64>(), of(&results["totals"]["transactions"]));
    // A hundred a second, half of them there; the first second begins with none.
    for (n, count) in counts.iter().enumerate().skip(1).take(10) {
        assert_eq!(lengths[n].as_f64(), Some(1.0), "{lengths:?}");
        assert!((80..=120).contains(count), "{counts:?}");
    }
}
