//! Arrivals of the open model: what was scheduled, and what became of it.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::health::Grade;
use super::unmet::PoolStatus;
use crate::units;

/// The arrivals of a line.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ArrivalStatus {
    /// Journeys per second that its volume asks for now.
    pub rate: f64,
    /// Arrivals that were due.
    pub scheduled: u64,
    /// Those of them that did not start, by reason.
    pub dropped: Vec<(DropReason, u64)>,
    /// How many may be in flight at once, if there is a limit.
    pub at_most: Option<u32>,
    /// How late an arrival may start.
    pub max_lateness: Duration,
}

/// Why an arrival did not start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DropReason {
    /// The runner came to it later than it may start.
    Late,
    /// The runner was at the limit of what it may run at all.
    Full,
    /// As many were in flight as the line allows.
    Capped,
    /// There was no data item for it.
    NoData,
    /// What its runner was granted had expired, or was about to: it had not heard from its
    /// controller.
    Unleased,
    /// Its runner had asked in time, and learnt of it when it was later than it may start.
    Undelivered,
    /// It was on a runner that was lost, or there was none.
    Lost,
    /// The network between its runner and the controller was away, so that it was known too
    /// late, or the runner was not allowed to start it.
    Away,
}

/// A word or two, as the head of a column.
impl fmt::Display for DropReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Late => "late",
            Self::Full => "no room",
            Self::Capped => "at most",
            Self::NoData => "no data",
            Self::Unleased => "unleased",
            Self::Undelivered => "undelivered",
            Self::Lost => "lost",
            Self::Away => "away",
        })
    }
}

/// Arrivals that nobody could start in time, by this part, are in the 99th percentile.
const MATTERS: f64 = 0.01;

impl ArrivalStatus {
    /// All that did not start.
    pub fn dropped(&self) -> u64 {
        self.dropped.iter().map(|(_, n)| n).sum()
    }

    /// How many did not start for this reason.
    pub fn dropped_for(&self, reason: DropReason) -> u64 {
        self.dropped.iter().filter(|(why, _)| *why == reason).map(|(_, n)| n).sum()
    }
}

/// Arrivals of a line that were dropped for one reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DroppedArrivals {
    /// Which line of the scenario, from 1.
    pub line: u32,
    /// Its journey.
    pub journey: String,
    /// Its data pool, if it has one.
    pub pool: Option<PoolStatus>,
    /// Why.
    pub reason: DropReason,
    /// How many.
    pub dropped: u64,
    /// Of how many that were scheduled.
    pub scheduled: u64,
    /// How late an arrival may start.
    pub max_lateness: Duration,
    /// How many may be in flight at once, if there is a limit.
    pub at_most: Option<u32>,
}

impl DroppedArrivals {
    /// Which part was dropped, from 0 to 1.
    pub fn share(&self) -> f64 {
        if self.scheduled == 0 { 0.0 } else { self.dropped as f64 / self.scheduled as f64 }
    }

    /// What it makes of the numbers.
    pub(super) fn grade(&self) -> Grade {
        match self.reason {
            // What was asked for, and the test says so itself.
            DropReason::Capped => Grade::Valid,
            DropReason::Full | DropReason::NoData | DropReason::Away => Grade::Suspect,
            _ if self.share() >= MATTERS => Grade::Invalid,
            _ => Grade::Suspect,
        }
    }

    pub(super) fn say(&self) -> String {
        let Self { line, journey, dropped, scheduled, pool, .. } = self;
        let why = match self.reason {
            DropReason::Late => format!(
                "runners came to them later than {}, which is this generator's doing",
                units::time(self.max_lateness)
            ),
            DropReason::Full => "the runners were full".to_owned(),
            DropReason::Capped => {
                format!("{} were in flight, as many as may be", self.at_most.unwrap_or_default())
            }
            DropReason::NoData => {
                let name = pool.as_ref().map(|pool| format!(" {}", pool.name));
                format!("its data pool{} had no item for them", name.unwrap_or_default())
            }
            DropReason::Unleased => {
                "their runner had not heard from its controller for half of --runner-timeout, and starts nothing then".to_owned()
            }
            DropReason::Undelivered => format!(
                "their runner had asked for them, and was told when they were later than {}",
                units::time(self.max_lateness)
            ),
            DropReason::Lost => "their runner was lost".to_owned(),
            DropReason::Away => "NATS was away, so that runners knew of them too late".to_owned(),
        };
        format!(
            "scenario {line} ({journey}): {dropped} of {} dropped ({:.1} %): {why}",
            units::count(*scheduled, "arrival"),
            self.share() * 100.0
        )
    }

    pub(super) fn remedy(&self) -> Option<&'static str> {
        match self.reason {
            DropReason::Late => Some("ask for less, or add `--runners` or machines"),
            DropReason::Full => Some("raise --runner-max-journeys, or give more --runners"),
            DropReason::Capped => None,
            DropReason::NoData => Some("give the pool more items, or ask for less"),
            DropReason::Unleased => {
                Some("look at the network between them and at NATS, or raise --runner-timeout")
            }
            DropReason::Undelivered => {
                Some("the controller was away or too slow, or the network between them")
            }
            DropReason::Lost | DropReason::Away => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_says_what_it_is_and_what_to_do() {
        let pool = PoolStatus { name: "`shop:users`".into(), items: Some(3), used_up: false };
        let of = |reason| {
            let found = DroppedArrivals {
                line: 2,
                journey: "shop:buy".into(),
                pool: (reason == DropReason::NoData).then(|| pool.clone()),
                reason,
                dropped: 25,
                scheduled: 1000,
                max_lateness: Duration::from_millis(1500),
                at_most: (reason == DropReason::Capped).then_some(7),
            };
            let said = found.say();
            let said =
                said.strip_prefix("scenario 2 (shop:buy): 25 of 1000 arrivals dropped (2.5 %): ");
            (said.unwrap_or_else(|| panic!("{}", found.say())).to_owned(), found.remedy())
        };
        for (reason, why, remedy) in [
            (
                DropReason::Late,
                "runners came to them later than 1.500 s, which is this generator's doing",
                Some("ask for less, or add `--runners` or machines"),
            ),
            (
                DropReason::Full,
                "the runners were full",
                Some("raise --runner-max-journeys, or give more --runners"),
            ),
            (DropReason::Capped, "7 were in flight, as many as may be", None),
            (
                DropReason::NoData,
                "its data pool `shop:users` had no item for them",
                Some("give the pool more items, or ask for less"),
            ),
            (
                DropReason::Unleased,
                "their runner had not heard from its controller for half of --runner-timeout, and starts nothing then",
                Some("look at the network between them and at NATS, or raise --runner-timeout"),
            ),
            (
                DropReason::Undelivered,
                "their runner had asked for them, and was told when they were later than 1.500 s",
                Some("the controller was away or too slow, or the network between them"),
            ),
            (DropReason::Lost, "their runner was lost", None),
            (DropReason::Away, "NATS was away, so that runners knew of them too late", None),
        ] {
            assert_eq!(of(reason), (why.to_owned(), remedy));
        }
    }

    #[test]
    fn what_is_late_makes_a_run_invalid_from_one_percent_on() {
        let of = |reason, dropped| {
            let found = DroppedArrivals {
                line: 1,
                journey: "shop:buy".into(),
                pool: None,
                reason,
                dropped,
                scheduled: 1000,
                max_lateness: Duration::from_secs(1),
                at_most: None,
            };
            found.grade()
        };
        let all =
            [DropReason::Late, DropReason::Unleased, DropReason::Undelivered, DropReason::Lost];
        for reason in all {
            assert_eq!((of(reason, 9), of(reason, 10)), (Grade::Suspect, Grade::Invalid));
        }
        for reason in [DropReason::Full, DropReason::NoData, DropReason::Away] {
            assert_eq!(of(reason, 900), Grade::Suspect, "what there was to do is known");
        }
        assert_eq!(of(DropReason::Capped, 900), Grade::Valid);
    }
}
