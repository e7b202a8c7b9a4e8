//! What makes a run suspect or invalid.

use std::borrow::{Borrow, Cow};
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Bounds, Health, RunnerHealth, Usage, share};
use crate::stats::distribution::Distribution;
use crate::units;

/// What is late, or blocked, for so much of the time is in the 99th percentile.
const MATTERS: f64 = 0.01;

/// Less lateness in all is what happens on any machine.
const HICCUP: Duration = Duration::from_millis(500);

/// The part of what was measured that may be a runner's own.
const OWN_PART: u32 = 5;

/// The resolution of a runner's timers: less lag says nothing.
const GRAIN: Duration = Duration::from_millis(5);

/// A core that is full for longer is not just starting up.
const LONG: Duration = Duration::from_secs(3);

/// The part of the time from which on it is not by chance.
const OFTEN: f64 = 0.1;

/// What a distribution tells apart at most.
const LONGEST: Duration = Duration::from_secs(3_600);

/// What clocks may be apart: half of what an arrival may be late.
const APART: Duration = Duration::from_millis(50);

/// The part of files and ports from which on they may run out.
const NEARLY: f64 = 0.9;

/// Something that makes what was measured doubtful.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Symptom {
    /// The loops of runners were late so often that the percentiles are theirs.
    LoopLate {
        /// Which runners.
        runners: Vec<u32>,
        /// The part of their time, from 0 to 1.
        share: f64,
        /// Later than this.
        bound: Duration,
        /// How late at most.
        longest: Duration,
        /// Whether those runners hardly used their cores, so that they waited.
        idle: bool,
    },
    /// The loops of runners were typically late for a good part of what was measured.
    TimesAreOwn {
        /// Which runners.
        runners: Vec<u32>,
        /// How late they were for half of the time, and more.
        typical: Duration,
        /// What was measured: half of the times are not longer.
        measured: Duration,
    },
    /// Arrivals started late.
    ScheduleLate {
        /// Which runners.
        runners: Vec<u32>,
        /// The part of their arrivals, from 0 to 1.
        share: f64,
        /// Later than this.
        bound: Duration,
        /// How late at most.
        longest: Duration,
    },
    /// Arrivals started late while the network to the controller was away.
    LateWhileAway {
        /// Which runners.
        runners: Vec<u32>,
        /// The part of their arrivals of that time, from 0 to 1.
        share: f64,
        /// Later than this.
        bound: Duration,
        /// How late at most.
        longest: Duration,
    },
    /// A journey kept its runner's loop from turning.
    Blocked {
        /// Which.
        journey: String,
        /// How often.
        times: u64,
        /// The longest time.
        longest: Duration,
        /// The part of all runners' time, from 0 to 1.
        share: f64,
    },
    /// Runners had no time left.
    CpuFull {
        /// Which runners.
        runners: Vec<u32>,
        /// For how long at most.
        time: Duration,
        /// Whether there are cores for more runners.
        cores_left: bool,
        /// Whether it is a build without optimisation.
        debug_build: bool,
    },
    /// Other programs took the cores.
    NoCore {
        /// Which runners.
        runners: Vec<u32>,
        /// The part of their time, from 0 to 1.
        share: f64,
    },
    /// Files or ports may have run out.
    NearLimit {
        /// Of what.
        resource: Resource,
        /// How many were used at most, and how many there are.
        usage: Usage,
    },
    /// The test time of a process elsewhere is not that of the controller.
    ClockApart {
        /// Which.
        process: String,
        /// How far it is behind, in seconds.
        drift: f64,
        /// How wrong that may be.
        error: Duration,
    },
    /// It was built without optimisation.
    DebugBuild,
}

/// What a process has a limited number of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resource {
    /// Open files, which connections are too.
    Files,
    /// Local ports, of which each connection to a server needs one.
    Ports,
}

/// What a symptom makes of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// Nothing.
    #[default]
    Valid,
    /// What was measured may be the generator's doing.
    Suspect,
    /// What was measured is the generator's doing.
    Invalid,
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Valid => "VALID",
            Self::Suspect => "SUSPECT",
            Self::Invalid => "INVALID",
        })
    }
}

impl Symptom {
    /// What it makes of the run.
    pub fn grade(&self) -> Grade {
        match self {
            Self::LoopLate { .. } | Self::ScheduleLate { .. } => Grade::Invalid,
            Self::Blocked { share, .. } if *share >= MATTERS => Grade::Invalid,
            _ => Grade::Suspect,
        }
    }

    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        const MORE: &str = "ask for less, or add `--runners` or machines";
        match self {
            Self::LoopLate { idle: true, .. } => {
                "their cores were idle: look for a journey that blocks its thread (std::thread::sleep, a client that is not async); `ctx.sleep`, async calls and tokio::task::spawn_blocking do not"
            }
            Self::LoopLate { .. } | Self::TimesAreOwn { .. } | Self::ScheduleLate { .. } => MORE,
            Self::LateWhileAway { .. } => "see that NATS stays reachable, and see when it was not",
            Self::Blocked { .. } => "use async calls, or tokio::task::spawn_blocking",
            Self::DebugBuild | Self::CpuFull { debug_build: true, .. } => "build with --release",
            Self::CpuFull { cores_left: true, .. } => "add `--runners`",
            Self::CpuFull { .. } => "add machines, or lighten the journeys",
            Self::NoCore { .. } => "leave the machine to the test, or give it fewer `--runners`",
            Self::ClockApart { .. } => {
                "have the clocks of all machines kept by NTP, near one another"
            }
            Self::NearLimit { resource: Resource::Files, .. } => {
                "raise the limit (ulimit -n), or keep fewer connections"
            }
            Self::NearLimit { resource: Resource::Ports, .. } => {
                "keep connections open, widen net.ipv4.ip_local_port_range, or add machines"
            }
        }
    }
}

impl fmt::Display for Symptom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |share: &f64| format!("{:.1} %", share * 100.0);
        match self {
            Self::LoopLate { runners, share, bound, longest, .. } => write!(
                f,
                "{} later than {} for {} of the time, {} at most: so late is what was measured, whatever the server did",
                were(runners),
                units::time(*bound),
                percent(share),
                units::time(*longest)
            ),
            Self::TimesAreOwn { runners, typical, measured } => write!(
                f,
                "{} later than {} for half of the time, which is in what was measured ({} typically)",
                were(runners),
                units::time(*typical),
                units::time(*measured)
            ),
            Self::ScheduleLate { runners, share, bound, longest } => write!(
                f,
                "{} later than {} with {} of the arrivals, {} at most",
                were(runners),
                units::time(*bound),
                percent(share),
                units::time(*longest)
            ),
            Self::LateWhileAway { runners, share, bound, longest } => write!(
                f,
                "{} later than {} with {} of the arrivals of the time in which NATS was away, {} at most",
                were(runners),
                units::time(*bound),
                percent(share),
                units::time(*longest)
            ),
            Self::Blocked { journey, times, longest, share } => write!(
                f,
                "{journey} kept its runner from all other work {}, for up to {}, {} of all time",
                units::count(*times, "time"),
                units::time(*longest),
                percent(share)
            ),
            Self::CpuFull { runners, time, .. } => write!(
                f,
                "{} at 100 % CPU for {}: the rates are what this generator can do",
                were(runners),
                units::long_time(*time)
            ),
            Self::NoCore { runners, share } => write!(
                f,
                "{} without a core to run on for {} of the time: other programs had it",
                were(runners),
                percent(share)
            ),
            Self::NearLimit { resource, usage: Usage { most, limit } } => {
                let what = match resource {
                    Resource::Files => "open files",
                    Resource::Ports => "local ports, also those that wait after their connection",
                };
                write!(f, "{most} of {limit} {what}: new connections may have failed for it")
            }
            Self::ClockApart { process, drift, error } => write!(
                f,
                "the test time of {process} is {} {} the controller's, ± {}: what it did at one moment is not what others did then",
                units::time(Duration::from_secs_f64(drift.abs())),
                if *drift < 0.0 { "ahead of" } else { "behind" },
                units::time(*error)
            ),
            Self::DebugBuild => f.write_str(
                "a debug build takes some four times the CPU, which is in every time and every rate",
            ),
        }
    }
}

/// `runner 2 was`, `2 runners were`.
fn were(runners: &[u32]) -> String {
    match runners {
        [one] => format!("runner {one} was"),
        many => format!("{} runners were", many.len()),
    }
}

/// What is to be said of a generator; `blocked` are its blocked loops (journey, times,
/// longest, in all), `measured` is what was typically measured.
pub(in crate::stats) fn symptoms(
    health: &Health,
    blocked: &[(String, u64, Duration, Duration)],
    measured: Option<Duration>,
) -> Vec<Symptom> {
    let Health { runners, bounds, .. } = health;
    let all_time: Duration = runners.iter().map(|runner| runner.time).sum();
    let mut found = Vec::new();
    found.extend(blocked.iter().map(|(journey, times, longest, in_all)| Symptom::Blocked {
        journey: journey.clone(),
        times: *times,
        longest: *longest,
        share: share(*in_all, all_time.max(*in_all)),
    }));
    if !found.iter().any(|symptom| symptom.grade() == Grade::Invalid) {
        found.extend(late_loops(runners, bounds));
    }
    let loops_are_late = !found.is_empty();
    found.extend(late_arrivals(runners, bounds));
    found.extend(late_while_away(runners, bounds));
    found.extend(measured.filter(|_| !loops_are_late).and_then(|m| own_times(runners, m)));
    let full = || runners.iter().filter(|r| r.full >= LONG && share(r.full, r.time) >= OFTEN);
    if let Some(time) = full().map(|runner| runner.full).max() {
        found.push(Symptom::CpuFull {
            runners: full().map(|runner| runner.runner).collect(),
            time,
            cores_left: (runners.len() as u32) < health.cores,
            debug_build: health.debug_build,
        });
    }
    let starved = || {
        let long = |r: &&RunnerHealth| r.waited >= HICCUP && share(r.waited, r.time) >= OFTEN;
        runners.iter().filter(long)
    };
    if starved().next().is_some() {
        let waited = starved().map(|runner| runner.waited).sum();
        let time = starved().map(|runner| runner.time).sum();
        let runners = starved().map(|runner| runner.runner).collect();
        found.push(Symptom::NoCore { runners, share: share(waited, time) });
    }
    for (resource, usage) in [(Resource::Files, health.files), (Resource::Ports, health.ports)] {
        let near = |usage: &Usage| usage.most as f64 >= usage.limit as f64 * NEARLY;
        found.extend(usage.filter(near).map(|usage| Symptom::NearLimit { resource, usage }));
    }
    let apart = health.processes.iter().filter(|process| {
        process.clock_drift.abs() >= APART.as_secs_f64() || process.clock_error >= APART
    });
    found.extend(apart.map(|process| Symptom::ClockApart {
        process: process.name(),
        drift: process.clock_drift,
        error: process.clock_error,
    }));
    found.extend(health.debug_build.then_some(Symptom::DebugBuild));
    found
}

/// Runners whose values of `what` are above the bound for a part that matters.
fn late<'a, D: Borrow<Distribution>>(
    runners: &'a [RunnerHealth],
    bound: Duration,
    what: impl Fn(&'a RunnerHealth) -> D + 'a,
) -> impl Iterator<Item = (&'a RunnerHealth, f64, Duration)> {
    runners.iter().filter_map(move |runner| {
        let values = what(runner);
        let share = values.borrow().share_between(bound, LONGEST);
        (share >= MATTERS).then(|| (runner, share, values.borrow().max()))
    })
}

/// Which they are, the greatest share and the latest; none if there are none.
fn worst(late: &[(&RunnerHealth, f64, Duration)]) -> Option<(Vec<u32>, f64, Duration)> {
    let share = late.iter().map(|(_, share, _)| *share).fold(0.0, f64::max);
    let longest = late.iter().map(|(.., longest)| *longest).max()?;
    Some((late.iter().map(|(runner, ..)| runner.runner).collect(), share, longest))
}

fn late_loops(runners: &[RunnerHealth], bounds: &Bounds) -> Option<Symptom> {
    let late: Vec<_> = late(runners, bounds.lag, |runner| &runner.loop_lag)
        .filter(|(runner, share, _)| runner.time.mul_f64(*share) >= HICCUP)
        .collect();
    let (runners, share, longest) = worst(&late)?;
    let idle = late.iter().all(|(runner, ..)| runner.was_idle());
    Some(Symptom::LoopLate { runners, share, bound: bounds.lag, longest, idle })
}

/// Without those of the time in which the network was away: that is no runner's doing.
fn late_arrivals(runners: &[RunnerHealth], bounds: &Bounds) -> Option<Symptom> {
    let late: Vec<_> = late(runners, bounds.lag, |runner| match runner.away_lag.count() {
        0 => Cow::Borrowed(&runner.schedule_lag),
        _ => Cow::Owned(runner.schedule_lag.since(&runner.away_lag)),
    })
    .collect();
    let (runners, share, longest) = worst(&late)?;
    Some(Symptom::ScheduleLate { runners, share, bound: bounds.lag, longest })
}

fn late_while_away(runners: &[RunnerHealth], bounds: &Bounds) -> Option<Symptom> {
    let late: Vec<_> = late(runners, bounds.lag, |runner| &runner.away_lag).collect();
    let (runners, share, longest) = worst(&late)?;
    Some(Symptom::LateWhileAway { runners, share, bound: bounds.lag, longest })
}

fn own_times(runners: &[RunnerHealth], measured: Duration) -> Option<Symptom> {
    let typical = |runner: &RunnerHealth| runner.loop_lag.percentile(50.0);
    let ill = |runner: &&RunnerHealth| {
        runner.time >= LONG && typical(runner) >= GRAIN && typical(runner) >= measured / OWN_PART
    };
    let ill: Vec<_> = runners.iter().filter(ill).collect();
    let least = ill.iter().map(|runner| typical(runner)).min()?;
    let runners = ill.iter().map(|runner| runner.runner).collect();
    Some(Symptom::TimesAreOwn { runners, typical: least, measured })
}
