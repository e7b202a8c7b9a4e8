//! Connections that wait for their next request.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use mite_core::label::Prehashed;
use tokio::time::Instant;

use crate::connection::Connection;
use crate::target::Origin;

/// So many are looked through faster than one is found by its hash, and take less memory.
const FEW: usize = 8;

/// Idle connections by origin, last in, first out: what is not needed ages and is
/// closed. Hardly ever two threads take the lock at once.
#[derive(Default)]
pub(crate) struct Pool(Mutex<Waiting>);

struct Waiting {
    idle: Connections,
    /// Whether a sweeper closes those that wait for too long.
    is_swept: bool,
}

/// The oldest of a list is its first.
enum Connections {
    Few(Vec<Idle>),
    /// An origin knows its hash.
    Many(HashMap<Arc<Origin>, Vec<Idle>, BuildHasherDefault<Prehashed>>),
}

struct Idle {
    since: Instant,
    connection: Box<Connection>,
}

impl Default for Waiting {
    fn default() -> Self {
        Self { idle: Connections::Few(Vec::new()), is_swept: false }
    }
}

impl Connections {
    #[inline]
    fn push(&mut self, idle: Idle) {
        match self {
            Self::Few(list) if list.len() < FEW => {
                // A journey that has its own mostly has one.
                if list.capacity() == 0 {
                    list.reserve_exact(1);
                }
                list.push(idle);
            }
            Self::Few(list) => {
                let all = std::mem::take(list);
                *self = Self::Many(HashMap::default());
                all.into_iter().chain([idle]).for_each(|idle| self.push(idle));
            }
            Self::Many(stacks) => match stacks.get_mut(&idle.connection.origin) {
                Some(stack) => stack.push(idle),
                None => stacks.entry(idle.connection.origin.clone()).or_default().push(idle),
            },
        }
    }

    /// The one of this origin that was used last.
    #[inline]
    fn pop(&mut self, origin: &Origin) -> Option<Idle> {
        match self {
            Self::Few(list) => {
                let is = |idle: &Idle| idle.connection.origin.is(origin);
                if list.last().is_some_and(is) {
                    return list.pop();
                }
                list.iter().rposition(is).map(|at| list.remove(at))
            }
            Self::Many(stacks) => stacks.get_mut(origin)?.pop(),
        }
    }

    fn retain(&mut self, mut keep: impl FnMut(&Idle) -> bool) {
        match self {
            Self::Few(list) => list.retain(keep),
            Self::Many(stacks) => stacks.retain(|_, stack| {
                stack.retain(&mut keep);
                !stack.is_empty()
            }),
        }
    }

    fn since(&self) -> Vec<Instant> {
        match self {
            Self::Few(list) => list.iter().map(|idle| idle.since).collect(),
            Self::Many(stacks) => stacks.values().flatten().map(|idle| idle.since).collect(),
        }
    }
}

impl Pool {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// A connection that the peer has not closed, and that has not waited for more than
    /// `timeout` until `now`.
    pub(crate) fn checkout(
        &self,
        origin: &Origin,
        now: Instant,
        timeout: Duration,
    ) -> Option<Box<Connection>> {
        loop {
            let Idle { since, mut connection } = self.waiting().idle.pop(origin)?;
            if now.duration_since(since) <= timeout && connection.h1.is_alive() {
                return Some(connection);
            }
        }
    }

    /// Takes back a connection that can be used again, after an exchange that ended at
    /// `now`; whether a sweeper must be started.
    pub(crate) fn checkin(&self, connection: Box<Connection>, now: Instant) -> bool {
        let mut waiting = self.waiting();
        waiting.idle.push(Idle { since: now, connection });
        !std::mem::replace(&mut waiting.is_swept, true)
    }

    /// Closes those that have waited for more than `timeout`; since when the oldest of
    /// the others waits. Without any, the next one starts a new sweeper.
    pub(crate) fn close_idle(&self, now: Instant, timeout: Duration) -> Option<Instant> {
        let mut waiting = self.waiting();
        waiting.idle.retain(|idle| now.duration_since(idle.since) <= timeout);
        let oldest = waiting.idle.since().into_iter().min();
        waiting.is_swept = oldest.is_some();
        oldest
    }

    /// Since when each waits.
    pub(crate) fn idle_since(&self) -> Vec<Instant> {
        self.waiting().idle.since()
    }

    /// Closes up to `n` of those that wait since `last` or longer; how many.
    pub(crate) fn close_since(&self, last: Instant, n: usize) -> usize {
        let mut left = n;
        self.waiting().idle.retain(|idle| {
            let goes = idle.since <= last && left > 0;
            left -= usize::from(goes);
            !goes
        });
        n - left
    }
}
