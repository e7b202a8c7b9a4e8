//! Whether one run is slower than another.
//!
//! Percentiles, rates and error shares are compared by intervals that allow for
//! correlation within a run: samples are put into batches of whole windows, and
//! the variance is that of the batches. A quantile's interval is found by
//! inverting that of its rank (Woodruff 1952); the interval of a change comes
//! from those of its parts (MOVER, Zou and Donner 2008). All judged figures
//! share one error probability. There are no random numbers: the same files
//! give the same answer.
//!
//! Noise between runs is not in a run. With three baselines, or two runs of
//! each side, it is measured and in the interval.

#[cfg(test)]
mod calibration;
mod command;
mod comparable;
mod comparison;
mod estimate;
mod figure;
mod html;
mod interval;
mod markdown;
mod repeated;
mod sample;
mod settings;
mod sides;
mod spread;
mod statistics;
mod stretch;
mod student;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod text;
#[cfg(test)]
mod vectors;
mod words;

pub use command::{Answer, Error, Form, Request, answer, compared, read, run, share, sides};
pub use comparison::{Compared, Comparison, Named, RunName, Verdict};
pub use figure::{Basis, Figure, Kind, Outcome, Row};
pub use interval::add_intervals;
pub use settings::{Judge, Settings};
pub use statistics::StatisticChange;
