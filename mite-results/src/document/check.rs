//! Rules that the types do not show.

use std::fmt;

use super::{Document, Hist, SeriesWindows, Windows};

/// The finest schema.
const FINEST_SCHEMA: u8 = 8;

/// No bucket ends above 2^32 seconds or below 2^-32: a broken file must not ask
/// for a histogram that fills the memory.
const DOUBLINGS: i32 = 32;

/// A rule of the format that a document breaks, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The key, as `windows.series.3.count`.
    pub key: String,
    /// What is wrong with it.
    pub text: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.text)
    }
}

impl std::error::Error for Fault {}

fn fault(key: impl Into<String>, text: impl Into<String>) -> Fault {
    Fault { key: key.into(), text: text.into() }
}

impl Document {
    /// Whether it keeps the rules: arrays of windows are of equal length, series
    /// are sorted by a number of their own, windows are of series that are
    /// there, and their histograms hold what they count.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn check(&self) -> Result<(), Fault> {
        if let Some(pair) = self.series.windows(2).find(|pair| pair[0].id >= pair[1].id) {
            let text = format!("{} comes after {}", pair[1].id, pair[0].id);
            return Err(fault("series.id", text));
        }
        self.windows.check()?;
        for (id, windows) in &self.windows.series {
            if self.series.binary_search_by_key(id, |series| series.id).is_err() {
                return Err(fault(format!("windows.series.{id}"), "there is no such series"));
            }
            windows.check(&format!("windows.series.{id}"), self.windows.t_s.len())?;
        }
        for (id, windows) in &self.windows.statistics {
            let (key, n) = (format!("windows.statistics.{id}"), self.windows.t_s.len());
            length(format!("{key}.count"), &windows.count, n)?;
            length(format!("{key}.sum"), &windows.sum, n)?;
            length(format!("{key}.last"), &windows.last, n)?;
        }
        Ok(())
    }
}

fn length<T>(key: impl Into<String>, array: &[T], expected: usize) -> Result<(), Fault> {
    if array.len() == expected {
        return Ok(());
    }
    Err(fault(key, format!("{} entries, but windows.t_s has {expected}", array.len())))
}

/// Of an array that a file need not have.
fn length_if_any<T>(key: impl Into<String>, array: &[T], expected: usize) -> Result<(), Fault> {
    if array.is_empty() { Ok(()) } else { length(key, array, expected) }
}

impl Windows {
    fn check(&self) -> Result<(), Fault> {
        let n = self.t_s.len();
        length("windows.length_s", &self.length_s, n)?;
        if !self.t_s.is_sorted() {
            return Err(fault("windows.t_s", "not ascending"));
        }
        if self.length_s.iter().any(|length| length.get() < 0.0) {
            return Err(fault("windows.length_s", "negative"));
        }
        length_if_any("windows.required", &self.required, n)?;
        length_if_any("windows.required_per_s", &self.required_per_s, n)?;
        let counts = [
            ("running_min", &self.running_min),
            ("running_max", &self.running_max),
            ("scheduled", &self.scheduled),
            ("started", &self.started),
            ("errors", &self.errors),
        ];
        for (key, array) in counts {
            length_if_any(format!("windows.{key}"), array, n)?;
        }
        for (reason, array) in &self.dropped {
            length(format!("windows.dropped.{reason}"), array, n)?;
        }
        for (runner, array) in self.cpu.iter().enumerate() {
            length(format!("windows.cpu.{runner}"), array, n)?;
        }
        length_if_any("windows.loop_lag_max_s", &self.loop_lag_max_s, n)?;
        length_if_any("windows.schedule_lag_p99_s", &self.schedule_lag_p99_s, n)
    }
}

impl SeriesWindows {
    fn check(&self, key: &str, n: usize) -> Result<(), Fault> {
        length(format!("{key}.count"), &self.count, n)?;
        length(format!("{key}.failed"), &self.failed, n)?;
        length_if_any(format!("{key}.sum_s"), &self.sum_s, n)?;
        length_if_any(format!("{key}.max_s"), &self.max_s, n)?;
        length_if_any(format!("{key}.received_bytes"), &self.received_bytes, n)?;
        self.hist.check(&format!("{key}.hist"), n)?;
        self.hist.holds(&format!("{key}.hist"), &self.count, |n, most| n == most)?;
        let parts = [("failed_hist", &self.failed_hist), ("service_hist", &self.service_hist)];
        for (name, part) in parts {
            if let Some(part) = part {
                part.check(&format!("{key}.{name}"), n)?;
                if part.schema != self.hist.schema {
                    return Err(fault(format!("{key}.{name}.schema"), "not that of hist"));
                }
                part.holds(&format!("{key}.{name}"), &self.count, |n, most| n <= most)?;
            }
        }
        Ok(())
    }
}

impl Hist {
    fn check(&self, key: &str, windows: usize) -> Result<(), Fault> {
        if self.schema > FINEST_SCHEMA {
            return Err(fault(format!("{key}.schema"), format!("{} is above 8", self.schema)));
        }
        length(format!("{key}.first"), &self.first, windows)?;
        length(format!("{key}.counts"), &self.counts, windows)?;
        for (window, (buckets, first)) in self.counts.iter().zip(&self.first).enumerate() {
            let first = i64::from(*first);
            let most = i64::from(DOUBLINGS << self.schema);
            if first < -most || first + buckets.len() as i64 > most {
                let text = format!("its buckets are not of times, from {first} on");
                return Err(fault(format!("{key}.first.{window}"), text));
            }
        }
        Ok(())
    }

    /// Whether there are as many in the buckets of each window as may be.
    fn holds(&self, key: &str, counts: &[u64], may_be: fn(u64, u64) -> bool) -> Result<(), Fault> {
        for (window, (buckets, count)) in self.counts.iter().zip(counts).enumerate() {
            let sum = buckets.iter().fold(0_u64, |sum, n| sum.saturating_add(*n));
            if !may_be(sum, *count) {
                let text = format!("{sum} in its buckets, but {count} are counted");
                return Err(fault(format!("{key}.counts.{window}"), text));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Number, Series, StatisticWindows};
    use super::*;

    fn document() -> Document {
        let mut document = Document { series: vec![Series::default()], ..Document::default() };
        document.windows.t_s = vec![Number::from(0), Number::from(1)];
        document.windows.length_s = vec![Number::from(1); 2];
        let windows = SeriesWindows {
            count: vec![3, 0],
            failed: vec![0, 0],
            hist: Hist { schema: 5, first: vec![-200, 0], counts: vec![vec![1, 2], vec![]] },
            ..SeriesWindows::default()
        };
        document.windows.series.insert(0, windows);
        document
    }

    fn broken(change: impl FnOnce(&mut Document)) -> String {
        let mut document = document();
        change(&mut document);
        document.check().expect_err("a rule is broken").to_string()
    }

    #[test]
    fn a_sound_document_is_sound() {
        assert_eq!(document().check(), Ok(()));
        assert_eq!(Document::default().check(), Ok(()));
    }

    #[test]
    fn arrays_are_of_equal_length() {
        let text = broken(|d| d.windows.length_s.truncate(1));
        assert_eq!(text, "windows.length_s: 1 entries, but windows.t_s has 2");
        let text = broken(|d| d.windows.cpu = vec![vec![None; 2], vec![None; 3]]);
        assert_eq!(text, "windows.cpu.1: 3 entries, but windows.t_s has 2");
        let text = broken(|d| {
            let told = StatisticWindows { count: vec![1], ..StatisticWindows::default() };
            d.windows.statistics.insert(0, told);
        });
        assert_eq!(text, "windows.statistics.0.count: 1 entries, but windows.t_s has 2");
        let text = broken(|d| drop(d.windows.dropped.insert("no_slot".into(), vec![1])));
        assert_eq!(text, "windows.dropped.no_slot: 1 entries, but windows.t_s has 2");
        let text = broken(|d| d.windows.series.get_mut(&0).expect("there").max_s = vec![None]);
        assert_eq!(text, "windows.series.0.max_s: 1 entries, but windows.t_s has 2");
    }

    #[test]
    fn histograms_hold_what_is_counted() {
        let text = broken(|d| d.windows.series.get_mut(&0).expect("there").count[0] = 4);
        let expected = "windows.series.0.hist.counts.0: 3 in its buckets, but 4 are counted";
        assert_eq!(text, expected);
    }

    #[test]
    fn no_more_have_failed_than_have_ended() {
        let text = broken(|d| {
            let windows = d.windows.series.get_mut(&0).expect("there");
            let counts = vec![vec![4], vec![]];
            windows.failed_hist = Some(Hist { schema: 5, first: vec![-200, 0], counts });
        });
        let expected = "windows.series.0.failed_hist.counts.0: 4 in its buckets, but 3 are counted";
        assert_eq!(text, expected);
        let mut sound = document();
        let windows = sound.windows.series.get_mut(&0).expect("there");
        windows.service_hist = Some(windows.hist.clone());
        assert_eq!(sound.check(), Ok(()));
    }

    #[test]
    fn buckets_are_of_times() {
        let text =
            broken(|d| d.windows.series.get_mut(&0).expect("there").hist.first[0] = i32::MAX);
        let expected = "windows.series.0.hist.first.0: its buckets are not of times, from \
                        2147483647 on";
        assert_eq!(text, expected);
        broken(|d| d.windows.series.get_mut(&0).expect("there").hist.first[0] = i32::MIN);
        let text = broken(|d| {
            let windows = d.windows.series.get_mut(&0).expect("there");
            windows.hist.counts[0] = vec![u64::MAX, u64::MAX];
        });
        assert!(text.starts_with("windows.series.0.hist.counts.0: "), "{text}");
    }

    #[test]
    fn series_are_sorted_and_windows_are_of_one() {
        let text = broken(|d| d.series.push(Series::default()));
        assert_eq!(text, "series.id: 0 comes after 0");
        let text = broken(|d| {
            let windows = d.windows.series[&0].clone();
            d.windows.series.insert(7, windows);
        });
        assert_eq!(text, "windows.series.7: there is no such series");
    }
}
