//! What is known of one attempt at a request.

use std::net::SocketAddr;

use http::Version;
use mite_core::extend::Begun;
use mite_net::{Timings, TlsSession};

/// What is known of an attempt so far; also of one that fails or is dropped.
pub(crate) struct Trace {
    pub(crate) timings: Timings,
    /// When it started, and was meant to.
    pub(crate) begun: Begun,
    pub(crate) remote: Option<SocketAddr>,
    pub(crate) tls: Option<TlsSession>,
    /// The response's code; 0 until there is one.
    pub(crate) status: u16,
    pub(crate) version: Version,
    /// Bytes of the response's body as they came.
    pub(crate) received: u64,
    /// Bytes of the request's body that have been sent.
    pub(crate) sent: u64,
    /// Whether anything came in answer.
    pub(crate) answered: bool,
    /// Whether the server surely has not acted on the request.
    pub(crate) unprocessed: bool,
}

impl Trace {
    pub(crate) fn start(begun: impl Into<Begun>) -> Self {
        let begun = begun.into();
        Self {
            timings: Timings::start(begun.start()),
            begun,
            remote: None,
            tls: None,
            status: 0,
            version: Version::HTTP_11,
            received: 0,
            sent: 0,
            answered: false,
            unprocessed: false,
        }
    }

    /// The request is about to be written, on this connection.
    pub(crate) fn begin(&mut self, remote: SocketAddr, tls: Option<TlsSession>, reused: bool) {
        self.remote = Some(remote);
        self.tls = tls;
        self.timings.reused = reused;
        self.timings.transfer_start = self.timings.so_far();
    }

    pub(crate) fn note_first_byte(&mut self) {
        self.answered = true;
        self.timings.first_byte = self.timings.so_far();
    }
}
