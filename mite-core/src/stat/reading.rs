//! What a statistic is told by a message.

use crate::message::{Interest, MessageRef};
use crate::stats::{Amount, LabelValue, Labels, StatisticKind};

/// Turns messages into a statistic. [`Counter`](super::Counter), [`Gauge`](super::Gauge),
/// [`Accumulator`](super::Accumulator) and [`Histogram`](super::Histogram) are such; one
/// that they cannot say is written by hand.
///
/// ```
/// use mite::prelude::*;
/// use mite::stat::{Interest, MessageRef, Reading, StatisticKind};
///
/// /// How full baskets are, in percent.
/// struct Fullness;
///
/// impl Stat for Fullness {
///     fn kind(&self) -> StatisticKind {
///         StatisticKind::Histogram
///     }
///     fn messages(&self) -> Interest {
///         "basket".into()
///     }
///     fn read<'a>(&'a self, message: MessageRef<'a>) -> Option<Reading<'a>> {
///         let (items, room): (f64, f64) = (message.get("items")?, message.get("room")?);
///         Some(Reading::new(100.0 * items / room).with("shop", "main street"))
///     }
/// }
/// ```
pub trait Stat: Send + Sync + 'static {
    /// What is kept of the values.
    fn kind(&self) -> StatisticKind;

    /// Which messages it looks at. Others cost nothing.
    fn messages(&self) -> Interest;

    /// What `message` tells it; nothing if it is of no interest. After a panic it gets no
    /// more messages, and the run fails.
    fn read<'a>(&'a self, message: MessageRef<'a>) -> Option<Reading<'a>>;

    /// Its name, if that is not the function's.
    fn name(&self) -> Option<&str> {
        None
    }
}

/// A value, and the labels that it goes with.
#[derive(Clone, Debug)]
pub struct Reading<'a> {
    pub(super) value: f64,
    pub(super) labels: Labels<'a>,
}

impl<'a> Reading<'a> {
    /// Without labels. What is not finite, or is below zero and told to a counter, is
    /// counted as no value, and the run says so.
    pub fn new(value: impl Amount) -> Self {
        Self { value: value.amount(), labels: Labels::new() }
    }

    /// With a label more.
    pub fn with(mut self, label: &'a str, value: impl LabelValue<'a>) -> Self {
        self.labels.set(label, value.label_value());
        self
    }
}
