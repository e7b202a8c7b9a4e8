//! What happened in a run, in a few sentences.

use crate::document::{Document, Limit, Number, Series, SeriesKind, Times, Validity};
use crate::page::course::{Course, ENOUGH, SEVERAL, Stretch};
use crate::units::{clock, count, percent, three_digits, time};
use crate::windows::Exponential;

/// What share of what requests took longer the generator's own lateness may be, to be of no
/// account.
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
    told.extend(document.searches.iter().map(|s| format!("Search of {}: {}.", s.journey, s.text)));
    let Some(total) = document.total() else {
        told.push("Nothing ended: there is nothing to say of times.".to_owned());
        return told;
    };
    told.push(amount(document, total));
    told.extend(times(total));
    if let Some(course) = Course::of(document, total) {
        told.extend(over_time(document, total, course));
    }
    told.extend(dropped(document));
    told.extend(most_frequent(document));
    told.push(generator(document));
    told
}

/// What there is to say of the times of a run as it went on.
fn over_time(document: &Document, total: &Series, course: Course<'_>) -> Vec<String> {
    let slow = course.slow();
    let silent = course.silent(&slow);
    let mut told = Vec::new();
    if let Some(stretch) = slow.first() {
        let usual = course.usual().unwrap_or_default();
        let then = course.times(*stretch).quantile(0.9).unwrap_or_default();
        told.push(slow_stretch(document, total, course, &slow, (then, usual)));
        told.extend(to_whom(document, &slow));
        told.extend(blame(document, *stretch, then - usual));
    }
    if let Some(stretch) = silent.first() {
        told.push(silence(document, course, &silent));
        told.extend(blame(document, *stretch, course.length(*stretch)));
    }
    if slow.is_empty() {
        told.extend(spread(document, course, silent.is_empty()));
    }
    told
}

/// Whether times were even; not said where something else stood out.
fn spread(document: &Document, course: Course<'_>, say_even: bool) -> Option<String> {
    let [(early, low), (late, high)] = course.spread()?;
    if high < low * SEVERAL {
        // Of a single window there is nothing to say.
        let say_even = say_even && course.len() > 1;
        let (low, high) = (time(low), time(high));
        let between = if low == high { low } else { format!("{low} to {high}") };
        return say_even
            .then(|| format!("Times were even: of each window, 90 % took at most {between}."));
    }
    let at = |window: usize| clock(document.windows.t_s[window].get());
    Some(format!(
        "Times were not even: 90 % took at most {} at {}, and {} at {}.",
        time(low),
        at(early),
        time(high),
        at(late)
    ))
}

/// Stretches after the first that are told with their time.
const MOST_TOLD: usize = 5;

/// The stretches after the first: each with its time, as they came.
fn more_like_it(document: &Document, all: &[Stretch]) -> String {
    let mut others = all.get(1..).unwrap_or_default().to_vec();
    others.truncate(MOST_TOLD);
    others.sort_unstable();
    let mut when: Vec<_> = others.iter().map(|stretch| from_to(document, *stretch)).collect();
    let more = all.len().saturating_sub(1 + when.len());
    if more > 0 {
        when.push(format!("and {more} more"));
    }
    let when = when.join(", ");
    match all.len() {
        0 | 1 => String::new(),
        2 => format!(" There was one more stretch like it: {when}."),
        n => format!(" There were {} more stretches like it: {when}.", n - 1),
    }
}

/// That nothing ended for a while, or from then on.
fn silence(document: &Document, course: Course<'_>, silent: &[Stretch]) -> String {
    let stretch @ (from, to) = silent[0];
    let windows = &document.windows;
    let least = windows.running_min[from..to].iter().min().copied().unwrap_or_default();
    let most = windows.running_max.get(from..to).and_then(|n| n.iter().max()).copied();
    let running = match most {
        Some(most) if most > least => format!("{least} to {most} journeys were"),
        _ if least == 1 => "1 journey was".to_owned(),
        _ => format!("{least} journeys were"),
    };
    let when = if course.count((to, course.len())) == 0 {
        format!("{} to the end", clock(windows.t_s[from].get()))
    } else {
        from_to(document, stretch)
    };
    format!(
        "Nothing ended from {when}, while {running} in flight.{}",
        more_like_it(document, silent)
    )
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
        // In whole seconds nothing would be left of it.
        if load < 10.0 { time(load) } else { clock(load) },
        count(ended as usize, "journey")
    )
}

fn times(total: &Series) -> Option<String> {
    let times = total.times()?;
    if total.kind == SeriesKind::AllRequests && total.failed > 0 {
        let share = percent(total.failed as f64 / total.count.max(1) as f64);
        if total.failed == total.count {
            return Some(
                "None of them got a response: times are those until they failed.".to_owned(),
            );
        }
        let told = answered(total, times).unwrap_or_default();
        return Some(
            format!("{} of them got no response ({share}). {told}", total.failed)
                .trim_end()
                .to_owned(),
        );
    }
    answered(total, times)
}

/// How long they took, if there are enough.
fn answered(total: &Series, times: &Times) -> Option<String> {
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
    slow: &[Stretch],
    (then, usual): (f64, f64),
) -> String {
    let n = course.count(slow[0]);
    format!(
        "From {} it was slow: 90 % of the {} that ended then took up to {}, usually {}; {} of all.{}",
        from_to(document, slow[0]),
        count(n as usize, noun(total)),
        time(then),
        time(usual),
        percent(n as f64 / total.count.max(1) as f64),
        more_like_it(document, slow)
    )
}

/// Which transactions the first of the slow stretches was of: percentiles of it are held
/// against those of the rest of the run.
fn to_whom(document: &Document, slow: &[Stretch]) -> Option<String> {
    let p90 = |times: Exponential| times.quantile(0.9).filter(|_| times.count() >= ENOUGH);
    let (mut hit, mut all, mut unsure) = (Vec::new(), 0, 0);
    for series in document.series.iter().filter(|s| s.kind == SeriesKind::Transaction) {
        all += 1;
        let course = Course::of(document, series);
        let both = course.and_then(|course| {
            Some((p90(course.times(slow[0]))?, p90(course.times_outside(slow))?))
        });
        match both {
            Some((then, usual)) if then >= usual * SEVERAL => {
                hit.push((series.title(), then, usual));
            }
            Some(_) => {}
            None => unsure += 1,
        }
    }
    if hit.is_empty() {
        return None;
    }
    hit.sort_by(|a, b| b.1.total_cmp(&a.1));
    let told: Vec<_> = hit
        .iter()
        .take(5)
        .map(|(title, then, usual)| {
            format!("{title} (90 % up to {}, usually {})", time(*then), time(*usual))
        })
        .collect();
    let more = if hit.len() > 5 { format!(" and {} more", hit.len() - 5) } else { String::new() };
    let whom = if hit.len() == all {
        "all transactions".to_owned()
    } else {
        format!("{} of {all} transactions", hit.len())
    };
    let unsure = match unsure {
        0 => String::new(),
        n => format!(" There are too few times of {} to tell.", count(n, "transaction")),
    };
    Some(format!("It hit {whom}: {}{more}.{unsure}", told.join("; ")))
}

/// Whether the generator can be the cause of a stretch in which requests took so much
/// longer, or nothing ended for so long.
fn blame(document: &Document, (from, to): Stretch, longer: f64) -> Option<String> {
    let windows = &document.windows;
    let greatest = |column: &[Option<Number>]| {
        let known = column.get(from..to).into_iter().flatten().flatten();
        known.map(|n| n.get()).reduce(f64::max)
    };
    let cpu = windows.cpu.iter().filter_map(|runner| greatest(runner)).reduce(f64::max);
    let lag = greatest(&windows.loop_lag_max_s);
    let late = greatest(&windows.schedule_lag_p99_s);
    let window = windows.length_s[from..to].iter().map(|n| n.get()).fold(0.0, f64::max);
    // A window of several seconds has the mean of its CPU: a second at full load is not seen.
    let is_mean = window >= 1.5;
    let busy = cpu.is_some_and(|cpu| cpu >= 0.9);
    let behind = [lag, late].into_iter().flatten().any(|lag| lag > longer * OF_NO_ACCOUNT);
    let mut facts = Vec::new();
    facts.extend(cpu.map(|cpu| {
        let mean =
            if is_mean { format!(" in the mean of {}", time(window)) } else { String::new() };
        format!("the load generator's CPU was at most {} of a core{mean}", percent(cpu))
    }));
    facts.extend(lag.map(|lag| format!("its loops were at most {} late", time(lag))));
    facts.extend(late.map(|late| format!("99 % of arrivals were at most {} late", time(late))));
    if facts.is_empty() {
        return None;
    }
    let verdict = if busy || behind || document.verdict.validity != Validity::Valid {
        "it may be the cause, or a part of it"
    } else if is_mean && lag.is_none() && late.is_none() {
        "that does not tell whether it was the cause"
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
    let late = |times: &Times| times.at(99.0).map(time);
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
