//! Controllers and processes of runners, each ended by its own id.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command};

use mite_tests::{Scratch, command, example, until, without_options};

use crate::server::Nats;

/// What a busy machine, or a debug build, does to a generator: not what is looked at here.
/// An INVALID for one of these does not fail a run; for any other it does ([`Ran::sound`]).
const OF_THE_MACHINE: [&str; 7] = [
    "debug_build",
    "loop_late",
    "times_are_own",
    "schedule_late",
    "blocked",
    "cpu_full",
    "no_core",
];

/// A process under way, with a directory of its own.
pub(crate) struct Started {
    child: Child,
    scratch: Scratch,
    ended: bool,
}

/// One that has ended.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
    scratch: Scratch,
}

impl Started {
    pub(crate) fn new(name: &str, arguments: &[&str]) -> Self {
        Self::with(name, arguments, &[])
    }

    /// With these variables.
    pub(crate) fn with(name: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        Self::of(command(name, arguments).envs(variables.iter().copied()))
    }

    fn of(command: &mut Command) -> Self {
        let scratch = Scratch::new("process");
        let file = |name: &str| File::create(scratch.0.join(name)).expect("it can be made");
        let child = command
            .current_dir(&scratch.0)
            .stdout(file("out"))
            .stderr(file("err"))
            .spawn()
            .expect("it can be started");
        Self { child, scratch, ended: false }
    }

    /// A process of so many runners, for run `mite` of that server.
    pub(crate) fn runner(nats: &Nats, runners: u32) -> Self {
        let runners = runners.to_string();
        Self::new("fleet", &["runner", "--nats", &nats.url, "--runners", &runners])
    }

    /// A runner for run `mite` of that server, in a container that has the name of its machine,
    /// where it is process 1. None where there can be no such container.
    pub(crate) fn contained_runner(nats: &Nats) -> Option<Self> {
        let contained = ["--user", "--map-root-user", "--pid", "--fork", "--kill-child"];
        let unshare = || {
            let mut command = without_options(Command::new("unshare"));
            command.args(contained);
            command
        };
        let tried = unshare().arg("true").output().expect("there is unshare");
        if !tried.status.success() {
            eprintln!("left out: {}", String::from_utf8_lossy(&tried.stderr));
            return None;
        }
        let mut command = unshare();
        command.arg(example("fleet")).args(["runner", "--nats", &nats.url, "--runners", "1"]);
        Some(Self::of(&mut command))
    }

    /// The controller of a scenario of the `fleet` example.
    pub(crate) fn controller(nats: &Nats, scenario: &str, more: &[&str]) -> Self {
        let spec = format!("fleet:{scenario}");
        let arguments = ["controller", &spec, "--nats", &nats.url, "--json", "run.json"];
        Self::new("fleet", &[&arguments, more].concat())
    }

    pub(crate) fn id(&self) -> i32 {
        self.child.id() as i32
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &id]).status();
        assert!(sent.expect("there is such a command").success(), "{id} takes no {signal}");
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.scratch.0.join(name)).unwrap_or_default()
    }

    /// What it has said on standard error so far.
    pub(crate) fn said(&self) -> String {
        self.text("err")
    }

    /// Waits until it has said that on standard error.
    #[track_caller]
    pub(crate) fn says(&self, text: &str) {
        until(text, || self.text("err").contains(text).then_some(()));
    }

    /// Waits for its end.
    #[track_caller]
    pub(crate) fn ended(mut self) -> Ran {
        let status = until("the end of a process", || self.child.try_wait().expect("it is ours"));
        self.ended = true;
        let (out, err) = (self.text("out"), self.text("err"));
        let scratch = std::mem::replace(&mut self.scratch, Scratch(PathBuf::new()));
        Ran { code: status.code(), out, err, scratch }
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        if !self.ended {
            let _ = self.child.kill();
            let _ = self.child.wait();
            if std::thread::panicking() {
                eprintln!("--- process {}:\n{}{}", self.id(), self.text("out"), self.text("err"));
            }
        }
    }
}

impl Ran {
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    #[track_caller]
    pub(crate) fn shows(self, text: &str) -> Self {
        assert!(
            self.out.contains(text) || self.err.contains(text),
            "no {text:?} in:\n{}{}",
            self.out,
            self.err
        );
        self
    }

    /// That nothing makes its numbers doubtful but the machine, and that no arrival was dropped.
    #[track_caller]
    pub(crate) fn sound(self) -> Self {
        let results = self.results();
        let reasons = results["verdict"]["reasons"].as_array().into_iter().flatten();
        let others = reasons.filter(|reason| {
            !reason["code"].as_str().is_some_and(|code| OF_THE_MACHINE.contains(&code))
        });
        let others: Vec<_> = others.collect();
        assert!(others.is_empty(), "{others:?}\n{}{}", self.out, self.err);
        for line in results["lines"].as_array().into_iter().flatten() {
            let dropped = line["dropped"].as_object();
            assert!(dropped.is_none_or(|dropped| dropped.is_empty()), "{line}");
        }
        self
    }

    /// The results that it wrote.
    #[track_caller]
    pub(crate) fn results(&self) -> serde_json::Value {
        let text = std::fs::read(self.scratch.0.join("run.json")).expect("it has written them");
        serde_json::from_slice(&text).expect("they are JSON")
    }
}

/// What a run is about, for another to be held beside: counts, and no times.
pub(crate) fn counts(results: &serde_json::Value) -> serde_json::Value {
    let of_series = |series: &serde_json::Value| {
        serde_json::json!({
            "journey": series["journey"],
            "transaction": series["transaction"],
            "request": series["request"],
            "kind": series["kind"],
            "count": series["count"],
            "failed": series["failed"],
        })
    };
    let series = results["series"].as_array().into_iter().flatten().map(of_series);
    let of_failure = |failure: &serde_json::Value| {
        serde_json::json!({
            "message": failure["message"], "location": failure["location"],
            "count": failure["count"],
        })
    };
    let mut failures: Vec<_> =
        results["failures"].as_array().into_iter().flatten().map(of_failure).collect();
    failures.sort_by_key(|failure| failure["message"].to_string());
    serde_json::json!({
        "totals": results["totals"],
        "series": series.collect::<Vec<_>>(),
        "failures": failures,
        "exit_code": results["verdict"]["exit_code"],
    })
}
