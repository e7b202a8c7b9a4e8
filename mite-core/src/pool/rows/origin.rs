//! Where a row comes from, for errors about it.

use std::fmt;
use std::sync::Arc;

/// Where a row is in its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The line on which it is, from 1.
    Line(u64),
    /// The line on which it begins as a record of columns, from 1.
    Record(u64),
    /// Which value it is, from 1, and at which byte it begins.
    Value(u64, u64),
    /// Which row it is, from 1.
    Row(u64),
}

impl Place {
    /// Its line, if its source is text.
    pub(crate) fn line(self) -> Option<u64> {
        match self {
            Self::Line(line) | Self::Record(line) => Some(line),
            Self::Value(..) | Self::Row(_) => None,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) | Self::Record(line) => write!(f, "line {line}"),
            Self::Value(number, byte) => write!(f, "value {number} (byte {byte})"),
            Self::Row(number) => write!(f, "row {number}"),
        }
    }
}

/// Where a row comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The file's path, or what else it is a row of.
    pub(crate) source: Arc<str>,
    pub(crate) place: Place,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.source, self.place)
    }
}
