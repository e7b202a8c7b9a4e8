//! Programs with a command line, their screens and their exit codes.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

pub(crate) use mite_tests::command;

/// One that has ended.
pub(crate) struct Ran {
    code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code().expect("it was not killed"),
            out: String::from_utf8(output.stdout).expect("it prints text"),
            err: String::from_utf8(output.stderr).expect("it prints text"),
        }
    }

    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// Everything that a person sees.
    pub(crate) fn screen(&self) -> String {
        format!("{}{}", self.out, self.err)
    }

    #[track_caller]
    pub(crate) fn shows(self, text: &str) -> Self {
        let screen = self.screen();
        assert!(screen.contains(text), "no {text:?} in:\n{screen}");
        self
    }

    #[track_caller]
    pub(crate) fn hides(self, text: &str) -> Self {
        let screen = self.screen();
        assert!(!screen.contains(text), "{text:?} in:\n{screen}");
        self
    }

    /// The numbers of the row that begins with `name`, in the table of `title`.
    #[track_caller]
    pub(crate) fn row(&self, title: &str, name: &str) -> Vec<u64> {
        let lines = self.out.lines().skip_while(|line| !line.starts_with(title));
        let mut rows = lines.take_while(|line| !line.is_empty()).map(str::trim_start);
        let row = rows.find_map(|row| row.strip_prefix(name));
        let row = row.unwrap_or_else(|| panic!("no {name} under {title} in:\n{}", self.out));
        row.split_whitespace().map_while(|n| n.parse().ok()).collect()
    }
}

pub(crate) fn run(name: &str, arguments: &[&str]) -> Ran {
    Ran::of(command(name, arguments).output().expect("it can be started"))
}

/// One that has ended, and whose numbers may be invalid.
pub(crate) fn run_judged(name: &str, arguments: &[&str]) -> Ran {
    let output = command(name, arguments).env_remove("MITE_ALLOW_INVALID").output();
    Ran::of(output.expect("it can be started"))
}

/// Tests a scenario of `misbehaving` whose numbers may be invalid.
pub(crate) fn misbehave_judged(scenario: &str, more: &[&str]) -> Ran {
    let spec = format!("misbehaving:{scenario}");
    run_judged("misbehaving", &[&["scenario", "test", &spec], more].concat())
}

/// Tests a scenario of `misbehaving`.
pub(crate) fn misbehave(scenario: &str, more: &[&str]) -> Ran {
    let spec = format!("misbehaving:{scenario}");
    run("misbehaving", &[&["scenario", "test", &spec], more].concat())
}

/// A run that is under way; ended by its own id if the test ends first.
pub(crate) struct UnderWay(pub(crate) Child);

impl Drop for UnderWay {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl UnderWay {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_of("misbehaving", arguments)
    }

    pub(crate) fn start_of(name: &str, arguments: &[&str]) -> Self {
        let child = command(name, arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it can be started");
        Self(child)
    }

    pub(crate) fn interrupt(&self) {
        self.signal("-INT");
    }

    pub(crate) fn signal(&self, signal: &str) {
        let killed = Command::new("kill").args([signal, &self.0.id().to_string()]).status();
        assert!(killed.expect("kill is a program").success());
    }

    /// Waits until it has printed `text`; what it has printed is read.
    pub(crate) fn until_out(&mut self, text: &str) {
        until(self.0.stdout.as_mut().expect("it is piped"), text);
    }

    /// Waits until it has logged `text`; what it has logged is read.
    pub(crate) fn until_err(&mut self, text: &str) {
        until(self.0.stderr.as_mut().expect("it is piped"), text);
    }

    /// Waits until it has said `text` on standard error: what it has said until then.
    pub(crate) fn err_until(&mut self, text: &str) -> String {
        let err = self.0.stderr.as_mut().expect("it is piped");
        let mut seen = Vec::new();
        while !seen.ends_with(text.as_bytes()) {
            let mut byte = [0];
            let read = err.read(&mut byte).expect("it can be read");
            assert_eq!(read, 1, "it ended before {text:?}: {}", String::from_utf8_lossy(&seen));
            seen.push(byte[0]);
        }
        String::from_utf8(seen).expect("it says text")
    }

    pub(crate) fn end(mut self, limit: Duration) -> Ran {
        self.wait(limit)
    }

    /// As [`end`](Self::end), of one that stands in something.
    pub(crate) fn wait(&mut self, limit: Duration) -> Ran {
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.0.try_wait().expect("it is our child") {
                break status;
            }
            assert!(start.elapsed() < limit, "it does not end");
            std::thread::sleep(Duration::from_millis(10));
        };
        let (mut out, mut err) = (String::new(), String::new());
        self.0.stdout.take().map(|mut s| s.read_to_string(&mut out));
        self.0.stderr.take().map(|mut s| s.read_to_string(&mut err));
        Ran { code: status.code().expect("it ended by itself"), out, err }
    }
}

fn until(stream: &mut impl Read, text: &str) {
    let mut seen = Vec::new();
    while !String::from_utf8_lossy(&seen).contains(text) {
        let mut byte = [0];
        assert_eq!(stream.read(&mut byte).expect("it can be read"), 1, "it ended before {text:?}");
        seen.push(byte[0]);
    }
}

/// How many executions of a journey ended in each second of a run, by its file of results.
pub(crate) fn ended_in_each_second(json: &Path, journey: &str) -> Vec<u64> {
    let text = std::fs::read_to_string(json).expect("it was written");
    let run: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    assert_eq!(run["windows"]["span_s"], 1.0);
    let of =
        |series: &&serde_json::Value| series["kind"] == "journey" && series["journey"] == journey;
    let series = run["series"].as_array().expect("it is a list").iter().find(of);
    let id = series.unwrap_or_else(|| panic!("no {journey} in {text}"))["id"].to_string();
    let counts = run["windows"]["series"][id]["count"].as_array().expect("it is a list");
    counts.iter().map(|n| n.as_u64().expect("it is a count")).collect()
}

/// The URL of a server that answers one request with this.
pub(crate) fn answering(answer: &'static [u8]) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
    let address = listener.local_addr().expect("a listener has an address");
    std::thread::spawn(move || {
        let (mut client, _) = listener.accept().expect("it listens");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            client.read_exact(&mut byte).expect("there is a request");
            head.push(byte[0]);
        }
        client.write_all(answer).expect("it is read");
    });
    format!("http://{address}")
}
