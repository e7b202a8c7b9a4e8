//! The event loop of one thread: tasks and timers on a runtime of its own.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;

use tokio::runtime::{Builder, LocalRuntime};

use crate::faults::Faults;

/// The event loop of the thread that makes it.
///
/// What it runs is behind a pointer, so that the loop itself is compiled here, once and
/// optimised, and not again for each future wherever one is run.
pub struct EventLoop(LocalRuntime);

impl EventLoop {
    /// One on the real clock.
    ///
    /// # Errors
    /// If the system does not give what it needs.
    pub fn new() -> io::Result<Self> {
        Builder::new_current_thread().enable_all().build_local(Default::default()).map(Self)
    }

    /// One for code of a test: on the real clock or on one that jumps. Panics on threads
    /// that it starts for blocking work are `faults`.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn of_run(virtual_time: bool, faults: &Arc<Faults>) -> io::Result<Self> {
        let faults = faults.clone();
        Builder::new_current_thread()
            .enable_all()
            .start_paused(virtual_time)
            .on_thread_start(move || std::mem::forget(faults.of_this_thread()))
            .build_local(Default::default())
            .map(Self)
    }

    /// Runs this to its end, and meanwhile what it spawned.
    ///
    /// # Panics
    /// If it does, or if this thread is inside an event loop already.
    pub fn run<F: Future>(&self, future: F) -> F::Output {
        let mut output = None;
        let mut filling = Box::pin(async { output = Some(future.await) });
        self.drive(filling.as_mut());
        drop(filling);
        output.expect("it ran to its end")
    }

    #[inline(never)]
    fn drive(&self, future: Pin<&mut dyn Future<Output = ()>>) {
        self.0.block_on(future);
    }

    /// Ends it without waiting for threads that it started: one may be inside code of a test.
    pub fn end(self) {
        self.0.shutdown_background();
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_was_spawned_runs_until_the_future_ends() {
        let ran = Rc::new(Cell::new(0));
        let counting = ran.clone();
        let events = EventLoop::of_run(true, &Arc::default()).unwrap();
        let told = events.run(async move {
            tokio::task::spawn_local(async move {
                loop {
                    counting.set(counting.get() + 1);
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            });
            tokio::time::sleep(Duration::from_millis(9_500)).await;
            "ended"
        });
        assert_eq!((told, ran.get()), ("ended", 10));
    }
}
