//! The runners of this process: a thread each, or tasks of one thread when time
//! is virtual.

use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread::JoinHandle;
use std::time::Duration;

use mite_core::dispatch::{Command, Transport};
use mite_core::error::{Error, Result};
use mite_core::event_loop::EventLoop;
use mite_core::faults::Faults;
use mite_core::journey::Host;
use mite_core::runner::{Line, Pulse, Runner, RunnerSettings};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

/// What one runner is made of.
pub(super) struct RunnerThread<T> {
    pub(super) host: Arc<Host>,
    pub(super) transport: T,
    pub(super) pulse: Pulse,
    pub(super) lines: Vec<Line>,
    pub(super) settings: RunnerSettings,
}

/// The runners of this process.
pub(crate) struct RunnerThreads<T> {
    threads: Vec<JoinHandle<()>>,
    /// Where each thread is given its runner.
    places: Vec<Sender<(RunnerThread<T>, Lost)>>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl<T> Default for RunnerThreads<T> {
    fn default() -> Self {
        Self { threads: Vec::new(), places: Vec::new(), tasks: Vec::new() }
    }
}

impl<T: Transport + Send + 'static> RunnerThreads<T> {
    /// Threads for so many runners, each with its event loop, and waits until all stand: what
    /// takes time is done before the run has a start. In virtual time there are none.
    ///
    /// # Errors
    /// If a thread cannot be started.
    pub(crate) async fn ready(
        count: usize,
        virtual_time: bool,
        faults: &Arc<Faults>,
    ) -> Result<Self> {
        let mut ready = Self::default();
        if virtual_time {
            return Ok(ready);
        }
        let mut standing = Vec::with_capacity(count);
        for id in 1..=count {
            let (place, work) = std::sync::mpsc::channel::<(RunnerThread<T>, Lost)>();
            let (stands, told) = oneshot::channel();
            let faults = faults.clone();
            let thread = std::thread::Builder::new()
                .name(format!("runner-{id}"))
                .spawn(move || match EventLoop::of_run(false, &faults) {
                    Ok(events) => {
                        let _answers = faults.of_this_thread();
                        #[cfg(feature = "http")]
                        events.run(mite_http::rehearse());
                        let _ = stands.send(Ok(()));
                        // None comes if the run does not start.
                        if let Ok((runner, lost)) = work.recv() {
                            events.run(runner.work(lost));
                        }
                    }
                    Err(e) => drop(stands.send(Err(e))),
                })
                .map_err(|e| cannot_start(id, &e))?;
            ready.threads.push(thread);
            ready.places.push(place);
            standing.push(told);
        }
        for (told, id) in standing.into_iter().zip(1..) {
            if let Ok(Err(e)) = told.await {
                return Err(cannot_start(id, &e));
            }
        }
        Ok(ready)
    }

    /// Starts the runners. One that ends before its time is reported as lost.
    pub(super) fn start(
        &mut self,
        runners: Vec<RunnerThread<T>>,
        commands: &UnboundedSender<Command>,
    ) {
        let mut places = std::mem::take(&mut self.places).into_iter();
        for runner in runners {
            let lost = Lost { id: runner.host.runner, commands: commands.clone(), armed: true };
            match places.next() {
                // A thread that is gone drops what it is sent, and that says so.
                Some(place) => drop(place.send((runner, lost))),
                None => self.tasks.push(tokio::task::spawn_local(runner.work(lost))),
            }
        }
    }
}

impl<T> RunnerThreads<T> {
    /// Whether all of them have ended.
    #[cfg(feature = "nats")]
    pub(super) fn have_ended(&self) -> bool {
        self.threads.iter().all(JoinHandle::is_finished)
    }

    /// How many of them have ended.
    #[cfg(feature = "nats")]
    pub(super) fn ended(&self) -> usize {
        self.threads.iter().filter(|thread| thread.is_finished()).count()
    }

    /// Which of them have ended, by place.
    #[cfg(feature = "nats")]
    pub(super) fn ended_places(&self) -> impl Iterator<Item = usize> {
        self.threads.iter().enumerate().filter(|(_, t)| t.is_finished()).map(|(place, _)| place)
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

fn cannot_start(id: usize, why: &std::io::Error) -> Error {
    Error::new(format!("runner {id} cannot start: {why}"))
}

impl<T: Transport> RunnerThread<T> {
    async fn work(self, mut lost: Lost) {
        #[cfg(feature = "http")]
        mite_http::prepare(&self.host);
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
