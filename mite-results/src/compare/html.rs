//! A comparison as a section of a page.

use std::fmt::Write;

use super::comparison::Comparison;
use super::figure::{Figure, Outcome, Row};
use super::words;
use crate::escape::{name, text};

/// Most series that are shown without being judged.
const MOST_SHOWN: usize = 50;

impl Comparison {
    /// As a section of HTML, read without scripts and styles, too.
    pub fn html(&self, same: f64) -> String {
        let mut made = String::from("<section id=\"comparison\">\n<h2>Comparison</h2>\n");
        let class = match self.exit_code {
            0 => "good",
            _ => "bad",
        };
        let _ = writeln!(
            made,
            "<p class=\"verdict {class}\"><b>{}</b></p>",
            text(&words::conclusion(self))
        );
        for (letter, runs) in [("A, the baseline", &self.a), ("B", &self.b)] {
            for run in runs {
                let commit = run.commit.as_deref().map_or(String::new(), |c| format!(", {c}"));
                let said = format!("{}, {}{commit}", run.name, run.started);
                let _ = writeln!(made, "<p>{letter}: {}</p>", name(&said));
            }
        }
        let lines = self.refusals.iter().map(|refusal| format!("cannot be compared: {refusal}"));
        made += &list(lines);
        let (judged, shown): (Vec<&Row>, Vec<&Row>) =
            self.rows.iter().partition(|row| row.figures.iter().any(|f| f.outcome.is_some()));
        for row in judged {
            let _ = writeln!(made, "<h3>{}</h3>", name(&row.series));
            made += &table(row.figures.iter().map(|figure| (None, figure)), same);
        }
        if !shown.is_empty() {
            made +=
                "<details>\n<summary>Other series, not judged, each interval at 95 %</summary>\n";
            let rows = shown.iter().take(MOST_SHOWN);
            made += &table(
                rows.flat_map(|row| row.figures.iter().map(|f| (Some(&*row.series), f))),
                same,
            );
            made += "</details>\n";
        }
        let settings = self.differences.iter().map(|d| format!("settings differ: {d}"));
        let missing = self.not_compared.iter().map(|m| format!("not compared: {m}"));
        let scope = self.refusals.is_empty().then(|| words::scope(self));
        made += &list(
            scope.into_iter().chain(settings).chain(missing).chain(self.notes.iter().cloned()),
        );
        made + "</section>\n"
    }
}

fn list(lines: impl Iterator<Item = String>) -> String {
    let items: String = lines.map(|line| format!("<li>{}</li>\n", text(&line))).collect();
    if items.is_empty() { items } else { format!("<ul>\n{items}</ul>\n") }
}

fn table<'a>(figures: impl Iterator<Item = (Option<&'a str>, &'a Figure)>, same: f64) -> String {
    let mut made = String::from(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"figures\">\n<table border=\"1\" cellspacing=\"0\" cellpadding=\"4\">\n<tr>",
    );
    let mut figures = figures.peekable();
    let with_series = figures.peek().is_some_and(|(series, _)| series.is_some());
    let series = if with_series { &["series"][..] } else { &[] };
    for head in series.iter().chain(&["figure", "A", "B", "change", "between", "verdict"]) {
        let _ = write!(made, "<th align=\"left\">{head}</th>");
    }
    made += "</tr>\n";
    for (series, figure) in figures {
        made += "<tr>";
        if let Some(series) = series {
            let _ = write!(made, "<td>{}</td>", name(series));
        }
        let _ = write!(made, "<td>{}</td>", figure.kind);
        for cell in [
            words::value(figure.kind, figure.a),
            words::value(figure.kind, figure.b),
            words::change(figure),
            words::interval(figure),
        ] {
            let _ = write!(made, "<td align=\"right\">{}</td>", text(&cell));
        }
        let class = match figure.outcome {
            Some(Outcome::Worse) => " class=\"bad\"",
            Some(Outcome::Better | Outcome::Same) => " class=\"good\"",
            _ => "",
        };
        let _ = writeln!(made, "<td{class}>{}</td></tr>", text(&words::verdict(figure, same)));
    }
    made + "</table>\n</div>\n"
}
