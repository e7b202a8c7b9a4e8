//! What controller and runners tell each other. Values only: the same in one
//! process, where they are handed over, and between processes, where they are
//! encoded. Encoded, a line is called `scenario_id`, as in messages.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::arrivals::{ArrivalGrant, ArrivalProgress};
use super::level::Level;
use crate::config::Changes;
use crate::ids::{LineId, RunnerId};
use crate::pool::ItemId;

/// A data item on its way to a journey: its id and its encoded arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The pool's own number for it.
    pub id: ItemId,
    /// A msgpack array of the journey's arguments.
    pub data: Bytes,
}

/// As a pair of id and bytes: there may be thousands in a Grant.
impl Serialize for Item {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.id, Binary(self.data.clone())).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (id, Binary(data)) = Deserialize::deserialize(deserializer)?;
        Ok(Self { id, data })
    }
}

/// Bytes as such, not as a list of numbers.
struct Binary(Bytes);

impl Serialize for Binary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Binary {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_byte_buf(BinaryVisitor)
    }
}

/// Bytes that may be missing, as such.
pub(super) mod optional_binary {
    use super::{Binary, Bytes, Deserialize, Deserializer, Serialize, Serializer};

    pub(in crate::control) fn serialize<S: Serializer>(
        bytes: &Option<Bytes>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        bytes.clone().map(Binary).serialize(serializer)
    }

    pub(in crate::control) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Bytes>, D::Error> {
        Ok(Option::<Binary>::deserialize(deserializer)?.map(|binary| binary.0))
    }
}

struct BinaryVisitor;

impl Visitor<'_> for BinaryVisitor {
    type Value = Binary;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Binary, E> {
        Ok(Binary(Bytes::copy_from_slice(bytes)))
    }

    fn visit_byte_buf<E: de::Error>(self, bytes: Vec<u8>) -> Result<Binary, E> {
        Ok(Binary(bytes.into()))
    }
}

/// The fencing token of a Progress or a Grant: one of another run, controller or
/// incarnation is ignored and counted. In one process it is always the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fence {
    /// The run.
    pub run: u64,
    /// Which controller: one more after each restart of it.
    pub epoch: u64,
    /// Which life of the runner: one more after each restart of it.
    pub incarnation: u64,
}

/// How far the store had come of what a controller must know again after a restart: where in
/// it the last record was that a Grant follows from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StoreMark {
    /// Of which controller.
    pub epoch: u64,
    /// The place of the record in the store: later ones are behind it.
    pub position: u64,
}

/// What a runner reports whenever it asks for work: its numbered request.
///
/// It is cumulative: what it says is said again until a Grant has answered it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Whose it is.
    pub fence: Fence,
    /// Who reports.
    pub runner: RunnerId,
    /// From 1, one more each time.
    pub number: u64,
    /// The last Grant that the runner has put into effect.
    pub grant: u64,
    /// The furthest that the store had come when something was granted to it.
    pub seen: StoreMark,
    /// The config version that the runner has.
    pub config_version: u64,
    /// Whether it is about to leave: it wants nothing more.
    pub leaving: bool,
    /// What it knows of each line that it was granted.
    pub lines: Vec<LineProgress>,
}

/// One line as a runner sees it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LineProgress {
    /// Which.
    #[serde(rename = "scenario_id")]
    pub line: LineId,
    /// Journeys in flight.
    pub running: u32,
    /// Journeys started since the run began.
    pub started: u64,
    /// Items that it has and that are not in use.
    pub spare: u32,
    /// Items that were used and are returned.
    pub used: Vec<ItemId>,
    /// Items that are returned without having been used.
    pub unused: Vec<ItemId>,
    /// Slots below its level that wait for an item now.
    pub starved: u32,
    /// Slot-time below its level, since the run began, for want of an item.
    pub unmet_data: Duration,
    /// Slot-time below its level, since the run began, for want of room beside arrivals.
    pub unmet_room: Duration,
    /// Its arrivals, if it is of the open model.
    pub arrivals: Option<ArrivalProgress>,
    /// What it holds, said to a controller that was restarted.
    pub claim: Option<Claim>,
}

/// What a runner holds of a line: a controller that was restarted does not know.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    /// The level that it was granted.
    pub level: Level,
    /// Items that it has, in use or not.
    pub items: Vec<ItemId>,
}

/// What a runner may do from now on: absolute state, and always the reply to a
/// Progress. It brings all items that were granted since the Grant that the
/// Progress names.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Grant {
    /// Whose it is.
    pub fence: Fence,
    /// From 1, one more each time.
    pub number: u64,
    /// The Progress that it answers.
    pub answers: u64,
    /// How far the store had come when this left.
    pub position: u64,
    /// Settings that changed since the version that the runner has.
    pub config: Changes,
    /// What to hold, for each line that has not ended for this runner.
    pub lines: Vec<LineGrant>,
    /// Whether the test goes on.
    pub phase: Phase,
}

/// Whether a runner starts, finishes or drops journeys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// Hold the levels.
    #[default]
    Run,
    /// Start nothing more; `should_stop` is true; return unused items.
    Drain,
    /// Cancel what still runs.
    Cancel,
    /// All is over: this was the last reply.
    Bye,
    /// Another controller has taken over: adopt its fence and report at once, with what there
    /// is. Nothing else changes, and no term is renewed.
    Claim,
    /// The runner was taken for lost, and what it held is others': it runs nothing more. In
    /// another incarnation it may come again.
    Lost,
}

/// A runner's part of one line.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LineGrant {
    /// Which.
    #[serde(rename = "scenario_id")]
    pub line: LineId,
    /// How many journeys to hold.
    pub level: Level,
    /// New items, in the pool's order.
    pub items: Vec<Item>,
    /// Spare items above this number are returned.
    pub keep: u32,
    /// No more items will come: what is leased still starts, then it has ended.
    pub exhausted: bool,
    /// Its arrivals, if it is of the open model.
    pub arrivals: Option<ArrivalGrant>,
}

impl LineGrant {
    /// The same, but for its items.
    pub(super) fn without_items(&self) -> Self {
        Self { items: Vec::new(), arrivals: self.arrivals.clone(), ..*self }
    }
}
