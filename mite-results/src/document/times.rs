//! How times are spread.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Deserializer, Serializer as _, V2DeflateSerializer};
use serde::{Deserialize, Serialize};

use super::Number;

/// The percentiles that every file has.
pub const PERCENTILES: [f64; 7] = [50.0, 75.0, 90.0, 95.0, 99.0, 99.9, 99.99];

/// How times are spread. Percentiles have three significant digits.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Times {
    /// How many there are.
    pub count: u64,
    /// Those above one hour, counted as one hour.
    #[serde(default)]
    pub clipped: u64,
    /// The least.
    pub min_s: Number,
    /// The mean.
    pub mean_s: Number,
    /// The greatest.
    pub max_s: Number,
    /// The standard deviation.
    #[serde(default)]
    pub stddev_s: Number,
    /// Percentiles, ascending: percent, and the time within which so many lie.
    pub p: Vec<(Number, Number)>,
    /// For some percentiles, between what times the true one lies with a
    /// confidence of 99 %: percent, lower and upper end. An end that the samples
    /// do not show is null. Noise between runs is not in it.
    #[serde(default)]
    pub interval99: Vec<(Number, Option<Number>, Option<Number>)>,
    /// The whole histogram in microseconds: HdrHistogram's V2 format, deflated,
    /// in base64.
    #[serde(default)]
    pub hdr: Option<String>,
}

impl Times {
    /// Of a histogram of microseconds; `None` if it is empty. Mean and deviation
    /// are those of the histogram: whoever has exact ones sets them.
    ///
    /// ```
    /// use hdrhistogram::Histogram;
    /// use mite_results::document::Times;
    /// let mut micros = Histogram::<u64>::new_with_bounds(1, 3_600_000_000, 3).unwrap();
    /// for ms in 1..=100 {
    ///     micros.record(ms * 1_000).unwrap();
    /// }
    /// let times = Times::of(&micros).unwrap();
    /// assert!((times.at(50.0).unwrap() - 0.05).abs() < 0.000_05);
    /// assert_eq!(times.histogram().unwrap().unwrap(), micros);
    /// ```
    pub fn of(micros: &Histogram<u64>) -> Option<Self> {
        if micros.is_empty() {
            return None;
        }
        let (min, max) = (micros.min(), micros.max());
        let seconds = |micros: u64| number(micros as f64 / 1e6);
        let p = PERCENTILES
            .map(|p| (number(p), seconds(micros.value_at_percentile(p).clamp(min, max))))
            .to_vec();
        Some(Self {
            count: micros.len(),
            clipped: 0,
            min_s: seconds(min),
            mean_s: number(micros.mean() / 1e6),
            max_s: seconds(max),
            stddev_s: number(micros.stdev() / 1e6),
            p,
            interval99: Vec::new(),
            hdr: Some(encode(micros)),
        })
    }

    /// The time within which `percent` of the samples lie, if the file lists it.
    pub fn at(&self, percent: f64) -> Option<f64> {
        self.p.iter().find(|(p, _)| p.get() == percent).map(|(_, time)| time.get())
    }

    /// The histogram in microseconds, if the file has it.
    ///
    /// # Errors
    /// When the text is not one.
    pub fn histogram(&self) -> Option<Result<Histogram<u64>, HdrError>> {
        self.hdr.as_deref().map(decode)
    }
}

fn number(value: f64) -> Number {
    // Of a histogram that is not empty every figure is finite.
    Number::new(value).unwrap_or_default()
}

fn encode(micros: &Histogram<u64>) -> String {
    let mut bytes = Vec::new();
    // Counts and bounds of a histogram always fit the format, and a Vec takes
    // whatever is written.
    V2DeflateSerializer::new().serialize(micros, &mut bytes).expect("a Vec takes all bytes");
    STANDARD.encode(bytes)
}

fn decode(text: &str) -> Result<Histogram<u64>, HdrError> {
    let bytes = STANDARD.decode(text).map_err(|e| HdrError(format!("not base64: {e}")))?;
    Deserializer::new().deserialize(&mut bytes.as_slice()).map_err(|e| HdrError(e.to_string()))
}

/// Why a text is not a histogram.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HdrError(String);

impl fmt::Display for HdrError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a histogram of HdrHistogram's V2 format: {}", self.0)
    }
}

impl std::error::Error for HdrError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn histogram(values: impl IntoIterator<Item = u64>) -> Histogram<u64> {
        let mut histogram = Histogram::new_with_bounds(1, 3_600_000_000, 3).expect("valid bounds");
        values.into_iter().for_each(|v| histogram.record(v).expect("below an hour"));
        histogram
    }

    #[test]
    fn percentiles_stay_within_what_was_seen() {
        let times = Times::of(&histogram([100_123])).expect("one sample");
        assert_eq!(times.p.len(), 7);
        assert!(times.p.iter().all(|(_, time)| *time <= times.max_s && *time >= times.min_s));
        assert_eq!(Times::of(&histogram([])), None);
    }

    #[test]
    fn histograms_survive_the_text() {
        let all = histogram((0..10_000).map(|n| 1 + n * n));
        let text = encode(&all);
        assert!(text.starts_with("HISTFAAA"), "{text}");
        assert_eq!(decode(&text).expect("its own text"), all);
    }

    #[test]
    fn what_is_no_histogram_says_so() {
        assert!(decode("!").expect_err("no base64").to_string().contains("not base64"));
        assert!(decode("AAAA").is_err());
    }
}
