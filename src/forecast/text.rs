//! A forecast, for people.

use std::fmt;
use std::time::Duration;

use mite_core::units;
use mite_core::volume::Piece;

use super::count::Count;
use super::data::{DataForecast, Rows, Supply};
use super::line::{LineForecast, Shape};
use super::pieces::Peak;
use super::runners::{BUSY, RunnersForecast};
use super::scenario::Forecast;
use crate::output::table::{Room, Table};
use crate::terminal::style::painted;

/// So many phases of a line are shown.
const PHASES: usize = 20;

impl fmt::Display for Forecast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lasts = match self.duration {
            Some(duration) => span(duration),
            None => "no end".to_owned(),
        };
        let lines = units::count(self.lines.len() as u64, "line");
        writeln!(f, "{}: {lines}, {lasts}", self.test)?;
        for line in &self.lines {
            writeln!(f, "\n{}", heading(line))?;
            if !line.mix.is_empty() {
                for row in mix(line).lines(&Room::default()) {
                    writeln!(f, "  {}", painted(&row, false))?;
                }
                writeln!(f)?;
            }
            for row in phases(line).lines(&Room::default()) {
                writeln!(f, "  {}", painted(&row, false))?;
            }
        }
        writeln!(f)?;
        let mut rows = Vec::new();
        let mut row = |name: &str, text: String| rows.push((name.to_owned(), text));
        row("journeys", of_journeys(self.journeys));
        if self.per_second.most > 0.0 {
            row("at most per second", of_peak(self.per_second));
        }
        if self.at_once.most > 0.0 {
            row("at most at once", of_peak(self.at_once));
        }
        for data in &self.data {
            row(&format!("data pool {}", data.pool), of_data(data));
        }
        if let Some(runners) = &self.runners {
            row("runners", of_runners(runners));
        }
        for threshold in &self.thresholds {
            row("must hold", threshold.clone());
        }
        let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        rows.iter().try_for_each(|(name, text)| writeln!(f, "{name:<width$}  {text}"))
    }
}

fn heading(line: &LineForecast) -> String {
    let name = if line.mix.is_empty() { line.journey.as_str() } else { "mix, by journeys started" };
    let mut text = format!("{}  {name}", line.id);
    if let Some(pool) = &line.pool {
        text += &format!(", from data pool {pool}");
    }
    match line.shape {
        Shape::AtOnce => text += ": journeys at once",
        Shape::Single => text += ": single journeys",
        Shape::PerSecond => {
            text += ": journeys per second, ";
            text += if line.poisson { "at random times" } else { "evenly" };
            if let Some(most) = line.at_most {
                text += &format!(", {most} at once at most");
            }
            if !line.search.is_empty() {
                text += &format!(
                    "; a search for the greatest rate: until `{}` breaks",
                    line.search.join("` or `")
                );
            }
        }
    }
    if let Some(most) = line.most {
        text += &format!("; {} in all at most", units::count(most, "journey"));
    }
    if line.once {
        text += "; each item once";
    }
    text
}

/// The journeys of a mix.
fn mix(line: &LineForecast) -> Table {
    let mut table = Table::new(&["journey", "weight", "share", "data pool"], true);
    for part in &line.mix {
        let share = format!("{} %", number(part.share * 100.0));
        let pool = part.pool.clone().unwrap_or_default();
        table.row(vec![part.journey.clone(), part.weight.to_string(), share, pool]);
    }
    table
}

fn phases(line: &LineForecast) -> Table {
    let mut table = match line.shape {
        Shape::Single => Table::new(&["at"], false),
        Shape::AtOnce => Table::new(&["from", "to", "at once"], false),
        Shape::PerSecond => Table::new(&["from", "to", "per second", "arrivals"], false),
    };
    for at in line.due.iter().take(PHASES) {
        table.row(vec![span(*at)]);
    }
    for phase in line.phases.iter().take(PHASES) {
        table.row(of_phase(line.shape, phase));
    }
    let more = (line.due.len() + line.phases.len()).saturating_sub(PHASES);
    if more > 0 {
        table.row(vec![format!("and {more} more")]);
    }
    table
}

fn of_phase(shape: Shape, phase: &Piece) -> Vec<String> {
    let whole = |n: f64| if shape == Shape::AtOnce { n.trunc() } else { n };
    let (from, to) = (number(whole(phase.from)), number(whole(phase.to)));
    let ends = if phase.end == Duration::MAX { "no end".to_owned() } else { span(phase.end) };
    let mut cells = vec![span(phase.start), ends];
    cells.push(if from == to { from } else { format!("{from} → {to}") });
    if shape == Shape::PerSecond && phase.end < Duration::MAX {
        cells.push(number(phase.integral()));
    }
    cells
}

fn of_peak(peak: Peak) -> String {
    format!("{}, first at {}", number(peak.most), span(peak.at))
}

fn of_journeys(count: Count) -> String {
    match count {
        Count::Unknown => {
            "as many as there is time for (--time-per-journey and --duration would say)".to_owned()
        }
        count => of_count(count),
    }
}

fn of_count(count: Count) -> String {
    match count {
        Count::Exactly(n) => number(n as f64),
        Count::About(n) => format!("about {}", number(n.round())),
        Count::Unknown => "nobody knows how many".to_owned(),
    }
}

fn of_data(data: &DataForecast) -> String {
    let (needed, whole) = match data.needed {
        Rows::InAll(count) => (count, "one for each journey"),
        Rows::AtOnce(count) => (count, "one for each at once"),
    };
    let needed = match needed {
        Count::Unknown => format!("{whole} needed"),
        count => format!("{} needed ({whole})", of_count(count)),
    };
    let there = match data.there {
        Some(there) => format!("{} there", number(there as f64)),
        None => "how many are there is not known before load".to_owned(),
    };
    let verdict = match data.supply {
        Supply::Enough => ": enough".to_owned(),
        Supply::Unknown => String::new(),
        Supply::Short { missing, at } => {
            let missing = number(missing as f64);
            let at = at.map(|at| format!(", used up at {}", span(at))).unwrap_or_default();
            format!(": {missing} too few{at}")
        }
    };
    format!("{needed}, {there}{verdict}")
}

fn of_runners(runners: &RunnersForecast) -> String {
    let Some(needed) = runners.needed else {
        return "say how long a journey takes with --time-per-journey".to_owned();
    };
    let mut why = Vec::new();
    if let Some((cost, rate)) = runners.cost.zip(runners.per_second) {
        let each = cost_of(cost);
        let busy = (BUSY * 100.0).round();
        why.push(format!("{} a second at {each} each, {busy} % of a core", number(rate)));
    }
    if let Some(most) = runners.per_runner {
        why.push(format!("{most} at once each"));
    }
    format!("{needed} ({})", why.join("; "))
}

fn cost_of(cost: Duration) -> String {
    match cost < Duration::from_millis(1) {
        true => format!("{} µs", number(cost.as_secs_f64() * 1e6)),
        false => format!("{} ms", number(cost.as_secs_f64() * 1e3)),
    }
}

/// `1 h 2 min 3.5 s`, without what is zero.
fn span(time: Duration) -> String {
    let (hours, rest) = (time.as_secs() / 3600, time.as_secs() % 3600);
    let seconds = (rest % 60) as f64 + f64::from(time.subsec_nanos()) / 1e9;
    let mut parts = Vec::new();
    if hours > 0 {
        parts.push(format!("{hours} h"));
    }
    if rest / 60 > 0 {
        parts.push(format!("{} min", rest / 60));
    }
    if seconds > 0.0 || parts.is_empty() {
        parts.push(format!("{} s", number(seconds)));
    }
    parts.join(" ")
}

/// `1,815,000`, `0.25`: three places at most, and no zeros at their end.
fn number(n: f64) -> String {
    let text = format!("{n:.3}");
    let (whole, places) = text.split_once('.').unwrap_or((&text, ""));
    let places = places.trim_end_matches('0');
    let mut grouped = String::new();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if places.is_empty() { grouped } else { format!("{grouped}.{places}") }
}

#[cfg(test)]
mod tests {
    use mite_core::volume::secs;

    use super::*;

    #[test]
    fn numbers_and_times_are_short() {
        let numbers = [0.0, 0.25, 1.0 / 3.0, 999.0, 1000.0, 1_815_000.0, 12_345.5];
        let shown = numbers.map(number);
        assert_eq!(shown, ["0", "0.25", "0.333", "999", "1,000", "1,815,000", "12,345.5"]);
        let times = [secs(0), secs(0.5), secs(60), secs(3723.25)].map(span);
        assert_eq!(times, ["0 s", "0.5 s", "1 min", "1 h 2 min 3.25 s"]);
        assert_eq!(cost_of(Duration::from_micros(250)), "250 µs");
        assert_eq!(cost_of(Duration::from_micros(1500)), "1.5 ms");
    }
}
