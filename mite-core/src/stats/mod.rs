//! Numbers: counted by each runner, merged by addition, shown as snapshots.
//!
//! [`Aggregator`] counts on the hot path of one runner; what it counted since
//! the last time are [`Counts`], which the one [`Board`] of a run adds up. Those of
//! another process come as an [`Update`], made by its [`Tally`].
//! Everything that is shown is a [`Snapshot`] or the [`Summary`] of that board,
//! it holds the counts against [`threshold`]s as they come, and [`judge`] says what the
//! run is worth: the [`Verdict`]. No clock, no I/O: time is passed in.

mod aggregator;
mod arrivals;
mod board;
mod coming;
mod counts;
mod detail;
mod detail_table;
mod distribution;
mod exchange;
mod exemplar;
mod failure_times;
mod failures;
mod findings;
pub mod health;
mod judge;
mod known;
mod mark;
mod measured;
mod network;
mod omission;
mod own;
mod paced;
mod parts;
mod phases;
mod rates;
mod replay;
mod rows;
mod search;
mod series;
mod series_table;
mod snapshot;
mod status;
mod summary;
mod tagged;
mod tally;
pub mod threshold;
mod took;
mod unanswered;
mod unmet;
mod values;
mod verdict;
mod warmup;

pub use aggregator::{Aggregator, End};
pub use arrivals::{ArrivalStatus, DropReason, DroppedArrivals};
pub use board::Board;
pub use counts::Counts;
pub use detail::Detail;
pub use distribution::{Distribution, Spread};
pub use exchange::{Exchange, Outcome};
pub use exemplar::{Exemplar, ExemplarDetail, Exemplars};
pub use failure_times::FailureRow;
pub use failures::Failure;
pub use findings::{Finding, Weight};
pub use health::{
    Bounds, Grade, Health, ProcessHealth, Resource, RunnerHealth, Standing, Symptom, Usage,
    process_name,
};
pub use judge::judge;
pub use mark::{Mark, Marks};
pub use network::{AwayTimes, ConnectionHealth, NetworkAway, NetworkSlow, Strays, Stretch};
pub use own::{
    Amount, LabelPair, LabelValue, Labels, Numbers, StatisticKey, StatisticKind, StatisticRow, Told,
};
pub use paced::Paced;
pub use parts::{Part, PartKind};
pub use phases::{PhaseTime, Phases};
pub use rates::Rates;
pub use replay::Replay;
pub use search::{Search, SearchOutcome, SearchPlan, SearchState, SearchStatus, SearchStep};
pub use series::{Key, Request, Responses, Series};
pub use snapshot::{
    BlockedRow, JourneyCounts, ProtocolCounts, SeriesCounts, Snapshot, StatisticCounts, Totals,
    Window,
};
pub use status::{LineStatus, Phase, RunInfo, RunStatus, VolumeStatus};
pub use summary::{JourneyRow, RequestRow, Summary, TransactionRow, shown_transaction};
pub use tagged::tagged;
pub use tally::{Tally, Update};
pub use threshold::{
    Checked, Comparison, ParseError, Selection, Selector, Statistic, Subject, Threshold, Unit,
};
pub use took::Took;
pub use unanswered::{Culprit, Unanswered};
pub use unmet::{PoolStatus, Reason};
pub use verdict::{RunOutcome, Verdict};
pub use warmup::Warmup;

use crate::label::Label;

pub use crate::label::ROOT;

/// The protocol whose requests make response times, request rates and their limits.
/// Requests of others have rows of their own and are summed up beside these: a query
/// of a database must not make a web server look fast.
pub const LIMITED: &str = "http";

/// Where everything is counted that found its table full.
pub const OVERFLOW: &str = "__overflow__";

/// How many tables may grow to, so that memory has a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Transactions and requests, together.
    pub series: usize,
    /// Distinct failures.
    pub failures: usize,
    /// Kinds of messages.
    pub kinds: usize,
    /// Statistics of the test's own, each with its labels.
    pub statistics: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { series: 10_000, failures: 1_000, kinds: 1_000, statistics: 1_000 }
    }
}

fn overflow() -> Label {
    Label::intern(OVERFLOW)
}

#[cfg(test)]
mod tests;
