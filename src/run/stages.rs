//! The setup and the teardown of a scenario, on a thread of their own: neither can hold
//! up Ctrl-C.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use mite_core::error::{Error, Result};
use mite_core::event_loop::EventLoop;
use mite_core::journey::{Host, Returned, Stage};
use mite_core::stats::Finding;
use mite_core::units;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::request::RunError;
use super::shutdown::Signals;
use crate::terminal::log::{self, Level};

/// The time limit for the end of their thread.
const LAST_WAIT: Duration = Duration::from_secs(1);

/// The two of them: the one under way, the other to come.
#[derive(Default)]
pub(super) struct Stages {
    setup: Option<(String, oneshot::Receiver<Result<Returned>>)>,
    teardown: Option<(String, oneshot::Receiver<Result<Returned>>)>,
    /// Starts the teardown. Dropped unsent, there is none, and what the setup has spawned
    /// ends.
    go: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// The work of their thread.
struct Work {
    host: Arc<Host>,
    setup: Option<(Stage, oneshot::Sender<Result<Returned>>)>,
    teardown: Option<(Stage, oneshot::Sender<Result<Returned>>)>,
    go: oneshot::Receiver<()>,
}

impl Stages {
    /// Starts the setup, if there is one.
    ///
    /// # Errors
    /// If there can be no thread.
    pub(super) fn start(
        setup: Option<Stage>,
        teardown: Option<Stage>,
        host: Host,
    ) -> std::io::Result<Self> {
        if setup.is_none() && teardown.is_none() {
            return Ok(Self::default());
        }
        let (go, told) = oneshot::channel();
        let mut stages = Self::default();
        stages.go = Some(go);
        let mut work = Work { host: Arc::new(host), setup: None, teardown: None, go: told };
        if let Some(stage) = setup {
            let (done, result) = oneshot::channel();
            log::log(Level::Info, format_args!("setup: {stage}"));
            stages.setup = Some((stage.to_string(), result));
            work.setup = Some((stage, done));
        }
        if let Some(stage) = teardown {
            let (done, result) = oneshot::channel();
            stages.teardown = Some((stage.to_string(), result));
            work.teardown = Some((stage, done));
        }
        if work.host.virtual_time {
            tokio::task::spawn_local(work.run());
            return Ok(stages);
        }
        let faults = work.host.faults.clone();
        let thread = std::thread::Builder::new().name("setup".to_owned()).spawn(move || {
            let _answers = faults.of_this_thread();
            // Without an event loop nothing answers, which is told of the setup.
            if let Ok(events) = EventLoop::of_run(false, &faults) {
                events.run(work.run());
                events.end();
            }
        })?;
        stages.thread = Some(thread);
        Ok(stages)
    }

    /// Waits for the setup: what it returned, if there is one.
    ///
    /// # Errors
    /// If it failed, took longer than `limit`, or a signal came.
    pub(super) async fn set_up(
        &mut self,
        signals: &mut Signals,
        limit: Duration,
    ) -> Result<Option<Returned>, RunError> {
        let Some((name, result)) = self.setup.take() else { return Ok(None) };
        let start = Instant::now();
        let result = tokio::select! {
            biased;
            result = result => told(result.ok()),
            signal = signals.next() => return Err(RunError::Cut(signal)),
            () = tokio::time::sleep(limit) => Err(too_long(limit)),
        };
        let returned = result
            .map_err(|why| RunError::Start(Error::new(format!("setup `{name}` failed: {why}"))))?;
        log::log(Level::Info, format_args!("setup: {name} took {}", units::time(start.elapsed())));
        Ok(Some(returned))
    }

    /// Runs the teardown, if there is one. What went wrong with it.
    pub(super) async fn tear_down(
        &mut self,
        signals: &mut Signals,
        limit: Duration,
    ) -> Option<Finding> {
        let (name, result) = self.teardown.take()?;
        // If nobody is there to be told, the result says so.
        let _ = self.go.take().map(|go| go.send(()));
        log::log(Level::Info, format_args!("teardown: {name}"));
        let result = tokio::select! {
            biased;
            result = result => told(result.ok()),
            _ = signals.next() => Err("it was interrupted".to_owned()),
            () = tokio::time::sleep(limit) => Err(too_long(limit)),
        };
        let why = result.err()?;
        Some(Finding::TeardownFailed { name, why })
    }
}

impl Drop for Stages {
    fn drop(&mut self) {
        drop(self.go.take());
        let Some(thread) = self.thread.take() else { return };
        let until = std::time::Instant::now() + LAST_WAIT;
        while !thread.is_finished() && std::time::Instant::now() < until {
            std::thread::sleep(Duration::from_millis(1));
        }
        // One that blocks its thread ends with the process.
        if thread.is_finished() {
            let _ = thread.join();
        }
    }
}

impl Work {
    async fn run(self) {
        let Self { host, setup, teardown, go } = self;
        if let Some((stage, done)) = setup {
            let result = stage.execute(host.clone()).await;
            if let Ok(returned) = &result {
                // It is set once, here.
                let _ = host.setup.set(returned.clone());
            }
            let _ = done.send(result);
        }
        let load_has_ended = go.await.is_ok();
        if let Some((stage, done)) = teardown.filter(|_| load_has_ended) {
            let result = stage.execute(host.clone()).await;
            host.end().await;
            let _ = done.send(result);
        } else {
            host.end().await;
        }
    }
}

/// How it ended, if it did: what went wrong, and where.
fn told(result: Option<Result<Returned>>) -> Result<Returned, String> {
    match result {
        Some(result) => result.map_err(|e| format!("{} (at {})", e.text(), e.location())),
        None => Err("its thread ended".to_owned()),
    }
}

fn too_long(limit: Duration) -> String {
    format!("it did not end within {} (--setup-timeout)", units::long_time(limit))
}
