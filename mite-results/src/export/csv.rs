//! A line for each window and series, for tables and data frames.

use crate::document::{Document, Number, Series, SeriesKind, Statistic, StatisticKind};
use crate::windows::Exponential;

const HEAD: &str = "t_s,length_s,kind,journey,transaction,request,count,failed,p50_s,p90_s,p99_s,max_s,bytes,\
     statistic,value";

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
                String::new(),
                String::new(),
            ];
            text.push_str(&fields.join(","));
            text.push('\n');
        }
    }
    statistics(document, &mut text);
    text
}

/// A line for each window and statistic of the test's own.
fn statistics(document: &Document, text: &mut String) {
    let windows = &document.windows;
    for statistic in &document.statistics {
        let Some(mine) = statistic.id.and_then(|id| windows.statistics.get(&id)) else { continue };
        let (kind, title) = (kind_of(statistic), field(&statistic.title()));
        for j in 0..windows.t_s.len() {
            let (t, length, count) =
                (windows.t_s[j].get(), windows.length_s[j].get(), mine.count[j]);
            let value = value(statistic.kind, count, mine.sum[j], mine.last[j]);
            let value = value.map_or(String::new(), |value| value.to_string());
            text.push_str(&format!("{t:.6},{length:.6},{kind},,,,{count},,,,,,,{title},{value}\n"));
        }
    }
}

fn kind_of(statistic: &Statistic) -> &'static str {
    match statistic.kind {
        StatisticKind::Counter => "counter",
        StatisticKind::Gauge => "gauge",
        StatisticKind::Accumulator => "accumulator",
        StatisticKind::Histogram => "histogram",
        StatisticKind::Check => "check",
        StatisticKind::Unknown => "unknown",
    }
}

/// Of a gauge the last, of a histogram the mean, of others the sum.
fn value(kind: StatisticKind, count: u64, sum: Number, last: Option<Number>) -> Option<f64> {
    match kind {
        StatisticKind::Gauge => last.map(Number::get),
        StatisticKind::Histogram => (count > 0).then(|| sum.get() / count as f64),
        _ => Some(sum.get()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::document;
    use super::*;
    use crate::document::StatisticWindows;

    #[test]
    fn there_is_a_line_for_each_window_and_series() {
        let text = table(&document());
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], HEAD);
        assert_eq!(
            lines[1],
            "0.000000,1.000000,all_requests,,,,3,1,0.010000,0.010000,0.010000,0.010000,300,,"
        );
        assert_eq!(lines[2], "1.000000,1.000000,all_requests,,,,0,0,,,,,0,,");
        assert_eq!(lines.len(), 3 + 1);
        // Followed from its second window on.
        assert!(lines[3].starts_with("1.000000,1.000000,transaction,shop:buy,pay,,3,1,"));
    }

    #[test]
    fn statistics_of_the_tests_own_have_lines_too() {
        let number = |n: f64| Number::new(n).unwrap();
        let mut document = Document::default();
        document.windows.t_s = vec![number(0.0), number(1.0)];
        document.windows.length_s = vec![number(1.0); 2];
        let told = StatisticWindows {
            count: vec![2, 0],
            sum: vec![number(5.0), number(0.0)],
            last: vec![Some(number(3.5)), None],
        };
        let kinds = [StatisticKind::Counter, StatisticKind::Gauge, StatisticKind::Histogram];
        for (id, kind) in (0..).zip(kinds) {
            document.windows.statistics.insert(id, told.clone());
            let labels = [("kind".to_owned(), "new".into())].into();
            let name = "orders".into();
            let statistic = Statistic { id: Some(id), name, kind, labels, ..Statistic::default() };
            document.statistics.push(statistic);
        }
        document.statistics.push(Statistic { name: "without".into(), ..Statistic::default() });
        let text = table(&document);
        let lines: Vec<&str> = text.lines().skip(1).collect();
        let title = "\"orders {kind=\"\"new\"\"}\"";
        let line = |t, kind, count, value| {
            format!("{t}.000000,1.000000,{kind},,,,{count},,,,,,,{title},{value}")
        };
        assert_eq!(
            lines,
            [
                line(0, "counter", 2, "5"),
                line(1, "counter", 0, "0"),
                line(0, "gauge", 2, "3.5"),
                line(1, "gauge", 0, ""),
                line(0, "histogram", 2, "2.5"),
                line(1, "histogram", 0, ""),
            ]
        );
        assert!(lines.iter().all(|line| line.split(',').count() == HEAD.split(',').count()));
    }

    #[test]
    fn fields_are_quoted_if_they_must_be() {
        assert_eq!(field("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(field("plain"), "plain");
    }
}
