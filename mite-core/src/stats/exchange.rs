//! One attempt at one request, as it is counted: protocol-neutral.

use super::took::Took;
use crate::label::Label;

/// One attempt at one request, whatever became of it.
///
/// What the fields say is all that is counted; what else there is to tell is in the
/// message that is sent with it.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The protocol, such as `http`. Requests of each are counted apart.
    pub protocol: &'static str,
    /// What it is counted as, such as `GET /users/{id}`.
    pub name: Label,
    /// The response's status, a number of the protocol's; `None` without a response,
    /// and if the protocol knows none.
    pub status: Option<u16>,
    /// How it ended.
    pub outcome: Outcome,
    /// From the start of the attempt to its end, and from when it was meant to start.
    pub took: Took,
    /// Bytes of the response's content, as they came over the wire.
    pub received: u64,
    /// Bytes of the request's content.
    pub sent: u64,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// With a response, whatever its code.
    Ok,
    /// Dropped before it ended, by its journey or with it. It is counted as that, and in
    /// no other figure: how long it would have taken is not known.
    Cancelled,
    /// Without one, for a reason such as `connect`.
    Failed(&'static str),
}

impl Outcome {
    /// `ok`, `cancelled`, or the kind of failure.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Cancelled => "cancelled",
            Self::Failed(kind) => kind,
        }
    }
}
