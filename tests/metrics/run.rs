//! Runs of `measured`, whose numbers are known.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStderr, Stdio};

use mite_tests::{command, target};

/// One that is under way; it ends with the test.
pub(crate) struct Run {
    child: Child,
    log: BufReader<ChildStderr>,
}

impl Drop for Run {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Run {
    /// A scenario against the server at `url`, with these variables.
    pub(crate) fn start(
        scenario: &str,
        url: &str,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Self {
        let (spec, config) = (format!("measured:{scenario}"), format!("url:{url}"));
        let test = ["scenario", "test", &spec, "--add-to-config", &config];
        let mut child = command("measured", &test)
            .args(["--runners", "2", "--label", "branch=main"])
            .args(arguments)
            .envs(variables.iter().copied())
            .current_dir(target())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it can be started");
        let log = BufReader::new(child.stderr.take().expect("it is piped"));
        Self { child, log }
    }

    /// The line of its log that has this.
    #[track_caller]
    pub(crate) fn until(&mut self, text: &str) -> String {
        let mut all = String::new();
        loop {
            let mut line = String::new();
            let read = self.log.read_line(&mut line).expect("it is text");
            assert!(read > 0, "it ended before {text:?}:\n{all}");
            if line.contains(text) {
                return line;
            }
            all += &line;
        }
    }

    /// Its exit code, and the rest of its log.
    pub(crate) fn end(mut self) -> (i32, String) {
        let mut log = String::new();
        self.log.read_to_string(&mut log).expect("it is text");
        let status = self.child.wait().expect("it is our child");
        (status.code().expect("it ended by itself"), log)
    }
}
