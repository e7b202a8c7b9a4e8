//! The control plane: which runner holds how many journeys of which scenario,
//! and which data items it may start them with.
//!
//! A pure state machine. Time is an argument, pools are asked by whoever owns
//! them ([`Order`]), and a runner is told absolute state ([`Grant`]) in reply
//! to its numbered [`Progress`]. The rules:
//!
//! - *Level.* Each line's volume is shared out to within one journey; a level
//!   that moves from one runner to another is taken before it is given.
//! - *Growth.* The spawn rate limits growth, test-wide, never restarts.
//! - *Caps.* No runner holds more than its cap over all lines; what fits
//!   nowhere is unmet, and counted with the reason.
//! - *Leases.* Items are leased in stocks that last about a period, but of some
//!   thousands at most, never one item to two; lines that share a pool get
//!   max-min fair shares of it.
//! - *Arrivals.* Of a line of the open model, every window is sealed ahead, each once:
//!   which arrivals it has, and whose they are. None is delayed: it starts, or is dropped.
//! - *Fencing.* Where a network lies between, what a runner was granted expires: it stops by
//!   itself, and only when that has surely happened do others get what it held.
//! - *End.* A line is over when nothing of it runs and nothing is leased; the
//!   run, when all lines are over and every runner was told so.
//!
//! [`Grant`]: crate::control::Grant
//! [`Progress`]: crate::control::Progress

mod answer;
mod arrival_cell;
mod arrival_state;
mod arrivals;
mod arrived;
mod controller;
mod counting;
mod held_arrivals;
mod held_line;
mod held_schedule;
mod lease;
mod ledger;
mod level;
mod line;
mod line_state;
mod members;
mod membership;
mod offering;
mod offers;
mod order;
mod ordering;
mod outdated;
mod ranges;
mod report;
mod restoring;
mod roster;
mod runner_state;
mod saved;
mod saving;
mod schedule;
mod sealing;
mod settings;
mod settle;
mod share;
mod spawn;
mod steps;
mod target;
mod term;
mod throttle;
mod throttling;
mod totals;
mod unmet;
mod welcome;
mod windows;
mod work;

#[cfg(test)]
mod rules;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod switches;
#[cfg(test)]
mod wire_tests;

pub use arrivals::{ArrivalGrant, ArrivalProgress, Dropped};
pub use arrived::{Arrived, Fate};
pub use controller::Controller;
pub use held_line::{HeldLine, Taken};
pub use level::{Growth, Level};
pub use line::{Demand, Line, Pool};
pub use order::{Answer, Ended, Order};
pub use outdated::Outdated;
pub use ranges::Ranges;
pub use report::{ArrivalReport, InDoubt, LineReport, Report};
pub use roster::LostRunner;
pub use runner_state::RunnerState;
pub use saved::{Saved, SavedArrivals, SavedDoubt, SavedLease, SavedLine, SavedRun, SavedStock};
pub use schedule::{Arrival, OwnArrivals, Sealer, Segment, Split, Strata};
pub use settings::Settings;
pub use term::Tenure;
pub use throttle::{ByHand, Throttle};
pub use unmet::Unmet;
pub use welcome::{Items, Welcome, WelcomeJourney, WelcomeLine};
pub use work::{Claim, Fence, Grant, Item, LineGrant, LineProgress, Phase, Progress, StoreMark};
