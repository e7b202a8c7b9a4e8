//! A line for each window and series, for tables and data frames.

use crate::document::{Document, Number, Series, SeriesKind};
use crate::windows::Exponential;

const HEAD: &str =
    "t_s,length_s,kind,journey,transaction,request,count,failed,p50_s,p90_s,p99_s,max_s,bytes";

fn kind(series: &Series) -> &'static str {
    match series.kind {
        SeriesKind::AllRequests => "all_requests",
        SeriesKind::AllTransactions => "all_transactions",
        SeriesKind::AllJourneys => "all_journeys",
        SeriesKind::Request => "request",
        SeriesKind::Transaction => "transaction",
        SeriesKind::Journey => "journey",
        SeriesKind::Unknown => "unknown",
    }
}

/// The journey, the transaction and the request of a series.
fn names(series: &Series) -> [String; 3] {
    let text = |text: &Option<crate::document::Text>| text.as_deref().unwrap_or("").to_owned();
    let (journey, around) = (text(&series.journey), text(&series.transaction));
    match series.kind {
        SeriesKind::Transaction => [journey, text(&series.name), String::new()],
        SeriesKind::Request => [journey, around, tagged(series)],
        _ => [journey, around, String::new()],
    }
}

/// With the tags that make it a series of its own.
fn tagged(series: &Series) -> String {
    let name = series.name.as_deref().unwrap_or("");
    let tags = series.tags.iter().filter(|(name, _)| *name != "protocol");
    let tags: Vec<_> = tags.map(|(name, value)| format!("{name}={:?}", &**value)).collect();
    match tags.is_empty() {
        true => name.to_owned(),
        false => format!("{name} {{{}}}", tags.join(", ")),
    }
}

/// RFC 4180: quoted if it must be.
fn field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// Empty if there is none.
fn seconds(time: Option<f64>) -> String {
    time.map_or(String::new(), |time| format!("{time:.6}"))
}

pub(super) fn table(document: &Document) -> String {
    let mut text = format!("{HEAD}\n");
    let windows = &document.windows;
    for series in &document.series {
        let Some(mine) = windows.series.get(&series.id) else { continue };
        let names = names(series).map(|name| field(&name)).join(",");
        for j in mine.first_window..windows.t_s.len() {
            let times =
                Exponential::of_counts(mine.hist.schema, mine.hist.first[j], &mine.hist.counts[j]);
            let max = mine.max_s.get(j).copied().flatten().map(Number::get);
            // Inside a bucket a percentile may come out above the longest time.
            let at = |p| times.quantile(p).map(|time| max.map_or(time, |max| time.min(max)));
            let fields = [
                format!("{:.6}", windows.t_s[j].get()),
                format!("{:.6}", windows.length_s[j].get()),
                kind(series).to_owned(),
                names.clone(),
                mine.count[j].to_string(),
                mine.failed[j].to_string(),
                seconds(at(0.5)),
                seconds(at(0.9)),
                seconds(at(0.99)),
                seconds(max),
                mine.received_bytes.get(j).map_or(String::new(), u64::to_string),
            ];
            text.push_str(&fields.join(","));
            text.push('\n');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::testing::document;
    use super::*;

    #[test]
    fn there_is_a_line_for_each_window_and_series() {
        let text = table(&document());
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], HEAD);
        assert_eq!(
            lines[1],
            "0.000000,1.000000,all_requests,,,,3,1,0.010000,0.010000,0.010000,0.010000,300"
        );
        assert_eq!(lines[2], "1.000000,1.000000,all_requests,,,,0,0,,,,,0");
        assert_eq!(lines.len(), 3 + 1);
        // Followed from its second window on.
        assert!(lines[3].starts_with("1.000000,1.000000,transaction,shop:buy,pay,,3,1,"));
    }

    #[test]
    fn fields_are_quoted_if_they_must_be() {
        assert_eq!(field("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(field("plain"), "plain");
    }
}
