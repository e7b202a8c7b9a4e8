//! Reading a file row by row.

use std::fmt;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use super::row::Header;
use crate::error::{Error, Result};

/// The rows of an open file, in order.
pub(super) trait ReadRows: Send {
    /// Puts the next row, encoded, into `row`, which is empty, and says where
    /// it is; `None` at the end.
    fn next(&mut self, row: &mut Vec<u8>) -> Result<Option<Place>>;

    /// The names of the columns, if they are the same for all rows.
    fn header(&self) -> Option<Arc<Header>> {
        None
    }

    /// The text that the last row was read from, if it is one that can be read
    /// again for a better error.
    fn text(&self) -> Option<&str> {
        None
    }

    /// What of the file was skipped, in words.
    fn skipped(&self) -> Option<String> {
        None
    }
}

/// Where a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The line on which it begins, from 1.
    Line(u64),
    /// Which value it is, from 1, and at which byte it begins.
    Value(u64, u64),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Value(number, byte) => write!(f, "value {number} (byte {byte})"),
        }
    }
}

/// Opens a file to read rows from.
pub(super) fn open(path: &Path) -> Result<File> {
    let failed = |why: &dyn fmt::Display| {
        Error::new(format!("data file {} cannot be read: {why}", path.display()))
    };
    let file = File::open(path).map_err(|e| failed(&e))?;
    if file.metadata().map_err(|e| failed(&e))?.is_dir() {
        return Err(failed(&"it is a directory"));
    }
    Ok(file)
}
