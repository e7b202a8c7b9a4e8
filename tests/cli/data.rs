//! What a run leaves on disk and reads from it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use mite::Message;
use mite_core::msgpack::{self, Values};
use mite_tests::Scratch;
use serde::de::DeserializeOwned;

use crate::process::{Ran, command};

/// A directory in which commands run.
struct Place(Scratch);

impl Place {
    fn new(name: &str) -> Self {
        Self(Scratch::new(name))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command("recording", arguments);
        command.current_dir(&self.0.0);
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).output().unwrap())
    }

    fn records<T: DeserializeOwned>(&self, name: &str) -> Vec<T> {
        let path = self.0.0.join("recorder_data").join(format!("{name}.msgpack"));
        values(&path, |value| msgpack::decode(value).unwrap())
    }

    /// Every collected message, whichever file it is in.
    fn collected(&self, directory: &str) -> Vec<Message> {
        let files = std::fs::read_dir(self.0.0.join(directory)).unwrap();
        let paths = files.map(|file| file.unwrap().path());
        let paths = paths.filter(|path| !path.ends_with("current_start_time"));
        paths
            .flat_map(|path| {
                values(&path, |value| Message::from_bytes(value.to_vec().into()).unwrap())
            })
            .collect()
    }
}

fn values<T>(path: &Path, read: impl Fn(&[u8]) -> T) -> Vec<T> {
    let mut values = Values::new(std::fs::File::open(path).unwrap());
    let mut found = Vec::new();
    while let Some(value) = values.next().unwrap() {
        found.push(read(value));
    }
    found
}

#[test]
fn each_of_5000_names_is_used_once_and_every_message_is_collected() {
    let place = Place::new("names");
    let ran = place
        .run(&[
            "scenario",
            "test",
            "recording:all_names",
            "--runners",
            "8",
            "--collector-dir",
            "collected",
            "--collector-roll",
            "1000",
        ])
        .expect(1);

    let names: BTreeSet<String> = (0..5000).map(|n| format!("name-{n}")).collect();
    let started: Vec<String> = place.records("started");
    assert_eq!(started.len(), 5000);
    assert_eq!(BTreeSet::from_iter(started), names);

    // Those that made it and those that failed are all there are, with no name in both.
    let messages = place.collected("collected");
    let name_of = |message: &Message| message.get::<String>("name").unwrap();
    let of = |kind: &'static str| messages.iter().filter(move |m| m.kind() == kind);
    let (made, failed): (Vec<_>, Vec<_>) =
        (of("made").map(name_of).collect(), of("error").map(name_of).collect());
    assert_eq!(made.len() + failed.len(), 5000);
    assert!(
        made.len() > 2500 && failed.len() > 500,
        "{} made, {} failed",
        made.len(),
        failed.len()
    );
    assert_eq!(BTreeSet::from_iter(made.iter().chain(&failed).cloned()), names);

    // The summary agrees with the files, message for message.
    let count = |kind: &'static str| of(kind).count() as u64;
    assert_eq!(
        ran.row("JOURNEYS", "recording:flaky"),
        [5000, 5000 - count("error"), count("error"), 0]
    );
    assert_eq!(ran.row("MESSAGES", "made"), [count("made")]);
    assert_eq!(ran.row("MESSAGES", "data_created"), [5000]);
    assert_eq!(count("data_created"), 5000);
    let transactions = |name: &str| {
        let named = of("txn").filter(|m| m.get::<String>("transaction").as_deref() == Some(name));
        let errors = named.clone().filter(|m| m.get("had_error") == Some(true)).count();
        [named.count() as u64, errors as u64]
    };
    let root = ran.row("TRANSACTIONS", "recording:flaky");
    assert_eq!(root[..2], transactions("__root__"));
    let step = ran.row("TRANSACTIONS", "step");
    assert_eq!(step[..2], transactions("__root__ :: step"));
    // The controller's reports stand in no summary.
    assert!(count("controller_report") > 0);
    let journeys = messages.len() as u64 - count("controller_report");
    assert_eq!(journeys, 10_000 + 5000 + count("made") + count("error"));
    let files = messages.len().div_ceil(1000);
    ran.shows(&format!(
        "\nFILES\n5000 records added to recorder_data/started.msgpack\n{} messages in collected ({files} files)\n\n",
        messages.len()
    ))
    .shows("no luck")
    .shows(&format!("{} errors, above the limit of 0", failed.len()));
}

#[test]
fn what_was_recorded_survives_a_kill() {
    let place = Place::new("kill");
    let mut child = place
        .command(&["scenario", "test", "recording:for_ever", "--hide-constant-logs"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let read = |line: String| -> Option<(u64, u64)> {
        let (me, n) = line.strip_prefix("recorded ")?.split_once(' ')?;
        Some((me.parse().ok()?, n.parse().ok()?))
    };
    let mut sure: Vec<_> =
        lines.by_ref().take(2000).filter_map(|line| read(line.unwrap())).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    // What it had said before it was killed counts too, but for half a line.
    sure.extend(lines.map_while(Result::ok).filter_map(read));

    let records = |place: &Place| {
        let mut last: BTreeMap<(u64, u64), usize> = BTreeMap::new();
        for record in place.records::<(u64, u64)>("numbers") {
            *last.entry(record).or_default() += 1;
        }
        last
    };
    let found = records(&place);
    assert!(sure.len() >= 1990, "{}", sure.len());
    for record in &sure {
        assert!(found.contains_key(record), "{record:?} was said to be recorded");
    }
    // A value that was torn by the kill, and the next run, which cuts it off.
    let path = place.0.0.join("recorder_data/numbers.msgpack");
    let mut file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(&[0x92, 0xcd]).unwrap();
    drop(file);
    place
        .run(&["cat", "recorder_data/numbers.msgpack"])
        .expect(0)
        .shows("its last 2 bytes are left out");
    let again =
        ["scenario", "test", "recording:for_ever", "--duration", "1s", "--graceful-stop", "0s"];
    place.run(&again).expect(0).shows("its last 2 bytes were cut off");
    let more = records(&place);
    assert!(found.iter().all(|(record, times)| more[record] >= *times));
    assert!(more.values().sum::<usize>() > found.values().sum::<usize>() + 20);
}

#[test]
fn what_somebody_else_removes_under_a_run_fails_it() {
    let place = Place::new("removed");
    let options = ["--duration", "2s", "--graceful-stop", "0s", "--collector-dir", "collected"];
    let child = place
        .command(&[&["scenario", "test", "recording:for_ever"], &options[..]].concat())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (records, collected) = (place.0.0.join("recorder_data"), place.0.0.join("collected"));
    while !records.join("numbers.msgpack").exists() || !collected.join("current").exists() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    std::fs::remove_dir_all(&records).unwrap();
    std::fs::remove_dir_all(&collected).unwrap();
    Ran::of(child.wait_with_output().unwrap())
        .expect(4)
        .shows("recorder_data/numbers.msgpack was removed or cut by somebody else while it was recorded")
        .shows("written to recorder_data/numbers.msgpack before somebody else removed or cut it")
        .shows("error: messages cannot be collected in collected: `current` was removed by");
    // What came after that is there.
    assert!(place.records::<(u64, u64)>("numbers").len() > 20);
}

#[test]
fn a_full_disk_ends_the_run_with_its_summary_and_exit_code_4() {
    let place = Place::new("full");
    std::fs::create_dir(place.0.0.join("recorder_data")).unwrap();
    let device = "/dev/full";
    std::os::unix::fs::symlink(device, place.0.0.join("recorder_data/numbers.msgpack")).unwrap();
    place
        .run(&["scenario", "test", "recording:for_ever", "--graceful-stop", "0s"])
        .expect(4)
        .shows("JOURNEYS")
        .shows("records cannot be written, the test ends: recorder_data/numbers.msgpack: No space left")
        .shows("error: records cannot be written to recorder_data/numbers.msgpack: No space left");
}

#[test]
#[cfg(unix)]
fn a_link_to_another_file_is_no_file_of_records() {
    let place = Place::new("link");
    let (records, other) = (place.0.0.join("recorder_data"), place.0.0.join("other"));
    std::fs::create_dir(&records).unwrap();
    std::os::unix::fs::symlink(&other, records.join("numbers.msgpack")).unwrap();
    // One that leads nowhere, and one that leads to somebody's file.
    for content in [None, Some(&b"\x01"[..])] {
        if let Some(content) = content {
            std::fs::write(&other, content).unwrap();
        }
        place
            .run(&["scenario", "test", "recording:for_ever", "--graceful-stop", "0s"])
            .expect(4)
            .shows("error: records cannot be written to recorder_data/numbers.msgpack: it is a link to another file, which records are not written to; 0 records written, ")
            .shows(" not; --recorder-dir names another directory");
        assert_eq!(std::fs::read(&other).ok().as_deref(), content);
    }
}

#[test]
fn a_directory_that_cannot_be_written_ends_it_before_it_starts() {
    let place = Place::new("file");
    place.0.write("recorder_data", "");
    place
        .run(&["scenario", "test", "recording:for_ever"])
        .expect(4)
        .shows("error: records cannot be written to recorder_data: ")
        .shows("--recorder-dir");
    place
        .run(&["scenario", "test", "recording:for_ever", "--recorder-dir", "recorder_data/sub"])
        .expect(4)
        .shows("error: records cannot be written to recorder_data/sub: ")
        .hides("JOURNEYS");
    place
        .run(&[
            "scenario",
            "test",
            "recording:escape",
            "--recorder-dir",
            "a",
            "--collector-dir",
            "recorder_data/x",
        ])
        .expect(4)
        .shows("error: messages cannot be collected in recorder_data/x: ");
}

#[test]
fn lines_of_json_hold_the_types_that_were_asked_for() {
    let place = Place::new("lines");
    let collect = ["--collector-dir", "lines", "--collector-use-json"];
    let filter = ["--collector-filter", "made,error"];
    let run = [&["scenario", "test", "recording:all_names"], &collect[..], &filter].concat();
    let ran = place.run(&run).expect(1);
    let mut counts = BTreeMap::<String, u64>::new();
    for line in place.0.read("lines/current").lines() {
        let message: serde_json::Value = serde_json::from_str(line).unwrap();
        *counts.entry(message["type"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    let made = ran.row("MESSAGES", "made")[0];
    let failed = ran.row("JOURNEYS", "recording:flaky")[2];
    assert_eq!(counts, BTreeMap::from([("made".into(), made), ("error".into(), failed)]));
}

#[test]
fn a_name_that_leaves_the_directory_is_refused_where_it_is_given() {
    let place = Place::new("escape");
    place
        .run(&["scenario", "test", "recording:escape", "--recorder-dir", "records/here"])
        .expect(1)
        .shows("1 x \"../outside\" cannot be the name of a record: that is the name of a file,")
        .shows("in recording:escapes, at tests/binaries/recording.rs:70")
        .shows("1 message not recorded: \"../raw\" cannot be the name of a record: that is the name of");
    // A run that records nothing leaves nothing.
    assert!(!place.0.0.join("records").exists());
}

#[test]
fn nothing_is_lost_when_records_come_fast() {
    let place = Place::new("flood");
    let ran = place
        .run(&["scenario", "test", "recording:flood", "--duration", "2s", "--hide-constant-logs"])
        .expect(0);
    let sent = ran.row("MESSAGES", "data_created")[0];
    let file = place.0.0.join("recorder_data/flood.msgpack");
    assert_eq!(values(&file, |_| ()).len() as u64, sent);
    assert!(sent > 1000, "{sent}");

    // Reading a part of it is no error.
    let mut cat = place
        .command(&["cat", "recorder_data/flood.msgpack"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(cat.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(first.starts_with("{\"n\":0,\"text\":\"xxx"), "{first}");
    Ran::of(cat.wait_with_output().unwrap()).expect(0);

    for (file, why) in [
        (".", "error: . is a directory; name a file that is in it"),
        ("lines.json", "error: lines.json is JSON, not msgpack: it can be read as it is"),
    ] {
        place.0.write("lines.json", "{\"a\":1}\n");
        place.run(&["cat", file]).expect(2).shows(why);
    }

    // All of it, there and back.
    let lines = place.run(&["cat", "recorder_data/flood.msgpack"]).expect(0).out;
    place.0.write("lines", &lines);
    let back = place.command(&["uncat", "lines"]).output().unwrap().stdout;
    assert!(back == std::fs::read(file).unwrap());
}

#[test]
fn rows_of_a_file_feed_arguments_by_name() {
    let place = Place::new("rows");
    place.0.write("users.csv", "age,name,more\n40,bob,x\n7,ann,\n");
    place
        .run(&[
            "journey",
            "test",
            "recording:reads",
            "recording:rows",
            "--add-to-config",
            "file:users.csv",
        ])
        .expect(0);
    let mut read: Vec<(String, u8)> = place.records("read");
    read.sort();
    assert_eq!(read, [("ann".to_owned(), 7), ("bob".to_owned(), 40)]);

    place.0.write("others.csv", "years,name\n40,bob\n");
    place
        .run(&["journey", "test", "recording:reads", "recording:rows", "--add-to-config", "file:others.csv"])
        .expect(2)
        .shows("others.csv, line 2, argument `age: u8` of journey recording:reads finds no field `age` in its data item; that has `years`, `name`");
}

#[test]
fn each_row_of_a_file_is_used_once_and_the_run_ends_with_the_file() {
    let place = Place::new("once");
    let rows = 20_000u32;
    let lines: String = (0..rows).map(|n| format!("name-{n},{}\n", n % 200)).collect();
    place.0.write("users.csv", &format!("name,age\n{lines}"));
    let read = ["journey", "test", "recording:reads", "recording:rows", "--volume", "40"];
    let with = ["--add-to-config", "file:users.csv", "--runners", "4"];
    let ran = place.run(&[&read[..], &with].concat()).expect(0);
    assert_eq!(ran.row("JOURNEYS", "recording:reads"), [rows.into(), rows.into(), 0, 0]);
    let expected: BTreeSet<_> = (0..rows).map(|n| (format!("name-{n}"), n % 200)).collect();
    let read: Vec<(String, u32)> = place.records("read");
    assert_eq!(read.len(), rows as usize);
    assert!(BTreeSet::from_iter(read) == expected);
}

#[test]
fn a_pool_with_too_few_rows_is_counted_and_gets_advice() {
    let place = Place::new("starved");
    place.0.write("two.csv", "name\nbob\nann\n");
    let ran = place
        .run(&["scenario", "test", "recording:starved", "--add-to-config", "file:two.csv"])
        .expect(0);
    let why = "its data pool `recording:same_rows` (two.csv) has 2 items for a volume of 5; give it at least 5, or lower the volume";
    ran.shows(&format!("of journey time below its volume: {why}")).shows("scenario 1 (recording:reads_slowly): its volume goes up to 5, but its data pool `recording:same_rows` (two.csv) has 2 items, each for one journey at a time: give it at least 5");
}

fn read_rows(file: &str) -> [&str; 6] {
    ["journey", "test", "recording:reads", "recording:rows", "--add-to-config", file]
}

#[test]
fn a_later_row_that_does_not_fit_is_the_journeys_error_with_its_line() {
    let place = Place::new("late");
    place.0.write("late.csv", "age,name\r\n40,bob\r\n\r\nold,ann\r\n7,eve");
    place
        .run(&read_rows("file:late.csv"))
        .expect(1)
        .shows("1 x late.csv, line 4, column 1 (`age`): expected u8, found \"old\" (argument `age: u8` of journey recording:reads)")
        .shows("in recording:reads, at tests/binaries/recording.rs:")
        .hides("marker");
    assert_eq!(place.records::<(String, u8)>("read").len(), 2);
}

#[test]
fn rows_before_a_broken_one_are_used_and_it_is_told_once() {
    let place = Place::new("broken");
    place.0.write("broken.csv", "age,name\n40,bob\n7\n8,eve\n");
    let ran = place.run(&read_rows("file:broken.csv")).expect(1);
    let why = "broken.csv, line 3: expected 2 columns, found 1";
    assert_eq!((ran.out.clone() + &ran.err).matches(why).count(), 1, "{}{}", ran.out, ran.err);
    ran.shows(&format!(
        "error: pool `recording:rows` failed after 1 item, and its journeys end with them: {why}\n"
    ));
    assert_eq!(place.records::<(String, u8)>("read"), [("bob".to_owned(), 40)]);
}

#[test]
fn a_pool_without_items_is_an_error_before_load() {
    let place = Place::new("empty");
    place.0.write("empty.csv", "age,name\n");
    place
        .run(&read_rows("file:empty.csv"))
        .expect(2)
        .shows("pool `recording:rows` cannot be made: empty.csv has no rows");
    place.run(&["journey", "test", "recording:flaky", "recording:nobody"]).expect(2).shows(
        "pool `recording:nobody` has no items, so none of its journeys would run; it needs one at least",
    );
    let nobody = ["journey", "test", "recording:flaky", "recording:nobody_known"];
    let why = "its data pool `recording:nobody_known` had no items left, so none of it ran";
    place.run(&nobody).expect(1).shows(why).shows("error: no journey was started");
    place.run(&[&nobody[..], &["--allow-empty"]].concat()).expect(0).shows(why);
}

#[test]
fn a_journey_may_take_a_whole_row() {
    let place = Place::new("whole");
    place.0.write("whole.csv", "age,name\n40,bob\n");
    let pool = ["recording:same_rows", "--add-to-config", "file:whole.csv"];
    place.run(&[&["journey", "run", "recording:keeps"], pool.as_slice()].concat()).expect(0);
    let kept: Vec<std::collections::BTreeMap<String, String>> = place.records("kept");
    assert_eq!(kept.len(), 1);
    assert_eq!((kept[0]["age"].as_str(), kept[0]["name"].as_str()), ("40", "bob"));
}

#[test]
fn a_rate_for_a_time_makes_exactly_so_many() {
    let place = Place::new("rate");
    let arguments = ["scenario", "test", "create:users", "--add-to-config", "seconds:1.5"];
    let mut create = command("create", &[&arguments[..], &["--json", "run.json"]].concat());
    let ran = Ran::of(create.current_dir(&place.0.0).output().unwrap()).expect(0);
    assert_eq!(ran.row("ARRIVALS", "create:create_user (scenario 1)"), [30, 30, 0]);
    let users: Vec<serde_json::Value> = place.records("users");
    assert_eq!(users.len(), 30);
    let results = std::fs::read(place.0.0.join("run.json")).unwrap();
    let results: serde_json::Value = serde_json::from_slice(&results).unwrap();
    let line = &results["lines"][0];
    assert_eq!(
        (&line["model"], &line["scheduled"], &line["started"]),
        (&"open".into(), &30.into(), &30.into())
    );
    let scheduled = results["windows"]["scheduled"].as_array().unwrap().iter();
    assert_eq!(scheduled.map(|n| n.as_u64().unwrap()).sum::<u64>(), 30);
}
