//! The runners of this process: a thread each, or tasks of one thread when time
//! is virtual.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use mite_core::dispatch::{Command, InProcess};
use mite_core::error::{Error, Result};
use mite_core::faults::Faults;
use mite_core::journey::Host;
use mite_core::runner::{Line, Pulse, Runner, RunnerSettings};
use tokio::runtime::LocalRuntime;
use tokio::sync::mpsc::UnboundedSender;

/// What one runner is made of.
pub(super) struct RunnerThread {
    pub(super) host: Arc<Host>,
    pub(super) transport: InProcess,
    pub(super) pulse: Pulse,
    pub(super) lines: Vec<Line>,
    pub(super) settings: RunnerSettings,
}

/// The runners of this process.
pub(super) struct RunnerThreads {
    threads: Vec<JoinHandle<()>>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

/// A runtime for one thread, on the real clock or on one that jumps. Panics on threads
/// that it starts for blocking work are `faults`.
pub(super) fn runtime(virtual_time: bool, faults: &Arc<Faults>) -> std::io::Result<LocalRuntime> {
    let faults = faults.clone();
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(virtual_time)
        .on_thread_start(move || std::mem::forget(faults.of_this_thread()))
        .build_local(Default::default())
}

impl RunnerThreads {
    /// Starts them. A thread that ends before its time is reported as lost.
    ///
    /// # Errors
    /// If a thread cannot be started.
    pub(super) fn start(
        runners: Vec<RunnerThread>,
        commands: UnboundedSender<Command>,
        virtual_time: bool,
    ) -> Result<Self> {
        let mut threads = Self { threads: Vec::new(), tasks: Vec::new() };
        for runner in runners {
            let id = runner.host.runner;
            let lost = Lost { id, commands: commands.clone(), armed: true };
            if virtual_time {
                threads.tasks.push(tokio::task::spawn_local(runner.work(lost)));
                continue;
            }
            let thread = std::thread::Builder::new()
                .name(format!("runner-{id}"))
                .spawn(move || match runtime(false, &runner.host.faults) {
                    Ok(runtime) => {
                        let _answers = runner.host.faults.of_this_thread();
                        runtime.block_on(runner.work(lost));
                    }
                    Err(e) => eprintln!("runner {id} cannot start: {e}"),
                })
                .map_err(|e| Error::new(format!("runner {id} cannot start: {e}")))?;
            threads.threads.push(thread);
        }
        Ok(threads)
    }

    /// Waits for the threads to end, but not for ever: a journey that blocks
    /// its loop cannot be cancelled, and ends with the process.
    pub(super) async fn end(self, limit: Duration) {
        for task in self.tasks {
            let _ = task.await;
        }
        let until = std::time::Instant::now() + limit;
        for thread in self.threads {
            while !thread.is_finished() && std::time::Instant::now() < until {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            if thread.is_finished() {
                let _ = thread.join();
            }
        }
    }
}

impl RunnerThread {
    async fn work(self, mut lost: Lost) {
        let runner = Runner::new(self.host, self.settings, &self.lines, self.pulse, self.transport);
        if runner.run().await.is_ok() {
            lost.armed = false;
        }
    }
}

/// Tells the controller when a runner ends without having been told to.
struct Lost {
    id: u32,
    commands: UnboundedSender<Command>,
    armed: bool,
}

impl Drop for Lost {
    fn drop(&mut self) {
        if self.armed {
            let _ = self.commands.send(Command::Lost(self.id));
        }
    }
}
