//! Terminals and pipes that take nothing more.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use mite_tests::Scratch;

use crate::process::{UnderWay, command, ended_in_each_second};

/// A `script` whose terminal nobody reads, ended by its own id, and its files.
struct Stuck {
    script: Child,
    _scratch: Scratch,
}

impl Drop for Stuck {
    fn drop(&mut self) {
        let _ = self.script.kill();
        let _ = self.script.wait();
    }
}

/// Waits until a file is there and has text, and gives it.
fn text_of(path: &Path, limit: Duration) -> String {
    let until = Instant::now() + limit;
    loop {
        match fs::read_to_string(path) {
            Ok(text) if text.ends_with('\n') => return text,
            _ => assert!(Instant::now() < until, "no {}", path.display()),
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_terminal_that_nobody_reads_costs_the_run_nothing_but_its_summary() {
    runs_all_the_same("lines", "");
}

#[test]
fn a_screen_that_nobody_reads_costs_no_more() {
    // Once something is recorded, so much is written at once that it is full.
    let full = "(until [ -s RECORDS/said.msgpack ]; do sleep 0.1; done; yes | head -c 400000) & ";
    runs_all_the_same("screen", &format!("stty rows 24 cols 80; {full}"));
}

/// Runs in a terminal of which nothing is read, `before` having been run in it.
fn runs_all_the_same(name: &str, before: &str) {
    let scratch = Scratch::new(name);
    let records = scratch.0.join("records");
    let program = command("misbehaving", &[]);
    let program = program.get_program().to_str().expect("the path is text");
    let (exit, records_shown) = (scratch.0.join("exit"), records.display());
    let json = scratch.0.join("run.json");
    // Its own output is a pipe that is never read, so the terminal is soon full.
    let script = Command::new("script")
        .args([
            "-qec",
            &format!(
                "{}'{program}' scenario test misbehaving:babbling --duration 3s --runners 1 --recorder-dir {records_shown} --json {}; echo $? > {}",
                before.replace("RECORDS", &records_shown.to_string()),
                json.display(),
                exit.display()
            ),
            "/dev/null",
        ])
        .env("SHELL", "/bin/sh")
        .env("TERM", "xterm")
        .env_remove("CI")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|e| panic!("script is missing ({e}): run ./test"));
    let stuck = Stuck { script, _scratch: scratch };
    let code = text_of(&exit, Duration::from_secs(40));
    let said = fs::metadata(records.join("said.msgpack")).expect("it was recorded").len();
    assert_eq!(code, "1\n", "the summary cannot be shown");
    // Journeys of 10 ms, each of which records a byte, also when the terminal was full.
    let ended = ended_in_each_second(&json, "misbehaving:babbles");
    assert!(ended.len() >= 3 && ended[..3].iter().all(|n| *n > 0), "{ended:?}");
    assert_eq!(said, ended.iter().sum::<u64>());
    drop(stuck);
}

#[test]
fn a_full_disk_behind_standard_output_fails_the_run() {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
    let child =
        command("misbehaving", &["scenario", "test", "misbehaving:good", "--duration", "500ms"])
            .stdout(full)
            .stderr(Stdio::piped())
            .spawn()
            .expect("it can be started");
    UnderWay(child)
        .end(Duration::from_secs(20))
        .expect(1)
        .shows("error: the summary failed: No space left on device");
}
