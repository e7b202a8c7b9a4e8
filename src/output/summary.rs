//! The end of a run: tables, each distinct error once, and what to know.

use std::io;
use std::time::Duration;

use mite_core::stats::{
    Distribution, Health, JourneyRow, LIMITED, RequestRow, RunnerHealth, Spread, Summary,
    TransactionRow, Usage,
};

mod arrivals;
mod errors;
mod limits;
mod next;
mod runners;
mod searches;

pub(crate) use next::Next;

use super::table::{Room, Table};
use super::{Output, parts, statistics};
use crate::terminal::style::{Style, head, marked};
use crate::terminal::{console, size, width};
use mite_core::units;

/// Rows of a table that are shown; the ones that matter are chosen.
const MOST_ROWS: usize = 30;

/// The end of a run, on standard output.
pub(crate) struct SummaryOutput {
    /// Whether each journey's errors are shown too.
    pub(crate) errors_per_journey: bool,
    /// What can be done about it.
    pub(crate) next: Next,
}

impl Output for SummaryOutput {
    fn name(&self) -> &'static str {
        "summary"
    }

    fn shows_series(&self) -> bool {
        false
    }

    fn finish(&mut self, summary: &Summary) -> io::Result<()> {
        let room = Room::of(size::columns_of_stdout());
        console::print_styled(&text(summary, self.errors_per_journey, &self.next, &room))?;
        console::written()
    }
}

fn text(summary: &Summary, errors_per_journey: bool, next: &Next, room: &Room) -> String {
    let sections = [
        limits::verdict(summary),
        limits::limits(&summary.verdict.limits, room),
        journeys(&summary.journeys, errors_per_journey, room),
        arrivals::arrivals(&summary.status.scenarios, room),
        parts::warmup(&summary.warmup),
        transactions(&summary.transactions, summary.omission, room),
        requests(&summary.requests, summary.omission, room),
        parts::parts(summary, room),
        errors::errors(&summary.failures),
        statistics::tables(&summary.statistics, room),
        messages(&summary.events, room),
        files(&summary.status.notes),
        searches::searches(&summary.status.searches, room),
        findings(summary),
        runners::runners(&summary.status.health, room),
        generator(summary),
        vec![totals(summary)],
        next.lines(summary, room),
    ];
    let fitted = |line: String| match room.columns() {
        Some(columns) => width::fold(&line, columns),
        None => vec![line],
    };
    let filled = sections.into_iter().filter(|lines| !lines.is_empty());
    let filled: Vec<String> = filled
        .map(|lines| lines.into_iter().flat_map(fitted).collect::<Vec<_>>().join("\n"))
        .collect();
    format!("\n{}", filled.join("\n\n"))
}

fn journeys(rows: &[JourneyRow], errors: bool, room: &Room) -> Vec<String> {
    if rows.is_empty() {
        return Vec::new();
    }
    let mut header = vec!["JOURNEYS", "started", "finished", "failed", "cancelled"];
    header.extend(errors.then_some("errors"));
    let mut table = Table::new(&header, false);
    let shown = those_that_matter(rows, |row| (row.counts.failed, row.counts.started));
    for JourneyRow { journey, counts: c } in &shown {
        let mut numbers = vec![c.started, c.finished, c.failed, c.cancelled];
        numbers.extend(errors.then_some(c.errors));
        let numbers = numbers.iter().enumerate();
        let numbers = numbers.map(|(at, n)| if at == 2 { bad(*n) } else { n.to_string() });
        table.row(std::iter::once(journey.clone()).chain(numbers).collect());
    }
    let mut lines = table.lines(room);
    if let more @ 1.. = rows.len() - shown.len() {
        let more = units::count(more as u64, "journey");
        lines.push(format!("… and {more}, all with fewer failures or less often"));
    }
    lines
}

/// A number of which there should be none.
fn bad(n: u64) -> String {
    marked(if n > 0 { Style::Bad } else { Style::Plain }, &n.to_string())
}

const TIMES: [&str; 7] = ["min", "mean", "p50", "p90", "p95", "p99", "max"];

fn times(s: &Spread) -> impl Iterator<Item = String> {
    parts::figures(s, [s.min, s.mean, s.p50, s.p90, s.p95, s.p99, s.max])
}

/// What is said where both times are shown.
fn both_times(omission: Option<Duration>) -> String {
    let mut text = "times are response times, from when each was meant to start; below them service times, from when it did".to_owned();
    if let Some(interval) = omission {
        let interval = units::time(interval);
        text.push_str(&format!("
those of closed lines are corrected for coordinated omission, as if each slot had been meant to start every {interval}"));
    }
    text
}

/// A row with its times, and in an open line another one with its service times.
fn put_times(
    table: &mut Table,
    mut cells: Vec<String>,
    (service, response): (&Spread, Option<&Spread>),
    last: Option<String>,
) {
    let columns = cells.len();
    cells.extend(times(response.unwrap_or(service)));
    cells.extend(last);
    table.row(cells);
    if response.is_some() {
        let mut cells = vec![String::new(); columns];
        cells[0] = "    service time".to_owned();
        cells.extend(times(service));
        table.styled(Style::Dim, cells);
    }
}

fn transactions(rows: &[TransactionRow], omission: Option<Duration>, room: &Room) -> Vec<String> {
    if rows.is_empty() {
        return Vec::new();
    }
    let cancelled = rows.iter().any(|row| row.cancelled > 0);
    let mut header = vec!["TRANSACTIONS", "count", "errors"];
    header.extend(cancelled.then_some("cancelled"));
    header.push("per second");
    header.extend(TIMES);
    let mut table = Table::new(&header, false);
    let mut journey = "";
    let shown = those_that_matter(rows, |row| (row.errors, row.times.count));
    for row in &shown {
        // A journey's own row is its heading. It is missing if none has ended.
        if row.journey != journey && !row.name.is_empty() {
            table.row(vec![row.journey.clone()]);
        }
        journey = &row.journey;
        let name = match row.name.as_str() {
            "" => row.journey.clone(),
            name => format!("  {name}"),
        };
        let mut cells = vec![name, row.times.count.to_string(), bad(row.errors)];
        cells.extend(cancelled.then(|| row.cancelled.to_string()));
        cells.push(units::rate(row.rate));
        put_times(&mut table, cells, (&row.times, row.response.as_ref()), None);
    }
    let mut lines = table.lines(room);
    lines.extend(rows.iter().any(|row| row.response.is_some()).then(|| both_times(omission)));
    if let more @ 1.. = rows.len() - shown.len() {
        lines.push(format!(
            "… and {}, all with fewer errors or less often; a name with an id in it is a new one each time",
            units::count(more as u64, "transaction")
        ));
    }
    lines
}

/// The rows with the most failures, then those that came most often, in the order in
/// which they were.
fn those_that_matter<T>(rows: &[T], failures_and_count: impl Fn(&T) -> (u64, u64)) -> Vec<&T> {
    let mut shown: Vec<usize> = (0..rows.len()).collect();
    shown.sort_by_key(|&at| std::cmp::Reverse(failures_and_count(&rows[at])));
    shown.truncate(MOST_ROWS);
    shown.sort_unstable();
    shown.into_iter().map(|at| &rows[at]).collect()
}

fn requests(rows: &[RequestRow], omission: Option<Duration>, room: &Room) -> Vec<String> {
    if rows.is_empty() {
        return Vec::new();
    }
    let tables = rows
        .chunk_by(|a, b| a.protocol == b.protocol)
        .map(|rows| requests_of_a_protocol(rows, omission, room));
    tables.collect::<Vec<_>>().join(&String::new())
}

fn requests_of_a_protocol(
    rows: &[RequestRow],
    omission: Option<Duration>,
    room: &Room,
) -> Vec<String> {
    let title = match rows[0].protocol {
        LIMITED => "REQUESTS".to_owned(),
        other => format!("{} REQUESTS", other.to_uppercase()),
    };
    let cancelled = rows.iter().any(|row| row.cancelled > 0);
    let mut header = vec![title.as_str(), "count", "failed"];
    header.extend(cancelled.then_some("cancelled"));
    header.push("per second");
    header.extend(TIMES);
    header.push("responses");
    let mut table = Table::new(&header, true);
    let mut place = String::new();
    let shown = those_that_matter(rows, |row| (row.failed, row.times.count));
    for row in &shown {
        let here = errors::within(&row.journey, &row.transaction);
        if here != place {
            table.row(vec![here.clone()]);
            place = here;
        }
        let codes = row.codes.iter().map(|(code, n)| format!("{code}: {n}"));
        let kinds = row.kinds.iter().map(|(kind, n)| format!("{kind}: {n}"));
        let responses = codes.chain(kinds).collect::<Vec<_>>().join(", ");
        let name = format!("  {}", row.name);
        let mut cells = vec![name, row.times.count.to_string(), bad(row.failed)];
        cells.extend(cancelled.then(|| row.cancelled.to_string()));
        cells.push(units::rate(row.rate));
        put_times(&mut table, cells, (&row.times, row.response.as_ref()), Some(responses));
    }
    let mut lines = table.lines(room);
    lines.extend(rows.iter().any(|row| row.response.is_some()).then(|| both_times(omission)));
    if let more @ 1.. = rows.len() - shown.len() {
        lines.push(format!(
            "… and {}, all with fewer failures or less often; .tag(\"name\", …) gives those one name that differ in an id",
            units::count(more as u64, "request name")
        ));
    }
    lines
}

fn messages(events: &[(String, u64)], room: &Room) -> Vec<String> {
    if events.is_empty() {
        return Vec::new();
    }
    let mut table = Table::new(&["MESSAGES", "sent"], false);
    let shown = those_that_matter(events, |(_, n)| (0, *n));
    shown.iter().for_each(|(kind, n)| table.row(vec![kind.clone(), n.to_string()]));
    let mut lines = table.lines(room);
    if let more @ 1.. = events.len() - shown.len() {
        lines.push(format!(
            "… and {}, all sent less often; a type with an id in it is a new one each time",
            units::count(more as u64, "message type")
        ));
    }
    lines
}

fn files(notes: &[String]) -> Vec<String> {
    match notes {
        [] => Vec::new(),
        notes => std::iter::once(head("FILES")).chain(notes.iter().cloned()).collect(),
    }
}

/// What made it fail is told last, as errors.
fn findings(summary: &Summary) -> Vec<String> {
    let lines: Vec<_> = summary.verdict.notes().map(|finding| format!("- {finding}")).collect();
    match lines.is_empty() {
        true => lines,
        false => std::iter::once(head("FINDINGS")).chain(lines).collect(),
    }
}

/// How the generator has fared, and what that makes of the numbers.
fn generator(summary: &Summary) -> Vec<String> {
    let Health { runners, files, ports, debug_build, .. } = &summary.status.health;
    let mut lag = Distribution::default();
    runners.iter().for_each(|runner| lag.merge(&runner.loop_lag));
    if lag.count() == 0 {
        return Vec::new();
    }
    let cpu = runners.iter().map(RunnerHealth::cpu_share);
    let cpu: Vec<_> = cpu.map(|share| format!("{:.0} %", share * 100.0)).collect();
    let mut parts = vec![
        format!(
            "loop late by {} at 99 %, {} at most",
            units::time(lag.percentile(99.0)),
            units::time(lag.max())
        ),
        format!("CPU {}", cpu.join(" ")),
    ];
    for (usage, what) in [(files, "open files"), (ports, "local ports")] {
        parts.extend(usage.map(|Usage { most, limit }| format!("{most} of {limit} {what}")));
    }
    parts.extend(debug_build.then(|| "a debug build".to_owned()));
    let validity = summary.verdict.validity;
    let shown = marked(limits::style_of(validity), &validity.to_string());
    vec![format!("{shown} GENERATOR: {}", parts.join(", "))]
}

fn totals(summary: &Summary) -> String {
    let (totals, status) = (&summary.totals, &summary.status);
    let mut parts = Vec::new();
    let more = |n: u64| if n == 0 { String::new() } else { format!(", {n} more cancelled") };
    if totals.requests + totals.cancelled_requests > 0 {
        parts.push(format!(
            "{} ({} failed{})",
            units::count(totals.requests, "request"),
            totals.failed_requests,
            more(totals.cancelled_requests)
        ));
    }
    for (protocol, counts) in &summary.protocols {
        parts.push(format!(
            "{} ({} failed{})",
            units::count(counts.requests, &format!("{protocol} request")),
            counts.failed_requests,
            more(counts.cancelled_requests)
        ));
    }
    let cancelled = match totals.cancelled_transactions {
        0 => String::new(),
        n => format!(" ({n} more cancelled)"),
    };
    parts.push(format!("{}{cancelled}", units::count(totals.transactions, "transaction")));
    // Of those that were started.
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
    if totals.journeys.started > 0 {
        let load = units::long_time(status.measured(summary.warmup.length));
        let but = match (summary.warmup.length.is_zero(), status.paused.is_zero()) {
            (true, true) => "",
            (false, true) => ", the warm-up left out",
            (true, false) => ", without the time in which it was paused",
            (false, false) => ", without the warm-up and the time in which it was paused",
        };
        text.push_str(&format!("; rates are over the {load} in which load was asked for{but}"));
    }
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
