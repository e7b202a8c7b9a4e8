//! When the parts of an exchange happened.

use std::time::Duration;

use tokio::time::Instant;

/// When the parts of an exchange happened, each counted from its start, as
/// libcurl does; what did not happen is zero.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Timings {
    /// When it started.
    pub start: Instant,
    /// How long it waited for a free connection: zero while their number has no limit.
    pub pool_wait: Duration,
    /// Until the name was resolved; zero on a reused connection.
    pub dns: Duration,
    /// Until the TCP connection stood; zero on a reused connection.
    pub connect: Duration,
    /// Until the TLS handshake was done; zero on a reused connection and without TLS.
    pub tls: Duration,
    /// Until the request was about to be written.
    pub transfer_start: Duration,
    /// Until the first byte came after the request was written.
    pub first_byte: Duration,
    /// Until the last byte of the body, or the failure.
    pub total: Duration,
    /// Whether the connection had been used before.
    pub reused: bool,
}

impl Timings {
    /// Begins to count.
    pub fn start(now: Instant) -> Self {
        Self {
            start: now,
            pool_wait: Duration::ZERO,
            dns: Duration::ZERO,
            connect: Duration::ZERO,
            tls: Duration::ZERO,
            transfer_start: Duration::ZERO,
            first_byte: Duration::ZERO,
            total: Duration::ZERO,
            reused: false,
        }
    }

    /// Forgets a dial that another's connection has made needless: what came of it is a
    /// wait for that.
    #[doc(hidden)]
    pub fn give_up_dial(&mut self) {
        (self.dns, self.connect, self.tls) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
        self.pool_wait = self.so_far();
    }

    /// How long it is since the start.
    pub fn so_far(&self) -> Duration {
        self.start.elapsed()
    }
}
