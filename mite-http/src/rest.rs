//! The body of a response: read, or still to be read.

use std::sync::Arc;

use bytes::Bytes;
use mite_net::Deadline;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use crate::connection::Connection;
use crate::error::Failure;
use crate::http2::Unread;
use crate::lines::Lines;
use crate::trace::Trace;

/// The body of a response: what was kept of it, or what is still to be read. That is
/// rare, and on the heap.
pub(crate) enum Content {
    Read(Bytes),
    Unread(Box<Rest>),
}

/// A response's body that is still to be read, and the connection it comes on.
/// Dropped before its end, it closes the connection, or the stream.
pub(crate) enum Rest {
    Http1 {
        connection: Box<Connection>,
        /// Given back behind the connection.
        _permit: Option<OwnedSemaphorePermit>,
    },
    Http2(Unread),
}

impl Rest {
    /// The next piece; none at the end.
    pub(crate) async fn chunk(
        &mut self,
        until: &Deadline,
        trace: &mut Trace,
    ) -> Result<Option<Bytes>, Failure> {
        match self {
            Self::Http1 { connection, .. } => connection.h1.chunk(until, trace).await,
            Self::Http2(unread) => until.limit(unread.chunk(trace)).await,
        }
    }

    /// Gives the connection of a body that was read to its end back to the pool.
    pub(crate) fn end(self, lines: &Arc<Lines>) {
        match self {
            Self::Http2(_) => {}
            Self::Http1 { mut connection, _permit } => {
                if connection.h1.is_clean() {
                    connection.h1.rest();
                    lines.checkin(connection, Instant::now());
                }
            }
        }
    }
}
