//! A fleet on this machine: a NATS server and processes of runners, which end with it.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use mite_core::error::{Error, Result};
use mite_nats::{Connect, RunName, Server, end_tethered, tethered};

use crate::terminal::console;
use crate::terminal::log::{self, Level};

/// How long processes may take to end by themselves once the run is over.
const LAST_WAIT: Duration = Duration::from_secs(10);

/// What a fleet on this machine is made of, besides its controller.
pub(crate) struct LocalFleet {
    // Before the server: they have something to say until they end.
    processes: Vec<Child>,
    server: Server,
}

impl LocalFleet {
    /// Starts a server, and so many processes of this program with so many runners each;
    /// `more` are further arguments of theirs.
    ///
    /// # Errors
    /// If one of them cannot be started; what was started before it ends.
    pub(crate) fn start(
        run: &RunName,
        processes: usize,
        runners: usize,
        more: &[String],
    ) -> Result<Self> {
        let server = Server::start()?;
        let program = std::env::current_exe()?;
        log::log(
            Level::Info,
            format_args!(
                "nats-server is at {}, for run `{run}`; to ask it: env $(cat {}) {} ctl status",
                server.url(),
                server.environment().display(),
                program.display()
            ),
        );
        let mut fleet = Self { processes: Vec::with_capacity(processes), server };
        for number in 1..=processes {
            // They end with this process, even if it is killed.
            let mut command = tethered(&program, None);
            command
                .args(["runner", "--nats", fleet.server.url(), "--run", run.as_str()])
                .args(["--runners", &runners.to_string()])
                .args(more)
                .envs(fleet.server.variables())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped());
            // Of another server, and at odds with a password.
            for other in ["CREDS", "NKEY", "CA", "CERT", "KEY"] {
                command.env_remove(format!("MITE_NATS_{other}"));
            }
            let mut child = command
                .spawn()
                .map_err(|e| Error::new(format!("{} cannot be started: {e}", program.display())))?;
            relay(number, child.stdout.take(), |line| drop(console::print(line)))?;
            relay(number, child.stderr.take(), console::note)?;
            fleet.processes.push(child);
        }
        Ok(fleet)
    }

    /// How its server is reached.
    ///
    /// # Errors
    /// If the server gave no address.
    pub(crate) fn connect(&self) -> Result<Connect> {
        Ok(Connect::new(self.server.url())?.identity(self.server.identity().clone()))
    }

    /// Waits until its processes have ended by themselves, for some time.
    pub(crate) async fn wait(&mut self) {
        let until = Instant::now() + LAST_WAIT;
        let has_ended = |child: &mut Child| !matches!(child.try_wait(), Ok(None));
        while Instant::now() < until && !self.processes.iter_mut().all(has_ended) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Drop for LocalFleet {
    fn drop(&mut self) {
        end_tethered(&mut self.processes);
    }
}

/// Shows what a process says, line by line, until it ends.
fn relay(
    number: usize,
    pipe: Option<impl Read + Send + 'static>,
    show: impl Fn(String) + Send + 'static,
) -> Result {
    let Some(pipe) = pipe else { return Ok(()) };
    std::thread::Builder::new().name(format!("process-{number}")).spawn(move || {
        let mut pipe = BufReader::new(pipe);
        let mut line = Vec::new();
        while pipe.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            let text = String::from_utf8_lossy(&line);
            show(format!("[process {number}] {}", text.trim_end_matches('\n')));
            line.clear();
        }
    })?;
    Ok(())
}
