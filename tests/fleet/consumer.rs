//! Processes that take messages, each ended by its own id.

use std::process::{Child, Command};

use mite_tests::{Scratch, command, until};

/// A process that runs, with what it says.
pub(crate) struct Process {
    child: Child,
    scratch: Scratch,
}

/// How one ended.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) said: String,
}

impl Process {
    /// Starts an example in a directory of its own.
    pub(crate) fn start(name: &str, arguments: &[&str]) -> Self {
        let scratch = Scratch::new("process");
        let said = std::fs::File::create(scratch.0.join("said")).expect("it can be made");
        let child = command(name, arguments)
            .current_dir(&scratch.0)
            .stdout(said.try_clone().expect("it can be shared"))
            .stderr(said)
            .spawn()
            .expect("it can be started");
        Self { child, scratch }
    }

    /// Where it runs.
    pub(crate) fn directory(&self) -> &std::path::Path {
        &self.scratch.0
    }

    /// What it has said so far.
    pub(crate) fn said(&self) -> String {
        std::fs::read_to_string(self.scratch.0.join("said")).unwrap_or_default()
    }

    /// Waits until it has said something.
    #[track_caller]
    pub(crate) fn says(&mut self, text: &str) {
        until(text, || {
            let said = self.said();
            if let Ok(Some(status)) = self.child.try_wait() {
                assert!(
                    said.contains(text),
                    "it ended with {status} and never said {text:?}:\n{said}"
                );
            }
            said.contains(text).then_some(())
        });
    }

    pub(crate) fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        let done = Command::new("kill").args([signal, &id]).status().expect("kill is there");
        assert!(done.success());
    }

    /// Waits for its end.
    #[track_caller]
    pub(crate) fn ended(mut self) -> Ended {
        let status = until("its end", || self.child.try_wait().expect("it can be waited for"));
        Ended { code: status.code(), said: self.said() }
    }

    /// Waits for its end, which must be with this code.
    #[track_caller]
    pub(crate) fn ends_with(self, code: i32) -> String {
        let ended = self.ended();
        assert_eq!(ended.code, Some(code), "{}", ended.said);
        ended.said
    }

    /// The same: what it said, and what it wrote to a file.
    #[track_caller]
    pub(crate) fn ends_with_keeping(
        mut self,
        code: i32,
        file: &std::path::Path,
    ) -> (String, Vec<u8>) {
        let status = until("its end", || self.child.try_wait().expect("it can be waited for"));
        assert_eq!(status.code(), Some(code), "{}", self.said());
        let bytes = std::fs::read(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        (self.said(), bytes)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
