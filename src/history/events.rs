//! What happened in a run, and when: lines that begin and end, errors of a new kind, stalls,
//! marks, findings.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use mite_core::secret;
use mite_core::stats::{Finding, Snapshot, Symptom};
use mite_core::units;
use mite_results::document::{Event, Fields, Number};
use serde_json::json;

use super::stall::Quiet;

/// Most events that are kept.
const MOST_EVENTS: usize = 1_000;

/// What happened, in the order in which it was seen, in bounded memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Events {
    pub(crate) list: Vec<Event>,
    /// Events that found the list full.
    pub(crate) unlisted: u64,
    /// Until when it is known.
    until: Duration,
    /// By line, whether its begin was told.
    begun: Vec<bool>,
    quiet: Quiet,
    /// By line, whether its end was told.
    ended: Vec<bool>,
    /// By journey, how often it blocked a runner.
    blocked: BTreeMap<String, u64>,
    /// Findings that were told, by what they are of: their numbers grow.
    found: BTreeSet<String>,
    /// Marks that were told.
    marked: usize,
    drained: bool,
}

impl Events {
    /// Takes the snapshot that follows the last one.
    pub(crate) fn follow(&mut self, snapshot: &Snapshot) {
        let (from, to) = (self.until, snapshot.status.elapsed);
        self.tell(snapshot);
        if let Some((at, text)) = self.quiet.follow(from, to, snapshot) {
            self.event(at, "stall", text, []);
        }
        self.until = to;
    }

    fn tell(&mut self, snapshot: &Snapshot) {
        let status = &snapshot.status;
        let now = status.elapsed;
        self.begun.resize(status.scenarios.len(), false);
        for (at, line) in status.scenarios.iter().enumerate() {
            if line.started > 0 && !std::mem::replace(&mut self.begun[at], true) {
                let text = format!("line {} ({}) begins", line.id, line.journey);
                self.event(now, "phase", text, [("line", json!(line.id))]);
            }
        }
        for failure in &snapshot.new_failures {
            let text = secret::masked(&failure.message).into_owned();
            let journey = json!(failure.journey.as_str());
            self.event(now, "error", text, [("journey", journey)]);
        }
        self.ended.resize(status.scenarios.len(), false);
        for (at, line) in status.scenarios.iter().enumerate() {
            let Some(why) = line.ended.as_ref().filter(|_| !self.ended[at]) else { continue };
            self.ended[at] = true;
            let text = format!("line {} ({}) begins no more: {why}", line.id, line.journey);
            self.event(now, "phase", text, [("line", json!(line.id))]);
        }
        if let Some(load) = status.load.filter(|_| !self.drained) {
            self.drained = true;
            self.event(load, "phase", "no more load is asked for".to_owned(), []);
        }
        for row in &snapshot.blocked {
            let known = self.blocked.entry(row.journey.clone()).or_default();
            let more = row.times.saturating_sub(std::mem::replace(known, row.times));
            if more > 0 {
                let text = format!(
                    "{} kept its runner from all other work {}; {} at most until now",
                    row.journey,
                    units::count(more, "time"),
                    units::time(row.longest)
                );
                self.event(now, "blocked", text, [("journey", json!(row.journey))]);
            }
        }
        let marked = snapshot.marks.iter().skip(self.marked);
        for mark in marked {
            let text = secret::masked(&mark.text).into_owned();
            self.marked += 1;
            // Few, and asked for by hand: not for want of room.
            self.list.push(event(mark.at, "mark", text, []));
        }
        for finding in &status.findings {
            if self.found.len() < MOST_EVENTS && self.found.insert(subject(finding)) {
                self.found(now, finding);
            }
        }
    }

    fn found(&mut self, now: Duration, finding: &Finding) {
        let (at, kind) = match finding {
            Finding::Interrupted { after, .. } => (*after, "signal"),
            Finding::NetworkAway(away) => {
                (away.stretches.last().map_or(now, |last| last.from), "network")
            }
            Finding::NetworkSlow(_) | Finding::Strays(_) => (now, "network"),
            Finding::RunnerLost { .. } | Finding::NoRunnerLeft | Finding::Deposed { .. } => {
                (now, "runner")
            }
            Finding::PoolFailed { .. } | Finding::PoolWasEmpty { .. } => (now, "pool"),
            _ => (now, "finding"),
        };
        match finding {
            Finding::ItemsInDoubt { some, .. } => {
                self.event(at, kind, finding.to_string(), [("items", json!(some))]);
            }
            Finding::RunnerLost { runner, process, from, to } => {
                let of = [
                    ("runner", json!(runner)),
                    ("process", json!(process)),
                    ("from_s", json!(Number::from(*from))),
                    ("to_s", json!(Number::from(*to))),
                ];
                self.event(at, kind, finding.to_string(), of);
            }
            Finding::NetworkAway(away) => {
                let stretches = away.stretches.iter();
                let stretches: Vec<_> =
                    stretches.map(|s| [s.from, s.to].map(Number::from)).collect();
                let of = [
                    ("connection", json!(away.connection)),
                    ("of", json!(away.of)),
                    ("stretches", json!(stretches)),
                ];
                self.event(at, kind, finding.to_string(), of);
            }
            _ => self.event(at, kind, finding.to_string(), []),
        }
    }

    /// Something happened.
    pub(crate) fn event<const N: usize>(
        &mut self,
        at: Duration,
        kind: &str,
        text: String,
        data: [(&str, serde_json::Value); N],
    ) {
        if self.list.len() >= MOST_EVENTS + self.marked {
            self.unlisted += 1;
            return;
        }
        self.list.push(event(at, kind, text, data));
    }
}

/// What a finding is of, whatever numbers it has by now: each runner that was lost is one of
/// its own, and items in doubt are told again when there are more.
fn subject(finding: &Finding) -> String {
    match finding {
        Finding::RunnerLost { runner, .. } => format!("runner {runner}"),
        Finding::NetworkAway(away) => {
            format!("{} {:?} {}", away.connection, away.of, away.stretches.len())
        }
        Finding::Elsewhere { process, finding } => format!("{process}: {}", subject(finding)),
        Finding::Health(Symptom::ClockApart { process, .. }) => format!("clock of {process}"),
        Finding::ItemsInDoubt { items, .. } => format!("{items} items in doubt"),
        other => {
            let text = other.to_string();
            text.chars().filter(|c| !c.is_ascii_digit()).collect()
        }
    }
}

fn event<const N: usize>(
    at: Duration,
    kind: &str,
    text: String,
    data: [(&str, serde_json::Value); N],
) -> Event {
    let data: Fields = data.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    Event { t_s: at.into(), kind: kind.into(), text: text.into(), data }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64, findings: Vec<Finding>) -> Snapshot {
        let mut snapshot = Snapshot::default();
        snapshot.status.elapsed = Duration::from_secs(seconds);
        snapshot.status.findings = findings;
        snapshot
    }

    #[test]
    fn each_runner_that_is_lost_is_told_when_it_is_known_wherever_it_stands() {
        let lost = |runner| Finding::RunnerLost {
            runner,
            process: "box (process 7)".into(),
            from: Duration::from_secs(2),
            to: Duration::from_secs(3),
        };
        let doubt = |items| Finding::ItemsInDoubt { items, some: Vec::new() };
        let mut events = Events::default();
        events.follow(&at(4, vec![lost(2), doubt(100)]));
        events.follow(&at(5, vec![lost(2), doubt(100)]));
        // It comes before one that was told, whose number has grown.
        events.follow(&at(9, vec![lost(2), lost(1), doubt(245)]));
        let text = |n: usize| serde_json::to_value(&events.list[n]).expect("an event");
        let told = |n| (text(n)["t_s"].as_f64(), text(n)["text"].to_string());
        assert_eq!(events.list.len(), 4);
        assert!(told(0).0 == Some(4.0) && told(0).1.contains("runner 2 of box"), "{:?}", told(0));
        assert!(told(1).0 == Some(4.0) && told(1).1.contains("100 data items"), "{:?}", told(1));
        assert!(told(2).0 == Some(9.0) && told(2).1.contains("runner 1 of box"), "{:?}", told(2));
        assert!(told(3).0 == Some(9.0) && told(3).1.contains("245 data items"), "{:?}", told(3));
    }
}
