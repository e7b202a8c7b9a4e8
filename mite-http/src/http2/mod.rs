//! HTTP/2: connections that many requests share, each on a stream of its own.

mod connection;
mod exchange;
mod failure;
mod pulse;

pub(crate) use connection::{Connection, Slot};
pub(crate) use exchange::{Received, Unread, request, send};
