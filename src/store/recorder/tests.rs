//! What is recorded where, and what is refused.

use std::fs::OpenOptions;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use mite_core::fields;
use mite_core::message::Message;
use mite_core::msgpack::{Values, decode};

use mite_core::stats::Weight;

use super::*;

/// A directory that is gone with this.
pub(in crate::store) struct Scratch(pub(in crate::store) PathBuf);

impl Scratch {
    pub(in crate::store) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("mite-store-{}-{n}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn created(name: &str, data: u32) -> Message {
    Message::new(CREATED, 0.0, None, None, &fields! { name, data })
}

fn purge(name: &str) -> Message {
    Message::new(PURGE, 0.0, None, None, &fields! { name })
}

fn give(recorder: &mut Recorder, messages: impl IntoIterator<Item = Message>) {
    recorder.take(&messages.into_iter().collect());
}

fn recorded(path: &Path) -> Vec<u32> {
    let mut values = Values::new(std::fs::File::open(path).unwrap());
    let mut read = Vec::new();
    while let Some(value) = values.next().unwrap() {
        read.push(decode(value).unwrap());
    }
    read
}

#[test]
fn each_name_has_its_file_and_a_new_recorder_appends() {
    let scratch = Scratch::new();
    let directory = scratch.0.join("not/there/yet");
    let mut recorder = Recorder::new(&directory).unwrap();
    assert!(!directory.exists());
    let both = |n| [created("users", n), created("orders", n + 1000)];
    give(&mut recorder, (0..300).flat_map(both));
    assert_eq!(recorded(&directory.join("users.msgpack")), (0..300).collect::<Vec<_>>());
    let remarks = recorder.finish(0);
    let note = |name| format!("300 records added to {}", directory.join(name).display());
    let notes = ["orders.msgpack", "users.msgpack"].map(note).to_vec();
    assert_eq!(remarks, Remarks { notes, ..Remarks::default() });
    let mut recorder = Recorder::new(&directory).unwrap();
    give(&mut recorder, [created("orders", 7)]);
    recorder.finish(0);
    let orders: Vec<u32> = (1000..1300).chain([7]).collect();
    assert_eq!(recorded(&directory.join("orders.msgpack")), orders);
}

#[test]
fn more_names_than_open_files() {
    let scratch = Scratch::new();
    let mut recorder = Recorder::new(&scratch.0).unwrap();
    for round in 0..3 {
        give(&mut recorder, (0..MOST_OPEN + 50).map(|n| created(&format!("n{n}"), round)));
    }
    let Remarks { notes, findings, .. } = recorder.finish(0);
    assert_eq!(findings, []);
    assert_eq!(notes.len(), MOST_SAID + 1);
    assert_eq!(notes[MOST_SAID], "504 records added to 168 more files");
    for n in [0, MOST_OPEN, MOST_OPEN + 49] {
        assert_eq!(recorded(&scratch.0.join(format!("n{n}.msgpack"))), [0, 1, 2]);
    }
}

#[test]
fn purge_removes_what_was_recorded_before_and_nothing_after() {
    let scratch = Scratch::new();
    let path = scratch.0.join("users.msgpack");
    let mut recorder = Recorder::new(&scratch.0).unwrap();
    give(&mut recorder, [purge("users"), created("users", 1)]);
    give(&mut recorder, [created("users", 2), purge("users")]);
    assert!(!path.exists());
    give(&mut recorder, [created("users", 3)]);
    let notes = vec![format!("1 record added to {}", path.display())];
    assert_eq!(recorder.finish(0), Remarks { notes, ..Remarks::default() });
    assert_eq!(recorded(&path), [3]);
}

#[cfg(unix)]
#[test]
fn what_somebody_else_removes_is_made_again_and_told() {
    let scratch = Scratch::new();
    let directory = scratch.0.join("records");
    let path = directory.join("users.msgpack");
    let mut recorder = Recorder::new(&directory).unwrap();
    give(&mut recorder, (0..3).map(|n| created("users", n)));
    give(&mut recorder, [created("gone", 1), created("moved", 1), created("own", 1)]);
    std::fs::remove_file(&path).unwrap();
    give(&mut recorder, [created("users", 7)]);
    assert_eq!(recorded(&path), [7]);
    std::fs::remove_dir_all(&directory).unwrap();
    give(&mut recorder, [created("users", 8), created("users", 9), purge("own")]);
    assert_eq!(recorded(&path), [8, 9]);
    // Another run has made one of the same name.
    std::fs::write(directory.join("moved.msgpack"), [5]).unwrap();
    let file = |name| directory.join(format!("{name}.msgpack"));
    let told = [("gone", "1 record"), ("moved", "1 record"), ("users", "4 records")];
    let told = told.map(|(name, records)| {
        let path = file(name);
        format!("{records} written to {} before somebody else removed or cut it", path.display())
    });
    assert_eq!(recorder.finish(0).texts(Weight::Fails), told);
}

#[cfg(unix)]
#[test]
fn what_was_removed_while_it_was_closed_is_told_too() {
    let scratch = Scratch::new();
    let mut recorder = Recorder::new(&scratch.0).unwrap();
    give(&mut recorder, [created("gone", 1), created("back", 1)]);
    give(&mut recorder, (0..MOST_OPEN).map(|n| created(&format!("n{n}"), 1)));
    std::fs::remove_file(scratch.0.join("gone.msgpack")).unwrap();
    // Somebody else's of the same name, with a number of its own.
    std::fs::write(scratch.0.join("new"), [5]).unwrap();
    std::fs::rename(scratch.0.join("new"), scratch.0.join("back.msgpack")).unwrap();
    give(&mut recorder, [created("back", 6)]);
    assert_eq!(recorded(&scratch.0.join("back.msgpack")), [5, 6]);
    let failures = recorder.finish(0).texts(Weight::Fails);
    assert_eq!(failures.len(), 2, "{failures:?}");
    for (failure, name) in failures.iter().zip(["back", "gone"]) {
        assert!(failure.starts_with("1 record written to ") && failure.contains(name), "{failure}");
    }
}

#[test]
fn what_somebody_else_cuts_is_told_and_stays_readable() {
    let scratch = Scratch::new();
    let path = scratch.0.join("users.msgpack");
    let mut recorder = Recorder::new(&scratch.0).unwrap();
    give(&mut recorder, (1000..1003).map(|n| created("users", n)));
    // In the middle of the second, of three bytes each.
    OpenOptions::new().write(true).open(&path).unwrap().set_len(4).unwrap();
    give(&mut recorder, [created("users", 1003)]);
    assert_eq!(recorded(&path), [1000, 1003]);
    let remarks = recorder.finish(0);
    let told = "3 records written to ";
    assert!(remarks.texts(Weight::Fails)[0].starts_with(told), "{remarks:?}");
    assert_eq!(remarks.notes, [format!("1 record added to {}", path.display())]);
}

#[cfg(unix)]
#[test]
fn what_was_made_again_is_not_told_as_removed() {
    let scratch = Scratch::new();
    let path = scratch.0.join("users.msgpack");
    let mut recorder = Recorder::new(&scratch.0).unwrap();
    give(&mut recorder, (0..3).map(|n| created("users", n)));
    std::fs::remove_file(&path).unwrap();
    give(&mut recorder, [created("users", 3), created("users", 4)]);
    // Closes it, for want of room.
    give(&mut recorder, (0..MOST_OPEN).map(|n| created(&format!("n{n}"), 1)));
    give(&mut recorder, [created("users", 5)]);
    let remarks = recorder.finish(0);
    assert_eq!(recorded(&path), [3, 4, 5]);
    assert_eq!(remarks.texts(Weight::Fails).len(), 1, "{remarks:?}");
    assert!(remarks.texts(Weight::Fails)[0].starts_with("3 records written to "), "{remarks:?}");
}

#[test]
fn files_that_are_there_are_looked_through_before_load_and_left_as_they_are() {
    let scratch = Scratch::new();
    let path = scratch.0.join("users.msgpack");
    std::fs::write(&path, [1, 2, 0xcd]).unwrap();
    std::fs::write(scratch.0.join("other.msgpack"), [0xc1]).unwrap();
    std::fs::write(scratch.0.join("notes.txt"), "x").unwrap();
    let mut recorder = Recorder::new(&scratch.0).unwrap();
    assert_eq!(recorder.known.keys().collect::<Vec<_>>(), ["users"]);
    assert_eq!(std::fs::read(&path).unwrap(), [1, 2, 0xcd]);
    give(&mut recorder, [created("users", 7)]);
    assert_eq!(std::fs::read(&path).unwrap(), [1, 2, 7]);
}

#[test]
fn a_purge_of_nothing_is_said_once_for_each_name() {
    let scratch = Scratch::new();
    let mut recorder = Recorder::new(&scratch.0).unwrap();
    give(&mut recorder, (0..100).flat_map(|_| [purge("a"), purge("b")]));
    assert_eq!(recorder.bare.len(), 2);
    give(&mut recorder, (0..2 * MOST_NAMES).map(|n| purge(&format!("n{n}"))));
    assert_eq!(recorder.bare.len(), MOST_NAMES);
    // Names that were only purged are not kept for ever.
    assert!(recorder.tallies.is_empty());
}

#[test]
fn names_that_leave_the_directory_are_refused_and_counted() {
    let scratch = Scratch::new();
    let inside = scratch.0.join("inside");
    let mut recorder = Recorder::new(&inside).unwrap();
    let outside = scratch.0.join("outside.msgpack");
    std::fs::write(&outside, [1]).unwrap();
    for name in ["../outside", "/etc/x", " ", "a/b", "a\\b", "..", ".", "", ".hidden", "a\0b"] {
        give(&mut recorder, [created(name, 1), purge(name)]);
    }
    give(&mut recorder, [created("../outside", 2)]);
    give(&mut recorder, [Message::new(CREATED, 0.0, None, None, &fields! { data: 1 })]);
    give(&mut recorder, [Message::new(CREATED, 0.0, None, None, &fields! { name: 7, data: 1 })]);
    give(&mut recorder, [Message::new(CREATED, 0.0, None, None, &fields! { name: "users" })]);
    give(&mut recorder, [created("naïve name-1", 1)]);
    let remarks = recorder.finish(3);
    assert_eq!(std::fs::read(&outside).unwrap(), [1]);
    assert_eq!(recorded(&inside.join("naïve name-1.msgpack")), [1]);
    let has = |text: &str| remarks.texts(Weight::Fails).iter().any(|f| f.contains(text));
    assert!(has("3 messages not recorded: \"../outside\" cannot be the name of a record: "));
    assert!(has("2 messages not recorded: \"a\\0b\" cannot"), "{remarks:?}");
    assert!(has("1 message not recorded: data_created has no `name`"));
    assert!(has("1 message not recorded: the `name` of data_created is not text"));
    assert!(has("1 message not recorded: it has no `data`"));
    assert_eq!(
        remarks.texts(Weight::Lost),
        ["3 records lost: they came faster than they could be written"]
    );
    assert_eq!(remarks.lost, 3);
    assert_eq!(std::fs::read_dir(&inside).unwrap().count(), 1);
}

#[test]
fn a_directory_that_cannot_be_one_is_an_error_before_load() {
    let scratch = Scratch::new();
    let file = scratch.0.join("file");
    std::fs::write(&file, "").unwrap();
    let error = Recorder::new(&file).err().unwrap();
    assert!(error.text().contains("name another directory with --recorder-dir"), "{error}");
    #[cfg(unix)]
    std::os::unix::fs::symlink("nowhere/at/all", scratch.0.join("link")).unwrap();
    let link = if cfg!(unix) { "link/sub" } else { "file/sub" };
    for directory in [file.join("sub"), file.join("sub/sub"), scratch.0.join(link)] {
        let error = Recorder::check(&directory).unwrap_err();
        assert!(error.text().contains("name another directory with --recorder-dir"), "{error}");
    }
    Recorder::check(&scratch.0.join("not/there")).unwrap();
    Recorder::check(Path::new("not/there")).unwrap();
    assert!(!scratch.0.join("not").exists() && !Path::new("not").exists());
    // One that nobody asked for is only missed when there is a record.
    let mut recorder = Recorder::new(&file.join("sub")).unwrap();
    give(&mut recorder, [created("users", 1)]);
    let broken = recorder.finish(0).texts(Weight::Lost);
    let end = "; 0 records written, 1 not; --recorder-dir names another directory";
    assert!(broken[0].ends_with(end), "{broken:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_breaks_it_and_says_how_much_is_missing() {
    let scratch = Scratch::new();
    std::os::unix::fs::symlink("/dev/full", scratch.0.join("users.msgpack")).unwrap();
    let mut recorder = Recorder::new(&scratch.0).unwrap();
    give(&mut recorder, [created("orders", 1)]);
    assert!(!recorder.is_broken());
    give(&mut recorder, [created("users", 1), created("users", 2)]);
    assert!(recorder.is_broken());
    give(&mut recorder, [created("orders", 2)]);
    let remarks = recorder.finish(0);
    assert_eq!(remarks.texts(Weight::Lost).len(), 1);
    assert!(remarks.texts(Weight::Lost)[0].contains("No space left on device"), "{remarks:?}");
    assert!(
        remarks.texts(Weight::Lost)[0]
            .ends_with("; 1 record written, 3 not; --recorder-dir names another directory"),
        "{remarks:?}"
    );
    assert_eq!(recorded(&scratch.0.join("orders.msgpack")), [1]);
}

#[cfg(unix)]
#[test]
fn what_may_be_data_of_users_is_for_nobody_else_to_read() {
    use std::os::unix::fs::PermissionsExt;
    let scratch = Scratch::new();
    let directory = scratch.0.join("deep").join("records");
    let mut recorder = Recorder::new(&directory).unwrap();
    give(&mut recorder, [created("users", 1)]);
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&directory.join("users.msgpack")), 0o600);
    assert_eq!((mode(&directory), mode(&scratch.0.join("deep"))), (0o700, 0o700));
}
