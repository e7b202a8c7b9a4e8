//! Connections that wait for their next request.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mite_core::label::Prehashed;
use tokio::time::Instant;

use crate::connection::Connection;
use crate::target::Origin;

/// Idle connections by origin. The one used last is used next, so that what is
/// not needed ages and is closed. Only one thread takes the lock.
pub(crate) struct Pool {
    idle: Mutex<Stacks>,
    /// How long they wait.
    timeout: Duration,
}

/// An origin knows its hash.
type Stacks = HashMap<Arc<Origin>, Vec<Idle>, BuildHasherDefault<Prehashed>>;

struct Idle {
    since: Instant,
    connection: Box<Connection>,
}

impl Pool {
    pub(crate) fn new(timeout: Duration) -> Self {
        Self { idle: Mutex::default(), timeout }
    }

    /// A connection that the peer has not closed, and that has not waited too
    /// long until `now`.
    pub(crate) fn checkout(&self, origin: &Origin, now: Instant) -> Option<Box<Connection>> {
        loop {
            let Idle { since, mut connection } = {
                let mut idle = self.idle.lock().unwrap_or_else(|e| e.into_inner());
                idle.get_mut(origin)?.pop()?
            };
            if now.duration_since(since) <= self.timeout && connection.h1.is_alive() {
                return Some(connection);
            }
        }
    }

    /// Takes back a connection that can be used again, after an exchange that ended
    /// at `now`.
    pub(crate) fn checkin(&self, origin: &Arc<Origin>, connection: Box<Connection>, now: Instant) {
        let mut idle = self.idle.lock().unwrap_or_else(|e| e.into_inner());
        let stack = match idle.get_mut(origin) {
            Some(stack) => stack,
            None => idle.entry(origin.clone()).or_default(),
        };
        if stack.first().is_some_and(|oldest| now.duration_since(oldest.since) > self.timeout) {
            stack.retain(|c| now.duration_since(c.since) <= self.timeout);
        }
        stack.push(Idle { since: now, connection });
    }
}
