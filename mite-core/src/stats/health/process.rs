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
    /// How many others with the same machine and number came before it.
    pub namesake: u32,
    /// Its first runner.
    pub first: u32,
    /// How many it has.
    pub runners: u32,
    /// Executions of journeys that it has begun; the board knows.
    pub journeys: u64,
    /// Requests that have ended there; the board knows.
    pub requests: u64,
    /// Journeys in flight there, as its runners told last, or as it has counted if that is more.
    pub in_flight: u32,
    /// The health of its runners, added up; the board knows.
    #[serde(skip)]
    pub of_runners: RunnerHealth,
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
    /// Processes that an output lists at most: those that fared worst.
    pub const LISTED: usize = 200;

    /// As people know it.
    pub fn name(&self) -> String {
        process_name(&self.host, self.pid, self.namesake)
    }

    /// Whether a runner is one of its own.
    pub fn has(&self, runner: u32) -> bool {
        (self.first..self.first + self.runners).contains(&runner)
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

/// What people call a process with that number on that machine. In containers both may be the
/// same for many: they are told apart by how many came before.
pub fn process_name(host: &str, pid: u32, namesake: u32) -> String {
    match namesake {
        0 => format!("{host} (process {pid})"),
        before => format!("{host} (process {pid}, #{})", before + 1),
    }
}

impl Health {
    /// Adds up the health of runners by process, and puts those first that are lost, then
    /// those whose messages are, and then by how late their loops turned.
    pub fn add_up_processes(&mut self) {
        for process in &mut self.processes {
            let mut all = RunnerHealth::of(process.first);
            let own = self.runners.iter().filter(|of| process.has(of.runner));
            own.for_each(|of| all.merge(of));
            process.of_runners = all;
        }
        self.processes.sort_by_cached_key(|process| {
            let is_lost = process.standing == Standing::Lost;
            let lag = process.of_runners.loop_lag.percentile(99.0);
            (Reverse((is_lost, process.lost_messages, lag)), process.first)
        });
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
        let mut health = Health {
            runners: vec![RunnerHealth::of(1), late],
            processes: vec![
                process(1, Standing::Here, 0),
                process(3, Standing::Left, 0),
                process(5, Standing::Here, 3),
                lost,
            ],
            ..Health::default()
        };
        health.add_up_processes();
        let all = health.processes.iter();
        let all: Vec<_> = all.map(|p| (p.first, p.of_runners.loop_lag.count())).collect();
        assert_eq!(all, [(7, 0), (5, 0), (3, 5), (1, 0)]);
        assert_eq!(health.processes[0].stands(), "lost, nothing known of 2.0–5.0 s");
    }

    #[test]
    fn processes_of_one_name_are_told_apart() {
        let name = |namesake| process_name("box", 1, namesake);
        assert_eq!(
            [name(0), name(1), name(2)].join(", "),
            "box (process 1), box (process 1, #2), box (process 1, #3)"
        );
    }
}
