//! What a runner knows of each host: what it speaks, its HTTP/2 connections,
//! and how many connections it may have.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use mite_core::label::Prehashed;
use mite_net::Timings;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::task::AbortHandle;
use tokio::time::Instant;

use crate::http2::{self, Slot};
use crate::settings::{HttpSettings, HttpVersion};
use crate::target::Origin;

/// So many hosts are remembered, and those that are in use: what a test forgets of one
/// costs it a handshake at most.
const MOST: usize = 4096;

/// All hosts.
#[derive(Default)]
pub(crate) struct Hosts(Mutex<Remembered>);

#[derive(Default)]
struct Remembered {
    by_origin: HashMap<Arc<Origin>, Entry, BuildHasherDefault<Prehashed>>,
    /// How often one was asked for.
    asked: u64,
    /// How many there may be before those that were not asked for are forgotten.
    room: usize,
}

struct Entry {
    host: Arc<Host>,
    /// The number of its last request.
    asked: u64,
}

/// One host.
pub(crate) struct Host {
    known: Mutex<Known>,
    /// Something became known, or a place on a connection free.
    changed: Arc<Notify>,
    /// One permit for each HTTP/1.1 connection.
    permits: Arc<Semaphore>,
}

#[derive(Default)]
struct Known {
    speaks: Speaks,
    connections: Vec<Arc<http2::Connection>>,
    /// How many requests it takes on one connection, by the last that has said
    /// so: a new connection does not know yet.
    streams: Option<usize>,
    /// Connections that are being made.
    dialing: usize,
    /// Requests that wait for a place.
    waiting: usize,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Speaks {
    /// Its first connection will tell.
    #[default]
    Unknown,
    Http1,
    Http2,
}

impl Hosts {
    pub(crate) fn host(&self, origin: &Arc<Origin>, settings: &HttpSettings) -> Arc<Host> {
        let mut remembered = self.remembered();
        let Remembered { by_origin, asked, .. } = &mut *remembered;
        *asked += 1;
        if let Some(entry) = by_origin.get_mut(origin) {
            entry.asked = *asked;
            return entry.host.clone();
        }
        let entry = Entry { host: Host::new(settings), asked: *asked };
        let host = entry.host.clone();
        by_origin.insert(origin.clone(), entry);
        remembered.forget();
        host
    }

    fn remembered(&self) -> MutexGuard<'_, Remembered> {
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Closes connections that nobody has used for so long; since when the one idle
    /// longest is, or `now`, if all are in use.
    pub(crate) fn close_idle(&self, now: Instant, timeout: Duration) -> Option<Instant> {
        let of_host = |entry: &Entry| {
            let mut known = entry.host.known();
            known.connections.retain(|c| c.is_alive() && !c.is_idle_for(timeout, now));
            known.connections.iter().map(|c| c.idle_since().unwrap_or(now)).min()
        };
        self.remembered().by_origin.values().filter_map(of_host).min()
    }

    /// Since when each connection is idle that is.
    pub(crate) fn idle_since(&self) -> Vec<Instant> {
        let mut since = Vec::new();
        for entry in self.remembered().by_origin.values() {
            since.extend(entry.host.known().connections.iter().filter_map(|c| c.idle_since()));
        }
        since
    }

    /// Closes up to `n` connections that are idle since `last` or longer; the tasks whose
    /// end closes them.
    pub(crate) fn close_since(&self, last: Instant, n: usize) -> Vec<AbortHandle> {
        let mut closed = Vec::new();
        for entry in self.remembered().by_origin.values() {
            // Nobody gets a place on one meanwhile.
            entry.host.known().connections.retain(|c| {
                let goes = closed.len() < n && c.idle_since().is_some_and(|since| since <= last);
                closed.extend(goes.then(|| c.driver()));
                !goes
            });
        }
        closed
    }
}

impl Remembered {
    /// Forgets the older half of the hosts that nothing is known of that matters, if
    /// there are too many.
    fn forget(&mut self) {
        if self.by_origin.len() <= self.room.max(MOST) {
            return;
        }
        let unused = self.by_origin.values().filter(|entry| entry.host.is_unused());
        let mut asked: Vec<_> = unused.map(|entry| entry.asked).collect();
        asked.sort_unstable();
        if let Some(&last) = asked.get(asked.len() / 2) {
            self.by_origin.retain(|_, entry| entry.asked > last || !entry.host.is_unused());
        }
        // If all are in use, it is not looked again with each that comes.
        self.room = self.by_origin.len() + MOST / 2;
    }
}

/// The place of the request that a connection was made for.
pub(crate) fn first_slot(connection: &Arc<http2::Connection>) -> Slot {
    connection.slot(1).expect("a new connection has a free place")
}

/// How a request that waited goes on.
pub(crate) enum Next {
    Place(Slot),
    /// It makes a connection, for itself and others.
    Dial(Dialing),
    /// The host does not speak HTTP/2.
    Http1,
}

impl Host {
    fn new(settings: &HttpSettings) -> Arc<Self> {
        let permits = settings.max_per_host.unwrap_or(Semaphore::MAX_PERMITS);
        let speaks = match settings.version {
            HttpVersion::Http2 => Speaks::Http2,
            _ => Speaks::Unknown,
        };
        Arc::new(Self {
            known: Mutex::new(Known { speaks, ..Known::default() }),
            changed: Arc::default(),
            permits: Arc::new(Semaphore::new(permits.min(Semaphore::MAX_PERMITS))),
        })
    }

    /// Whether nobody has it or a connection of it.
    fn is_unused(self: &Arc<Self>) -> bool {
        let is_held = Arc::strong_count(self) > 1 || Arc::strong_count(&self.permits) > 1;
        !is_held && self.known().connections.is_empty()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Leave to make a connection, if their number is limited; waits for it.
    pub(crate) async fn permit(
        &self,
        settings: &HttpSettings,
        timings: &mut Timings,
    ) -> Option<OwnedSemaphorePermit> {
        settings.max_per_host?;
        if let Ok(permit) = self.permits.clone().try_acquire_owned() {
            return Some(permit);
        }
        let permit = self.permits.clone().acquire_owned().await;
        timings.pool_wait = timings.so_far();
        Some(permit.expect("nobody closes it"))
    }

    /// Waits until there is something to go on with.
    pub(crate) async fn next(
        self: &Arc<Self>,
        settings: &HttpSettings,
        timings: &mut Timings,
    ) -> Next {
        let mut wait = None;
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            if let Some(next) = self.try_next(settings) {
                if wait.is_some() {
                    timings.pool_wait = timings.so_far();
                }
                return next;
            }
            wait.get_or_insert_with(|| Waiting::new(self));
            changed.await;
        }
    }

    fn try_next(self: &Arc<Self>, settings: &HttpSettings) -> Option<Next> {
        let mut known = self.known();
        if known.speaks == Speaks::Http1 {
            return Some(Next::Http1);
        }
        let now = Instant::now();
        known.connections.retain(|c| c.is_alive() && !c.is_idle_for(settings.idle_timeout, now));
        let streams = known.connections.iter().map(|c| c.limit()).min().or(known.streams);
        known.streams = streams;
        let streams = streams.unwrap_or(settings.max_streams);
        if let Some(slot) = known.connections.iter().find_map(|c| c.slot(streams)) {
            return Some(Next::Place(slot.telling(&self.changed)));
        }
        // A connection that may be dead gets no requests, and counts for none.
        let alive = known.connections.iter().filter(|c| !c.is_suspect()).count();
        let room = settings.max_per_host.is_none_or(|most| alive + known.dialing < most);
        let wanted = match known.speaks {
            // If it is HTTP/1.1, each needs its own; if not, the first one's will do.
            Speaks::Unknown => true,
            // Those being made will do for so many.
            _ => known.waiting >= known.dialing * streams,
        };
        if !(room && wanted) {
            return None;
        }
        known.dialing += 1;
        let is_tentative = known.speaks == Speaks::Unknown;
        drop(known);
        Some(Next::Dial(Dialing { host: self.clone(), is_tentative }))
    }

    /// Waits for a place on a connection that another request has made.
    pub(crate) async fn place(&self, settings: &HttpSettings) -> Slot {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            match self.try_place(settings) {
                Some(slot) => return slot,
                None => changed.await,
            }
        }
    }

    /// A place on a connection that is there.
    pub(crate) fn try_place(&self, settings: &HttpSettings) -> Option<Slot> {
        let known = self.known();
        let streams = known.streams.unwrap_or(settings.max_streams);
        let slot = known.connections.iter().find_map(|c| c.slot(streams))?;
        Some(slot.telling(&self.changed))
    }

    /// Takes a connection in, and a place on it.
    pub(crate) fn add(&self, connection: Arc<http2::Connection>) -> Slot {
        let slot = first_slot(&connection);
        let mut known = self.known();
        known.speaks = Speaks::Http2;
        known.connections.push(connection);
        slot.telling(&self.changed)
    }
}

/// A connection is being made. Dropped, it has failed, and another may try.
pub(crate) struct Dialing {
    host: Arc<Host>,
    /// Whether it is needed only if the host turns out not to speak HTTP/2.
    pub(crate) is_tentative: bool,
}

impl Dialing {
    pub(crate) fn http2(self, connection: Arc<http2::Connection>) -> Slot {
        self.host.add(connection).fresh()
    }

    pub(crate) fn http1(self) {
        self.host.known().speaks = Speaks::Http1;
    }
}

impl Drop for Dialing {
    fn drop(&mut self) {
        self.host.known().dialing -= 1;
        self.host.changed.notify_waiters();
    }
}

/// A request is waiting.
struct Waiting(Arc<Host>);

impl Waiting {
    fn new(host: &Arc<Host>) -> Self {
        host.known().waiting += 1;
        Self(host.clone())
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.known().waiting -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Target;

    fn origin(n: u32) -> Arc<Origin> {
        Target::parse(&format!("https://h{n}.test/")).ok().unwrap().origin.clone()
    }

    #[test]
    fn a_run_that_visits_many_hosts_remembers_the_last_and_those_in_use() {
        let (hosts, settings) = (Hosts::default(), HttpSettings::new().max_per_host(3));
        let held = hosts.host(&origin(0), &settings);
        let permit = hosts.host(&origin(1), &settings).permits.clone().try_acquire_owned();
        let known = hosts.host(&origin(2), &settings);
        known.known().speaks = Speaks::Http1;
        drop(known);
        let mut most = 0;
        for n in 3..20_000 {
            hosts.host(&origin(n), &settings);
            // One that is asked for again and again stays.
            assert!(hosts.host(&origin(2), &settings).known().speaks == Speaks::Http1, "{n}");
            most = most.max(hosts.remembered().by_origin.len());
        }
        assert!(most <= MOST + MOST / 2, "{most}");
        assert!(Arc::ptr_eq(&held, &hosts.host(&origin(0), &settings)));
        assert_eq!(hosts.host(&origin(1), &settings).permits.available_permits(), 2);
        drop(permit);
    }
}
