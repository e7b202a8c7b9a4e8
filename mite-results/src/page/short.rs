//! What happened in a run, in a few sentences.

use crate::document::{Document, Limit, Series, SeriesKind, Validity};
use crate::page::course::{Course, Stretch};
use crate::units::{clock, count, percent, three_digits, time};

/// How far from what is slow the generator's own lateness must be to be of no account.
const OF_NO_ACCOUNT: f64 = 0.1;

/// What happened in a run, when, to whom, and whether the load generator is to blame: a
/// sentence each.
///
/// ```
/// use mite_results::document::Document;
/// let sentences = mite_results::page::in_short(&Document::default());
/// assert_eq!(sentences[0], "Nothing ended: there is nothing to say of times.");
/// ```
pub fn in_short(document: &Document) -> Vec<String> {
    let mut told = Vec::new();
    told.extend(document.verdict.limits.iter().filter(|limit| !limit.ok).map(broken));
    let Some(total) = document.total() else {
        told.push("Nothing ended: there is nothing to say of times.".to_owned());
        return told;
    };
    told.push(amount(document, total));
    told.extend(times(total));
    let slow =
        Course::of(document, total).and_then(|course| Some((course, *course.slow().first()?)));
    match slow {
        Some((course, stretch)) => {
            told.push(slow_stretch(document, total, course, stretch));
            told.extend(to_whom(document, stretch));
            told.extend(blame(document, course, stretch));
        }
        None => {
            told.extend(Course::of(document, total).and_then(Course::spread).map(|(low, high)| {
                format!(
                    "Times were even: of each window, 90 % took at most {} to {}.",
                    time(low),
                    time(high)
                )
            }))
        }
    }
    told.extend(dropped(document));
    told.extend(most_frequent(document));
    told.push(generator(document));
    told
}

fn broken(limit: &Limit) -> String {
    let Some(value) = limit.value else {
        let why = match limit.failed {
            0 => "nothing was measured for it",
            _ => limit.without_value(),
        };
        return format!("`{}` is broken: {why}.", limit.expression);
    };
    format!("`{}` is broken: {}.", limit.expression, measured(value.get(), limit.unit.as_deref()))
}

/// A figure of a limit, with its unit.
pub(super) fn measured(value: f64, unit: Option<&str>) -> String {
    match unit {
        Some("s") => time(value),
        Some("share") => percent(value),
        Some("per_s") => format!("{}/s", three_digits(value)),
        _ if value.fract() == 0.0 => format!("{value:.0}"),
        _ => three_digits(value),
    }
}

/// What a total counts.
fn noun(total: &Series) -> &'static str {
    match total.kind {
        SeriesKind::AllTransactions => "transaction",
        SeriesKind::AllJourneys => "journey",
        _ => "request",
    }
}

fn amount(document: &Document, total: &Series) -> String {
    let journeys = &document.totals.journeys;
    let ended = journeys.finished + journeys.failed;
    let load = document.run.load_s.unwrap_or(document.run.elapsed_s).get();
    let rate = total
        .rate_per_s
        .map_or(String::new(), |rate| format!(", {} a second", three_digits(rate.get())));
    let failed = match (journeys.failed, ended) {
        (0, 0) => String::new(),
        (0, _) => ", none of which failed".to_owned(),
        (n, all) => format!(", of which {n} failed ({})", percent(n as f64 / all as f64)),
    };
    format!(
        "{} in {} of load{rate}, by {}{failed}.",
        count(total.count as usize, noun(total)),
        clock(load),
        count(ended as usize, "journey")
    )
}

fn times(total: &Series) -> Option<String> {
    let times = total.times()?;
    let beyond = |p: f64| times.count as f64 * (1.0 - p / 100.0) >= 9.99;
    let p = [99.9, 99.0, 90.0].into_iter().find(|p| beyond(*p))?;
    Some(format!(
        "Half of the {}s took {} or less, {p} % {} or less; the slowest took {}.",
        noun(total),
        time(times.at(50.0)?),
        time(times.at(p)?),
        time(times.max_s.get())
    ))
}

/// `00:25 to 00:30`.
fn from_to(document: &Document, (from, to): Stretch) -> String {
    let windows = &document.windows;
    let end = windows.t_s[to - 1].get() + windows.length_s[to - 1].get();
    format!("{} to {}", clock(windows.t_s[from].get()), clock(end))
}

fn slow_stretch(
    document: &Document,
    total: &Series,
    course: Course<'_>,
    stretch: Stretch,
) -> String {
    let n = course.count(stretch);
    let usual = course.usual().unwrap_or_default();
    let then = course.times(stretch).quantile(0.9).unwrap_or_default();
    let others = course.slow().len() - 1;
    let more = match others {
        0 => String::new(),
        1 => " There was one more stretch like it.".to_owned(),
        n => format!(" There were {n} more stretches like it."),
    };
    format!(
        "From {} it was slow: 90 % of the {} that ended then took up to {}, usually {}; {} of all.{more}",
        from_to(document, stretch),
        count(n as usize, noun(total)),
        time(then),
        time(usual),
        percent(n as f64 / total.count.max(1) as f64)
    )
}

/// Which transactions a slow stretch was of.
fn to_whom(document: &Document, stretch: Stretch) -> Option<String> {
    let mut all: Vec<(String, f64, f64)> = Vec::new();
    for series in document.series.iter().filter(|s| s.kind == SeriesKind::Transaction) {
        let Some(course) = Course::of(document, series) else { continue };
        if let (Some(usual), Some(then)) = (course.usual(), course.longest(stretch)) {
            all.push((series.title(), then, usual));
        }
    }
    let (mut hit, spared): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|(_, then, usual)| *then >= usual * 3.0);
    if hit.is_empty() {
        return None;
    }
    hit.sort_by(|a, b| b.1.total_cmp(&a.1));
    let told: Vec<_> = hit
        .iter()
        .take(5)
        .map(|(title, then, usual)| {
            format!("{title} (up to {}, usually {})", time(*then), time(*usual))
        })
        .collect();
    let more = if hit.len() > 5 { format!(" and {} more", hit.len() - 5) } else { String::new() };
    let whom = match spared.len() {
        0 => "It hit all transactions: ".to_owned(),
        n => format!("It hit {} of {} transactions: ", hit.len(), hit.len() + n),
    };
    Some(format!("{whom}{}{more}.", told.join("; ")))
}

/// Whether the generator can be the cause of a slow stretch.
fn blame(document: &Document, course: Course<'_>, stretch @ (from, to): Stretch) -> Option<String> {
    let windows = &document.windows;
    let slow = course.longest(stretch)?;
    let greatest = |column: &[Option<crate::document::Number>]| {
        let known = column.get(from..to).into_iter().flatten().flatten();
        known.map(|n| n.get()).reduce(f64::max)
    };
    let cpu = windows.cpu.iter().filter_map(|runner| greatest(runner)).reduce(f64::max);
    let lag = greatest(&windows.loop_lag_max_s);
    let late = greatest(&windows.schedule_lag_p99_s);
    let busy = cpu.is_some_and(|cpu| cpu >= 0.9);
    let behind = [lag, late].into_iter().flatten().any(|lag| lag > slow * OF_NO_ACCOUNT);
    let mut facts = Vec::new();
    facts.extend(
        cpu.map(|cpu| format!("the load generator's CPU was at most {} of a core", percent(cpu))),
    );
    facts.extend(lag.map(|lag| format!("its loops were at most {} late", time(lag))));
    facts.extend(late.map(|late| format!("99 % of arrivals were at most {} late", time(late))));
    if facts.is_empty() {
        return None;
    }
    let verdict = if busy || behind {
        "it may be the cause, or a part of it"
    } else {
        "not enough to be the cause"
    };
    Some(format!("In that stretch {}: {verdict}.", facts.join(", ")))
}

fn dropped(document: &Document) -> Option<String> {
    let lines = document.lines.iter().filter(|line| !line.dropped.is_empty());
    let told: Vec<_> = lines
        .map(|line| {
            let n: u64 = line.dropped.values().sum();
            let scheduled = line.scheduled.unwrap_or(n + line.started);
            let why: Vec<_> = line
                .dropped
                .iter()
                .map(|(why, n)| format!("{} {n}", why.replace('_', " ")))
                .collect();
            let share = percent(n as f64 / scheduled.max(1) as f64);
            format!(
                "{n} of {scheduled} arrivals of {} did not start ({share}: {})",
                line.journey,
                why.join(", ")
            )
        })
        .collect();
    (!told.is_empty()).then(|| format!("{}.", told.join("; ")))
}

fn most_frequent(document: &Document) -> Option<String> {
    let first = document.failures.first()?;
    let place = [first.journey.as_deref(), first.transaction.as_deref()];
    let place: Vec<_> = place.into_iter().flatten().collect();
    let others = match document.failures.len() - 1 {
        0 => String::new(),
        1 => "; one other kind".to_owned(),
        n => format!("; {n} other kinds"),
    };
    let text = first.text.lines().next().unwrap_or_default();
    Some(format!(
        "The most frequent error, {}: {text} ({}){others}.",
        count(first.count as usize, "time"),
        place.join(", ")
    ))
}

fn generator(document: &Document) -> String {
    let generator = &document.generator;
    let mut facts = Vec::new();
    facts.extend(generator.cpu_share.map(|cpu| format!("CPU {}", percent(cpu.get()))));
    let late = |times: &crate::document::Times| times.at(99.0).map(time);
    facts.extend(
        generator
            .loop_lag
            .as_ref()
            .and_then(late)
            .map(|lag| format!("its loops within {lag} at 99 %")),
    );
    facts.extend(
        generator
            .schedule_lag
            .as_ref()
            .and_then(late)
            .map(|lag| format!("arrivals within {lag} at 99 %")),
    );
    let facts = if facts.is_empty() { String::new() } else { format!(" ({})", facts.join(", ")) };
    match document.verdict.validity {
        Validity::Valid => {
            format!("The load generator kept its own schedule{facts}: the figures can be trusted.")
        }
        Validity::Suspect => format!(
            "The load generator did not quite do what it was asked to{facts}: see what there is to know."
        ),
        Validity::Invalid => format!(
            "The load generator did not do what it was asked to{facts}: the figures cannot be trusted."
        ),
        Validity::Unknown => format!("How the load generator fared{facts}."),
    }
}
