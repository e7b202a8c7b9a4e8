//! A comparison for a pull request.

use super::comparison::Comparison;
use super::figure::Row;
use super::words;
use crate::markdown::{cell, head, row};

/// Most series that are shown without being judged: a comment has 64 KB at most.
const MOST_SHOWN: usize = 50;

impl Comparison {
    /// As Markdown, at most about 60 KB.
    pub fn markdown(&self, same: f64) -> String {
        let mut text = format!("### mite compare: {}\n\n", cell(&words::conclusion(self)));
        for refusal in &self.refusals {
            text.push_str(&format!("- cannot be compared: {}\n", cell(refusal)));
        }
        let (judged, shown): (Vec<&Row>, Vec<&Row>) = self
            .rows
            .iter()
            .partition(|row| row.figures.iter().any(|figure| figure.outcome.is_some()));
        for judged in judged {
            text.push_str(&format!("**{}**\n\n", cell(&judged.series)));
            text.push_str(&head(&["figure", "A", "B", "change", "interval", "verdict"], 1));
            for figure in &judged.figures {
                text.push_str(&row(&[
                    figure.kind.to_string(),
                    words::value(figure.kind, figure.a),
                    words::value(figure.kind, figure.b),
                    words::change(figure),
                    words::interval(figure),
                    cell(&words::verdict(figure, same)),
                ]));
            }
            text.push('\n');
        }
        if !shown.is_empty() {
            text.push_str(
                "<details><summary>Other series, not judged, each interval at 95 %</summary>\n\n",
            );
            text.push_str(&head(&["series", "figure", "A", "B", "change", "interval"], 2));
            for (series, figure) in shown
                .iter()
                .take(MOST_SHOWN)
                .flat_map(|row| row.figures.iter().map(move |figure| (&row.series, figure)))
            {
                text.push_str(&row(&[
                    cell(series),
                    figure.kind.to_string(),
                    words::value(figure.kind, figure.a),
                    words::value(figure.kind, figure.b),
                    words::change(figure),
                    words::interval(figure),
                ]));
            }
            if shown.len() > MOST_SHOWN {
                text.push_str(&format!("\n… and {} more\n", shown.len() - MOST_SHOWN));
            }
            text.push_str("\n</details>\n\n");
        }
        if !self.statistics.is_empty() {
            text.push_str(
                "<details><summary>Statistics of the test's own, not judged</summary>\n\n",
            );
            text.push_str(&head(&["statistic", "figure", "A", "B", "change"], 2));
            for change in self.statistics.iter().take(MOST_SHOWN) {
                text.push_str(&row(&change.cells().map(|text| cell(&text))));
            }
            text.push_str("\n</details>\n\n");
        }
        if self.refusals.is_empty() {
            text.push_str(&format!("{}\n\n", cell(&words::scope(self))));
        }
        let differ = self.differences.iter().map(|text| format!("settings differ: {text}"));
        let missing = self.not_compared.iter().map(|text| format!("not compared: {text}"));
        for line in differ.chain(missing).chain(self.notes.iter().cloned()).take(MOST_SHOWN) {
            text.push_str(&format!("- {}\n", cell(&line)));
        }
        text
    }
}
