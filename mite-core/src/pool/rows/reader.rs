//! Reading a file row by row.

use std::fmt;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::error::{self, Error, Result};
use crate::pool::rows::header::Header;
pub(super) use crate::pool::rows::origin::Place;

/// The rows of an open file, in order.
pub(super) trait ReadRows: Send {
    /// Puts the next row, encoded, into `row`, which is empty, and says where
    /// it is; `None` at the end.
    fn next(&mut self, row: &mut Vec<u8>) -> Result<Option<Place>>;

    /// The names of the columns, if they are the same for all rows.
    fn header(&self) -> Option<Arc<Header>> {
        None
    }

    /// What of the file was skipped, in words.
    fn skipped(&self) -> Option<String> {
        None
    }
}

/// What is wrong on a line of the file at `path`; `why` continues its name.
pub(super) fn failed(path: &str, line: u64, why: impl fmt::Display) -> Error {
    let line = line.try_into().unwrap_or(u32::MAX);
    Error::new(format!("{path}{why}")).at(error::Place { file: path.to_owned().into(), line })
}

/// A file that is not there: where it was looked for, and who would make it.
fn missing(path: &Path) -> String {
    let mut why = "there is none".to_owned();
    if path.is_relative()
        && let Ok(here) = std::env::current_dir()
    {
        why.push_str(&format!(" in {}", here.display()));
    }
    if path.extension().is_some_and(|extension| extension == "msgpack") {
        why.push_str("; if a test records it, run that one first");
    }
    why
}

/// Opens a file to read rows from.
pub(super) fn open(path: &Path) -> Result<File> {
    let failed = |why: &dyn fmt::Display| {
        Error::new(format!("data file {} cannot be read: {why}", path.display()))
    };
    let file = File::open(path).map_err(|e| match e.kind() {
        io::ErrorKind::NotFound => failed(&missing(path)),
        _ => failed(&e),
    })?;
    if file.metadata().map_err(|e| failed(&e))?.is_dir() {
        return Err(failed(&"it is a directory"));
    }
    Ok(file)
}
