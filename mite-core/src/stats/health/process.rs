//! Processes of runners, as their controller knows them.

use std::cmp::Reverse;
use std::time::Duration;

use serde::Serialize;

use super::{Health, RunnerHealth};
use crate::stats::network::Stretch;

/// What is known of a process of runners elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ProcessHealth {
    /// Its own number, by which its counts come.
    pub id: u64,
    /// Its machine.
    pub host: String,
    /// Its number there.
    pub pid: u32,
    /// Its first runner.
    pub first: u32,
    /// How many it has.
    pub runners: u32,
    /// Executions of journeys that it has begun; the board knows.
    pub journeys: u64,
    /// Requests that have ended there; the board knows.
    pub requests: u64,
    /// Journeys in flight there, as its runners told last.
    pub in_flight: u32,
    /// How far the controller's clock was ahead of its own, in seconds, as far as that is
    /// known.
    pub clock_ahead: f64,
    /// How wrong that may be.
    pub clock_error: Duration,
    /// How far its test time is behind the controller's by now, in seconds.
    pub clock_drift: f64,
    /// How it stands.
    pub standing: Standing,
    /// From when it was heard last until it was known to run nothing: what it did then is in
    /// no number.
    pub unobserved: Option<Stretch>,
    /// Messages that found the queue of whoever listens there full.
    pub lost_messages: u64,
}

/// How a process stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It takes part.
    #[default]
    Here,
    /// It has told all that it had to tell, when the run was over.
    Done,
    /// It has left before.
    Left,
    /// It was not heard any more.
    Lost,
}

impl Standing {
    /// What it is called, in one word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Here => "here",
            Self::Done => "done",
            Self::Left => "left",
            Self::Lost => "lost",
        }
    }
}

impl ProcessHealth {
    /// As people know it.
    pub fn name(&self) -> String {
        format!("{} (process {})", self.host, self.pid)
    }

    /// Whether a runner is one of its own.
    pub fn has(&self, runner: u32) -> bool {
        (self.first..self.first + self.runners).contains(&runner)
    }

    /// The health of its runners, added up.
    pub fn of_runners(&self, health: &Health) -> RunnerHealth {
        let mut all = RunnerHealth::of(self.first);
        health.runners.iter().filter(|of| self.has(of.runner)).for_each(|of| all.merge(of));
        all
    }

    /// How it stands, and since when it is lost.
    pub fn stands(&self) -> String {
        match self.unobserved {
            Some(Stretch { from, to }) => format!(
                "{}, nothing known of {:.1}–{:.1} s",
                self.standing.as_str(),
                from.as_secs_f64(),
                to.as_secs_f64()
            ),
            None => self.standing.as_str().to_owned(),
        }
    }
}

impl Health {
    /// Processes with the health of their runners, those first that are lost, then those whose
    /// messages are, and then by how late their loops turned.
    pub fn worst_processes(&self) -> Vec<(&ProcessHealth, RunnerHealth)> {
        let all = self.processes.iter().map(|process| (process, process.of_runners(self)));
        let mut all: Vec<_> = all.collect();
        all.sort_by_cached_key(|(process, runners)| {
            let is_lost = process.standing == Standing::Lost;
            let lag = runners.loop_lag.percentile(99.0);
            (Reverse((is_lost, process.lost_messages, lag)), process.first)
        });
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_worst_comes_first() {
        let process = |first, standing, lost_messages| ProcessHealth {
            first,
            runners: 2,
            standing,
            lost_messages,
            ..ProcessHealth::default()
        };
        let mut late = RunnerHealth::of(4);
        late.turned(Duration::from_millis(50), Duration::from_millis(10));
        let mut lost = process(7, Standing::Lost, 0);
        let at = Duration::from_secs;
        lost.unobserved = Some(Stretch { from: at(2), to: at(5) });
        let health = Health {
            runners: vec![RunnerHealth::of(1), late],
            processes: vec![
                process(1, Standing::Here, 0),
                process(3, Standing::Left, 0),
                process(5, Standing::Here, 3),
                lost,
            ],
            ..Health::default()
        };
        let order: Vec<_> = health.worst_processes().iter().map(|(p, _)| p.first).collect();
        assert_eq!(order, [7, 5, 3, 1]);
        let (worst, _) = &health.worst_processes()[0];
        assert_eq!(worst.stands(), "lost, nothing known of 2.0–5.0 s");
        assert_eq!(health.processes[1].of_runners(&health).loop_lag.count(), 5);
        assert_eq!(health.processes[0].of_runners(&health).loop_lag.count(), 0);
    }
}
