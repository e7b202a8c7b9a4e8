//! GitHub's step summary and annotations.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::ops::Range;
use std::path::Path;

use super::junit::measured;
use crate::document::{Document, Number, Series, SeriesKind, SeriesWindows, Validity};
use crate::markdown::{cell, head, row};
use crate::units;
use crate::windows::Exponential;

/// Most that a summary takes: above 1 MiB GitHub drops it all, and other steps
/// write to it too.
const LONGEST: usize = 60 * 1_024;

/// Most transactions and failures that are listed.
const MOST: usize = 10;

/// Most annotations: GitHub shows ten of a kind and step.
const ANNOTATIONS: usize = 9;

/// Most columns of the line of p99.
const COLUMNS: usize = 40;

/// The results as Markdown, at most 60 KB: verdict, limits, the transactions
/// that took most time, and what went wrong.
pub fn step_summary(document: &Document) -> String {
    let mut text = verdict(document);
    text.push_str(&limits(document));
    text.push_str(&course(document));
    text.push_str(&transactions(document));
    text.push_str(&failures(document));
    if text.len() > LONGEST {
        text.truncate(text.floor_char_boundary(LONGEST - 64));
        text.push_str("\n\n… cut off\n");
    }
    text
}

/// Appends a summary to the file that `GITHUB_STEP_SUMMARY` names.
///
/// # Errors
/// When it cannot be written; the text names it.
pub fn append_step_summary(path: &Path, document: &Document) -> io::Result<()> {
    let write = || -> io::Result<()> {
        let mut file = OpenOptions::new().append(true).create(true).open(path)?;
        file.write_all(step_summary(document).as_bytes())
    };
    write()
        .map_err(|e| io::Error::new(e.kind(), format!("{} cannot be written: {e}", path.display())))
}

fn word(document: &Document) -> String {
    let verdict = &document.verdict;
    match (verdict.validity, verdict.passed) {
        (Validity::Invalid, _) => "INVALID".to_owned(),
        (Validity::Suspect, true) => "passed, SUSPECT".to_owned(),
        (_, true) => "passed".to_owned(),
        (_, false) => "FAILED".to_owned(),
    }
}

fn verdict(document: &Document) -> String {
    let (run, totals) = (&document.run, &document.totals);
    let mut text = format!(
        "### {}: {} (exit {})\n\n{} requests, {} failed; {} journeys, {} failed, {} errors; {}\n\n",
        cell(&run.test),
        word(document),
        document.verdict.exit_code,
        totals.requests,
        totals.failed_requests,
        totals.journeys.started,
        totals.journeys.failed,
        totals.journeys.errors,
        units::clock(run.elapsed_s.get()),
    );
    for reason in &document.verdict.reasons {
        text.push_str(&format!("- {}\n", cell(&reason.text)));
    }
    if !document.verdict.reasons.is_empty() {
        text.push('\n');
    }
    text
}

fn limits(document: &Document) -> String {
    let limits = &document.verdict.limits;
    if limits.is_empty() {
        return String::new();
    }
    let mut text = head(&["limit", "scope", "", "value", "samples"], 3);
    for limit in limits {
        let scope: Vec<String> = limit.scope.iter().map(|(k, v)| format!("{k} {v}")).collect();
        let unit = limit.unit.as_deref();
        text.push_str(&row(&[
            cell(&limit.expression),
            cell(&scope.join(", ")),
            if limit.ok { "ok" } else { "**missed**" }.to_owned(),
            limit.value.map_or(limit.without_value().to_owned(), |v| measured(v.get(), unit)),
            limit.samples.to_string(),
        ]));
    }
    text + "\n"
}

/// p99 over time, in characters: images are stripped from summaries.
fn course(document: &Document) -> String {
    let Some(windows) = document.total().and_then(|s| document.windows.series.get(&s.id)) else {
        return String::new();
    };
    let n = windows.count.len();
    let columns = n.min(COLUMNS);
    let p99s: Vec<Option<f64>> = (0..columns)
        .map(|k| {
            let mut all = Exponential::new(windows.hist.schema);
            for j in k * n / columns..(k + 1) * n / columns {
                let (first, counts) = (windows.hist.first[j], &windows.hist.counts[j]);
                all.merge(&Exponential::of_counts(windows.hist.schema, first, counts));
            }
            let longest = max(windows, k * n / columns..(k + 1) * n / columns);
            // Inside a bucket a percentile may come out above the longest time.
            all.quantile(0.99).map(|p99| longest.map_or(p99, |longest| p99.min(longest)))
        })
        .collect();
    let most = p99s.iter().flatten().copied().fold(0.0, f64::max);
    if most == 0.0 {
        return String::new();
    }
    let bar = |p99: &Option<f64>| match p99 {
        None => ' ',
        Some(p99) => ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
            [((p99 / most * 8.0).ceil() as usize).clamp(1, 8) - 1],
    };
    let bars: String = p99s.iter().map(bar).collect();
    format!("p99 over time, up to {}: `{bars}`\n\n", units::time(most))
}

fn max(windows: &SeriesWindows, within: Range<usize>) -> Option<f64> {
    let times = windows.max_s.get(within)?.iter().flatten();
    times.map(|time| time.get()).max_by(f64::total_cmp)
}

fn transactions(document: &Document) -> String {
    let time = |series: &Series| {
        series.times().map_or(0.0, |times| times.mean_s.get() * times.count as f64)
    };
    let of = |kind| -> Vec<&Series> {
        document.series.iter().filter(|s| s.kind == kind && s.count > 0).collect()
    };
    let mut rows = of(SeriesKind::Transaction);
    if rows.is_empty() {
        rows = of(SeriesKind::Request);
    }
    if rows.is_empty() {
        return String::new();
    }
    rows.sort_by(|a, b| time(b).total_cmp(&time(a)));
    let mut text =
        head(&["transaction", "count", "per s", "failed", "p50", "p90", "p99", "max"], 1);
    for series in rows.iter().take(MOST) {
        let at = |percent: f64| {
            let time = series.times().and_then(|times| times.at(percent));
            time.map_or("-".to_owned(), units::time)
        };
        text.push_str(&row(&[
            cell(&series.title()),
            series.count.to_string(),
            series.rate_per_s.map(Number::get).map_or("-".to_owned(), units::three_digits),
            units::percent(series.failed as f64 / series.count as f64),
            at(50.0),
            at(90.0),
            at(99.0),
            series.times().map_or("-".to_owned(), |times| units::time(times.max_s.get())),
        ]));
    }
    if rows.len() > MOST {
        text.push_str(&format!("\n… and {} more\n", rows.len() - MOST));
    }
    text + "\n"
}

fn failures(document: &Document) -> String {
    if document.failures.is_empty() {
        return String::new();
    }
    let all: u64 = document.failures.iter().map(|failure| failure.count).sum();
    let mut text =
        format!("<details><summary>{}</summary>\n\n", units::count(all as usize, "error"));
    text.push_str(&head(&["error", "journey", "transaction", "where", "count"], 4));
    for failure in document.failures.iter().take(MOST) {
        let optional = |text: &Option<crate::document::Text>| cell(text.as_deref().unwrap_or(""));
        text.push_str(&row(&[
            cell(&failure.text),
            optional(&failure.journey),
            optional(&failure.transaction),
            optional(&failure.location),
            failure.count.to_string(),
        ]));
    }
    if document.failures.len() > MOST {
        text.push_str(&format!("\n… and {} more\n", document.failures.len() - MOST));
    }
    text + "\n</details>\n\n"
}

/// GitHub's commands for what failed, a line each, to be printed when
/// `GITHUB_ACTIONS` is `true`.
pub fn annotations(document: &Document) -> String {
    let verdict = &document.verdict;
    let mut lines = Vec::new();
    if verdict.validity == Validity::Invalid {
        let why = verdict.reasons.first().map_or("no reason is given", |reason| &reason.text);
        lines.push(("run is invalid".to_owned(), why.to_owned()));
    }
    for limit in verdict.limits.iter().filter(|limit| !limit.ok) {
        let unit = limit.unit.as_deref();
        let value =
            limit.value.map_or(limit.without_value().to_owned(), |v| measured(v.get(), unit));
        let scope: String = limit.scope.values().map(|value| format!(" ({value})")).collect();
        lines.push((limit.expression.to_string() + &scope, value));
    }
    if !verdict.passed {
        for failure in &document.failures {
            let text = format!("{} times: {}", failure.count, failure.text);
            lines.push((failure.journey.as_deref().unwrap_or("error").to_owned(), text));
        }
    }
    if !verdict.passed && lines.is_empty() {
        let text = format!("exit code {}", verdict.exit_code);
        lines.push((document.run.test.to_string(), text));
    }
    let more = lines.len().saturating_sub(ANNOTATIONS);
    if more > 0 {
        lines.truncate(ANNOTATIONS - 1);
        lines.push(("mite".to_owned(), format!("and {} more", more + 1)));
    }
    let line = |(title, text): (String, String)| {
        format!("::error title={}::{}\n", property(&title), data(&text))
    };
    lines.into_iter().map(line).collect()
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::super::testing::document;
    use super::*;

    #[test]
    fn a_summary_has_verdict_limits_transactions_and_errors() {
        let text = step_summary(&document());
        assert!(text.starts_with("### shop:rush\\_hour: FAILED (exit 1)\n"), "{text}");
        assert!(
            text.contains("| http p99 &lt; 300ms | transaction pay | **missed** | 412 ms | 100 |"),
            "{text}"
        );
        assert!(text.contains("| errors rate &lt; 1% |  | ok | 0.50 % | 100 |"), "{text}");
        assert!(
            text.contains(
                "| shop:buy, pay | 100 | 20.0 | 1.0 % | 41.0 ms | 98.0 ms | 412 ms | 1.20 s |"
            ),
            "{text}"
        );
        assert!(text.contains("<details><summary>1 error</summary>"), "{text}");
        assert!(
            text.contains("| 503 &lt;Unavailable&gt;\\|x | shop:buy | pay | src/buy.rs:41 | 1 |"),
            "{text}"
        );
        assert!(text.contains("p99 over time, up to 10.0 ms: `█ `"), "{text}");
    }

    #[test]
    fn a_summary_is_never_too_long() {
        let mut document = document();
        let limit = document.verdict.limits[0].clone();
        document.verdict.limits = vec![limit; 5_000];
        let text = step_summary(&document);
        assert!(text.len() <= LONGEST && text.ends_with("… cut off\n"));
    }

    #[test]
    fn summaries_are_appended() {
        let path = std::env::temp_dir().join(format!("mite-summary-{}", std::process::id()));
        std::fs::write(&path, "before\n").expect("written");
        append_step_summary(&path, &document()).expect("appended");
        let text = std::fs::read_to_string(&path).expect("there");
        std::fs::remove_file(&path).expect("removed");
        assert_eq!(text, format!("before\n{}", step_summary(&document())));
        let missing = append_step_summary(Path::new("/nowhere/summary"), &document());
        assert!(missing.expect_err("no folder").to_string().starts_with("/nowhere/summary cannot"));
    }

    #[test]
    fn annotations_are_few_and_escaped() {
        let mut document = document();
        let text = annotations(&document);
        let expected = "::error title=http p99 < 300ms (pay)::412 ms\n\
                        ::error title=shop%3Abuy::1 times: 503 <Unavailable>|x\n";
        assert_eq!(text, expected);
        document.failures[0].text = "100 %\nof all".into();
        document.failures = vec![document.failures[0].clone(); 30];
        let text = annotations(&document);
        assert_eq!(text.lines().count(), 9);
        assert!(text.contains("100 %25%0Aof all"), "{text}");
        assert!(text.ends_with("::error title=mite::and 23 more\n"), "{text}");
        let mut passed = Document::default();
        passed.verdict.passed = true;
        assert_eq!(annotations(&passed), "");
        passed.verdict.passed = false;
        passed.verdict.exit_code = 4;
        assert_eq!(annotations(&passed), "::error title=::exit code 4\n");
    }
}
