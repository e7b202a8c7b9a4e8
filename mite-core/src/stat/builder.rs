//! The usual statistics: what they look at, what they are told, and their labels.

use std::borrow::Cow;

use crate::message::{Interest, MessageRef};
use crate::msgpack::{self, Kind};
use crate::stat::reading::{Reading, Stat};
use crate::stats::{Labels, ROOT, StatisticKind};

/// Whether a message is meant.
type Matcher = Box<dyn Fn(MessageRef<'_>) -> bool + Send + Sync>;

/// The value of a label.
type Labeller = Box<dyn Fn(MessageRef<'_>) -> Option<Cow<'_, str>> + Send + Sync>;

/// The value.
type Extractor = Box<dyn Fn(MessageRef<'_>) -> Option<f64> + Send + Sync>;

/// Where a value or a label comes from.
enum Source<F> {
    Field(String),
    By(F),
}

/// What all of them are made of.
struct Definition {
    messages: Interest,
    name: Option<String>,
    matchers: Vec<Matcher>,
    labels: Vec<(String, Source<Labeller>)>,
    /// Without one each message counts 1.
    value: Option<Source<Extractor>>,
}

impl Definition {
    fn new(messages: Interest, value: Option<Source<Extractor>>) -> Self {
        Self { messages, name: None, matchers: Vec::new(), labels: Vec::new(), value }
    }

    fn read<'a>(&'a self, message: MessageRef<'a>) -> Option<Reading<'a>> {
        if !self.matchers.iter().all(|is_meant| is_meant(message)) {
            return None;
        }
        let value = match &self.value {
            None => 1.0,
            // A message without its value is told as one that is none, not passed over.
            Some(Source::Field(name)) => number(message, name).unwrap_or(f64::NAN),
            Some(Source::By(value)) => value(message)?,
        };
        let mut labels = Labels::new();
        for (name, source) in &self.labels {
            let text = match source {
                Source::Field(field) => text(message, field),
                Source::By(label) => label(message),
            };
            labels.set(name, text.unwrap_or_default());
        }
        Some(Reading { value, labels })
    }
}

fn number(message: MessageRef<'_>, field: &str) -> Option<f64> {
    match Kind::of(message.get_encoded(field)?)? {
        Kind::Unsigned(n) => Some(n as f64),
        Kind::Signed(n) => Some(n as f64),
        Kind::Float32(n) => Some(n.into()),
        Kind::Float(n) => Some(n),
        _ => None,
    }
}

/// A field as a label: text as it is, numbers as they are written, without the
/// transaction that is around every journey.
fn text<'a>(message: MessageRef<'a>, field: &str) -> Option<Cow<'a, str>> {
    let value = message.get_encoded(field)?;
    match Kind::of(value)? {
        Kind::Nil => None,
        Kind::Text(_) => {
            let text = msgpack::text(value)?;
            let inner = text.strip_prefix(ROOT).filter(|_| field == "transaction");
            Some(inner.map_or(text, |inner| inner.strip_prefix(" :: ").unwrap_or(inner)).into())
        }
        _ => Some(msgpack::masked(value, 200).into()),
    }
}

macro_rules! statistics {
    ($($(#[$doc:meta])* $name:ident)*) => { $(
        $(#[$doc])*
        pub struct $name(Definition);

        impl $name {
            /// Only of messages for which `is_meant` is true; of several, all must be.
            pub fn when(
                mut self,
                is_meant: impl Fn(MessageRef<'_>) -> bool + Send + Sync + 'static,
            ) -> Self {
                self.0.matchers.push(Box::new(is_meant));
                self
            }

            /// With a label that is called as a field of the message, and is its value;
            /// empty without one. Of `transaction` the part inside the journey.
            pub fn label(mut self, field: &str) -> Self {
                self.0.labels.push((field.to_owned(), Source::Field(field.to_owned())));
                self
            }

            /// With a label whose value `value` makes of the message; empty if there is
            /// none.
            pub fn label_by(
                mut self,
                name: &str,
                value: impl Fn(MessageRef<'_>) -> Option<Cow<'_, str>> + Send + Sync + 'static,
            ) -> Self {
                self.0.labels.push((name.to_owned(), Source::By(Box::new(value))));
                self
            }

            /// Under another name than the function's.
            pub fn named(mut self, name: &str) -> Self {
                self.0.name = Some(name.to_owned());
                self
            }
        }

        impl Stat for $name {
            fn kind(&self) -> StatisticKind {
                StatisticKind::$name
            }

            fn messages(&self) -> Interest {
                self.0.messages.clone()
            }

            fn read<'a>(&'a self, message: MessageRef<'a>) -> Option<Reading<'a>> {
                self.0.read(message)
            }

            fn name(&self) -> Option<&str> {
                self.0.name.as_deref()
            }
        }
    )* };
}

statistics! {
    /// Counts messages.
    Counter
    /// Keeps the last value of a field, by time, and the least and the greatest.
    Gauge
    /// Adds up a field.
    Accumulator
    /// Keeps how the values of a field are spread.
    Histogram
}

impl Counter {
    /// Counts messages of these types: `"order"`, `["error", "exception"]`, or
    /// [`Interest::Everything`].
    pub fn of(messages: impl Into<Interest>) -> Self {
        Self(Definition::new(messages.into(), None))
    }
}

macro_rules! of_a_field {
    ($($name:ident)*) => { $(
        impl $name {
            /// Of a field of messages of these types. A message in which it is missing, or
            /// is no number, is counted as that, and the run says so.
            pub fn of(messages: impl Into<Interest>, field: &str) -> Self {
                let field = Source::Field(field.to_owned());
                Self(Definition::new(messages.into(), Some(field)))
            }

            /// Of what `value` makes of messages of these types; nothing if they are of
            /// no interest.
            pub fn by(
                messages: impl Into<Interest>,
                value: impl Fn(MessageRef<'_>) -> Option<f64> + Send + Sync + 'static,
            ) -> Self {
                Self(Definition::new(messages.into(), Some(Source::By(Box::new(value)))))
            }
        }
    )* };
}

of_a_field!(Gauge Accumulator Histogram);
