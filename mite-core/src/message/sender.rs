//! Who sends a message.

use std::sync::Arc;

use crate::ids::{LineId, RunnerId};
use crate::key;
use crate::label::Label;
use crate::msgpack::put::{Key, Plain};

/// What all executions of one line of a scenario on one runner have in common.
#[derive(Debug)]
pub struct Origin {
    test: Label,
    runner_id: RunnerId,
    journey: Label,
    scenario_id: LineId,
    /// These four as fields of a message: they are the same in each.
    encoded: Vec<u8>,
}

impl Origin {
    /// How many fields these are.
    pub(crate) const FIELDS: u32 = 4;

    /// The spec that was given on the command line, which runner, from 1, the
    /// journey's registered name, and which line of the scenario, from 1.
    pub fn new(test: Label, runner_id: RunnerId, journey: Label, scenario_id: LineId) -> Self {
        let encoded = encode(&test, runner_id, &journey, scenario_id);
        Self { test, runner_id, journey, scenario_id, encoded }
    }

    /// The journey's registered name.
    pub fn journey(&self) -> &Label {
        &self.journey
    }

    pub(crate) fn encoded(&self) -> &[u8] {
        &self.encoded
    }
}

/// The fields that all messages of an [`Origin`] have.
fn encode(test: &Label, runner_id: RunnerId, journey: &Label, scenario_id: LineId) -> Vec<u8> {
    let mut out = Vec::new();
    let mut entries = 0;
    let mut put = |key: Key, value: &dyn Fn(&mut Vec<u8>)| {
        out.extend_from_slice(key.bytes());
        value(&mut out);
        entries += 1;
    };
    put(key!("test"), &|out| test.as_str().encode(out));
    put(key!("runner_id"), &|out| u64::from(runner_id).encode(out));
    put(key!("journey"), &|out| journey.as_str().encode(out));
    put(key!("scenario_id"), &|out| u64::from(scenario_id).encode(out));
    debug_assert_eq!(entries, Origin::FIELDS);
    out
}

/// Who sends: one execution of one journey.
///
/// ```
/// use mite_core::message::Identity;
/// let identity = Identity::alone("shop:peak", "shop:buy");
/// assert_eq!((identity.runner_id(), identity.context_id()), (1, 1));
/// assert_eq!(identity.scenario_data_id(), None);
/// ```
#[derive(Clone, Debug)]
pub struct Identity {
    origin: Arc<Origin>,
    context_id: u64,
    scenario_data_id: Option<u64>,
}

impl Identity {
    /// An execution of `origin`: which of this runner, from 1, and the data item
    /// that it uses, if it has a data pool.
    pub fn new(origin: Arc<Origin>, context_id: u64, scenario_data_id: Option<u64>) -> Self {
        Self { origin, context_id, scenario_data_id }
    }

    /// The only execution of a test of one journey without data.
    pub fn alone(test: &str, journey: &str) -> Self {
        let origin = Origin::new(Label::intern(test), 1, Label::intern(journey), 1);
        Self::new(Arc::new(origin), 1, None)
    }

    /// What it has in common with others.
    pub(crate) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The spec that was given on the command line.
    pub fn test(&self) -> &Label {
        &self.origin.test
    }

    /// Which runner, from 1.
    pub fn runner_id(&self) -> RunnerId {
        self.origin.runner_id
    }

    /// The journey's registered name.
    pub fn journey(&self) -> &Label {
        &self.origin.journey
    }

    /// Which execution of this runner, from 1.
    pub fn context_id(&self) -> u64 {
        self.context_id
    }

    /// Which line of the scenario, from 1.
    pub fn scenario_id(&self) -> LineId {
        self.origin.scenario_id
    }

    /// The data item in use; none without a data pool.
    pub fn scenario_data_id(&self) -> Option<u64> {
        self.scenario_data_id
    }
}
