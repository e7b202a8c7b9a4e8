//! What there is to know of a run besides its numbers: each thing a value, with
//! its text for people and what to do about it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::arrivals::DroppedArrivals;
use super::health::Symptom;
use super::network::{NetworkAway, NetworkSlow, Strays};
use super::search::SearchState;
use super::unanswered::Unanswered;
use super::unmet::{PoolStatus, Reason};

/// Something that people should know of a run.
///
/// ```
/// use mite_core::stats::{Finding, Grade, Symptom, Weight};
/// use std::time::Duration;
/// let blocked = Finding::Health(Symptom::Blocked {
///     journey: "shop:buy".into(),
///     times: 2,
///     longest: Duration::from_millis(1_200),
///     share: 0.12,
/// });
/// assert_eq!((blocked.weight(), blocked.grade()), (Weight::Note, Grade::Invalid));
/// assert_eq!(blocked.remedy().unwrap(), "use async calls, or tokio::task::spawn_blocking");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Finding {
    /// Volume that was asked for and not met.
    Unmet {
        /// Which line of the scenario, from 1.
        line: u32,
        /// Its journey.
        journey: String,
        /// Its data pool, if it has one.
        pool: Option<PoolStatus>,
        /// The most journeys at once that it asked for.
        peak: u32,
        /// Why.
        reason: Reason,
        /// Journey time that is missing: one journey for a second is a second.
        missing: Duration,
    },
    /// Arrivals that did not start.
    ArrivalsDropped(DroppedArrivals),
    /// A journey of which nearly all executions failed, most of them at once.
    FailsAtOnce {
        /// Which.
        journey: String,
        /// Executions that failed.
        failed: u64,
        /// Executions that ended.
        ended: u64,
        /// How long half of them took at most.
        typical: Duration,
    },
    /// Blocks of a journey took longer than the separation that they should have.
    PaceMissed {
        /// Which.
        journey: String,
        /// Blocks that ended.
        blocks: u64,
        /// Those that took longer.
        late: u64,
        /// By how much, on average.
        by: Duration,
        /// The part of the pace that was reached, from 0 to 1.
        reached: f64,
    },
    /// Nothing of the test has started.
    NothingStarted,
    /// There were errors, and nothing that succeeded.
    OnlyErrors {
        /// How many.
        errors: u64,
    },
    /// Journeys were started, and none did anything until it was cancelled.
    NothingEnded {
        /// How many.
        executions: u64,
    },
    /// Values in messages could not be serialized.
    Unserializable {
        /// How many.
        values: u64,
    },
    /// A statistic of the test's own refused values, such as NaN.
    ValuesRefused {
        /// Its name and labels.
        statistic: String,
        /// How often.
        times: u64,
    },
    /// Messages that were dropped since the queue of a listener was full.
    MessagesLost {
        /// How many.
        messages: u64,
    },
    /// Requests took longer than percentiles can say.
    Saturated {
        /// How many.
        requests: u64,
    },
    /// A line whose pool gave nothing.
    PoolWasEmpty {
        /// Which line, from 1.
        line: u32,
        /// Its journey.
        journey: String,
        /// Its pool, as people know it.
        pool: String,
    },
    /// A journey of a mix was started less often than its weight says, since its pool had
    /// nothing for it.
    BelowItsWeight {
        /// Which line, from 1.
        line: u32,
        /// Its journey.
        journey: String,
        /// Its pool, as people know it.
        pool: String,
        /// How often another one was started in its place, before the pool was used up.
        passed: u64,
        /// Whether the pool was used up.
        used_up: bool,
    },
    /// Data items were with a runner that was lost.
    ItemsInDoubt {
        /// How many.
        items: u64,
        /// Some of them, as people know them: the arguments of their journeys.
        some: Vec<String>,
    },
    /// Somebody paused the load or multiplied it while it ran.
    LoadChanged {
        /// For how long nothing was started.
        paused: Duration,
        /// For how long it was multiplied.
        scaled: Duration,
        /// By how much at least.
        least: f64,
        /// By how much at most.
        most: f64,
    },
    /// Types of message that were to be collected never came.
    KindsNeverSent {
        /// Which.
        kinds: Vec<String>,
    },
    /// Settings that were typed and that no code asked for.
    KeysNeverAsked {
        /// Which.
        keys: Vec<String>,
    },
    /// A signal ended the run.
    Interrupted {
        /// Its number.
        signal: u8,
        /// How long after the start of the test.
        after: Duration,
        /// When it would have ended, if that is after the signal came.
        planned: Option<Duration>,
    },
    /// Journeys did not end in time once the test was over.
    Cancelled {
        /// How many executions.
        executions: u64,
    },
    /// Nothing succeeded, and very many journeys failed in the same way: the run was
    /// ended.
    Hopeless {
        /// How often it failed like that.
        times: u64,
        /// What the failure says.
        why: String,
    },
    /// An output could not show something, and was left out from then on.
    OutputFailed {
        /// Which.
        output: String,
        /// Why.
        why: String,
    },
    /// Results that somebody asked to keep were not written.
    ResultsUnwritten {
        /// Which.
        output: String,
        /// Why.
        why: String,
    },
    /// A data pool failed, and what it would have fed has ended.
    PoolFailed {
        /// Its name.
        pool: String,
        /// How many items it had given, if what it gave was used to the end.
        given: Option<u64>,
        /// Why.
        why: String,
    },
    /// A volume model asked for what is no number of journeys.
    VolumeInvalid {
        /// Which line of the scenario, from 1.
        line: u32,
        /// Its journey.
        journey: String,
        /// What it asked for.
        why: String,
    },
    /// Code of the test's own did not answer.
    Unanswered(Unanswered),
    /// A runner has ended before its time.
    RunnerLost {
        /// Which, from 1.
        runner: u32,
        /// Its process, as people know it; empty in a run of one process.
        process: String,
        /// When it was heard last, in test time: what it did later is in no number.
        from: Duration,
        /// When it was known to run nothing any more.
        to: Duration,
    },
    /// The network between controller and runners was away.
    NetworkAway(NetworkAway),
    /// Messages of the network came faster than they were taken.
    NetworkSlow(NetworkSlow),
    /// Messages came over the network that were none of the run's.
    Strays(Strays),
    /// Messages that were published to a group of consumers and reached none of its members.
    MessagesUnreached {
        /// The group.
        group: String,
        /// How many messages.
        messages: u64,
    },
    /// No runner was left.
    NoRunnerLeft,
    /// The controller stopped granting: another one leads, or what it must know again after a
    /// restart could not be kept.
    Deposed {
        /// Why.
        why: String,
    },
    /// The server of a fleet has gone back to an older copy of what it keeps, while this controller
    /// led; it has written again what another one would have to know.
    StoreWentBack {
        /// When that was seen, in test time.
        at: Duration,
    },
    /// A controller was away while its runners went on, and was started again.
    ControllerRestarted {
        /// When it was there last, in test time.
        from: Duration,
        /// When the next one granted again.
        to: Duration,
        /// What it was started with otherwise than before, and does not change the load.
        changed: Vec<String>,
    },
    /// What a process of runners elsewhere has found.
    Elsewhere {
        /// Its machine, and its number there.
        process: String,
        /// What.
        finding: Box<Finding>,
    },
    /// Journeys that could not be cancelled.
    StillRunning {
        /// Which.
        journey: String,
        /// How many executions.
        executions: u64,
    },
    /// Something that belongs to no journey failed: a task that one spawned panicked, or
    /// what runners share did not end.
    Fault {
        /// What, and where.
        what: String,
        /// How often.
        times: u64,
    },
    /// The scenario's teardown failed.
    TeardownFailed {
        /// Its function.
        name: String,
        /// Why, and where.
        why: String,
    },
    /// A message processor returned errors.
    ProcessorFailed {
        /// Which.
        processor: String,
        /// How often.
        times: u64,
        /// What it said, and where.
        why: String,
    },
    /// A message processor panicked and got nothing more.
    ProcessorPanicked {
        /// Which.
        processor: String,
        /// What it said, and where.
        why: String,
    },
    /// A message processor did not get all messages.
    ProcessorMissed {
        /// Which.
        processor: String,
        /// How many it missed.
        messages: u64,
        /// Whether that was because it is slow.
        slow: bool,
    },
    /// A listener panicked.
    ListenerPanicked {
        /// What it is called.
        listener: String,
    },
    /// A listener was not waited for any longer.
    ListenerLeft {
        /// What it is called.
        listener: String,
        /// Messages that it had not taken.
        waiting: u64,
        /// Whether it keeps what somebody asked to keep.
        keeps: bool,
    },
    /// Messages that ask for a record and are none.
    NotRecorded {
        /// How many.
        messages: u64,
        /// What is wrong with them.
        why: String,
    },
    /// Somebody else removed records while the test wrote them.
    RecordsRemoved {
        /// How many.
        records: u64,
        /// Which file, or how many more.
        file: String,
    },
    /// Records cannot be written any more.
    RecordsUnwritten {
        /// Where, and why.
        why: String,
        /// How many were written.
        written: u64,
        /// How many were not.
        unwritten: u64,
    },
    /// Records came faster than they could be written.
    RecordsLost {
        /// How many.
        records: u64,
    },
    /// Messages cannot be collected any more.
    MessagesUncollected {
        /// Where.
        directory: String,
        /// Why.
        why: String,
        /// How many were written.
        written: u64,
        /// How many were not.
        unwritten: u64,
    },
    /// Messages to collect came faster than they could be written.
    CollectedLost {
        /// Where they are missing.
        directory: String,
        /// How many.
        messages: u64,
    },
    /// A search for the greatest rate has found none.
    NoneFound {
        /// Which line of the scenario, from 1.
        line: u32,
        /// Its journey.
        journey: String,
        /// What became of it.
        state: SearchState,
        /// What is known, in a sentence.
        known: String,
    },
    /// The generator was not well.
    #[serde(untagged)]
    Health(Symptom),
}

mod remedy;
mod text;
mod weight;

pub use weight::Weight;

#[cfg(test)]
mod tests;
