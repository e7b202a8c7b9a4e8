//! A comparison for a terminal of any width.

use super::comparison::{Comparison, RunName};
use super::figure::{Figure, Row};
use super::statistics::StatisticChange;
use super::words;

/// Narrower terminals are taken to be this wide.
const NARROWEST: usize = 20;

/// Columns of the table: figure, A, B, change, interval.
const COLUMNS: [usize; 5] = [7, 10, 10, 10, 20];

/// What the verdict needs beside them.
const VERDICT: usize = 22;

/// Most series that are shown without being judged.
const MOST_SHOWN: usize = 20;

impl Comparison {
    /// For a terminal of `width` columns. No line is longer, whatever names and
    /// texts there are.
    pub fn text(&self, width: usize, same: f64) -> String {
        let mut page = Page { width: width.max(NARROWEST), lines: Vec::new() };
        for (letter, runs) in [("A", &self.a), ("B", &self.b)] {
            for (n, run) in (1..).zip(runs) {
                let letter =
                    if runs.len() == 1 { letter.to_owned() } else { format!("{letter}{n}") };
                page.wrapped(&format!("{letter}  "), &name(run));
            }
        }
        for refusal in &self.refusals {
            page.wrapped("", &format!("cannot be compared: {refusal}"));
        }
        if self.refusals.is_empty() {
            page.wrapped("", &words::scope(self));
            let (judged, shown): (Vec<&Row>, Vec<&Row>) = self
                .rows
                .iter()
                .partition(|row| row.figures.iter().any(|figure| figure.outcome.is_some()));
            for row in judged {
                page.lines.push(String::new());
                page.row(row, same);
            }
            if !shown.is_empty() {
                page.lines.push(String::new());
                page.shown(&shown);
            }
            page.statistics(&self.statistics);
        }
        page.lines.push(String::new());
        for difference in &self.differences {
            page.wrapped("", &format!("settings differ: {difference}"));
        }
        for missing in &self.not_compared {
            page.wrapped("", &format!("not compared: {missing}"));
        }
        for note in &self.notes {
            page.wrapped("", note);
        }
        page.wrapped("", &format!("{}, exit {}", words::conclusion(self), self.exit_code));
        let mut text = String::new();
        for line in page.lines {
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

/// `run.json, 2026-11-24 12:00, 3f2c1`.
fn name(run: &RunName) -> String {
    let started: String = run.started.replace('T', " ").chars().take(16).collect();
    let parts = [Some(run.name.clone()), Some(started), run.commit.clone()];
    parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

struct Page {
    width: usize,
    lines: Vec<String>,
}

impl Page {
    /// `text` after `start`, and further lines below its begin.
    fn wrapped(&mut self, start: &str, text: &str) {
        let indent = start.chars().count().min(self.width / 2);
        let lines = wrap(text, self.width - indent);
        for (n, line) in lines.iter().enumerate() {
            let start = if n == 0 { start } else { "" };
            self.lines.push(format!("{start:indent$}{line}"));
        }
    }

    /// What the test's own code kept.
    fn statistics(&mut self, changes: &[StatisticChange]) {
        if changes.is_empty() {
            return;
        }
        self.lines.push(String::new());
        self.wrapped("", "STATISTICS of the test's own, not judged");
        for change in changes.iter().take(MOST_SHOWN) {
            let [statistic, figure, a, b, change] = change.cells();
            self.wrapped("  ", format!("{statistic} {figure}: {a} -> {b}  {change}").trim_end());
        }
        if let more @ 1.. = changes.len().saturating_sub(MOST_SHOWN) {
            self.wrapped("  ", &format!("and {more} more"));
        }
    }

    /// A judged series.
    fn row(&mut self, row: &Row, same: f64) {
        self.wrapped("", &row.series);
        let used: usize = COLUMNS.iter().sum::<usize>() + COLUMNS.len();
        let wide = self.width >= used + VERDICT;
        if wide {
            let [a, b, c, d, e] = COLUMNS;
            let (figure, change) = ("FIGURE", "CHANGE");
            self.lines.push(format!(
                "{figure:a$} {:>b$} {:>c$} {change:>d$} {:e$} VERDICT",
                "A", "B", ""
            ));
        }
        for figure in &row.figures {
            let verdict = words::verdict(figure, same);
            if wide {
                let start = format!("{} ", columns(figure));
                if verdict.is_empty() {
                    self.lines.push(start)
                } else {
                    self.wrapped(&start, &verdict)
                }
            } else {
                self.narrow(figure, &verdict);
            }
        }
    }

    fn narrow(&mut self, figure: &Figure, verdict: &str) {
        let kind = figure.kind;
        let change = [words::change(figure), words::interval(figure)].join(" ");
        self.wrapped(&format!("{kind:7} "), &change);
        let values = (words::value(kind, figure.a), words::value(kind, figure.b));
        self.wrapped("  ", &format!("{} -> {}", values.0, values.1));
        if !verdict.is_empty() {
            self.wrapped("  ", verdict);
        }
    }

    /// Series that are not judged: their changes alone.
    fn shown(&mut self, rows: &[&Row]) {
        self.wrapped("", "not judged, each interval at 95 % (--judge SERIES judges one):");
        for row in rows.iter().take(MOST_SHOWN) {
            self.wrapped("", &row.series);
            let changes: Vec<String> = row
                .figures
                .iter()
                .map(|figure| {
                    let interval = words::interval(figure);
                    format!("{} {} {interval}", figure.kind, words::change(figure))
                        .trim_end()
                        .to_owned()
                })
                .collect();
            self.wrapped("  ", &changes.join(", "));
        }
        if rows.len() > MOST_SHOWN {
            self.wrapped("", &format!("… and {} more: --json has all", rows.len() - MOST_SHOWN));
        }
    }
}

fn columns(figure: &Figure) -> String {
    let [a, b, c, d, e] = COLUMNS;
    let kind = figure.kind;
    format!(
        "{kind:a$} {:>b$} {:>c$} {:>d$} {:e$}",
        words::value(kind, figure.a),
        words::value(kind, figure.b),
        words::change(figure),
        words::interval(figure)
    )
}

/// Lines of at most `width` characters, broken between words where that is possible.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split_whitespace() {
        let mut word = word;
        let mut length = word.chars().count();
        if used > 0 && used + 1 + length <= width {
            let line = lines.last_mut().expect("there is one");
            line.push(' ');
            line.push_str(word);
            used += 1 + length;
            continue;
        }
        if used > 0 {
            lines.push(String::new());
        }
        while length > width {
            let at = word.char_indices().nth(width).map_or(word.len(), |(at, _)| at);
            lines.last_mut().expect("there is one").push_str(&word[..at]);
            lines.push(String::new());
            word = &word[at..];
            length -= width;
        }
        lines.last_mut().expect("there is one").push_str(word);
        used = length;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words_and_long_words_anywhere() {
        assert_eq!(wrap("ab cd ef", 5), ["ab cd", "ef"]);
        assert_eq!(wrap("a bcdefgh i", 3), ["a", "bcd", "efg", "h i"]);
        assert_eq!(wrap("", 3), [""]);
        assert_eq!(wrap("é é", 3), ["é é"]);
    }
}
