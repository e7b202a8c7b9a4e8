//! The runners of a fleet, as the controller's monitor knows them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use mite_core::journey::Lanes;
use mite_core::stats::{Board, Counts, DropReason, Finding, Health, Standing, Usage};
use mite_nats::{ControllerSide, ProcessStatus, Tidings};
use tokio::time::Instant;

use super::unkept::Unkept;
use crate::lanes::MessageLanes;
use crate::listener::Remarks;
use crate::run::shutdown::Signals;
use crate::run::site::{Runners, Surroundings};
use crate::terminal::log::{self, Level};

mod network;
mod rows;

/// How long the last counts of all processes may take, once everything was told to end:
/// longer than a process takes at most for its journeys and its listeners. One that is not
/// heard is not waited for.
const LAST_WAIT: Duration = Duration::from_secs(25);

/// What was counted until so much after the end of a window still is of it: processes say it
/// each second, and in between if they are asked.
const SLACK: Duration = Duration::from_millis(500);

/// How long after a second what was counted in it is under way, at the least: also that no
/// more load is asked for is known then.
const LAG: Duration = Duration::from_millis(100);

/// How often it is looked whether they have come.
const LOOK: Duration = Duration::from_millis(10);

/// Runners in other processes.
pub(crate) struct Elsewhere {
    side: ControllerSide,
    /// The zero of test time.
    start: Instant,
    /// What the controller itself counts.
    lanes: Lanes,
    window: Counts,
    timeout: Duration,
    messages: MessageLanes,
    /// What has come and is of a window that is not over.
    pending: Vec<Tidings>,
    /// What each process said last, whether it was handed over or not.
    heard: BTreeMap<u64, ProcessStatus>,
    /// What each process said with what was handed over last.
    said: BTreeMap<u64, ProcessStatus>,
    /// Processes that have counted under an earlier controller, and were not heard since.
    earlier: BTreeSet<u64>,
    /// Processes whose last counts never came.
    unheard: Vec<String>,
    /// How often they were asked what they have counted.
    asked: u64,
    unkept: Unkept,
    /// When it was seen that the server has gone back to an older copy of what it keeps.
    went_back: Option<Duration>,
}

impl Elsewhere {
    pub(super) fn new(
        side: ControllerSide,
        around: Surroundings,
        timeout: Duration,
        messages: MessageLanes,
    ) -> Self {
        let earlier = match side.earlier() {
            Some(_) => side.roster().taking_part().map(|process| process.id).collect(),
            None => BTreeSet::new(),
        };
        Self {
            side,
            start: around.start,
            lanes: Lanes::new(around.taps).with_stats(around.stats),
            window: Counts::default(),
            timeout,
            messages,
            pending: Vec::new(),
            heard: BTreeMap::new(),
            said: BTreeMap::new(),
            earlier,
            unheard: Vec::new(),
            asked: 0,
            unkept: Unkept::default(),
            went_back: None,
        }
    }

    /// For how long a process may be silent: the controller takes its runners for lost
    /// before.
    fn limit(&self) -> Duration {
        self.timeout + self.timeout.mul_f64(0.05).max(Duration::from_millis(500)) * 2
    }

    fn is_awaited(&self) -> bool {
        self.side.roster().taking_part().any(|p| p.standing == Standing::Here)
    }

    fn receive(&mut self) {
        while let Some(tidings) = self.side.tidings() {
            let mut status = tidings.status.clone();
            if let Some(mut heard) = self.heard.remove(&tidings.update.source) {
                // Of what was away it tells what is new.
                heard.control.follow(&status.control);
                heard.messages.follow(&status.messages);
                (status.control, status.messages) = (heard.control, heard.messages);
            }
            self.heard.insert(tidings.update.source, status);
            self.pending.push(tidings);
        }
    }

    fn hand_over(&mut self, board: &mut Board, tidings: Tidings) {
        let Tidings { update, status } = tidings;
        let process = update.source;
        let since = self.said.get(&process).map(|said| said.until).unwrap_or_default();
        let is_news = if self.earlier.remove(&process) {
            board.update_of_earlier(update)
        } else if self.was_away(&status, since, status.until) {
            board.update_while_away(update)
        } else {
            board.update(update)
        };
        if is_news {
            self.said.insert(process, status);
        }
    }
}

impl Runners for Elsewhere {
    fn count(&self) -> u32 {
        let roster = self.side.roster();
        roster.taking_part().filter(|p| p.standing != Standing::Lost).map(|p| p.runners).sum()
    }

    fn asked_for(&self, key: &str) -> bool {
        self.said.values().any(|said| said.asked.iter().any(|asked| asked == key))
    }

    fn counts(&mut self, board: &mut Board, until: Option<Duration>) {
        self.receive();
        for tidings in std::mem::take(&mut self.pending) {
            match until {
                Some(until) if tidings.status.until > until + SLACK => self.pending.push(tidings),
                _ => self.hand_over(board, tidings),
            }
        }
        self.lanes.counted().swap(&mut self.window);
        board.absorb(&mut self.window);
    }

    fn lag(&self) -> Duration {
        LAG
    }

    fn window_end(&self, planned: Duration, _now: Duration) -> Duration {
        planned
    }

    fn have_told(&mut self, until: Duration) -> bool {
        self.receive();
        let roster = self.side.roster();
        let mut here = roster.taking_part().filter(|p| p.standing == Standing::Here);
        here.all(|p| self.heard.get(&p.id).is_some_and(|heard| heard.until >= until))
    }

    fn were_away(&self, at: Duration, reason: DropReason) -> bool {
        self.away_at(at, reason)
    }

    fn process_of(&self, runner: u32) -> Option<String> {
        let roster = self.side.roster();
        let process = roster.taking_part().find(|process| process.ids().contains(&runner));
        process.map(|process| process.name())
    }

    fn findings(&self) -> Vec<Finding> {
        self.network_findings()
    }

    fn refresh(&mut self) {
        self.asked = self.side.ask();
    }

    fn is_fresh(&self) -> bool {
        let roster = self.side.roster();
        let mut here = roster.taking_part().filter(|p| p.standing == Standing::Here);
        here.all(|p| self.said.get(&p.id).is_some_and(|said| said.asked_times >= self.asked))
    }

    fn lanes(&self) -> Option<&Lanes> {
        Some(&self.lanes)
    }

    fn look(&mut self) {
        self.unkept.look(self.side.trouble(), Instant::now());
        if let Some(seen) = self.side.went_back()
            && self.went_back.is_none()
        {
            self.went_back = Some(seen.saturating_duration_since(self.start));
            log::log(
                Level::Error,
                "the NATS server has gone back to an older copy of what it keeps: what another controller would have to know is written again",
            );
        }
        let lost = self.side.roster().give_up(Instant::now(), self.limit());
        for process in lost {
            log::log(Level::Error, format_args!("{} is not heard any more", process.name()));
        }
        // Whoever ends once no more load is asked for ends with the run.
        if self.asked == 0 {
            self.side.roster().go_on_without_those_that_are_done();
        }
    }

    fn examine(&self, health: &mut Health) {
        for said in self.said.values() {
            health.files = fuller(health.files, said.files);
            health.ports = fuller(health.ports, said.ports);
            health.debug_build |= said.debug_build;
        }
        health.processes = self.rows();
        // Those of one machine share its cores.
        let roster = self.side.roster();
        let mut cores = BTreeMap::new();
        for process in roster.processes() {
            if let Some(said) = self.said.get(&process.id) {
                let of_host: &mut u32 = cores.entry(&process.host).or_default();
                *of_host = (*of_host).max(said.cores);
            }
        }
        if !cores.is_empty() {
            health.cores = cores.into_values().sum();
        }
    }

    fn remarks(&self) -> Remarks {
        let mut remarks = Remarks::default();
        let mut notes = BTreeSet::new();
        for process in self.side.roster().processes() {
            let Some(said) = self.said.get(&process.id) else { continue };
            notes.extend(said.notes.iter().cloned());
            remarks.findings.extend(said.findings.iter().map(|finding| Finding::Elsewhere {
                process: process.name(),
                finding: Box::new(finding.clone()),
            }));
        }
        remarks.findings.extend(self.unkept.finding());
        remarks.findings.extend(self.went_back.map(|at| Finding::StoreWentBack { at }));
        for process in &self.unheard {
            let what = format!(
                "the last counts of {process} did not come: what it did since its last report is not in the numbers"
            );
            remarks.findings.push(Finding::Fault { what, times: 1 });
        }
        remarks.notes.extend(notes);
        remarks.findings.extend(self.messages.findings());
        remarks.findings.extend(self.stray_findings());
        remarks
    }

    fn lost_messages(&self) -> u64 {
        let roster = self.side.roster();
        let said = roster.taking_part().filter_map(|process| {
            Some((process.origin, self.said.get(&process.id)?.lost_messages))
        });
        lost_in_all(said)
    }

    async fn over(&mut self) {
        self.messages.over().await;
        self.side.over().await;
    }

    async fn end(&mut self, signals: &mut Signals) {
        self.side.roster().close(Instant::now());
        let until = Instant::now() + LAST_WAIT;
        while self.is_awaited() && Instant::now() < until {
            tokio::select! {
                biased;
                _ = signals.next() => break,
                () = tokio::time::sleep(LOOK) => self.look(),
            }
        }
        let roster = self.side.roster();
        // Also those that were given up meanwhile, whatever the controller of the load knew.
        let unheard = roster.taking_part().filter(|process| !process.has_told);
        self.unheard = unheard.map(|process| process.name()).collect();
    }
}

/// Messages that were lost, by what each process has said under each of its numbers: one that
/// has joined anew counts on.
fn lost_in_all(said: impl Iterator<Item = (u64, u64)>) -> u64 {
    let mut lost: BTreeMap<_, u64> = BTreeMap::new();
    for (origin, so_far) in said {
        let of_process = lost.entry(origin).or_default();
        *of_process = (*of_process).max(so_far);
    }
    lost.into_values().sum()
}

/// The one of which more is used.
fn fuller(a: Option<Usage>, b: Option<Usage>) -> Option<Usage> {
    let share = |usage: &Usage| usage.most as f64 / usage.limit.max(1) as f64;
    match (a, b) {
        (Some(a), Some(b)) if share(&b) > share(&a) => Some(b),
        (a, b) => a.or(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_joins_anew_counts_on_and_others_count_for_themselves() {
        assert_eq!(lost_in_all([(1, 5), (2, 3), (1, 7)].into_iter()), 10);
        assert_eq!(lost_in_all([].into_iter()), 0);
    }
}
