//! Each distinct error once.

use std::time::Duration;

use mite_core::secret;
use mite_core::stats::{FailureRow, shown_transaction};
use mite_core::units;

use crate::terminal::style::{Style, head, marked};

/// Distinct errors that are shown; the most frequent come first.
pub(super) const MOST_ERRORS: usize = 100;

/// Characters that are shown of an error, and of each of its fields.
const MOST_TEXT: usize = 2_000;

/// Characters that are shown of the name of a transaction.
const MOST_NAME: usize = 200;

/// Lines of a stack trace that are shown.
pub(super) const MOST_STACK_LINES: usize = 20;

/// Each distinct error once: how often, where, when, and an example.
pub(super) fn errors(rows: &[FailureRow]) -> Vec<String> {
    let mut lines = Vec::new();
    if rows.is_empty() {
        return lines;
    }
    lines.push(head("ERRORS"));
    // One stack trace tells how a place was reached as well as twenty.
    let mut traced = Vec::new();
    for FailureRow { count, failure, seen } in rows.iter().take(MOST_ERRORS) {
        let message = units::cut(&failure.message, MOST_TEXT);
        let mut message = message.lines();
        let first = message.next().unwrap_or_default();
        lines.push(format!("{} {first}", marked(Style::Bad, &format!("{count} x"))));
        lines.extend(message.map(|line| format!("    {line}")));
        let transaction = shown_transaction(failure.transaction.as_ref());
        let place = within(failure.journey.as_str(), transaction);
        lines.push(format!("    in {place}, at {}{}", failure.location, when(*seen)));
        let differ = match (failure.folded, failure.queries) {
            (true, _) => Some("    for example; the texts differ in their numbers"),
            (false, true) => Some("    for example; the URLs differ in their query"),
            (false, false) => None,
        };
        lines.extend(differ.map(str::to_owned));
        lines.extend(failure.fields.iter().map(|(name, value)| {
            let value = secret::masked_value(name, value);
            format!("    {name}: {}", units::cut(&value, MOST_TEXT))
        }));
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
pub(super) fn stack(trace: Option<&str>, message: &str) -> Vec<String> {
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

/// When it came for the first time, and for the last if that is another.
fn when(seen: Option<(Duration, Duration)>) -> String {
    match seen {
        None => String::new(),
        Some((first, last)) if first == last => format!(", {}", units::clock(first)),
        Some((first, last)) => format!(", {} to {}", units::clock(first), units::clock(last)),
    }
}

/// Where it is, for people.
pub(super) fn within(journey: &str, transaction: &str) -> String {
    match transaction {
        "" => journey.to_owned(),
        name => format!("{journey}, {}", units::cut(name, MOST_NAME)),
    }
}
