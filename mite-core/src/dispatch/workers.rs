//! Threads for code of the test's own that may block.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

type Job = Box<dyn FnOnce() + Send>;

/// As many threads as jobs are under way at once. A job that never ends keeps its
/// thread, and nobody waits for it.
#[derive(Default)]
pub(super) struct Workers(Arc<Shared>);

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    wake: Condvar,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    /// Threads that wait for one.
    idle: usize,
    closed: bool,
}

impl Workers {
    /// Does `job` on one of the threads.
    ///
    /// # Errors
    /// If one more thread is needed and cannot be started.
    pub(super) fn submit(&self, job: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
        let mut queue = self.0.lock();
        if queue.jobs.len() < queue.idle {
            queue.jobs.push_back(Box::new(job));
            self.0.wake.notify_one();
            return Ok(());
        }
        let shared = self.0.clone();
        std::thread::Builder::new().name("test-code".into()).spawn(move || {
            job();
            shared.work();
        })?;
        Ok(())
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.0.lock().closed = true;
        self.0.wake.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(|e| e.into_inner())
    }

    fn work(&self) {
        loop {
            let mut queue = self.lock();
            queue.idle += 1;
            while queue.jobs.is_empty() && !queue.closed {
                queue = self.wake.wait(queue).unwrap_or_else(|e| e.into_inner());
            }
            queue.idle -= 1;
            let Some(job) = queue.jobs.pop_front() else { return };
            drop(queue);
            job();
        }
    }
}
