//! What those who listen and those who send say about it, each second.

use std::borrow::Cow;
use std::collections::BTreeMap;

use mite_core::message::Interest;
use serde::{Deserialize, Serialize};

use crate::parcel::VERSION;

/// Somebody listens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Listening {
    pub(crate) version: u16,
    /// Another number for each process.
    pub(crate) consumer: u64,
    /// What people call it.
    pub(crate) name: String,
    /// Those of a group share the messages.
    pub(crate) group: String,
    /// The types of message that it wants; all if there are none.
    pub(crate) kinds: Vec<String>,
    /// Which announcement of it.
    pub(crate) number: u64,
    /// Messages that reached it, by who sent them.
    pub(crate) taken: BTreeMap<u64, u64>,
    /// Messages that reached it and that it was too slow for.
    pub(crate) lost: u64,
    /// Whether it goes.
    pub(crate) leaves: bool,
}

/// Somebody sends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sent {
    pub(crate) version: u16,
    pub(crate) source: u64,
    pub(crate) number: u64,
    /// How much, by group.
    pub(crate) groups: BTreeMap<String, OfGroup>,
    /// Whether there will be no more.
    pub(crate) ended: bool,
}

/// What was sent to a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct OfGroup {
    pub(crate) messages: u64,
    /// Messages that could not be sent, for want of room.
    pub(crate) lost: u64,
}

impl Listening {
    pub(crate) fn interest(&self) -> Interest {
        match &self.kinds[..] {
            [] => Interest::Everything,
            kinds => Interest::Kinds(kinds.iter().cloned().map(Cow::Owned).collect()),
        }
    }
}

/// Bytes for the wire.
pub(crate) fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    rmp_serde::to_vec(value).expect("values of the wire can be encoded")
}

/// An announcement of this version, if it is one.
pub(crate) fn listening(bytes: &[u8]) -> Option<Listening> {
    let read: Option<Listening> = rmp_serde::from_slice(bytes).ok();
    read.filter(|read| read.version == VERSION)
}

/// The same of one who sends.
pub(crate) fn sent(bytes: &[u8]) -> Option<Sent> {
    let read: Option<Sent> = rmp_serde::from_slice(bytes).ok();
    read.filter(|read| read.version == VERSION)
}
