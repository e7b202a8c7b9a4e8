//! The end of a run: tables, each distinct error once, and what to know.

use std::io;

use std::time::Duration;

use mite_core::stats::{
    FailureRow, JourneyRow, LIMITED, RequestRow, ScenarioStatus, Spread, Summary, TransactionRow,
    shown_transaction,
};

use super::Output;
use super::table::Table;
use crate::terminal::console;
use mite_core::units;

/// Distinct errors that are shown; the most frequent come first.
const MOST_ERRORS: usize = 100;

/// Lines of a stack trace that are shown.
const MOST_STACK_LINES: usize = 20;

/// Fewer failures may have any reason, and do not distort anything.
const MANY_FAILURES: u64 = 100;

/// A journey that takes longer has done something, or waited for something.
const AT_ONCE: Duration = Duration::from_millis(1);

/// Volume that comes this much later is still on its way up.
const SPAWNING: Duration = Duration::from_secs(3);

/// The end of a run, on standard output.
pub(crate) struct SummaryOutput {
    /// Whether each journey's errors are shown too.
    pub(crate) errors_per_journey: bool,
}

impl Output for SummaryOutput {
    fn finish(&mut self, summary: &Summary) -> io::Result<()> {
        console::print(text(summary, self.errors_per_journey))
    }
}

fn text(summary: &Summary, errors_per_journey: bool) -> String {
    let sections = [
        journeys(&summary.journeys, errors_per_journey),
        transactions(&summary.transactions),
        requests(&summary.requests),
        errors(&summary.failures),
        messages(&summary.events),
        files(&summary.status.notes),
        findings(summary),
        vec![totals(summary)],
    ];
    let filled: Vec<String> =
        sections.into_iter().filter(|lines| !lines.is_empty()).map(|l| l.join("\n")).collect();
    format!("\n{}", filled.join("\n\n"))
}

fn journeys(rows: &[JourneyRow], errors: bool) -> Vec<String> {
    if rows.is_empty() {
        return Vec::new();
    }
    let mut header = vec!["JOURNEYS", "started", "finished", "failed", "cancelled"];
    header.extend(errors.then_some("errors"));
    let mut table = Table::new(&header, false);
    for JourneyRow { journey, counts: c } in rows {
        let mut numbers = vec![c.started, c.finished, c.failed, c.cancelled];
        numbers.extend(errors.then_some(c.errors));
        let numbers = numbers.iter().map(u64::to_string);
        table.row(std::iter::once(journey.clone()).chain(numbers).collect());
    }
    table.lines()
}

const TIMES: [&str; 7] = ["min", "mean", "p50", "p90", "p95", "p99", "max"];

fn times(s: &Spread) -> impl Iterator<Item = String> {
    [s.min, s.mean, s.p50, s.p90, s.p95, s.p99, s.max].into_iter().map(units::time)
}

fn transactions(rows: &[TransactionRow]) -> Vec<String> {
    if rows.is_empty() {
        return Vec::new();
    }
    let mut header = vec!["TRANSACTIONS", "count", "errors", "per second"];
    header.extend(TIMES);
    let mut table = Table::new(&header, false);
    let mut journey = "";
    for row in rows {
        // A journey's own row is its heading. It is missing if none has ended.
        if row.journey != journey && !row.name.is_empty() {
            table.row(vec![row.journey.clone()]);
        }
        journey = &row.journey;
        let name = match row.name.as_str() {
            "" => row.journey.clone(),
            name => format!("  {name}"),
        };
        let numbers = [row.times.count.to_string(), row.errors.to_string(), units::rate(row.rate)];
        table.row(std::iter::once(name).chain(numbers).chain(times(&row.times)).collect());
    }
    table.lines()
}

fn requests(rows: &[RequestRow]) -> Vec<String> {
    if rows.is_empty() {
        return Vec::new();
    }
    let tables = rows.chunk_by(|a, b| a.protocol == b.protocol).map(requests_of_a_protocol);
    tables.collect::<Vec<_>>().join(&String::new())
}

fn requests_of_a_protocol(rows: &[RequestRow]) -> Vec<String> {
    let title = match rows[0].protocol {
        LIMITED => "REQUESTS".to_owned(),
        other => format!("{} REQUESTS", other.to_uppercase()),
    };
    let mut header = vec![title.as_str(), "count", "failed", "per second"];
    header.extend(TIMES);
    header.push("responses");
    let mut table = Table::new(&header, true);
    let mut place = String::new();
    for row in rows {
        let here = within(&row.journey, &row.transaction);
        if here != place {
            table.row(vec![here.clone()]);
            place = here;
        }
        let codes = row.codes.iter().map(|(code, n)| format!("{code}: {n}"));
        let kinds = row.kinds.iter().map(|(kind, n)| format!("{kind}: {n}"));
        let responses = codes.chain(kinds).collect::<Vec<_>>().join(", ");
        let numbers = [row.times.count.to_string(), row.failed.to_string(), units::rate(row.rate)];
        table.row(
            std::iter::once(format!("  {}", row.name))
                .chain(numbers)
                .chain(times(&row.times))
                .chain([responses])
                .collect(),
        );
    }
    table.lines()
}

fn within(journey: &str, transaction: &str) -> String {
    match transaction {
        "" => journey.to_owned(),
        name => format!("{journey}, {name}"),
    }
}

fn errors(rows: &[FailureRow]) -> Vec<String> {
    let mut lines = Vec::new();
    if rows.is_empty() {
        return lines;
    }
    lines.push("ERRORS".to_owned());
    // One stack trace tells how a place was reached as well as twenty.
    let mut traced = Vec::new();
    for FailureRow { count, failure } in rows.iter().take(MOST_ERRORS) {
        let mut message = failure.message.lines();
        lines.push(format!("{count} x {}", message.next().unwrap_or_default()));
        lines.extend(message.map(|line| format!("    {line}")));
        let transaction = shown_transaction(failure.transaction.as_ref());
        let place = within(failure.journey.as_str(), transaction);
        lines.push(format!("    in {place}, at {}", failure.location));
        if failure.folded {
            lines.push("    for example; the texts differ in their numbers".to_owned());
        }
        lines.extend(failure.fields.iter().map(|(name, value)| format!("    {name}: {value}")));
        let place = (&failure.journey, &failure.location);
        if failure.stacktrace.is_some() && !traced.contains(&place) {
            traced.push(place);
            lines.extend(stack(failure.stacktrace.as_deref(), &failure.message));
        }
    }
    if let Some(hidden) = rows.get(MOST_ERRORS..).filter(|hidden| !hidden.is_empty()) {
        let in_all: u64 = hidden.iter().map(|row| row.count).sum();
        lines.push(format!(
            "… and {}, {in_all} in all",
            units::count(hidden.len() as u64, "less frequent error")
        ));
    }
    lines
}

/// The lines of a stack trace that are not its message and place again.
fn stack(trace: Option<&str>, message: &str) -> Vec<String> {
    let rest = trace.and_then(|t| t.strip_prefix(message)).unwrap_or(trace.unwrap_or_default());
    let lines: Vec<&str> = rest.lines().filter(|line| !line.is_empty()).skip(1).collect();
    let mut shown: Vec<_> = lines
        .iter()
        .take(MOST_STACK_LINES)
        .map(|line| format!("    {}", line.trim_end()))
        .collect();
    if lines.len() > MOST_STACK_LINES {
        let more = (lines.len() - MOST_STACK_LINES) as u64;
        shown.push(format!("    … {}", units::count(more, "more line")));
    }
    shown
}

fn messages(events: &[(String, u64)]) -> Vec<String> {
    if events.is_empty() {
        return Vec::new();
    }
    let mut table = Table::new(&["MESSAGES", "sent"], false);
    events.iter().for_each(|(kind, n)| table.row(vec![kind.clone(), n.to_string()]));
    table.lines()
}

fn files(notes: &[String]) -> Vec<String> {
    match notes {
        [] => Vec::new(),
        notes => std::iter::once("FILES".to_owned()).chain(notes.iter().cloned()).collect(),
    }
}

fn findings(summary: &Summary) -> Vec<String> {
    let status = &summary.status;
    // What made it fail is told last, as errors.
    let mut found = status.findings.clone();
    for scenario in &status.scenarios {
        let unmet =
            scenario.unmet.iter().filter(|(why, time)| is_worth_saying(scenario, why, *time));
        found.extend(unmet.map(|(why, time)| {
            format!(
                "scenario {} ({}): {} of journey time below its volume: {}",
                scenario.id,
                scenario.journey,
                units::long_time(*time),
                reason(scenario, why)
            )
        }));
    }
    found.extend(summary.journeys.iter().filter_map(|row| fails_at_once(summary, row)));
    found.extend(summary.blocked.iter().map(|row| {
        format!(
            "{} kept its runner from all other work {}, for up to {}: use async calls, or tokio::task::spawn_blocking",
            row.journey,
            units::count(row.times, "time"),
            units::time(row.longest)
        )
    }));
    if summary.unserializable > 0 {
        found.push(format!(
            "{} in messages could not be serialized and were sent as the reason",
            units::count(summary.unserializable, "value")
        ));
    }
    if status.lost_messages > 0 {
        found.push(format!(
            "{} lost: whoever listened was too slow",
            units::count(status.lost_messages, "message")
        ));
    }
    let long = summary.response_times.saturated();
    if long > 0 {
        found.push(format!(
            "{} took more than an hour; percentiles count an hour",
            units::count(long, "request")
        ));
    }
    if found.is_empty() {
        return found;
    }
    std::iter::once("FINDINGS".to_owned())
        .chain(found.iter().map(|text| format!("- {text}")))
        .collect()
}

/// Executions of a journey of which nine in ten failed, most of them at once:
/// they follow each other as fast as the core can.
fn fails_at_once(summary: &Summary, row: &JourneyRow) -> Option<String> {
    let JourneyRow { journey, counts } = row;
    let ended = counts.finished + counts.failed + counts.cancelled;
    let mut roots = summary.transactions.iter().filter(|row| row.name.is_empty());
    let typical = roots.find(|row| row.journey == *journey)?.times.p50;
    let often = counts.failed >= MANY_FAILURES && counts.failed >= ended - ended / 10;
    (often && typical <= AT_ONCE).then(|| {
        format!(
            "{journey} failed {} of {}, and half of its journeys were over within {}: one that fails at once is started again at once, so the rates are not those of the volume that was asked for; mend it, or let it wait before it fails",
            counts.failed,
            units::count(ended, "time"),
            units::time(typical)
        )
    })
}

/// How things start and end is not a finding.
fn is_worth_saying(scenario: &ScenarioStatus, why: &str, missing: Duration) -> bool {
    // As if all of the volume had been missing at once.
    let of_all = missing / scenario.peak.max(1);
    match why {
        "spawn" => of_all >= SPAWNING,
        "moving" | "supply" => missing >= Duration::from_secs(1),
        // A pool whose items were all used has done its part.
        "data" if scenario.pool.as_ref().is_some_and(|pool| pool.used_up) => false,
        _ => missing >= Duration::from_millis(100),
    }
}

/// Why volume was not met, and what to do about it.
fn reason(scenario: &ScenarioStatus, why: &str) -> String {
    match why {
        "data" => too_few_items(scenario),
        "supply" => {
            let name =
                scenario.pool.as_ref().map_or(String::new(), |pool| format!(" {}", pool.name));
            format!(
                "its data pool{name} gave items more slowly than they were used; make it faster, or ask for less"
            )
        }
        "cap" => {
            "the runners were full; raise --runner-max-journeys, or give more --runners".to_owned()
        }
        "spawn" => "--spawn-rate held it back".to_owned(),
        "moving" if scenario.pool.is_some() => {
            "it, or its data, was on its way to a runner; journeys that take no time use data up faster than it travels"
                .to_owned()
        }
        "moving" => "it was on its way to a runner".to_owned(),
        "no_runner" => "there was no runner".to_owned(),
        other => other.to_owned(),
    }
}

fn too_few_items(ScenarioStatus { pool, peak, .. }: &ScenarioStatus) -> String {
    let Some(pool) = pool else {
        return "its data pool had no item to give; give the pool more items, or ask for less"
            .to_owned();
    };
    let name = &pool.name;
    match pool.items {
        Some(items) if items < u64::from(*peak) => format!(
            "its data pool {name} has {} for a volume of {peak}; give it at least {peak}, or lower the volume",
            units::count(items, "item")
        ),
        _ => format!(
            "its data pool {name} had no item to give; give the pool more items, or ask for less than {peak} at once"
        ),
    }
}

fn totals(summary: &Summary) -> String {
    let (totals, status) = (&summary.totals, &summary.status);
    let mut parts = Vec::new();
    if totals.requests > 0 {
        parts.push(format!(
            "{} ({} failed)",
            units::count(totals.requests, "request"),
            totals.failed_requests
        ));
    }
    for (protocol, counts) in &summary.protocols {
        parts.push(format!(
            "{} ({} failed)",
            units::count(counts.requests, &format!("{protocol} request")),
            counts.failed_requests
        ));
    }
    parts.push(units::count(totals.transactions, "transaction"));
    let cancelled = match totals.journeys.cancelled {
        0 => String::new(),
        n => format!(" ({n} cancelled)"),
    };
    parts.push(format!("{}{cancelled}", units::count(totals.journeys.started, "journey")));
    parts.push(units::count(totals.journeys.errors, "error"));
    let mut text = format!(
        "{} in {} on {}",
        parts.join(", "),
        units::long_time(status.elapsed),
        units::count(status.runners.into(), "runner")
    );
    if totals.requests > 0 {
        text.push_str(&format!(
            "; bodies: {} received, {} sent",
            units::bytes(totals.received),
            units::bytes(totals.sent)
        ));
    }
    text
}

#[cfg(test)]
mod tests;
