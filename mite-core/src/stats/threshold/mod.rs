//! Thresholds: limits on anything that a run measures.
//!
//! ```text
//! http p99 {transaction="Log in"} < 300ms
//! errors rate < 0.1%
//! journeys rate > 480/s
//! transactions failed {transaction="pay*"} < 1% over 30s abort after 1m
//! ping p95 < 5ms
//! ```
//!
//! **What** it is about comes first: `http` (its requests, as of any other protocol by
//! its name), `transactions`, `journeys`, `errors` (messages `error` and
//! `exception`), or a statistic of the test's own. A name with blanks is written in
//! quotes.
//!
//! **Which figure** of it: any percentile from `p0` to `p100` such as `p99.9`, `median`,
//! `mean`, `min`, `max`, `stddev`, `count`, `rate`, `failed`, `rate_stddev` (of the rates
//! of single seconds). Statistics of the test's own have `sum` and `last`, too.
//!
//! | of | times | `count` | `rate` | `failed` |
//! |---|---|---|---|---|
//! | `http` … | each attempt, also those that failed | attempts | attempts `/s`; with `status=` also their share in `%` | those without a response |
//! | `transactions` | each | ended | ended `/s` | those with an error |
//! | `journeys` | each that ended by itself | ended by themselves | ended `/s` | those with an error or a panic |
//! | a counter | | the sum | the sum `/s` | |
//! | a gauge | `last`, but no percentiles | values | values `/s` | |
//! | an accumulator | `mean`, `min`, `max` | values | the sum `/s` | |
//! | a histogram | all | values | values `/s` | |
//! | `errors` | | reported | reported `/s`; in `%` for every hundred journeys that began, or of the transactions that `transaction=` selects | |
//!
//! **Of which of them**, in braces before or behind the figure, with commas between:
//! `journey`, `transaction`, and for requests `name`, `method` and `status` (with `count`
//! and `rate`); for statistics of the test's own their labels. `=` or `!=`, and `*` in the value is any text.
//!
//! **The bound**: `<`, `<=`, `>`, `>=`, `==` or `!=` and a number with its unit: `ns us ms
//! s m h`, `%`, `/s`, or none. Held against a time, the values of a statistic of the test's
//! own are seconds. One rule for all: the figure is compared as it is, not as
//! it is rounded to be shown.
//!
//! A request without a response is slower than any that has one: a percentile (least,
//! greatest) that falls on it keeps no limit, in a mean it is as long as it lasted or as
//! the slowest response. Where all failed, no limit on times is kept.
//!
//! **`over 10s`**: it must hold in every stretch of ten seconds while load is asked for.
//! Stretches slide by a second, or by a thirtieth of their length if that is longer; a
//! stretch without a sample has no times to judge, but its rate is 0. A run that is
//! shorter is one stretch.
//!
//! **`abort`** ends the run once the limit is broken, **`abort after 30s`** not before
//! that time of the test, so that a few first samples decide nothing. Journeys in flight
//! finish as at any end, and the run has failed whatever the figure comes to then.
//!
//! A limit on what never came is not kept, and says what came instead.

mod checked;
mod error;
mod expression;
mod lexer;
mod own;
mod parse;
mod quantity;
mod sample;
mod watch;
mod words;

pub use checked::Checked;
pub use error::ParseError;
pub use expression::{Comparison, Selection, Selector, Statistic, Subject, Threshold};
pub use quantity::Unit;
pub(super) use sample::{Measures, Sample};
pub(super) use watch::ThresholdWatch;

#[cfg(test)]
mod tests;
