//! What is in the files.

use mite_core::fields;
use mite_core::message::Message;
use mite_core::msgpack::Values;

use mite_core::stats::Weight;

use super::*;
use crate::store::recorder::tests::Scratch;

fn message(n: u32) -> Message {
    Message::new("test", 1.5, None, None, &fields! { n })
}

fn settings(scratch: &Scratch, roll: u64) -> CollectorSettings {
    let directory = scratch.0.join("collected");
    CollectorSettings { directory, roll, kinds: Vec::new(), json: false }
}

fn collect(settings: &CollectorSettings, numbers: std::ops::Range<u32>) {
    let (count, roll) = (numbers.len() as u64, settings.roll);
    let mut collector = Collector::new(settings.clone()).unwrap();
    collector.take(&numbers.map(message).collect());
    let notes = vec![format!(
        "{} in {} ({})",
        units::count(count, "message"),
        settings.directory.display(),
        units::count(count.div_ceil(roll), "file")
    )];
    assert_eq!(collector.finish(0), Remarks { notes, ..Remarks::default() });
}

fn numbers(path: &Path) -> Vec<u32> {
    let mut values = Values::new(File::open(path).unwrap());
    let mut read = Vec::new();
    while let Some(value) = values.next().unwrap() {
        let message = Message::from_bytes(value.to_vec().into()).unwrap();
        read.push(message.get("n").unwrap());
    }
    read
}

/// The files that have their final names, by those.
fn rolled(settings: &CollectorSettings) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(&settings.directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != CURRENT && name != START)
        .collect();
    names.sort();
    names
}

#[test]
fn current_holds_the_messages_as_they_are() {
    let scratch = Scratch::new();
    let settings = settings(&scratch, 100);
    collect(&settings, 0..5);
    let bytes: Vec<u8> = (0..5).flat_map(|n| message(n).bytes().to_vec()).collect();
    assert_eq!(std::fs::read(settings.directory.join(CURRENT)).unwrap(), bytes);
    let start = std::fs::read_to_string(settings.directory.join(START)).unwrap();
    let age = seconds(SystemTime::now()) - start.parse::<u64>().unwrap();
    assert!(age < 3600, "{age}");
}

#[test]
fn a_full_file_gets_its_name_and_the_next_begins() {
    let scratch = Scratch::new();
    let settings = settings(&scratch, 5);
    collect(&settings, 0..9);
    let [name] = &rolled(&settings)[..] else { panic!("{:?}", rolled(&settings)) };
    assert!(name.ends_with("_0") && name.split('_').count() == 3, "{name}");
    assert_eq!(numbers(&settings.directory.join(name)), [0, 1, 2, 3, 4]);
    assert_eq!(numbers(&settings.directory.join(CURRENT)), [5, 6, 7, 8]);
}

#[test]
fn names_are_unique_within_a_second_and_across_collectors() {
    let scratch = Scratch::new();
    let settings = settings(&scratch, 1);
    for start in [0, 10, 20] {
        collect(&settings, start..start + 10);
    }
    let mut all: Vec<u32> =
        rolled(&settings).iter().flat_map(|name| numbers(&settings.directory.join(name))).collect();
    all.sort();
    assert_eq!(all, (0..30).collect::<Vec<_>>());
}

#[test]
fn what_a_killed_collector_left_is_moved_away_without_its_torn_end() {
    let scratch = Scratch::new();
    let settings = settings(&scratch, 100);
    collect(&settings, 0..5);
    let current = settings.directory.join(CURRENT);
    let length = std::fs::metadata(&current).unwrap().len();
    OpenOptions::new().write(true).open(&current).unwrap().set_len(length - 1).unwrap();
    std::fs::write(settings.directory.join(START), "1234").unwrap();
    collect(&settings, 7..8);
    let [name] = &rolled(&settings)[..] else { panic!("{:?}", rolled(&settings)) };
    assert!(name.starts_with("1234_"), "{name}");
    assert_eq!(numbers(&settings.directory.join(name)), [0, 1, 2, 3]);
    assert_eq!(numbers(&current), [7]);
    // One that was killed before it wrote anything leaves nothing.
    std::fs::write(&current, "").unwrap();
    std::fs::write(settings.directory.join(START), "").unwrap();
    collect(&settings, 8..9);
    assert_eq!(rolled(&settings).len(), 1);
}

#[test]
fn json_is_one_line_a_message() {
    let scratch = Scratch::new();
    let settings = CollectorSettings { json: true, ..settings(&scratch, 100) };
    collect(&settings, 7..9);
    let current = settings.directory.join(CURRENT);
    assert_eq!(
        std::fs::read_to_string(&current).unwrap(),
        "{\"type\":\"test\",\"time\":1.5,\"n\":7}\n{\"type\":\"test\",\"time\":1.5,\"n\":8}\n"
    );
    OpenOptions::new().append(true).open(&current).unwrap().write_all(b"{\"type").unwrap();
    collect(&settings, 9..10);
    let left = std::fs::read_to_string(settings.directory.join(&rolled(&settings)[0])).unwrap();
    assert!(left.ends_with("8}\n"), "{left}");
}

#[test]
fn a_directory_has_one_collector_at_a_time() {
    let scratch = Scratch::new();
    let settings = settings(&scratch, 100);
    let _one = Collector::new(settings.clone()).unwrap();
    let error = Collector::new(settings.clone()).err().unwrap();
    assert!(error.text().starts_with("another collector writes to "), "{error}");
}

#[test]
fn only_the_kinds_that_were_asked_for_are_even_made() {
    let scratch = Scratch::new();
    let kinds = vec!["txn".to_owned()];
    let collector = Collector::new(CollectorSettings { kinds, ..settings(&scratch, 100) }).unwrap();
    assert!(collector.interest().wants("txn") && !collector.interest().wants("error"));
}

#[test]
fn types_that_never_came_are_told() {
    let scratch = Scratch::new();
    let kinds = ["tset", "test", "tnx"].map(str::to_owned).to_vec();
    let mut collector =
        Collector::new(CollectorSettings { kinds, ..settings(&scratch, 100) }).unwrap();
    collector.take(&(0..2).map(message).collect());
    assert_eq!(
        collector.finish(0).texts(Weight::Note),
        ["no message of type `tset` or `tnx` was sent, which --collector-filter names"]
    );
    assert_eq!(collector.finish(1).texts(Weight::Note), [""; 0]);
}

#[test]
fn what_is_lost_fails_the_run() {
    let scratch = Scratch::new();
    let mut collector = Collector::new(settings(&scratch, 2)).unwrap();
    let give = |collector: &mut Collector, n| collector.take(&[message(n)].into_iter().collect());
    (0..3).for_each(|n| give(&mut collector, n));
    // The directory goes away under it, long before it is full.
    std::fs::remove_dir_all(scratch.0.join("collected")).unwrap();
    assert!(collector.broken.is_none());
    give(&mut collector, 3);
    assert!(collector.broken.is_some());
    give(&mut collector, 4);
    let remarks = collector.finish(9);
    let broken = ": `current` was removed by somebody else; 2 messages written, 3 not";
    assert!(remarks.texts(Weight::Lost)[0].ends_with(broken), "{remarks:?}");
    assert!(remarks.texts(Weight::Lost)[1].starts_with("9 messages missing in "), "{remarks:?}");
    assert_eq!(remarks.lost, 9);
}

#[test]
fn what_was_removed_after_the_last_message_is_told_too() {
    let scratch = Scratch::new();
    let mut collector = Collector::new(settings(&scratch, 9)).unwrap();
    collector.take(&(0..3).map(message).collect());
    std::fs::remove_dir_all(scratch.0.join("collected")).unwrap();
    let remarks = collector.finish(0);
    assert!(remarks.texts(Weight::Lost)[0].ends_with("; 0 messages written, 3 not"), "{remarks:?}");
}

#[cfg(unix)]
#[test]
fn collected_messages_are_for_nobody_else_to_read() {
    use std::os::unix::fs::PermissionsExt;
    let scratch = Scratch::new();
    let directory = scratch.0.join("collected");
    let settings = CollectorSettings { directory: directory.clone(), ..settings(&scratch, 2) };
    let mut collector = Collector::new(settings).unwrap();
    collector.take(&(0..3).map(message).collect());
    let files = std::fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path());
    let paths: Vec<_> = files.collect();
    assert_eq!(paths.len(), 3, "{paths:?}");
    for path in paths {
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{path:?}");
    }
    assert_eq!(directory.metadata().unwrap().permissions().mode() & 0o777, 0o700);
}
