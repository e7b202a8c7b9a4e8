//! The sections of the page as tables, for where there are no scripts.

use std::fmt::Write;

use super::course::Course;
use super::short::measured;
use super::{figures, in_short};
use crate::document::{
    Document, EndedBy, Exemplar, ExemplarKind, Generator, Number, Search, SearchOutcome, Series,
    SeriesKind, Times,
};
use crate::escape;
use crate::units::{clock, percent, three_digits, time};

/// Rows of a table at most.
const ROWS: usize = 100;

/// Characters of a text in a cell: it is whole in the data.
const CELL: usize = 300;

/// Characters of a sentence.
const SENTENCE: usize = 1_200;

/// The first characters of a text.
pub(super) fn cut(of: &str, most: usize) -> String {
    match of.char_indices().nth(most) {
        None => of.to_owned(),
        Some((end, _)) => format!("{}…", &of[..end]),
    }
}

/// A text in a cell.
fn text(of: &str) -> String {
    escape::text(&cut(of, CELL))
}

/// A name in a cell.
fn name(of: &str) -> String {
    escape::name(&cut(of, CELL))
}

/// A table of cells that are escaped already; those from `numbers` on are set to the right.
fn table(head: &[&str], numbers: usize, rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut made = String::from("<table border=\"1\" cellspacing=\"0\" cellpadding=\"4\">\n<tr>");
    for cell in head {
        let _ = write!(made, "<th align=\"left\">{cell}</th>");
    }
    made.push_str("</tr>\n");
    for row in rows {
        made.push_str("<tr>");
        for (at, cell) in row.iter().enumerate() {
            let align = if at >= numbers { " align=\"right\"" } else { "" };
            let _ = write!(made, "<td{align}>{cell}</td>");
        }
        made.push_str("</tr>\n");
    }
    made.push_str("</table>\n");
    made
}

fn list(items: impl IntoIterator<Item = String>) -> String {
    items.into_iter().take(ROWS).fold(String::new(), |all, item| {
        all + "<li>" + &escape::text(&cut(&item, SENTENCE)) + "</li>\n"
    })
}

pub(super) fn verdict(document: &Document) -> String {
    let verdict = &document.verdict;
    let word = match (verdict.validity, verdict.passed) {
        (crate::document::Validity::Invalid, _) => "INVALID",
        (_, true) => "PASSED",
        (_, false) => "FAILED",
    };
    let mut made = match verdict.ended_by {
        EndedBy::Running => "<p><b>RUNNING</b>: not judged yet</p>\n".to_owned(),
        _ => format!("<p><b>{word}</b>, exit code {}</p>\n", verdict.exit_code),
    };
    let _ = writeln!(made, "<ul id=\"short\">\n{}</ul>", list(in_short(document)));
    if !verdict.limits.is_empty() {
        made += &table(
            &["limit", "measured", "bound", "samples", "state"],
            1,
            verdict.limits.iter().take(ROWS).map(|limit| {
                let unit = limit.unit.as_deref();
                let value = limit.value.map(|value| measured(value.get(), unit));
                vec![
                    text(&limit.expression),
                    value.unwrap_or_else(|| limit.without_value().to_owned()),
                    measured(limit.limit.get(), unit),
                    limit.samples.to_string(),
                    if limit.ok { "kept" } else { "<b>BROKEN</b>" }.to_owned(),
                ]
            }),
        );
    }
    made += &document.searches.iter().map(search).collect::<String>();
    let all = verdict.reasons.iter().chain(&verdict.notes).map(|reason| reason.text.to_string());
    let _ = writeln!(made, "<ul>\n{}</ul>", list(all));
    made + &about(document)
}

/// Each rate that was held to find the greatest one.
fn search(search: &Search) -> String {
    let unit = |limit: &str| {
        let is_time = |word: &str| {
            let p = word.strip_prefix('p').is_some_and(|p| p.parse::<f64>().is_ok());
            p || ["mean", "min", "max"].contains(&word)
        };
        match limit.contains('%') {
            true => Some("share"),
            false => limit.split(' ').any(is_time).then_some("s"),
        }
    };
    let limits: Vec<String> = search.limits.iter().map(|limit| text(limit)).collect();
    let mut head = vec!["rate a second", "from"];
    head.extend(limits.iter().map(String::as_str));
    head.push("outcome");
    let rows = search.steps.iter().take(ROWS).map(|step| {
        let mut row = vec![three_digits(step.per_s.get()), clock(step.from_s.get())];
        let values = search.limits.iter().zip(&step.values);
        row.extend(values.map(|(limit, value)| {
            value.map_or("-".to_owned(), |value| measured(value.get(), unit(limit)))
        }));
        row.push(match step.outcome {
            SearchOutcome::Kept => "kept".to_owned(),
            SearchOutcome::Broken => "<b>BROKEN</b>".to_owned(),
            SearchOutcome::Generator => "the generator was late".to_owned(),
            SearchOutcome::Unknown => "-".to_owned(),
        });
        row
    });
    let of = text(&search.journey);
    format!("<p>Search for the greatest rate of {of}:</p>\n") + &table(&head, 0, rows)
}

fn about(document: &Document) -> String {
    let run = &document.run;
    let host = [run.host.name.as_deref(), run.host.os.as_deref(), run.host.kernel.as_deref()];
    let mut rows = vec![
        ("started".to_owned(), run.started.to_string()),
        ("lasted".to_owned(), time(run.elapsed_s.get())),
        ("seed".to_owned(), run.seed.map_or(String::new(), |seed| seed.to_string())),
        ("runners".to_owned(), run.runners.to_string()),
        ("host".to_owned(), host.into_iter().flatten().collect::<Vec<_>>().join(", ")),
        ("mite".to_owned(), document.tool.version.to_string()),
    ];
    let pairs = run.labels.iter().chain(&run.settings);
    rows.extend(pairs.take(ROWS).map(|(key, value)| (key.clone(), value.to_string())));
    table(&["what", "is"], 2, rows.iter().map(|(key, value)| vec![text(key), text(value)]))
}

pub(super) fn load(document: &Document) -> String {
    let mut made = figures::load(document).unwrap_or_default();
    made += &table(
        &["part", "from", "to", "requests", "transactions", "journeys", "a second", "errors"],
        1,
        document.parts.iter().take(ROWS).map(|part| {
            let word = serde_json::to_value(part.kind).ok();
            let word = word.and_then(|word| Some(word.as_str()?.replace('_', "-")));
            let rate = part.requests_per_s.or(part.journeys_per_s);
            vec![
                word.unwrap_or_default(),
                clock(part.from_s.get()),
                clock(part.to_s.get()),
                part.requests.to_string(),
                part.transactions.to_string(),
                part.journeys.to_string(),
                rate.map_or("-".to_owned(), |rate| three_digits(rate.get())),
                part.errors.to_string(),
            ]
        }),
    );
    let events = document.events.iter().take(ROWS);
    made += &table(
        &["time", "kind", "what happened"],
        3,
        events.map(|e| vec![clock(e.t_s.get()), text(&e.kind), text(&e.text)]),
    );
    made
}

pub(super) fn latency(document: &Document) -> String {
    let picture = figures::heat_map(document);
    let picture = picture.unwrap_or_else(|| "<p>No times were measured.</p>\n".to_owned());
    picture + &failed(document).unwrap_or_default()
}

/// How long those took that failed, which are in the picture, too.
fn failed(document: &Document) -> Option<String> {
    let total = document.total()?;
    let course = Course::of(document, total)?;
    let times = course.failed_times();
    let (n, half, most) = (times.count(), times.quantile(0.5)?, times.quantile(1.0)?);
    let verb = if n == 1 { "is" } else { "are" };
    Some(format!(
        "<p>{n} that failed {verb} in the picture, too: half of them took at most {}, the longest about {}.</p>\n",
        time(half),
        time(most)
    ))
}

pub(super) fn spectrum(document: &Document) -> String {
    figures::spectrum(document).unwrap_or_else(|| "<p>No times were measured.</p>\n".to_owned())
}

/// A percentile, if ten samples lie beyond it.
fn percentile(times: Option<&Times>, p: f64) -> String {
    let sure = times.filter(|times| times.count as f64 * (1.0 - p / 100.0) >= 9.99);
    sure.and_then(|times| times.at(p)).map_or("-".to_owned(), time)
}

/// Those of most time first.
pub(super) fn by_time(document: &Document) -> Vec<&Series> {
    let total = |series: &Series| {
        let times = series.service.as_ref();
        times.map_or(0.0, |times| times.mean_s.get() * times.count as f64)
    };
    let mut all: Vec<_> = document.series.iter().collect();
    all.sort_by(|a, b| total(b).total_cmp(&total(a)));
    all
}

pub(super) fn transactions(document: &Document) -> String {
    let mut made = String::new();
    for (kind, title) in [
        (SeriesKind::Transaction, "transaction"),
        (SeriesKind::Request, "request"),
        (SeriesKind::Journey, "journey"),
    ] {
        let all: Vec<_> = by_time(document).into_iter().filter(|s| s.kind == kind).collect();
        if all.is_empty() {
            continue;
        }
        made += &table(
            &[title, "share", "count", "per s", "failed", "mean", "p50", "p90", "p99", "max"],
            1,
            all.iter().take(ROWS).map(|series| {
                let times = series.times();
                let failed = series.failed as f64 / series.count.max(1) as f64;
                vec![
                    name(&series.title()),
                    series.share.map_or("-".to_owned(), |share| percent(share.get())),
                    series.count.to_string(),
                    series.rate_per_s.map_or("-".to_owned(), |rate| three_digits(rate.get())),
                    percent(failed),
                    times.map_or("-".to_owned(), |times| time(times.mean_s.get())),
                    percentile(times, 50.0),
                    percentile(times, 90.0),
                    percentile(times, 99.0),
                    times.map_or("-".to_owned(), |times| time(times.max_s.get())),
                ]
            }),
        );
        if all.len() > ROWS {
            let _ =
                writeln!(made, "<p>{ROWS} of {} are shown, those with most time.</p>", all.len());
        }
    }
    made
}

pub(super) fn errors(document: &Document) -> String {
    if document.failures.is_empty() {
        return "<p>No errors.</p>\n".to_owned();
    }
    let at = |at: Option<crate::document::Number>| at.map_or("-".to_owned(), |at| clock(at.get()));
    table(
        &["error", "where", "count", "first", "last"],
        2,
        document.failures.iter().take(ROWS).map(|failure| {
            let place = [&failure.journey, &failure.transaction, &failure.location];
            let place: Vec<_> = place.into_iter().flatten().map(|text| text.to_string()).collect();
            vec![
                name(&failure.text),
                name(&place.join(", ")),
                failure.count.to_string(),
                at(failure.first_s),
                at(failure.last_s),
            ]
        }),
    )
}

pub(super) fn slowest(document: &Document) -> String {
    let mut all: Vec<&Exemplar> = document.exemplars.iter().collect();
    if all.is_empty() {
        return "<p>No single requests were kept.</p>\n".to_owned();
    }
    all.sort_by(|a, b| b.service_s.get().total_cmp(&a.service_s.get()));
    table(
        &["request", "why", "with", "took", "came to", "began"],
        3,
        all.into_iter().take(30).map(|exemplar| {
            let title =
                [Some(&exemplar.journey), exemplar.transaction.as_ref(), Some(&exemplar.name)];
            let title: Vec<_> = title.into_iter().flatten().map(|text| text.to_string()).collect();
            let with = [exemplar.arguments.as_deref(), exemplar.text.as_deref()];
            let code = exemplar.code.map_or(exemplar.outcome.to_string(), |code| code.to_string());
            vec![
                name(&title.join(", ")),
                if exemplar.kind == ExemplarKind::Failed { "failed" } else { "slowest" }.to_owned(),
                name(&with.into_iter().flatten().collect::<Vec<_>>().join("; ")),
                time(exemplar.service_s.get()),
                text(&code),
                clock(exemplar.t_s.get()),
            ]
        }),
    )
}

pub(super) fn generator(document: &Document) -> String {
    let generator = &document.generator;
    let lag = |times: Option<&Times>| match times {
        None => "-".to_owned(),
        Some(times) => {
            format!("p99 {}, at most {}", percentile(Some(times), 99.0), time(times.max_s.get()))
        }
    };
    let cpu = generator.cpu_share.map_or("-".to_owned(), |cpu| percent(cpu.get()));
    let files = generator.files_max.map_or("-".to_owned(), |files| files.to_string());
    let facts = [
        ("CPU, share of the cores used", cpu),
        ("loops late", lag(generator.loop_lag.as_ref())),
        ("arrivals late", lag(generator.schedule_lag.as_ref())),
        ("most open files", files),
        ("messages lost", generator.lost_messages.to_string()),
    ];
    let facts = facts.into_iter().map(|(what, is)| vec![what.to_owned(), is]);
    table(&["what", "is"], 2, facts) + &processes(generator)
}

/// A row for each process of runners.
fn processes(generator: &Generator) -> String {
    if generator.processes.is_empty() {
        return String::new();
    }
    let head = [
        "process",
        "stands",
        "runners",
        "journeys",
        "requests",
        "CPU",
        "loop late, p99",
        "at most",
        "in flight",
        "clock ahead",
        "messages lost",
    ];
    let known = |seconds: Option<Number>| seconds.map_or("-".to_owned(), |s| time(s.get()));
    let rows = generator.processes.iter().take(ROWS).map(|of| {
        vec![
            text(&of.name()),
            text(&of.stands()),
            of.runners.to_string(),
            of.journeys.to_string(),
            of.requests.to_string(),
            of.cpu_share.map_or("-".to_owned(), |share| percent(share.get())),
            known(of.loop_lag_p99_s),
            known(of.loop_lag_max_s),
            of.in_flight.to_string(),
            format!("{} ± {}", signed(of.clock_ahead_s.get()), time(of.clock_error_s.get())),
            of.lost_messages.to_string(),
        ]
    });
    let made = table(&head, 2, rows);
    let untold = generator.processes.len().saturating_sub(ROWS) as u64;
    match untold + generator.unlisted_processes {
        0 => made,
        n => format!("{made}<p>… and {n} more, all of which fared better</p>\n"),
    }
}

/// A time that may be before another.
fn signed(seconds: f64) -> String {
    let sign = if seconds < 0.0 { "−" } else { "" };
    format!("{sign}{}", time(seconds.abs()))
}
