//! How a search stands, for people and programs.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::stats::threshold::Unit;
use crate::units;

/// How a search stands, or has ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SearchStatus {
    /// Which line of the scenario, from 1.
    pub line: u32,
    /// Its journey.
    pub journey: String,
    /// The limits that decide.
    pub limits: Vec<String>,
    /// What each of them is in.
    #[serde(skip)]
    pub units: Vec<Unit>,
    /// For how long each rate is measured.
    pub hold: Duration,
    /// The greatest rate that it goes up to, in journeys per second.
    pub up_to: f64,
    /// What has become of it.
    pub state: SearchState,
    /// The greatest rate at which the limits were kept.
    pub kept: Option<f64>,
    /// How many times they were kept at that rate.
    pub kept_times: u32,
    /// The least rate above that at which they were not.
    pub broken: Option<f64>,
    /// How many times they were not.
    pub broken_times: u32,
    /// Each rate that was held, in order.
    pub steps: Vec<SearchStep>,
}

/// What has become of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SearchState {
    /// It goes on, or was cut.
    Searching,
    /// The limits are kept up to somewhere between two rates that are near each other.
    Found,
    /// They are kept up to the greatest rate that it may go to.
    KeptUpTo,
    /// They are not kept at any rate that was tried.
    NeverKept,
    /// Above some rate the generator itself could not keep up: where the limits break is
    /// not known.
    GeneratorLimit,
    /// After a rate that was too much, the limits were not kept any more.
    NotRecovered,
}

/// A rate that was held.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SearchStep {
    /// In journeys per second.
    pub rate: f64,
    /// When it was measured.
    pub from: Duration,
    /// Until when.
    pub to: Duration,
    /// What it came to.
    pub outcome: SearchOutcome,
    /// The figure of each limit, in the base of its unit; `None` if there was nothing to
    /// measure.
    pub values: Vec<Option<f64>>,
    /// The same, for people.
    pub shown: Vec<String>,
    /// How many values the figures were made of, by limit.
    pub samples: Vec<u64>,
    /// Why, if that is not the figures' doing.
    pub why: Option<String>,
}

/// What a rate came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SearchOutcome {
    /// All limits were kept.
    Kept,
    /// Some limit was not.
    Broken,
    /// The generator could not keep up, which says nothing of the limits.
    Generator,
}

impl fmt::Display for SearchOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kept => "kept",
            Self::Broken => "broken",
            Self::Generator => "generator late",
        })
    }
}

/// What was found, in a sentence.
impl fmt::Display for SearchStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limits: Vec<_> = self.limits.iter().map(|limit| format!("`{limit}`")).collect();
        let limits = limits.join(" and ");
        let kept = || format!("{} per second", number(self.kept.unwrap_or_default()));
        let broken = || format!("{} per second", number(self.broken.unwrap_or_default()));
        let times = |n: u32| units::count(n.into(), "time");
        match self.state {
            SearchState::Found => write!(
                f,
                "the greatest rate is between {} and {}: {limits} kept {} at the one, broken {} at the other, {} s each",
                number(self.kept.unwrap_or_default()),
                broken(),
                times(self.kept_times),
                times(self.broken_times),
                self.hold.as_secs_f64(),
            ),
            SearchState::KeptUpTo => {
                write!(f, "{limits} kept up to {}, where the search ends", kept())
            }
            SearchState::NeverKept => {
                write!(f, "{limits} not kept at any rate that was tried, down to {}", broken())
            }
            SearchState::GeneratorLimit => {
                let from = self.kept.map(|_| format!("{limits} kept at {}; ", kept()));
                write!(
                    f,
                    "no greatest rate was found: {}at {} the generator itself could not keep up, which says nothing of the service; give more --runners or machines",
                    from.unwrap_or_default(),
                    broken()
                )
            }
            SearchState::NotRecovered => {
                write!(f, "{limits} broken at {}, and not kept again at lower rates", broken())?;
                match self.kept {
                    Some(_) => write!(f, "; until then kept at {}", kept()),
                    None => Ok(()),
                }
            }
            SearchState::Searching => {
                write!(f, "the search has not come to its end")?;
                if self.kept.is_some() {
                    write!(f, "; {limits} kept at {}", kept())?;
                }
                match self.broken {
                    Some(_) => write!(f, "; broken at {}", broken()),
                    None => Ok(()),
                }
            }
        }
    }
}

/// A rate, without digits that say nothing.
fn number(rate: f64) -> String {
    let text = format!("{rate:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
