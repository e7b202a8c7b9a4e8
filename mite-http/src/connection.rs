//! One connection, driven in the task of whoever uses it.

use std::net::SocketAddr;
use std::sync::Arc;

use mite_net::{Dialed, Forward, TlsSession};

use crate::h1::H1;
use crate::target::Origin;

/// One connection, and what is known of it. It is polled by the task that uses
/// it, so that no other task has to be woken for a request.
pub(crate) struct Connection {
    pub(crate) h1: H1,
    /// What it was made to.
    pub(crate) origin: Arc<Origin>,
    pub(crate) remote: SocketAddr,
    pub(crate) tls: Option<TlsSession>,
    /// What the proxy at its end wants of requests, if it takes them itself.
    pub(crate) forward: Option<Arc<Forward>>,
    pub(crate) used: bool,
}

impl Connection {
    pub(crate) fn new(dialed: Dialed, origin: Arc<Origin>) -> Self {
        let Dialed { stream, remote, tls, forward, .. } = dialed;
        Self { h1: H1::new(stream), origin, remote, tls, forward, used: false }
    }
}
