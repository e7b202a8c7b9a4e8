//! The health of the generator: whether what it measured is the server's doing, or its
//! own.
//!
//! | what | suspect | invalid |
//! |---|---|---|
//! | **loop lag**: how late a runner's loop gets to what is due | for half of the time later than a fifth of what was typically measured, and later than 5 ms | for 1 % of the time, and half a second in all, later than [`Bounds::lag`] (100 ms) |
//! | **blocked loop**: a journey that keeps its runner's loop for [`Bounds::block`] (300 ms) | any | for 1 % of the time |
//! | **schedule lag**: how late an arrival starts | the same while the network to the controller was away | 1 % of arrivals later than [`Bounds::lag`] |
//! | **CPU**: a runner that has no time left | for 3 s, and a tenth of the time | |
//! | **a core to run on**: time in which a runner could have run and another program did | a tenth of the time | |
//! | **clocks** of a fleet that have drifted apart by 50 ms since the start, or are known no better | any | |
//! | **open files, local ports** | 90 % of what there may be | |
//! | **a debug build** | always | |
//! | **volume** that was not met for want of data or room; lost messages | any | |
//!
//! The reasons. What is late by 1 % of the time is in the 99th percentile, which is what
//! people judge by. 100 ms is more than what a busy machine does to a program now and
//! then (some 10 ms), and less than what a person would call slow. A closed load uses
//! what CPU there is, so that a full core alone makes nothing wrong; but what was
//! measured then is what this generator can do. The clock of a runner turns in
//! milliseconds, so that less than 5 ms says nothing.

mod bounds;
mod process;
mod symptom;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use bounds::Bounds;
pub use process::{ProcessHealth, Standing, process_name};
pub(super) use symptom::symptoms;
pub use symptom::{Grade, Resource, Symptom};

use super::distribution::Distribution;

/// What is known of a run's generator.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Health {
    /// Of each runner.
    pub runners: Vec<RunnerHealth>,
    /// The processes that they are in, if these are others than the controller's.
    pub processes: Vec<ProcessHealth>,
    /// Open files: the most there were, and how many there may be.
    pub files: Option<Usage>,
    /// Local ports in use: the most there were, and how many there are.
    pub ports: Option<Usage>,
    /// Cores that the process may use.
    pub cores: u32,
    /// Whether it was built without optimisation, and its times are measured and not
    /// virtual.
    pub debug_build: bool,
    /// The bounds that it is held against.
    pub bounds: Bounds,
}

/// How much is used of what there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// The most that were used.
    pub most: u64,
    /// How many there are.
    pub limit: u64,
}

/// The health of one runner over a stretch of time; stretches add up.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct RunnerHealth {
    /// Which.
    pub runner: u32,
    /// How late its loop got to what was due, at moments spread evenly over the time.
    pub loop_lag: Distribution,
    /// How late arrivals started, in open models.
    pub schedule_lag: Distribution,
    /// What of that came while the network to the controller was away, or soon after, as the
    /// controller knows.
    #[serde(skip)]
    pub away_lag: Distribution,
    /// How long it was watched.
    pub time: Duration,
    /// How long it ran on a core; zero where the system does not say.
    pub cpu: Duration,
    /// How long it could have run and had no core; zero where the system does not say.
    pub waited: Duration,
    /// How long it had no time left: seconds in which it ran for 95 % and more.
    pub full: Duration,
}

impl PartialEq for RunnerHealth {
    fn eq(&self, other: &Self) -> bool {
        let key = |h: &Self| (h.runner, h.loop_lag.count(), h.time, h.cpu, h.waited, h.full);
        key(self) == key(other)
    }
}

/// A share of a core that leaves no time.
const FULL: f64 = 0.95;

/// A runner that needs less than this part of its time is idle.
const IDLE: u32 = 4;

impl RunnerHealth {
    /// Nothing known yet.
    pub fn of(runner: u32) -> Self {
        Self { runner, ..Self::default() }
    }

    /// Whether it ran, and waited for a core, for a small part of the time only.
    fn was_idle(&self) -> bool {
        !self.cpu.is_zero() && self.cpu + self.waited <= self.time / IDLE
    }

    /// Its loop was to turn every `every`, and turned `lag` late. Corrected for
    /// coordinated omission: whatever would have been due meanwhile was late too, and
    /// counts.
    pub fn turned(&mut self, lag: Duration, every: Duration) {
        // Of a very long lag, some thousand samples are enough.
        let step = every.max(lag / 1_000);
        let mut late = lag;
        loop {
            self.loop_lag.record(late);
            match late.checked_sub(step) {
                Some(rest) if !rest.is_zero() => late = rest,
                _ => return,
            }
        }
    }

    /// An arrival of an open line started so much later than its schedule meant it to.
    pub fn lagged(&mut self, lag: Duration) {
        self.schedule_lag.record(lag);
    }

    /// It was watched for `time`, was on a core for `cpu`, and had none for `waited`.
    pub fn ran(&mut self, time: Duration, cpu: Duration, waited: Duration) {
        self.time += time;
        self.cpu += cpu;
        self.waited += waited;
        if cpu >= time.mul_f64(FULL) {
            self.full += time;
        }
    }

    /// The share of a core that it used, from 0 to 1.
    pub fn cpu_share(&self) -> f64 {
        share(self.cpu, self.time)
    }

    /// Adds that of another stretch, or of another runner.
    pub fn merge(&mut self, other: &Self) {
        self.loop_lag.merge(&other.loop_lag);
        self.schedule_lag.merge(&other.schedule_lag);
        self.away_lag.merge(&other.away_lag);
        self.time += other.time;
        self.cpu += other.cpu;
        self.waited += other.waited;
        self.full += other.full;
    }

    pub(super) fn since(&self, earlier: &Self) -> Self {
        Self {
            runner: self.runner,
            loop_lag: self.loop_lag.since(&earlier.loop_lag),
            schedule_lag: self.schedule_lag.since(&earlier.schedule_lag),
            away_lag: self.away_lag.since(&earlier.away_lag),
            time: self.time.saturating_sub(earlier.time),
            cpu: self.cpu.saturating_sub(earlier.cpu),
            waited: self.waited.saturating_sub(earlier.waited),
            full: self.full.saturating_sub(earlier.full),
        }
    }

    pub(super) fn clear(&mut self) {
        self.loop_lag.clear();
        self.schedule_lag.clear();
        self.away_lag.clear();
        (self.time, self.cpu, self.waited, self.full) = Default::default();
    }
}

/// The health of that runner in a list.
pub(super) fn of_runner(list: &mut Vec<RunnerHealth>, runner: u32) -> &mut RunnerHealth {
    let at = list.iter().position(|health| health.runner == runner).unwrap_or_else(|| {
        list.push(RunnerHealth::of(runner));
        list.len() - 1
    });
    &mut list[at]
}

/// What part `part` is of `all`; 0 of nothing.
pub(super) fn share(part: Duration, all: Duration) -> f64 {
    if all.is_zero() { 0.0 } else { part.as_secs_f64() / all.as_secs_f64() }
}

#[cfg(test)]
mod tests;
