//! The network between a controller and its runners: when it was away, and what came over it
//! that was none of the run's.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::units;

/// Times of one connection that are kept apart; what comes then lengthens the last.
const MOST: usize = 1_000;

/// Stretches that a text names.
const NAMED: usize = 8;

/// A stretch of the test.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Stretch {
    /// Where it begins, in test time.
    pub from: Duration,
    /// Where it ends.
    pub to: Duration,
}

impl Stretch {
    /// How long it is.
    pub fn length(&self) -> Duration {
        self.to.saturating_sub(self.from)
    }

    /// Those of all lists in order, what overlaps as one.
    ///
    /// ```
    /// use mite_core::stats::Stretch;
    /// use std::time::Duration;
    /// let at = |from, to| Stretch { from: Duration::from_secs(from), to: Duration::from_secs(to) };
    /// let all = Stretch::united([at(6, 9), at(1, 2), at(8, 11)]);
    /// assert_eq!(all, [at(1, 2), at(6, 11)]);
    /// ```
    pub fn united(all: impl IntoIterator<Item = Self>) -> Vec<Self> {
        let mut sorted: Vec<_> = all.into_iter().collect();
        sorted.sort_unstable();
        let mut united: Vec<Self> = Vec::new();
        for next in sorted {
            match united.last_mut() {
                Some(last) if next.from <= last.to => last.to = last.to.max(next.to),
                _ => united.push(next),
            }
        }
        united
    }
}

/// When a connection did not stand, by whatever clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwayTimes<T> {
    /// How many there were before those.
    before: usize,
    /// From when to when, in order.
    past: Vec<[T; 2]>,
    /// Since when it does not stand, if that lasts.
    since: Option<T>,
}

impl<T> Default for AwayTimes<T> {
    fn default() -> Self {
        Self { before: 0, past: Vec::new(), since: None }
    }
}

impl<T: Copy> AwayTimes<T> {
    /// It is lost, unless it was.
    pub fn begins(&mut self, at: T) {
        self.since.get_or_insert(at);
    }

    /// It stands again.
    pub fn ends(&mut self, at: T) {
        if let Some(since) = self.since.take() {
            self.add([since, at]);
        }
    }

    fn add(&mut self, [from, to]: [T; 2]) {
        let is_full = self.before + self.past.len() >= MOST;
        match self.past.last_mut() {
            Some([_, last]) if is_full => *last = to,
            _ => self.past.push([from, to]),
        }
    }

    /// The last of them, by another clock.
    pub fn last_by<U>(&self, most: usize, clock: impl Fn(T) -> U) -> AwayTimes<U> {
        let skipped = self.past.len().saturating_sub(most);
        AwayTimes {
            before: self.before + skipped,
            past: self.past[skipped..].iter().map(|both| both.map(&clock)).collect(),
            since: self.since.map(&clock),
        }
    }

    /// Takes in what whoever has the connection says of the [last](Self::last_by) times. What
    /// is known of one stays; the last one may have become longer, if there are very many.
    pub fn follow(&mut self, told: &Self) {
        for (number, times) in (told.before..).zip(&told.past) {
            let known = self.before + self.past.len();
            match self.past.last_mut() {
                _ if number >= known => {
                    // Those between were told to another controller.
                    self.before += number - known;
                    self.past.push(*times);
                }
                Some(last) if number + 1 == MOST => last[1] = times[1],
                _ => {}
            }
        }
        self.since = told.since;
    }
}

/// How one connection to the server has fared since the test began.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionHealth {
    /// When it did not stand, in test time.
    pub away: AwayTimes<Duration>,
    /// How often what the server sent came faster than it was taken: messages were lost.
    pub slow: u64,
}

impl ConnectionHealth {
    /// When it did not stand until `now`.
    pub fn until(&self, now: Duration) -> impl Iterator<Item = Stretch> {
        let lasts = self.away.since.map(|from| Stretch { from, to: now.max(from) });
        self.past().chain(lasts)
    }

    /// When it did not stand, as far as that is over, in order.
    pub fn past(&self) -> impl Iterator<Item = Stretch> {
        // What was before the test is none of it.
        let past = self.away.past.iter().filter(|[_, to]| !to.is_zero());
        past.map(|&[from, to]| Stretch { from, to })
    }

    /// Takes in what whoever has the connection says of it.
    pub fn follow(&mut self, told: &Self) {
        self.away.follow(&told.away);
        self.slow = self.slow.max(told.slow);
    }
}

/// Connections to the server between controller and runners did not stand.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NetworkAway {
    /// What they are for: `control`, which is load and what is counted, or `messages`.
    pub connection: String,
    /// The processes that lost them, by name; empty if the controller lost its own, too.
    pub of: Vec<String>,
    /// When, in order and apart.
    pub stretches: Vec<Stretch>,
}

impl NetworkAway {
    /// For how long, in all.
    pub fn in_all(&self) -> Duration {
        self.stretches.iter().map(Stretch::length).sum()
    }
}

impl fmt::Display for NetworkAway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NATS was away")?;
        if !self.of.is_empty() {
            write!(f, " from {}", listed(&self.of))?;
        }
        if self.connection != "control" {
            write!(f, " (the connection for {})", self.connection)?;
        }
        let times = self.stretches.len() as u64;
        write!(
            f,
            " {}, {:.1} s in all: ",
            units::count(times, "time"),
            self.in_all().as_secs_f64()
        )?;
        for (n, Stretch { from, to }) in self.stretches.iter().take(NAMED).enumerate() {
            let comma = if n > 0 { ", " } else { "" };
            write!(f, "{comma}{:.1}–{:.1} s", from.as_secs_f64(), to.as_secs_f64())?;
        }
        match self.stretches.len().saturating_sub(NAMED) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

/// Some names, and how many more there are.
fn listed(names: &[String]) -> String {
    let some = names.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => some,
        more => format!("{some} and {more} more"),
    }
}

/// What came to a process of a fleet and was nothing that it could use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strays {
    /// It was no message of mite.
    pub foreign: u64,
    /// It was of another version of mite's wire.
    pub versions: u64,
    /// It was a message that says nothing which is expected there.
    pub unreadable: u64,
    /// Messages of which a part did not come.
    pub incomplete: u64,
    /// It was from a process that does not take part in this run.
    pub strangers: u64,
}

impl Strays {
    /// Whether there was nothing of the kind.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Adds those of another process.
    pub fn merge(&mut self, other: &Self) {
        self.foreign += other.foreign;
        self.versions += other.versions;
        self.unreadable += other.unreadable;
        self.incomplete += other.incomplete;
        self.strangers += other.strangers;
    }
}

impl fmt::Display for Strays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.foreign + self.versions + self.unreadable + self.incomplete + self.strangers;
        write!(
            f,
            "{} came over NATS that {} no part of this run, and {} in no number: ",
            units::count(all, "message"),
            if all == 1 { "was" } else { "were" },
            if all == 1 { "is" } else { "are" }
        )?;
        let kinds = [
            (self.foreign, "not of mite"),
            (self.versions, "of another version of mite's wire"),
            (self.unreadable, "unreadable"),
            (self.incomplete, "incomplete"),
            (self.strangers, "from processes of another run"),
        ];
        let mut comma = "";
        for (n, what) in kinds.into_iter().filter(|(n, _)| *n > 0) {
            write!(f, "{comma}{n} {what}")?;
            comma = ", ";
        }
        Ok(())
    }
}

/// A connection of a process took what the server sent too slowly: some of it is lost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkSlow {
    /// What it is for: `control` or `messages`.
    pub connection: String,
    /// Whose it is.
    pub of: String,
    /// How often, at least.
    pub times: u64,
}

impl NetworkSlow {
    /// Whether that can have changed the load, or what is counted.
    pub fn is_of_control(&self) -> bool {
        self.connection == "control"
    }
}

impl fmt::Display for NetworkSlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} took what NATS sent for {} more slowly than it came, {} at least: some of it is lost",
            self.of,
            self.connection,
            units::count(self.times, "time")
        )
    }
}

#[cfg(test)]
mod tests;
