//! Calls a pool, one call at a time, off the control thread.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::outbox::{End, Outbox};
use super::workers::Workers;
use crate::config::Config;
use crate::control::Item;
use crate::error::{Error, Result};
use crate::panics::CatchPanic;
use crate::pool::any::AnyPool;
use crate::pool::{Checkout, ItemId};

/// A call of a pool.
pub(super) enum Work {
    Checkout(u32),
    Checkin(Vec<ItemId>),
}

/// The queue of a pool's calls, which are made one after the other.
pub(super) enum Inbox {
    /// Served by a thread, or a task, of its own.
    Own(mpsc::UnboundedSender<Work>),
    /// Served by whichever worker thread is free.
    Shared(Arc<Serial>),
}

/// Calls that are still to be made, by one thread at a time: a serial executor.
pub(super) struct Serial {
    attendant: Attendant,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    work: VecDeque<Work>,
    busy: bool,
}

impl Inbox {
    /// Queues a call.
    ///
    /// # Errors
    /// If a thread is needed and cannot be started.
    pub(super) fn put(&self, work: Work, workers: &Workers) -> std::io::Result<()> {
        match self {
            Self::Own(inbox) => {
                // Whoever attends to it lives as long as the dispatch.
                let _ = inbox.send(work);
                Ok(())
            }
            Self::Shared(serial) => {
                let mut queue = serial.queue.lock().unwrap_or_else(|e| e.into_inner());
                queue.work.push_back(work);
                if std::mem::replace(&mut queue.busy, true) {
                    return Ok(());
                }
                drop(queue);
                let serial = serial.clone();
                workers.submit(move || serial.work())
            }
        }
    }
}

impl Serial {
    fn work(&self) {
        loop {
            let mut queue = self.queue.lock().unwrap_or_else(|e| e.into_inner());
            let Some(work) = queue.work.pop_front() else {
                queue.busy = false;
                return;
            };
            drop(queue);
            block_on(self.attendant.attend(work));
        }
    }
}

/// Makes the calls of a pool, one after the other.
pub(super) struct Attendant {
    pool: AnyPool,
    bare: bool,
    config: Config,
    outbox: Arc<Outbox>,
}

impl Attendant {
    pub(super) fn new(pool: &AnyPool, bare: bool, config: &Config, outbox: &Arc<Outbox>) -> Self {
        let (pool, config, outbox) = (pool.clone(), config.clone(), outbox.clone());
        Self { pool, bare, config, outbox }
    }

    /// Starts to work as a task of this thread.
    pub(super) fn task(self) -> (Inbox, JoinHandle<()>) {
        let (inbox, work) = mpsc::unbounded_channel();
        (Inbox::Own(inbox), tokio::task::spawn_local(self.run(work)))
    }

    /// Works on whatever thread is free: for a pool whose answers need no runtime.
    pub(super) fn shared(self) -> Inbox {
        Inbox::Shared(Arc::new(Serial { attendant: self, queue: Mutex::default() }))
    }

    /// Starts to work on a thread of its own.
    ///
    /// # Errors
    /// If that cannot be started.
    pub(super) fn thread(self, name: &str) -> Result<Inbox> {
        let (inbox, work) = mpsc::unbounded_channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            runtime.block_on(self.run(work));
            // What the pool started there may never end.
            runtime.shutdown_background();
        })?;
        Ok(Inbox::Own(inbox))
    }

    async fn run(self, mut work: mpsc::UnboundedReceiver<Work>) {
        while let Some(next) = work.recv().await {
            self.attend(next).await;
        }
    }

    async fn attend(&self, work: Work) {
        match work {
            Work::Checkout(count) => self.check_out(count).await,
            Work::Checkin(ids) => self.check_in(ids).await,
        }
        self.outbox.flush();
    }

    async fn check_out(&self, count: u32) {
        for _ in 0..count {
            let answer = CatchPanic(Box::pin(self.pool.checkout(&self.config, self.bare)));
            let answer = self.outbox.flushing(&self.outbox.checkout, answer).await;
            let end = match answer.and_then(|inner| inner) {
                Ok(Checkout::Item(id, data)) => {
                    self.outbox.put(|gathered| gathered.items.push(Item { id, data }));
                    continue;
                }
                Ok(Checkout::Later) => End::Later,
                Ok(Checkout::Exhausted) => End::Exhausted,
                Err(error) => End::Failed(why(&error)),
            };
            return self.outbox.put(|gathered| gathered.end = Some(end));
        }
    }

    async fn check_in(&self, ids: Vec<ItemId>) {
        for id in ids {
            let answer = CatchPanic(Box::pin(self.pool.checkin(id)));
            let answer = self.outbox.flushing(&self.outbox.checkin, answer).await;
            self.outbox.put(|gathered| {
                gathered.returned += 1;
                if let Err(error) = answer {
                    gathered.failure.get_or_insert_with(|| why(&error));
                }
            });
        }
    }
}

/// Runs a future that needs no runtime.
fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park(),
        }
    }
}

fn why(error: &Error) -> String {
    let (text, place) = (error.shown(), error.location());
    // An error about a file names it.
    if text.contains(&*place.file) {
        return error.text().to_owned();
    }
    format!("{text} ({place})")
}
