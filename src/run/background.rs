//! Code of the test that goes on beside the load: a server that a scenario started.

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use mite_core::error::Error;
use mite_core::event_loop::EventLoop;
use mite_core::faults::Faults;
use mite_core::meta::LocalFuture;
use tokio::sync::oneshot;

/// How long its end may take.
const LAST_WAIT: Duration = Duration::from_secs(1);

/// A thread with a runtime, on which what the functions of scenarios and pools have
/// spawned lives until this is dropped.
pub(crate) struct Background {
    /// What fails the run that it belongs to.
    pub(super) faults: Arc<Faults>,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Background {
    /// Runs `start` on a thread of its own, and what it has spawned until the end.
    ///
    /// # Errors
    /// If there can be no such thread, or `start` panics.
    pub(crate) fn of<T, F>(start: F) -> Result<(Self, T), Error>
    where
        T: Send + 'static,
        F: FnOnce() -> LocalFuture<'static, T> + Send + 'static,
    {
        Self::with(Arc::default(), start)
    }

    /// The same, for the run that fails with these `faults`.
    ///
    /// # Errors
    /// See [`of`](Self::of).
    pub(super) fn with<T, F>(faults: Arc<Faults>, start: F) -> Result<(Self, T), Error>
    where
        T: Send + 'static,
        F: FnOnce() -> LocalFuture<'static, T> + Send + 'static,
    {
        let (end, ended) = oneshot::channel::<()>();
        let (send, started) = std::sync::mpsc::sync_channel::<io::Result<Result<T, Error>>>(1);
        let of_thread = faults.clone();
        let thread = std::thread::Builder::new().name("test-code".to_owned()).spawn(move || {
            let _answers = of_thread.of_this_thread();
            let events = match EventLoop::of_run(false, &of_thread) {
                Ok(events) => events,
                Err(e) => return drop(send.send(Err(e))),
            };
            let _ = send.send(Ok(mite_core::caught(|| events.run(start()))));
            // Until the sender is dropped, at the latest.
            let _ = events.run(ended);
            events.end();
        })?;
        let background = Self { faults, end: Some(end), thread: Some(thread) };
        let started = started.recv().map_err(|_| Error::new("its thread ended"))??;
        Ok((background, started?))
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        drop(self.end.take());
        let Some(thread) = self.thread.take() else { return };
        let until = Instant::now() + LAST_WAIT;
        while !thread.is_finished() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(1));
        }
        // One that blocks its thread ends with the process.
        if thread.is_finished() {
            let _ = thread.join();
        }
    }
}
