//! Connections that wait for their next request.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use mite_core::label::Prehashed;
use tokio::time::Instant;

use crate::connection::Connection;
use crate::target::Origin;

/// Idle connections by origin, last in, first out, so that those that are not needed
/// age and are closed. The lock is hardly ever contended.
pub(crate) struct Pool {
    idle: Mutex<Stacks>,
    /// How long they wait.
    timeout: Duration,
}

#[derive(Default)]
struct Stacks {
    /// The oldest of a stack is its first. An origin knows its hash.
    by_origin: HashMap<Arc<Origin>, Vec<Idle>, BuildHasherDefault<Prehashed>>,
    /// Whether a sweeper closes those that wait for too long.
    is_swept: bool,
}

struct Idle {
    since: Instant,
    connection: Box<Connection>,
}

impl Pool {
    pub(crate) fn new(timeout: Duration) -> Self {
        Self { idle: Mutex::default(), timeout }
    }

    fn idle(&self) -> MutexGuard<'_, Stacks> {
        self.idle.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// A connection that the peer has not closed, and that has not waited too
    /// long until `now`.
    pub(crate) fn checkout(&self, origin: &Origin, now: Instant) -> Option<Box<Connection>> {
        loop {
            let Idle { since, mut connection } = {
                let mut idle = self.idle();
                idle.by_origin.get_mut(origin)?.pop()?
            };
            if now.duration_since(since) <= self.timeout && connection.h1.is_alive() {
                return Some(connection);
            }
        }
    }

    /// Takes back a connection that can be used again, after an exchange that ended at
    /// `now`; whether a sweeper must be started.
    pub(crate) fn checkin(
        &self,
        origin: &Arc<Origin>,
        connection: Box<Connection>,
        now: Instant,
    ) -> bool {
        let mut idle = self.idle();
        let stack = match idle.by_origin.get_mut(origin) {
            Some(stack) => stack,
            None => idle.by_origin.entry(origin.clone()).or_default(),
        };
        stack.push(Idle { since: now, connection });
        !std::mem::replace(&mut idle.is_swept, true)
    }

    /// Closes those that have waited too long; since when the oldest of the others
    /// waits. Without any, the next one starts a new sweeper.
    pub(crate) fn close_idle(&self, now: Instant) -> Option<Instant> {
        let mut idle = self.idle();
        idle.by_origin.retain(|_, stack| {
            stack.retain(|c| now.duration_since(c.since) <= self.timeout);
            !stack.is_empty()
        });
        let oldest = idle.by_origin.values().flat_map(|stack| stack.first()).map(|c| c.since).min();
        idle.is_swept = oldest.is_some();
        oldest
    }

    /// Since when each waits.
    pub(crate) fn idle_since(&self) -> Vec<Instant> {
        self.idle().by_origin.values().flatten().map(|c| c.since).collect()
    }

    /// Closes up to `n` of those that wait since `last` or longer; how many.
    pub(crate) fn close_since(&self, last: Instant, n: usize) -> usize {
        let mut left = n;
        self.idle().by_origin.retain(|_, stack| {
            stack.retain(|c| {
                let goes = c.since <= last && left > 0;
                left -= usize::from(goes);
                !goes
            });
            !stack.is_empty()
        });
        n - left
    }
}
