//! How the load generator itself fared.

use serde::{Deserialize, Serialize};

use super::{Number, Text, Times};

/// How the load generator itself fared.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Generator {
    /// CPU time over run time and cores used, from 0 to 1.
    pub cpu_share: Option<Number>,
    /// Most memory that it held.
    pub memory_max_bytes: Option<u64>,
    /// Most open files.
    pub files_max: Option<u64>,
    /// How late its loops turned.
    pub loop_lag: Option<Times>,
    /// How late arrivals began.
    pub schedule_lag: Option<Times>,
    /// Messages that nobody got.
    pub lost_messages: u64,
    /// Samples that are in no figure.
    pub lost_samples: u64,
    /// Journeys that kept a loop from turning.
    pub blocked: Vec<Blocked>,
    /// The processes of runners, if these are others than the controller's: those first that
    /// are lost, then those whose messages are, and then by how late their loops turned.
    pub processes: Vec<Process>,
    /// Processes that are not listed: those that fared best.
    pub unlisted_processes: u64,
}

/// A process of runners.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Process {
    /// Its machine.
    pub host: Text,
    /// Its number there.
    pub pid: u32,
    /// How many others with the same machine and number came before it.
    #[serde(default)]
    pub namesake: u32,
    /// Its first runner; the others follow by number.
    pub first_runner: u32,
    /// How many it has.
    pub runners: u32,
    /// Executions of journeys that it has begun.
    pub journeys: u64,
    /// Requests that have ended there.
    pub requests: u64,
    /// CPU time over run time and runners, from 0 to 1.
    pub cpu_share: Option<Number>,
    /// How late the loops of its runners turned, for 99 % of the time at most.
    pub loop_lag_p99_s: Option<Number>,
    /// How late at most.
    pub loop_lag_max_s: Option<Number>,
    /// Journeys in flight, as it told last.
    pub in_flight: u32,
    /// How far the controller's clock was ahead of its own.
    pub clock_ahead_s: Number,
    /// How wrong that may be.
    pub clock_error_s: Number,
    /// `here`, `done` with the run, `left` before, or `lost`.
    pub standing: Text,
    /// Of one that is lost, when it was heard last: what it did from then on is in no number.
    pub unobserved_from_s: Option<Number>,
    /// Until when it may have done something.
    pub unobserved_to_s: Option<Number>,
    /// Messages that nobody got.
    pub lost_messages: u64,
}

/// A journey that kept its runner's loop from turning.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Blocked {
    /// The journey.
    pub journey: Text,
    /// How often.
    pub count: u64,
    /// The longest time.
    pub max_s: Number,
}

impl Process {
    /// As people know it.
    pub fn name(&self) -> String {
        match self.namesake {
            0 => format!("{} (process {})", self.host, self.pid),
            before => format!("{} (process {}, #{})", self.host, self.pid, before + 1),
        }
    }

    /// How it stands, and of which time nothing is known if it is lost.
    pub fn stands(&self) -> String {
        match (self.unobserved_from_s, self.unobserved_to_s) {
            (Some(from), Some(to)) => {
                format!("{}, nothing known of {:.1}–{:.1} s", self.standing, from.get(), to.get())
            }
            _ => self.standing.to_string(),
        }
    }
}
