//! The name of a statistic, and its labels.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::kind::StatisticKind;
use crate::label::Label;

/// A label as it is told.
pub type LabelPair<'a> = (&'a str, Cow<'a, str>);

/// Labels that need no memory of their own.
const FEW: usize = 4;

/// Bytes of a name, of a label and of its value that are told apart by.
const MOST_TEXT: usize = 200;

/// Labels as they are told, in any order; the last of a name wins.
#[derive(Clone, Debug, Default)]
pub struct Labels<'a> {
    few: [LabelPair<'a>; FEW],
    len: usize,
    /// All of them, if they are more than a few.
    more: Vec<LabelPair<'a>>,
}

impl<'a> Labels<'a> {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one, or replaces the one of that name.
    pub fn set(&mut self, name: &'a str, value: impl Into<Cow<'a, str>>) {
        let (name, mut value) = (cut(name), value.into());
        if value.len() > MOST_TEXT {
            value = match value {
                Cow::Borrowed(text) => cut(text).into(),
                Cow::Owned(text) => cut(&text).to_owned().into(),
            };
        }
        let own = match self.more.is_empty() {
            true => &mut self.few[..self.len],
            false => &mut self.more[..],
        };
        if let Some((_, known)) = own.iter_mut().find(|(known, _)| *known == name) {
            *known = value;
        } else if self.more.is_empty() && self.len < FEW {
            self.few[self.len] = (name, value);
            self.len += 1;
        } else {
            if self.more.is_empty() {
                self.more.extend(self.few.iter_mut().map(std::mem::take));
            }
            self.more.push((name, value));
        }
    }

    /// All of them.
    pub fn as_slice(&self) -> &[LabelPair<'a>] {
        if self.more.is_empty() { &self.few[..self.len] } else { &self.more }
    }
}

/// What two texts are told apart by.
pub(super) fn cut(text: &str) -> &str {
    if text.len() <= MOST_TEXT { text } else { &text[..text.floor_char_boundary(MOST_TEXT)] }
}

/// Which statistic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatisticKey {
    /// Its name.
    pub name: Label,
    /// What is kept of it.
    pub kind: StatisticKind,
    /// Its labels, sorted by name.
    pub labels: Vec<(Label, Label)>,
}

impl StatisticKey {
    pub(super) fn of(kind: StatisticKind, name: &str, labels: &[LabelPair<'_>]) -> Self {
        let pair = |(name, value): &LabelPair<'_>| (Label::intern(name), Label::intern(value));
        let mut labels: Vec<_> = labels.iter().map(pair).collect();
        labels.sort();
        Self { name: Label::intern(name), kind, labels }
    }

    pub(super) fn is(&self, kind: StatisticKind, name: &str, labels: &[LabelPair<'_>]) -> bool {
        self.kind == kind
            && self.name.as_str() == name
            && self.labels.len() == labels.len()
            && labels.iter().all(|(name, value)| self.label(name) == Some(value))
    }

    /// The value of a label.
    pub fn label(&self, name: &str) -> Option<&str> {
        let label = self.labels.iter().find(|(known, _)| known.as_str() == name);
        label.map(|(_, value)| value.as_str())
    }
}

/// `orders {kind="new"}`.
impl fmt::Display for StatisticKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name.as_str())?;
        for (at, (name, value)) in self.labels.iter().enumerate() {
            let sign = if at == 0 { " {" } else { ", " };
            write!(f, "{sign}{name}={:?}", value.as_str())?;
        }
        f.write_str(if self.labels.is_empty() { "" } else { "}" })
    }
}
