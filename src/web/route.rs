//! What is served, and what it is made of.

use hyper::Method;
use mite_core::stats::{RunInfo, Snapshot, Summary};

use super::request::Request;
use super::response::Response;

/// What is served at a path. It is asked on the server's thread, one request after the
/// other: what takes long keeps others waiting, and nothing else.
pub(crate) trait Route: Send + Sync {
    /// The path, such as `/metrics`.
    fn path(&self) -> &'static str;

    /// `GET`, which is asked for `HEAD`, too, or `POST`: then only with the token.
    fn method(&self) -> Method {
        Method::GET
    }

    /// The answer.
    fn respond(&self, request: &Request) -> Response;
}

/// What routes are made of: it sees the run as an output does, on a thread that neither
/// serves nor runs anything else, and keeps what its routes need. Not the snapshot: that
/// is shared with the board, which must copy what somebody else still holds.
pub(crate) trait Feed: Send + Sync {
    /// Whether it looks at each transaction and request.
    fn shows_series(&self) -> bool {
        true
    }

    /// The run is about to start.
    fn start(&self, info: &RunInfo) {
        let _ = info;
    }

    /// How the run stands; about once a second.
    fn show(&self, snapshot: &Snapshot);

    /// How it went; the server may live on for a while.
    fn finish(&self, summary: &Summary);
}
