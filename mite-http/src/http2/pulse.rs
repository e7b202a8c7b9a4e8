//! The liveness of a connection: what was last heard of it, and PING.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use h2::{Ping, PingPong};
use mite_net::{Stream, tls_failure};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until, timeout};

use crate::error::Kind;

/// How long there may be nothing before a connection gets no new requests: after a
/// PING, or when a request was given up.
const PATIENCE: Duration = Duration::from_secs(1);

/// The liveness of a connection, shared by all who use it.
pub(super) struct Pulse {
    state: Mutex<State>,
    /// A request waits, or was given up.
    wake: Notify,
}

struct State {
    /// When something came last.
    heard: Instant,
    /// Requests that wait for something.
    waiting: usize,
    /// Since when one of them waits, or one that was given up, and nothing has come.
    unheard_since: Option<Instant>,
    /// Whether it may be dead: it gets no new requests.
    is_suspect: bool,
    /// Why it ended, where the protocol does not say.
    failure: Option<(Kind, String)>,
}

impl Pulse {
    pub(super) fn new() -> Arc<Self> {
        let state = State {
            heard: Instant::now(),
            waiting: 0,
            unheard_since: None,
            is_suspect: false,
            failure: None,
        };
        Arc::new(Self { state: Mutex::new(state), wake: Notify::new() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Something came.
    fn hear(&self) {
        let mut state = self.state();
        state.heard = Instant::now();
        state.unheard_since = (state.waiting > 0).then_some(state.heard);
        state.is_suspect = false;
    }

    /// A request is about to be sent.
    pub(super) fn begin(&self) -> Instant {
        let now = Instant::now();
        let mut state = self.state();
        state.waiting += 1;
        if state.unheard_since.is_none() {
            state.unheard_since = Some(now);
            self.wake.notify_one();
        }
        now
    }

    /// The request that began then has ended, with its response or without.
    pub(super) fn end(&self, begun: Instant) {
        let mut state = self.state();
        state.waiting -= 1;
        if state.heard.max(begun).elapsed() >= PATIENCE {
            // It was given up, and there was nothing for a while.
            state.is_suspect = true;
            self.wake.notify_one();
        } else if state.waiting == 0 && state.heard >= begun {
            state.unheard_since = None;
        }
    }

    /// Whether it may be dead.
    pub(super) fn is_suspect(&self) -> bool {
        self.state().is_suspect
    }

    /// Why it ended, if the protocol does not say.
    pub(super) fn failure(&self) -> Option<(Kind, String)> {
        self.state().failure.clone()
    }

    /// Returns when the connection has died: a request has waited for `late` without
    /// a byte, and after a PING there was nothing for as long again.
    pub(super) async fn has_died(&self, mut ping: PingPong, late: Duration) {
        let mut is_asked = false;
        loop {
            self.waits_for(late).await;
            let asked = Instant::now();
            if !std::mem::replace(&mut is_asked, true) && ping.send_ping(Ping::opaque()).is_err() {
                // The connection itself tells what has become of it.
                return std::future::pending().await;
            }
            let pong = poll_fn(|cx| ping.poll_pong(cx));
            let mut pong = pin!(pong);
            let mut answer = timeout(PATIENCE.min(late), &mut pong).await;
            if answer.is_err() && self.state().heard <= asked {
                self.state().is_suspect = true;
                answer = timeout(late.saturating_sub(PATIENCE), &mut pong).await;
            }
            match answer {
                Ok(Ok(_)) => is_asked = false,
                Ok(Err(_)) => return std::future::pending().await,
                // The answer to the PING is queued behind what else has come.
                Err(_) if self.state().heard > asked => {}
                Err(_) => {
                    let silent = self.state().heard.elapsed();
                    let why = format!(
                        "the connection died in silence: nothing came for {silent:.0?}, not even the answer to a PING (http_ping_after)"
                    );
                    self.state().failure = Some((Kind::Closed, why));
                    return;
                }
            }
        }
    }

    /// Returns when a request has waited for so long that it is to be asked about.
    async fn waits_for(&self, late: Duration) {
        loop {
            let (since, is_suspect) = {
                let state = self.state();
                (state.unheard_since, state.is_suspect)
            };
            match since {
                None => self.wake.notified().await,
                Some(_) if is_suspect => return,
                Some(since) if since.elapsed() >= late => return,
                Some(since) => tokio::select! {
                    () = sleep_until(since + late) => {}
                    () = self.wake.notified() => {}
                },
            }
        }
    }
}

/// A stream that notes what comes.
pub(super) struct Heard {
    stream: Stream,
    pulse: Arc<Pulse>,
}

impl Heard {
    pub(super) fn new(stream: Stream, pulse: Arc<Pulse>) -> Self {
        Self { stream, pulse }
    }
}

impl AsyncRead for Heard {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let before = buffer.filled().len();
        let result = ready!(Pin::new(&mut self.stream).poll_read(cx, buffer));
        match &result {
            Ok(()) if buffer.filled().len() > before => self.pulse.hear(),
            Ok(()) => {}
            // The protocol keeps no more of an error than its text.
            Err(error) => {
                if let Some(tls) = tls_failure(error) {
                    self.pulse.state().failure = Some((Kind::Tls, tls.cause().to_owned()));
                }
            }
        }
        Poll::Ready(result)
    }
}

impl AsyncWrite for Heard {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
