//! One connection, driven in the task of whoever uses it.

use std::net::SocketAddr;

use crate::connect::Route;
use crate::h1::H1;
use crate::socket::Stream;

/// One connection, and what is known of it. It is polled by the task that uses
/// it, so that no other task has to be woken for a request.
pub(crate) struct Connection {
    pub(crate) h1: H1,
    pub(crate) remote: SocketAddr,
    pub(crate) route: Route,
    pub(crate) used: bool,
}

impl Connection {
    pub(crate) fn new(stream: Stream, remote: SocketAddr, route: Route) -> Self {
        Self { h1: H1::new(stream), remote, route, used: false }
    }
}
