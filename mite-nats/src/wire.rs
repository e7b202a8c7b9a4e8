//! What is encoded for the wire, as msgpack without names: both sides have one version.

use std::time::Duration;

use bytes::Bytes;
use mite_core::control::Welcome;
use mite_core::ids::RunnerId;
use mite_core::stats::{ConnectionHealth, Finding, Strays, Update, Usage};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::clock::Offset;
use crate::frame::{Assembler, Foreign};

/// A process of runners asks to be taken into a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Hello {
    /// Another number for each process, and each time that it joins.
    pub process: u64,
    /// The number that it has drawn at its start, by which it is known again.
    pub origin: u64,
    /// Which Hello of it.
    pub number: u64,
    /// Its version of mite.
    pub version: String,
    /// Everything that it could be asked to run, a line each.
    pub catalogue: Vec<String>,
    /// Its machine.
    pub host: String,
    /// Its number there.
    pub pid: u32,
    /// How many runners it has.
    pub runners: u32,
}

/// What it is answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Answer {
    /// The Hello that is answered.
    pub(crate) number: u64,
    /// When that came, and when this leaves, by the controller's clock.
    pub(crate) times: [u64; 2],
    /// What becomes of it.
    pub(crate) reply: Reply,
}

/// What becomes of a process that asks to be taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    /// It is taken, and the run has not started yet: ask again.
    Wait {
        /// Runners that have come, and how many the run waits for.
        runners: [u32; 2],
    },
    /// The run starts, or is under way.
    Start(Box<Start>),
    /// It cannot take part; why, and what to do about it.
    Refused(String),
}

/// A process asks what the controller's clock says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AskTime {
    /// Which question of it.
    pub(crate) number: u64,
}

/// What it is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Time {
    /// The question that is answered.
    pub(crate) number: u64,
    /// When that came, and when this leaves, by the controller's clock.
    pub(crate) times: [u64; 2],
    /// Which run it leads.
    pub(crate) run: u64,
    /// Since when that is over, by the same clock.
    pub(crate) over: Option<u64>,
}

/// What a process of runners needs to take part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// The zero of test time, by the controller's clock.
    pub at: u64,
    /// Of its first runner; the others follow by number.
    pub welcome: Welcome,
    /// How long a runner may go on without hearing anything.
    pub patience: Duration,
}

/// What a controller that takes a run up again must know of it, besides what its control
/// plane does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// What runners were told.
    pub(crate) start: Start,
    /// What could be run.
    pub(crate) catalogue: Vec<String>,
    /// How it is run.
    pub(crate) options: Options,
    /// Who takes part.
    pub(crate) processes: Vec<KeptProcess>,
}

/// How a run is run, in words: each with its name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options {
    /// What shapes the load.
    pub load: Vec<(String, String)>,
    /// What does not.
    pub others: Vec<(String, String)>,
}

/// A process of runners that takes part in a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeptProcess {
    pub(crate) id: u64,
    pub(crate) origin: u64,
    pub(crate) host: String,
    pub(crate) pid: u32,
    pub(crate) namesake: u32,
    pub(crate) first: RunnerId,
    pub(crate) runners: u32,
}

/// A process says goodbye, or that runners of it are gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Bye {
    /// Which process.
    pub(crate) process: u64,
    /// Which of its runners.
    pub(crate) runners: Vec<RunnerId>,
    /// Whether they go in good order, and run nothing any more.
    pub(crate) in_order: bool,
}

/// What a process has to say besides the Progress of its runners.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tidings {
    /// Everything that its runners have counted; the source is the process.
    pub update: Update,
    /// How it stands.
    pub status: ProcessStatus,
}

/// How a process of runners stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProcessStatus {
    /// Until which time of the test everything is counted that is told with this.
    pub until: Duration,
    /// How its connection for control has fared.
    pub control: ConnectionHealth,
    /// How that for messages has.
    pub messages: ConnectionHealth,
    /// What came to it and was nothing for it.
    pub strays: Strays,
    /// How often it was asked what it has counted.
    pub asked_times: u64,
    /// Messages that found the queue of whoever listens there full.
    pub lost_messages: u64,
    /// Keys of the config that its journeys have asked for.
    pub asked: Vec<String>,
    /// What people should know of it.
    #[serde(with = "as_json")]
    pub findings: Vec<Finding>,
    /// What was left where.
    pub notes: Vec<String>,
    /// Open files, and how many there may be.
    pub files: Option<Usage>,
    /// Local ports in use, and how many there are.
    pub ports: Option<Usage>,
    /// Cores that it may use.
    pub cores: u32,
    /// Whether it was built without optimisation.
    pub debug_build: bool,
    /// How far the controller's clock is ahead of its own.
    pub clock: Offset,
    /// How far its test time is behind the controller's by now, in nanoseconds: clocks drift.
    pub clock_drift: i64,
}

/// Findings are told apart by name, which msgpack without names does not keep.
mod as_json {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Finding;

    pub(super) fn serialize<S: Serializer>(
        findings: &[Finding],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let text = serde_json::to_string(findings).map_err(serde::ser::Error::custom)?;
        text.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<Finding>, D::Error> {
        let text = String::deserialize(deserializer)?;
        serde_json::from_str(&text).map_err(serde::de::Error::custom)
    }
}

/// Bytes for the wire.
///
/// # Panics
/// Never: everything here can be encoded.
pub(crate) fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    rmp_serde::to_vec(value).expect("values of the wire can be encoded")
}

/// Bytes of [`Tidings`].
pub(crate) fn encode_tidings(update: &Update, status: &ProcessStatus) -> Vec<u8> {
    encode(&(update, status))
}

/// A value that came over the wire; none if it is none.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    rmp_serde::from_slice(bytes).ok()
}

/// A value that a frame completes, if it does.
///
/// # Errors
/// If it is none of this wire.
pub(crate) fn take<T: DeserializeOwned>(
    assembler: &mut Assembler,
    frame: &Bytes,
) -> Result<Option<T>, Foreign> {
    match assembler.take(frame)? {
        Some(bytes) => decode(&bytes).map(Some).ok_or(Foreign::Unreadable),
        None => Ok(None),
    }
}
