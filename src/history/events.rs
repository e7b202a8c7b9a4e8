//! What happened in a run, and when: lines that begin and end, errors of a new kind, stalls,
//! marks, findings.

use std::collections::BTreeMap;
use std::time::Duration;

use mite_core::secret;
use mite_core::stats::{Finding, Snapshot};
use mite_core::units;
use mite_results::document::{Event, Fields};
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
    /// Findings that were told.
    found: usize,
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
        let found = std::mem::replace(&mut self.found, status.findings.len());
        for finding in status.findings.iter().skip(found) {
            self.found(now, finding);
        }
    }

    fn found(&mut self, now: Duration, finding: &Finding) {
        let (at, kind) = match finding {
            Finding::Interrupted { after, .. } => (*after, "signal"),
            Finding::RunnerLost { .. } | Finding::NoRunnerLeft | Finding::Deposed { .. } => {
                (now, "runner")
            }
            Finding::PoolFailed { .. } | Finding::PoolWasEmpty { .. } => (now, "pool"),
            _ => (now, "finding"),
        };
        self.event(at, kind, finding.to_string(), []);
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

fn event<const N: usize>(
    at: Duration,
    kind: &str,
    text: String,
    data: [(&str, serde_json::Value); N],
) -> Event {
    let data: Fields = data.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    Event { t_s: at.into(), kind: kind.into(), text: text.into(), data }
}
