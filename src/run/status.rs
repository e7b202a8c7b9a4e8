//! How a run stands, besides its numbers.

use mite_core::control::{ArrivalReport, Ended, LostRunner};
use mite_core::ids::LineId;
use mite_core::message::Tap;
use mite_core::stats::{
    ArrivalStatus, DropReason, Finding, Health, LineStatus, PoolStatus, RunStatus, Standing,
    Stretch, Unanswered,
};

use super::monitor::Monitor;
use super::plan::LineInfo;
use super::site::{Runners, Site};
use crate::listener::Remarks;

/// Items in doubt that are named.
const MOST_NAMED: usize = 1_000;

impl<S: Site> Monitor<S> {
    fn health(&self) -> Health {
        let mut health = Health {
            // The board knows its runners.
            runners: Vec::new(),
            processes: Vec::new(),
            files: self.resources.files(),
            ports: self.resources.ports(),
            cores: std::thread::available_parallelism().map_or(1, |n| n.get() as u32),
            // Virtual times are not measured.
            debug_build: cfg!(debug_assertions) && !self.runners.share_its_thread(),
            bounds: self.bounds,
        };
        self.runners.examine(&mut health);
        for process in &mut health.processes {
            let lost = self.control.report.lost.iter().filter(|lost| process.has(lost.runner));
            let stretches = lost.map(|lost| Stretch { from: lost.from, to: lost.to });
            process.unobserved =
                stretches.reduce(|a, b| Stretch { from: a.from.min(b.from), to: a.to.max(b.to) });
            if process.unobserved.is_some() {
                process.standing = Standing::Lost;
            }
        }
        health
    }

    fn arrivals(&self, line: LineId, report: &ArrivalReport) -> ArrivalStatus {
        let ArrivalReport { rate, scheduled, dropped, lost, at_most, .. } = *report;
        let away = dropped.reasons().iter().map(|(reason, _)| self.away.of(line, *reason)).sum();
        let own = dropped
            .reasons()
            .map(|(reason, n)| (reason, n.saturating_sub(self.away.of(line, reason))));
        let reasons = own.into_iter().chain([(DropReason::Lost, lost), (DropReason::Away, away)]);
        ArrivalStatus {
            rate,
            scheduled,
            dropped: reasons.filter(|(_, n)| *n > 0).collect(),
            at_most,
            max_lateness: self.max_lateness,
        }
    }

    /// Messages that were dropped since a listener's queue was full.
    fn lost_messages(&self) -> u64 {
        self.taps.iter().map(Tap::lost).sum::<u64>() + self.runners.lost_messages()
    }

    /// Items of lost runners that may have been used.
    fn in_doubt(&self) -> Option<Finding> {
        let pools = &self.control.report.in_doubt;
        let items = pools.iter().map(|pool| pool.items.len() as u64).sum();
        let mut some: Vec<String> = Vec::new();
        for (line, item) in pools.iter().flat_map(|pool| &pool.some) {
            let info = self.lines.get((*line as usize).saturating_sub(1));
            some.extend(info.and_then(|info| info.shown(item)));
        }
        some.truncate(MOST_NAMED);
        (items > 0).then_some(Finding::ItemsInDoubt { items, some })
    }

    pub(super) fn status(&self, remarks: &Remarks) -> RunStatus {
        let report = &self.control.report;
        let pools_failed = !self.control.findings.is_empty();
        let mut findings = self.findings.clone();
        findings.extend_from_slice(&self.control.findings);
        findings.extend_from_slice(&remarks.findings);
        let scenarios = report
            .lines
            .iter()
            .zip(&self.lines)
            .map(|(line, info)| {
                let LineInfo { journey, pool, volume, .. } = info;
                findings.extend(info.shortages(line.id));
                if let Some(Ended::InvalidVolume(why)) = &line.ended {
                    let (line, journey, why) = (line.id, journey.to_string(), why.clone());
                    findings.push(Finding::VolumeInvalid { line, journey, why });
                }
                let used_up = line.ended == Some(Ended::Exhausted);
                let pool = pool.clone().map(|pool| PoolStatus { used_up, ..pool });
                if let Some(pool) = &pool
                    && used_up
                    && line.started == 0
                    && !pools_failed
                {
                    findings.push(Finding::PoolWasEmpty {
                        line: line.id,
                        journey: journey.to_string(),
                        pool: pool.name.clone(),
                    });
                }
                if let Some(arrivals) = &line.arrivals
                    && let windows @ 1.. = arrivals.unknown_windows
                {
                    let (line, journey) = (line.id, journey.to_string());
                    let unscheduled = Unanswered::Unscheduled { line, journey, windows };
                    findings.push(Finding::Unanswered(unscheduled));
                }
                if let windows @ 1.. = line.late_windows {
                    let (line, journey) = (line.id, journey.to_string());
                    let late = Unanswered::Late { line, journey, windows };
                    findings.push(Finding::Unanswered(late));
                }
                let unmet = line.unmet.reasons().into_iter().filter(|(_, time)| !time.is_zero());
                LineStatus {
                    peak: line.peak,
                    pool,
                    id: line.id,
                    journey: journey.to_string(),
                    required: line.required,
                    actual: line.actual,
                    started: line.started,
                    ended: line.ended.as_ref().map(Ended::to_string),
                    volume: *volume,
                    unmet: unmet.collect(),
                    arrivals: line.arrivals.map(|arrivals| self.arrivals(line.id, &arrivals)),
                }
            })
            .collect();
        findings.extend(report.lost.iter().map(|&LostRunner { runner, from, to }| {
            Finding::RunnerLost {
                runner,
                process: self.runners.process_of(runner).unwrap_or_default(),
                from,
                to,
            }
        }));
        findings.extend(self.in_doubt());
        findings.extend(self.runners.findings());
        // Until then it grows, and marks say so.
        if let Some(load) = self.load {
            findings.extend(self.asked.changed_by_hand(load));
        }
        RunStatus {
            elapsed: self.elapsed(),
            planned: self.planned,
            load: self.load,
            paused: self.asked.paused(self.load.unwrap_or_else(|| self.elapsed())),
            runners: self.runners.count(),
            in_flight: report
                .runners
                .iter()
                .copied()
                .zip(report.in_flight.iter().copied())
                .collect(),
            scenarios,
            lost_messages: self.lost_messages().saturating_sub(remarks.lost),
            notes: remarks.notes.clone(),
            allow_empty: self.allow_empty,
            // The board knows them.
            searches: Vec::new(),
            health: self.health(),
            findings,
        }
    }
}
