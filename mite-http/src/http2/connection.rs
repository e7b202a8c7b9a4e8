//! One HTTP/2 connection.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};
use std::time::Duration;

use bytes::Bytes;
use h2::client::SendRequest;
use mite_net::{Dialed, TlsSession};
use tokio::sync::{Notify, OwnedSemaphorePermit};
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::failure;
use super::pulse::{Heard, Pulse};
use crate::error::Failure;
use crate::settings::HttpSettings;

/// What may be on its way to us, of one stream and of all.
const STREAM_WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 16 << 20;
/// As the limit of HTTP/1.1's head.
const HEADERS: u32 = 256 << 10;

/// One HTTP/2 connection. A task drives it, which ends with it, or when this is
/// dropped.
pub(crate) struct Connection {
    sender: SendRequest<Bytes>,
    driver: AbortHandle,
    pub(super) pulse: Arc<Pulse>,
    max_streams: usize,
    active: AtomicUsize,
    idle_since: Mutex<Instant>,
    pub(crate) remote: SocketAddr,
    pub(crate) tls: Option<TlsSession>,
}

impl Connection {
    pub(crate) async fn open(
        dialed: Dialed,
        settings: &HttpSettings,
    ) -> Result<Arc<Self>, Failure> {
        let Dialed { stream, remote, tls, .. } = dialed;
        let pulse = Pulse::new();
        let (sender, mut connection) = h2::client::Builder::new()
            .enable_push(false)
            .initial_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_header_list_size(HEADERS)
            .initial_max_send_streams(settings.max_streams)
            .handshake(Heard::new(stream, pulse.clone()))
            .await
            .map_err(|error| failure::before_head(error, &pulse).0)?;
        let (ping, late) = (connection.ping_pong(), settings.ping_after);
        let ping = ping.expect("it is taken once");
        let heard = pulse.clone();
        let drive = async move {
            tokio::select! {
                // Its error is also that of each of its streams.
                _ = connection => {}
                // What is dropped with it ends them, too.
                () = heard.has_died(ping, late) => {}
            }
        };
        Ok(Arc::new(Self {
            sender,
            driver: tokio::spawn(drive).abort_handle(),
            pulse,
            max_streams: settings.max_streams,
            active: AtomicUsize::new(0),
            idle_since: Mutex::new(Instant::now()),
            remote,
            tls,
        }))
    }

    /// Whether it can take requests: the peer has neither closed it nor said
    /// that it will.
    pub(crate) fn is_alive(&self) -> bool {
        let mut sender = self.sender.clone();
        let ready = sender.poll_ready(&mut Context::from_waker(Waker::noop()));
        !self.driver.is_finished() && !matches!(ready, std::task::Poll::Ready(Err(_)))
    }

    /// Whether it may be dead: it is being asked.
    pub(crate) fn is_suspect(&self) -> bool {
        self.pulse.is_suspect()
    }

    /// Whether nobody has used it for so long.
    pub(crate) fn is_idle_for(&self, time: Duration, now: Instant) -> bool {
        self.idle_since().is_some_and(|since| now.duration_since(since) > time)
    }

    /// Since when nobody has used it; none if it is in use.
    pub(crate) fn idle_since(&self) -> Option<Instant> {
        let since = *self.idle_since.lock().unwrap_or_else(|e| e.into_inner());
        (self.active.load(Ordering::Relaxed) == 0).then_some(since)
    }

    /// The task that drives it, which closes it when it ends.
    pub(crate) fn driver(&self) -> AbortHandle {
        self.driver.clone()
    }

    /// How many requests the server takes at a time; a guess until it has said so.
    pub(crate) fn limit(&self) -> usize {
        self.max_streams.min(self.sender.current_max_send_streams()).max(1)
    }

    /// A place on it, if fewer than `most` requests have one, and the server's
    /// limit is not reached.
    pub(crate) fn slot(self: &Arc<Self>, most: usize) -> Option<Slot> {
        let limit = self.limit().min(most);
        // Only one thread comes here, so nothing happens in between.
        if self.active.load(Ordering::Relaxed) >= limit || self.is_suspect() {
            return None;
        }
        self.active.fetch_add(1, Ordering::Relaxed);
        let begun = self.pulse.begin();
        let connection = self.clone();
        Some(Slot { connection, begun, reused: true, freed: None, _permit: None })
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// A place on a connection for one request.
pub(crate) struct Slot {
    pub(crate) connection: Arc<Connection>,
    begun: Instant,
    /// Whether the connection was made for another request.
    pub(crate) reused: bool,
    /// Told when the place is free again.
    freed: Option<Arc<Notify>>,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Slot {
    /// The same, with who is to be told when it is free.
    pub(crate) fn telling(mut self, freed: &Arc<Notify>) -> Self {
        self.freed = Some(freed.clone());
        self
    }

    /// The same, on a connection that was made for this request.
    pub(crate) fn fresh(mut self) -> Self {
        self.reused = false;
        self
    }

    /// The same, with what limits the connections.
    pub(crate) fn holding(mut self, permit: Option<OwnedSemaphorePermit>) -> Self {
        self._permit = permit;
        self
    }

    pub(super) fn sender(&self) -> SendRequest<Bytes> {
        self.connection.sender.clone()
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        *self.connection.idle_since.lock().unwrap_or_else(|e| e.into_inner()) = Instant::now();
        self.connection.active.fetch_sub(1, Ordering::Relaxed);
        self.connection.pulse.end(self.begun);
        if let Some(freed) = &self.freed {
            freed.notify_one();
        }
    }
}
