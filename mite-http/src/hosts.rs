//! What a runner knows of each host: what it speaks, its HTTP/2 connections,
//! and how many connections it may have.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use mite_net::Timings;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::http2::{self, Slot};
use crate::settings::{HttpSettings, HttpVersion};
use crate::target::Origin;

/// All hosts.
#[derive(Default)]
pub(crate) struct Hosts(Mutex<HashMap<Arc<Origin>, Arc<Host>>>);

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
        let mut hosts = self.0.lock().unwrap_or_else(|e| e.into_inner());
        let new = || {
            let permits = settings.max_per_host.unwrap_or(Semaphore::MAX_PERMITS);
            let speaks = match settings.version {
                HttpVersion::Http2 => Speaks::Http2,
                _ => Speaks::Unknown,
            };
            Arc::new(Host {
                known: Mutex::new(Known { speaks, ..Known::default() }),
                changed: Arc::default(),
                permits: Arc::new(Semaphore::new(permits.min(Semaphore::MAX_PERMITS))),
            })
        };
        hosts.entry(origin.clone()).or_insert_with(new).clone()
    }

    /// Closes connections that nobody has used for so long; since when the one idle
    /// longest is, or `now`, if all are in use.
    pub(crate) fn close_idle(&self, now: Instant, timeout: Duration) -> Option<Instant> {
        let hosts = self.0.lock().unwrap_or_else(|e| e.into_inner());
        let of_host = |host: &Arc<Host>| {
            let mut known = host.known();
            known.connections.retain(|c| c.is_alive() && !c.is_idle_for(timeout, now));
            known.connections.iter().map(|c| c.idle_since().unwrap_or(now)).min()
        };
        hosts.values().filter_map(of_host).min()
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
        // What may be dead takes nobody's place.
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
