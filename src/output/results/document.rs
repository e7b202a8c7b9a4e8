//! A summary as the file of results.

use std::collections::BTreeSet;

use mite_core::secret;
use mite_core::stats::{
    self, Checked, FailureRow, Finding, Grade, LineStatus, OVERFLOW, Part, PartKind, ProcessHealth,
    RunInfo, RunnerHealth, StatisticRow, Summary, Unit, Verdict, Weight, shown_transaction,
};
use mite_core::units;
use mite_results::document::{
    self, Blocked, Document, EndedBy, Event, Failure, Fields, Generator, Journeys, Limit, Line,
    Measured, Model, Number, Phase, Pool, Reason, Run, Series, Statistic, StatisticKind, Text,
    Totals, Truncated, Validity, Windows,
};

use super::detail::Detail;
use super::facts::{RunFacts, run_id};
use super::series::times;
use super::{exemplars, host, processes, searches, series};
use crate::history::Course;
use crate::history::ids::is_inner;
use crate::history::word::word;

/// The results of a run that has ended, or as if it did now; without windows.
pub(super) fn of(
    summary: &Summary,
    facts: &RunFacts,
    course: &Course,
    detail: &Detail,
) -> Document {
    let (info, status) = (&summary.info, &summary.status);
    let measured = status.measured(summary.warmup.length);
    let mut events = course.events.list.clone();
    for (aborted, limit) in summary.verdict.limits.iter().filter_map(|l| Some((l.aborted?, l))) {
        let text = format!("`{}` ended the run", limit.threshold).into();
        events.push(Event { t_s: aborted.into(), kind: "limit".into(), text, ..Event::default() });
    }
    let overflown = summary.series.iter().filter(|s| s.key.journey.as_str() == OVERFLOW).count();
    let inner = summary.series.iter().filter(|series| is_inner(series));
    let failed_transactions = inner.map(|series| series.total.errors).sum();
    let (totals, counts) = (&summary.totals, &summary.totals.journeys);
    let series = series::of(summary, measured, detail);
    let text = |pair: (&String, &String)| (pair.0.clone(), Text::from(pair.1.as_str()));
    Document {
        tool: host::tool(&info.version),
        run: Run {
            id: run_id(info).into(),
            test: info.test.as_str().into(),
            started: units::moment(info.started).into(),
            elapsed_s: status.elapsed.into(),
            planned_s: status.planned.map(Number::from),
            load_s: Some(status.load().into()),
            paused_s: status.paused.into(),
            correct_omission_s: summary.omission.map(Number::from),
            warmup_s: summary.warmup.length.into(),
            seed: Some(info.seed),
            runners: status.runners,
            host: host::this(),
            labels: facts.labels.iter().map(text).collect(),
            settings: facts.settings.iter().map(text).collect(),
            config_keys: facts.config_keys.iter().map(|key| key.as_str().into()).collect(),
        },
        verdict: verdict(&summary.verdict),
        lines: status.scenarios.iter().map(|status| line(status, info)).collect(),
        totals: Totals {
            requests: totals.requests,
            failed_requests: totals.failed_requests,
            transactions: totals.transactions,
            failed_transactions,
            journeys: Journeys {
                started: counts.started,
                finished: counts.finished,
                failed: counts.failed,
                cancelled: counts.cancelled,
                errors: counts.errors,
            },
            received_bytes: totals.received,
            sent_bytes: totals.sent,
        },
        parts: summary.parts.iter().map(part).collect(),
        searches: status.searches.iter().map(searches::search).collect(),
        series,
        truncated: Truncated {
            series: overflown as u64,
            unlisted_series: 0,
            windows_of_series: course.history.left_out(),
            failures: 0,
            events: course.events.unlisted + summary.marks.more(),
        },
        events,
        failures: summary.failures.iter().map(failure).collect(),
        exemplars: exemplars::of(summary),
        statistics: summary.statistics.iter().map(|row| statistic(row, course)).collect(),
        generator: generator(summary),
        ..Document::default()
    }
}

/// The verdict of a run that has ended.
pub(super) fn verdict(verdict: &Verdict) -> mite_results::document::Verdict {
    let why = |f: &&Finding| f.weight() != Weight::Note || f.grade() != Grade::Valid;
    let (reasons, notes): (Vec<_>, Vec<_>) = verdict.findings.iter().partition(why);
    mite_results::document::Verdict {
        passed: verdict.passed(),
        exit_code: verdict.outcome.code(),
        ended_by: ended_by(verdict),
        validity: match verdict.validity {
            Grade::Valid => Validity::Valid,
            Grade::Suspect => Validity::Suspect,
            Grade::Invalid => Validity::Invalid,
        },
        reasons: reasons.into_iter().map(reason).collect(),
        notes: notes.into_iter().map(reason).collect(),
        limits: verdict.limits.iter().map(limit).collect(),
    }
}

fn ended_by(verdict: &Verdict) -> EndedBy {
    let has = |is: fn(&Finding) -> bool| verdict.findings.iter().any(is);
    if has(|finding| matches!(finding, Finding::Interrupted { .. })) {
        EndedBy::Signal
    } else if verdict.limits.iter().any(|limit| limit.aborted.is_some()) {
        EndedBy::Limit
    } else if has(|f| matches!(f, Finding::Hopeless { .. } | Finding::RecordsUnwritten { .. })) {
        EndedBy::Fault
    } else {
        EndedBy::Plan
    }
}

fn reason(finding: &Finding) -> Reason {
    // Whoever found it.
    let what = match finding {
        Finding::Elsewhere { finding, .. } => finding,
        here => here,
    };
    Reason { code: word(what).into(), text: finding.to_string().into(), ..Reason::default() }
}

fn limit(checked: &Checked) -> Limit {
    let threshold = &checked.threshold;
    let (unit, scale) = match threshold.unit {
        Unit::Time => ("s", 1e-9),
        Unit::Share => ("share", 1.0),
        Unit::PerSecond => ("per_s", 1.0),
        Unit::Number => ("count", 1.0),
    };
    let selectors = threshold.selection.selectors.iter().map(|selector| {
        let not = if selector.negated { "not " } else { "" };
        (selector.key.clone(), Text::from(format!("{not}{}", selector.pattern)))
    });
    let number = |value: f64| {
        // Nanoseconds as the shortest number of seconds that is the same.
        let value = if scale < 1.0 { value / 1e9 } else { value };
        Number::new(value)
    };
    Limit {
        expression: threshold.to_string().into(),
        scope: selectors.collect(),
        value: checked.value.and_then(number),
        limit: number(threshold.bound).unwrap_or_default(),
        unit: Some(unit.into()),
        samples: checked.samples,
        failed: checked.failed,
        ok: checked.kept,
    }
}

fn line(status: &LineStatus, info: &RunInfo) -> Line {
    let volume = &status.volume;
    let (kind, text) = match (volume.once, volume.most) {
        (Some(n), _) => ("once", n.to_string()),
        (None, Some(most)) => ("volume", format!("up to {most}")),
        (None, None) => ("own", "known only as it runs".to_owned()),
    };
    let dropped = status.arrivals.iter().flat_map(|arrivals| &arrivals.dropped);
    let dropped = dropped.map(|(reason, n)| (reason, n));
    Line {
        id: status.id,
        journey: status.journey.as_str().into(),
        model: if status.arrivals.is_some() { Model::Open } else { Model::Closed },
        phases: match info.schedule.get((status.id as usize).wrapping_sub(1)) {
            Some(phases) => phases.iter().map(phase).collect(),
            None => vec![Phase {
                from_s: Number::default(),
                to_s: volume.duration.map(Number::from),
                kind: kind.into(),
                text: text.into(),
            }],
        },
        pool: status.pool.as_ref().map(|pool| Pool {
            name: pool.name.as_str().into(),
            items: pool.items,
            taken: status.started,
        }),
        scheduled: status.arrivals.as_ref().map(|arrivals| arrivals.scheduled),
        started: status.started,
        dropped: dropped.map(|(reason, n)| (word(reason), *n)).collect(),
        unmet_slot_s: status
            .unmet
            .iter()
            .map(|(reason, time)| (word(reason), Number::from(*time)))
            .collect(),
    }
}

/// The windows of the series that are told, whose times are response times where the series
/// has any.
pub(super) fn windows(series: &[Series], mut windows: Windows) -> Windows {
    let told: BTreeSet<u32> = series.iter().map(|series| series.id).collect();
    windows.series.retain(|id, _| told.contains(id));
    for series in series.iter().filter(|series| series.response.is_some()) {
        if let Some(windows) = windows.series.get_mut(&series.id) {
            windows.time = Measured::Response;
        }
    }
    windows
}

fn part(part: &Part) -> mite_results::document::Part {
    let window = &part.counted;
    let counts = [&window.requests, &window.transactions, &window.journeys].map(|d| d.count());
    // In the drain no load is asked for, so what ends in it has no rate; and what was before
    // a restart may lack some.
    let load = (!matches!(part.kind, PartKind::Drain | PartKind::Earlier))
        .then_some(window.length.as_secs_f64());
    let [requests_per_s, transactions_per_s, journeys_per_s] =
        counts.map(|n| Number::new(n as f64 / load?));
    let service = [&window.requests, &window.transactions, &window.journeys];
    mite_results::document::Part {
        kind: match part.kind {
            PartKind::Earlier => document::PartKind::Earlier,
            PartKind::RampUp => document::PartKind::RampUp,
            PartKind::Steady => document::PartKind::Steady,
            PartKind::Rest => document::PartKind::Rest,
            PartKind::Drain => document::PartKind::Drain,
        },
        from_s: part.from.into(),
        to_s: part.to().into(),
        requests: counts[0],
        failed_requests: window.failed_requests,
        transactions: counts[1],
        journeys: counts[2],
        errors: window.errors,
        requests_per_s,
        transactions_per_s,
        journeys_per_s,
        service: service.iter().find_map(|d| times(d)),
    }
}

fn phase(phase: &stats::Phase) -> Phase {
    Phase {
        from_s: phase.from.into(),
        to_s: phase.to.map(Number::from),
        kind: phase.kind.into(),
        text: phase.text.as_str().into(),
    }
}

fn failure(row: &FailureRow) -> Failure {
    let FailureRow { count, failure, seen } = row;
    let kind = match (failure.declared, failure.ex_type.as_str()) {
        (_, "panic") => "panic",
        (true, _) => "error",
        (false, _) => "exception",
    };
    let transaction = shown_transaction(failure.transaction.as_ref());
    let example = failure.fields.iter().map(|(name, value)| {
        let value = Text::from(secret::masked_value(name, value).into_owned());
        (name.clone(), serde_json::Value::from(value.to_string()))
    });
    Failure {
        count: *count,
        kind: kind.into(),
        type_name: Some(failure.ex_type.as_str().into()),
        text: Text::from(secret::masked(&failure.text).into_owned()),
        journey: Some(failure.journey.as_str().into()),
        transaction: Some(transaction).filter(|name| !name.is_empty()).map(Text::from),
        location: Some(failure.location.to_string().into()),
        first_s: seen.map(|(first, _)| first.into()),
        last_s: seen.map(|(_, last)| last.into()),
        example: example.collect::<Fields>(),
    }
}

fn statistic(row: &StatisticRow, course: &Course) -> Statistic {
    use mite_core::stats::StatisticKind as Kind;
    let told = |value: f64| Number::new(value).filter(|_| row.count > 0);
    let (kind, value) = match row.kind {
        Kind::Counter => (StatisticKind::Counter, Number::new(row.sum)),
        Kind::Gauge => (StatisticKind::Gauge, told(row.last)),
        Kind::Accumulator => (StatisticKind::Accumulator, Number::new(row.sum)),
        Kind::Histogram => (StatisticKind::Histogram, None),
        Kind::Check => (StatisticKind::Check, Number::new(row.sum)),
    };
    let labels = row.labels.iter();
    let percentiles = row.percentiles.iter();
    Statistic {
        id: course.statistic(row.kind, &row.title()),
        name: row.name.as_str().into(),
        kind,
        labels: labels.map(|(name, value)| (name.clone(), value.as_str().into())).collect(),
        count: row.count,
        refused: row.refused,
        value,
        min: told(row.min),
        mean: told(row.mean),
        max: told(row.max),
        p: percentiles
            .filter_map(|(p, value)| Some((Number::new(*p)?, Number::new(*value)?)))
            .collect(),
    }
}

fn generator(summary: &Summary) -> Generator {
    let blocked = summary.blocked.iter().map(|row| Blocked {
        journey: row.journey.as_str().into(),
        count: row.times,
        max_s: row.longest.into(),
    });
    let health = &summary.status.health;
    let mut of_all = RunnerHealth::default();
    for runner in &health.runners {
        of_all.loop_lag.merge(&runner.loop_lag);
        of_all.schedule_lag.merge(&runner.schedule_lag);
        of_all.time += runner.time;
        of_all.cpu += runner.cpu;
    }
    let is_known = !of_all.cpu.is_zero();
    Generator {
        cpu_share: Number::new(of_all.cpu_share()).filter(|_| is_known),
        files_max: health.files.map(|files| files.most),
        loop_lag: times(&of_all.loop_lag),
        schedule_lag: times(&of_all.schedule_lag),
        lost_messages: summary.status.lost_messages,
        blocked: blocked.collect(),
        processes: processes::processes(health),
        unlisted_processes: health.processes.len().saturating_sub(ProcessHealth::LISTED) as u64,
        ..Generator::default()
    }
}
