//! HdrHistogram's interval log: one interval for each series, the whole run.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::time::Duration;

use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::{IntervalLogWriterBuilder, Tag};

use super::error::Error;
use super::moment;
use crate::document::Document;

/// Values are microseconds; the column of the longest is in milliseconds.
const DIVISOR: f64 = 1_000.0;

pub(super) fn log(document: &Document) -> Result<Vec<u8>, Error> {
    let mut histograms = Vec::new();
    let mut tags = BTreeSet::new();
    for series in &document.series {
        let Some(histogram) = series.times().and_then(|times| times.histogram()) else { continue };
        let title = series.title();
        let histogram = histogram.map_err(|e| Error::Missing(format!("{title}: {e}")))?;
        histograms.push((unique(&tag(&title), &mut tags), histogram));
    }
    if histograms.is_empty() {
        return Err(Error::Missing("the file has no histograms: nothing was measured".to_owned()));
    }
    let mut log = Vec::new();
    writeln!(log, "#[Histogram log format version 1.3]").expect("a Vec takes all bytes");
    let mut serializer = V2DeflateSerializer::new();
    let mut builder = IntervalLogWriterBuilder::new();
    builder.with_max_value_divisor(DIVISOR);
    builder.add_comment(&format!(
        "mite {}, values in microseconds",
        document.run.test.replace(['\n', '\r'], " ")
    ));
    if let Some(start) = moment::parse(&document.run.started) {
        builder.with_start_time(start).with_base_time(start);
    }
    let length = Duration::from_secs_f64(document.run.elapsed_s.get().max(0.0));
    let mut writer =
        builder.begin_log_with(&mut log, &mut serializer).expect("a Vec takes all bytes");
    for (tag, histogram) in &histograms {
        let tag = Tag::new(tag);
        writer
            .write_histogram(histogram, Duration::ZERO, length, tag)
            .map_err(|e| Error::Missing(format!("a histogram cannot be written: {e:?}")))?;
    }
    drop(writer);
    Ok(log)
}

/// A name without what a tag cannot have.
fn tag(title: &str) -> String {
    title.replace(", ", "/").replace(|c: char| c == ',' || c.is_whitespace(), "_")
}

fn unique(tag: &str, tags: &mut BTreeSet<String>) -> String {
    let mut name = tag.to_owned();
    let mut n = 2;
    while !tags.insert(name.clone()) {
        name = format!("{tag}_{n}");
        n += 1;
    }
    name
}

#[cfg(test)]
mod tests {
    use super::super::testing::measured;
    use super::*;
    use base64::Engine as _;
    use hdrhistogram::Histogram;
    use hdrhistogram::serialization::Deserializer;
    use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};

    #[test]
    fn every_series_is_an_interval_with_a_tag() {
        let document = measured();
        let log = log(&document).expect("it has histograms");
        let entries: Vec<LogEntry<'_>> =
            IntervalLogIterator::new(&log).collect::<Result<_, _>>().expect("a sound log");
        let intervals: Vec<_> = entries
            .iter()
            .filter_map(|entry| match entry {
                LogEntry::Interval(interval) => Some(interval),
                _ => None,
            })
            .collect();
        let tags: Vec<&str> = intervals.iter().map(|i| i.tag().expect("a tag").as_str()).collect();
        assert_eq!(tags, ["all_requests", "shop:buy/pay"]);
        assert!((intervals[0].max() - 100.0).abs() < 0.1, "{}", intervals[0].max());
        assert_eq!(intervals[0].duration(), Duration::from_secs(5));
        let bytes = base64::engine::general_purpose::STANDARD
            .decode(intervals[0].encoded_histogram())
            .expect("base64");
        let decoded: Histogram<u64> =
            Deserializer::new().deserialize(&mut &*bytes).expect("a histogram");
        let own = document.series[0].service.as_ref().and_then(|t| t.histogram());
        assert_eq!(decoded, own.expect("there").expect("sound"));
    }

    #[test]
    fn equal_tags_are_told_apart() {
        let mut tags = BTreeSet::new();
        assert_eq!(unique("a", &mut tags), "a");
        assert_eq!(unique("a", &mut tags), "a_2");
        assert_eq!(tag("shop:buy, pay now"), "shop:buy/pay_now");
    }

    #[test]
    fn without_histograms_it_says_so() {
        assert!(log(&Document::default()).is_err());
    }
}
