//! What a comparison is asked for.

use std::str::FromStr;

use super::figure::{Bounds, Kind};

/// How runs are compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The probability with which two runs of the same thing are found to be:
    /// 0.99. All judged figures share it.
    pub confidence: f64,
    /// Changes below are none, however sure: 0.02.
    pub margin: f64,
    /// Figures that surely differ by less are the same: 0.05.
    pub same: f64,
    /// The deviation between runs of the same thing, as 0.03 for 3 %: then it is
    /// in the interval. Several baselines show it by themselves.
    pub run_noise: Option<f64>,
    /// A single pair is meant: no advice to give more runs.
    pub single_pair: bool,
    /// Where the compared stretch begins, in seconds since the run did.
    pub from_s: Option<f64>,
    /// Where it ends.
    pub to_s: Option<f64>,
    /// What is judged besides the figures of all requests.
    pub judge: Vec<Judge>,
    /// Whether an undecided figure fails.
    pub strict: bool,
    /// Whether runs that are invalid are compared.
    pub allow_invalid: bool,
    /// Whether runs of different tests or schedules are compared.
    pub allow_different: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            confidence: 0.99,
            margin: 0.02,
            same: 0.05,
            run_noise: None,
            single_pair: false,
            from_s: None,
            to_s: None,
            judge: Vec::new(),
            strict: false,
            allow_invalid: false,
            allow_different: false,
        }
    }
}

impl Settings {
    /// The bounds when so many figures are judged: each has its share of the
    /// error probability (Bonferroni).
    pub(super) fn bounds(&self, judged: usize) -> Bounds {
        Bounds {
            alpha: (1.0 - self.confidence) / judged.max(1) as f64,
            margin: self.margin,
            same: self.same,
            error_margin: 0.001,
            error_same: 0.005,
            run_noise: self.run_noise,
        }
    }

    /// The bounds of figures that are only shown: each has a confidence of 95 %.
    pub(super) fn bounds_of_shown(&self) -> Bounds {
        Bounds { alpha: 0.05, ..self.bounds(1) }
    }
}

/// A series to judge, and what of it: `shop:buy, pay: p99, errors`, or `*` for
/// all series.
///
/// ```
/// use mite_results::compare::{Judge, Kind};
/// let judge: Judge = "shop:buy, pay: p99".parse().unwrap();
/// assert_eq!(judge.series, "shop:buy, pay");
/// assert_eq!(judge.kinds, [Kind::Percentile(99.0)]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Judge {
    /// The title of the series, or `*`.
    pub series: String,
    /// What of it; without a list p50, p90, p99 and errors.
    pub kinds: Vec<Kind>,
}

impl Judge {
    pub(super) fn is_of(&self, title: &str) -> bool {
        self.series == "*" || self.series == title
    }
}

impl FromStr for Judge {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // A series' own name has colons too, but no space after them.
        let (series, list) = match text.rsplit_once(": ") {
            Some((series, list)) => (series, Some(list)),
            None => (text, None),
        };
        if series.trim().is_empty() {
            return Err(format!("`{text}` names no series; write one as in the table, or *"));
        }
        let kinds = match list {
            None => [50.0, 90.0, 99.0].map(Kind::Percentile).into_iter().chain([Kind::Errors]).collect(),
            Some(list) => list
                .split(',')
                .map(|kind| {
                    let kind = kind.trim();
                    kind.parse().map_err(|()| {
                        format!("`{kind}` is no figure; there are p50, p99.9 and the like, rate and errors")
                    })
                })
                .collect::<Result<_, _>>()?,
        };
        Ok(Self { series: series.trim().to_owned(), kinds })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_can_be_judged_whole_or_in_part() {
        let judge: Judge = "shop:buy, pay".parse().expect("a series");
        assert_eq!((judge.series.as_str(), judge.kinds.len()), ("shop:buy, pay", 4));
        let judge: Judge = "*: p99.9, errors,rate".parse().expect("all series");
        assert_eq!(judge.kinds, [Kind::Percentile(99.9), Kind::Errors, Kind::Rate]);
        assert!(judge.is_of("anything"));
    }

    #[test]
    fn what_is_no_figure_is_named() {
        let text = "shop:buy: p101".parse::<Judge>().expect_err("above 100");
        assert_eq!(text, "`p101` is no figure; there are p50, p99.9 and the like, rate and errors");
        assert!(": p99".parse::<Judge>().expect_err("no series").contains("names no series"));
    }
}
