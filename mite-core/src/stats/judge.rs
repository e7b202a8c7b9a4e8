//! The judge: what a run's numbers are worth, held against its limits.

use std::time::Duration;

use super::arrivals::{DropReason, DroppedArrivals};
use super::findings::{Finding, Weight};
use super::health::{Grade, symptoms};
use super::search::{SearchState, SearchStatus};
use super::snapshot::{BlockedRow, Totals};
use super::status::{LineStatus, RunStatus};
use super::summary::{JourneyRow, Summary};
use super::threshold::Checked;
use super::unmet::Reason;
use super::verdict::{RunOutcome, Verdict};

/// Fewer failures may have any reason, and do not distort anything.
const MANY_FAILURES: u64 = 100;

/// A journey that takes longer has done something, or waited for something.
const AT_ONCE: Duration = Duration::from_millis(1);

/// Volume that comes this much later is still on its way up.
const SPAWNING: Duration = Duration::from_secs(3);

/// Judges a run by its limits, as they were checked, and by what else there is to know
/// of it.
pub fn judge(limits: Vec<Checked>, summary: &Summary) -> Verdict {
    let mut findings = summary.status.findings.clone();
    findings.extend(counted(summary));
    let worst = findings.iter().map(Finding::weight).max().unwrap_or(Weight::Note);
    let kept = limits.iter().all(|checked| checked.kept);
    let cut = findings.iter().find_map(|finding| match finding {
        Finding::Interrupted { signal, planned: Some(_), .. } => Some(*signal),
        _ => None,
    });
    let validity = findings.iter().map(Finding::grade).max().unwrap_or_default();
    let allow_invalid = summary.status.health.bounds.allow_invalid;
    let outcome = match (worst, cut) {
        (Weight::Lost, _) => RunOutcome::Lost,
        // What was found until then is no more than a part.
        (_, Some(signal)) => RunOutcome::Cut(signal),
        // A generator that is not well cannot tell whether a server keeps its limits.
        _ if validity == Grade::Invalid && !allow_invalid => RunOutcome::Invalid,
        (Weight::Fails, None) => RunOutcome::Failed,
        (Weight::Note, None) if !kept => RunOutcome::Failed,
        (Weight::Note, None) => RunOutcome::Passed,
    };
    Verdict { outcome, validity, allow_invalid, limits, findings }
}

/// What the numbers are worth until now, as far as that can be said while the run goes on.
pub(super) fn validity(status: &RunStatus, blocked: &[BlockedRow], typical: Duration) -> Grade {
    let found = status.findings.iter().map(Finding::grade);
    let blocked: Vec<_> = blocked
        .iter()
        .map(|row| (row.journey.clone(), row.times, row.longest, row.in_all))
        .collect();
    let typical = (!typical.is_zero()).then_some(typical);
    let ill = symptoms(&status.health, &blocked, typical).into_iter().map(Finding::Health);
    let dropped = status.scenarios.iter().flat_map(dropped);
    let lost = Some(status.lost_messages).filter(|n| *n > 0);
    let lost = lost.map(|messages| Finding::MessagesLost { messages });
    let more = ill.chain(dropped).chain(lost);
    found.chain(more.map(|finding| finding.grade())).max().unwrap_or_default()
}

/// What a search has not found.
fn none_found(search: &SearchStatus) -> Option<Finding> {
    let known = search.to_string();
    match search.state {
        SearchState::Found | SearchState::KeptUpTo => None,
        state => {
            let (line, journey) = (search.line, search.journey.clone());
            Some(Finding::NoneFound { line, journey, state, known })
        }
    }
}

/// What the counts of a run show.
fn counted(summary: &Summary) -> Vec<Finding> {
    let status = &summary.status;
    let mut found = Vec::new();
    for LineStatus { id, journey, peak, pool, unmet, .. } in &status.scenarios {
        for &(reason, missing) in unmet {
            if !is_worth_saying(*peak, pool.as_ref().is_some_and(|p| p.used_up), reason, missing) {
                continue;
            }
            found.push(Finding::Unmet {
                line: *id,
                journey: journey.clone(),
                pool: pool.clone(),
                peak: *peak,
                reason,
                missing,
            });
        }
    }
    found.extend(status.scenarios.iter().flat_map(dropped));
    found.extend(empty(summary));
    found.extend(status.searches.iter().filter_map(none_found));
    found.extend(summary.journeys.iter().filter_map(|row| fails_at_once(summary, row)));
    found.extend(summary.journeys.iter().filter_map(pace_missed));
    let blocked = summary.blocked.iter();
    let blocked: Vec<_> =
        blocked.map(|row| (row.journey.clone(), row.times, row.longest, row.in_all)).collect();
    found.extend(
        symptoms(&status.health, &blocked, measured(summary)).into_iter().map(Finding::Health),
    );
    let some = |n: u64| Some(n).filter(|n| *n > 0);
    let cancelled = some(summary.totals.journeys.cancelled);
    found.extend(cancelled.map(|executions| Finding::Cancelled { executions }));
    found.extend(some(summary.unserializable).map(|values| Finding::Unserializable { values }));
    let refused = summary.statistics.iter().filter(|row| row.refused > 0);
    found.extend(
        refused.map(|row| Finding::ValuesRefused { statistic: row.title(), times: row.refused }),
    );
    found.extend(some(status.lost_messages).map(|messages| Finding::MessagesLost { messages }));
    let saturated = some(summary.response_times.saturated());
    found.extend(saturated.map(|requests| Finding::Saturated { requests }));
    found
}

/// Arrivals of a line that did not start, by reason.
fn dropped(status: &LineStatus) -> Vec<Finding> {
    let Some(arrivals) = &status.arrivals else { return Vec::new() };
    let reasons = arrivals.dropped.iter().filter(|(_, n)| *n > 0);
    let found = |&(reason, dropped): &(DropReason, u64)| DroppedArrivals {
        line: status.id,
        journey: status.journey.clone(),
        pool: status.pool.clone(),
        reason,
        dropped,
        scheduled: arrivals.scheduled,
        max_lateness: arrivals.max_lateness,
        at_most: arrivals.at_most,
    };
    reasons.map(found).map(Finding::ArrivalsDropped).collect()
}

/// What is typical of what was measured: of requests, else of transactions and journeys.
fn measured(summary: &Summary) -> Option<Duration> {
    let times = &summary.response_times;
    if times.count() > 0 {
        return Some(times.percentile(50.0));
    }
    let most = summary.transactions.iter().max_by_key(|row| row.times.count)?;
    (most.times.count > 0).then_some(most.times.p50)
}

/// What makes a run worth nothing, whatever its limits are.
fn empty(summary: &Summary) -> Option<Finding> {
    let Totals { journeys, transactions, requests, .. } = summary.totals;
    // Without lines these are counts alone, and no run.
    if summary.status.scenarios.is_empty() {
        return None;
    }
    let mut findings = summary.status.findings.iter();
    let on_purpose = summary.status.allow_empty
        || findings.any(|finding| matches!(finding, Finding::Interrupted { .. }));
    if journeys.started + summary.warmup.journeys.started == 0 {
        return (!on_purpose).then_some(Finding::NothingStarted);
    }
    let nothing = transactions == 0
        && requests == 0
        && summary.protocols.is_empty()
        && journeys.finished == 0;
    if !nothing {
        return None;
    }
    let executions = journeys.cancelled;
    match journeys.errors {
        // What a journey counts or sends itself has come of it.
        0 if executions > 0 && !on_purpose && !has_told(summary) => {
            Some(Finding::NothingEnded { executions })
        }
        0 => None,
        errors => Some(Finding::OnlyErrors { errors }),
    }
}

/// Whether anything came of journeys that they tell themselves, or before what is counted.
fn has_told(summary: &Summary) -> bool {
    let told = summary.statistics.iter().any(|row| row.count > 0);
    // An answer that is read until the test is over is cancelled with its journey.
    told || summary.totals.received > 0
        || !summary.events.is_empty()
        || summary.warmup.journeys.finished > 0
}

/// A journey whose own work left it less time than its separation.
fn pace_missed(JourneyRow { journey, counts }: &JourneyRow) -> Option<Finding> {
    let paced = &counts.paced;
    paced.is_missed().then(|| Finding::PaceMissed {
        journey: journey.clone(),
        blocks: paced.blocks,
        late: paced.late,
        by: paced.over.div_f64(paced.late as f64),
        reached: paced.reached(),
    })
}

/// Executions of a journey of which nine in ten failed, most of them at once:
/// they follow each other as fast as the core can.
fn fails_at_once(summary: &Summary, row: &JourneyRow) -> Option<Finding> {
    let JourneyRow { journey, counts } = row;
    // Arrivals come at their rate, whatever becomes of them.
    let mut lines = summary.status.scenarios.iter().filter(|line| line.journey == *journey);
    if lines.any(|line| line.arrivals.is_some()) {
        return None;
    }
    let ended = counts.finished + counts.failed + counts.cancelled;
    let mut roots = summary.transactions.iter().filter(|row| row.name.is_empty());
    let typical = roots.find(|row| row.journey == *journey)?.times.p50;
    let often = counts.failed >= MANY_FAILURES && counts.failed >= ended - ended / 10;
    (often && typical <= AT_ONCE).then(|| Finding::FailsAtOnce {
        journey: journey.clone(),
        failed: counts.failed,
        ended,
        typical,
    })
}

/// How things start and end is not a finding.
fn is_worth_saying(peak: u32, used_up: bool, why: Reason, missing: Duration) -> bool {
    // As if all of the volume had been missing at once.
    let of_all = missing / peak.max(1);
    match why {
        Reason::Spawn => of_all >= SPAWNING,
        Reason::Moving | Reason::Supply => missing >= Duration::from_secs(1),
        // A pool whose items were all used has done its part.
        Reason::Data if used_up => false,
        Reason::Data | Reason::Cap | Reason::NoRunner => missing >= Duration::from_millis(100),
    }
}

#[cfg(test)]
mod tests;
