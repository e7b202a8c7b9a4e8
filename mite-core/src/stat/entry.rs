//! A statistic as `#[stat]` registers it.

use crate::error::Result;
use crate::meta::Meta;
use crate::stat::reading::Stat;

/// `#[stat]`.
#[doc(hidden)]
pub struct StatEntry {
    /// Its name and place.
    pub meta: Meta,
    /// Makes the statistic.
    pub build: fn() -> Result<Box<dyn Stat>>,
}

/// What a `#[stat]` function may return.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a statistic",
    note = "return a `Counter`, `Gauge`, `Accumulator` or `Histogram` of mite::stat, a type of yours that implements `Stat`, or a `mite::Result` of one"
)]
#[doc(hidden)]
pub trait IntoStat<M> {
    /// The statistic, or why there is none.
    fn into_stat(self) -> Result<Box<dyn Stat>>;
}

#[doc(hidden)]
pub struct Plain;
#[doc(hidden)]
pub struct Fallible;

impl<S: Stat> IntoStat<Plain> for S {
    fn into_stat(self) -> Result<Box<dyn Stat>> {
        Ok(Box::new(self))
    }
}

impl<S: Stat> IntoStat<Fallible> for Result<S> {
    fn into_stat(self) -> Result<Box<dyn Stat>> {
        Ok(Box::new(self?))
    }
}
