//! Msgpack values, one after the other.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::error::Result;
use crate::msgpack::Values;
use crate::pool::rows::reader::{Place, ReadRows, failed, open};

/// Rows as they are.
pub(super) struct MsgpackRows<R> {
    values: Values<R>,
    count: u64,
    path: String,
}

impl MsgpackRows<File> {
    pub(super) fn open(path: &Path) -> Result<Self> {
        Ok(Self::new(open(path)?, path.display().to_string()))
    }
}

impl<R: Read> MsgpackRows<R> {
    /// The rows of what is found at `path`.
    pub(super) fn new(source: R, path: String) -> Self {
        Self { values: Values::new(source), count: 0, path }
    }
}

impl<R: Read + Send> ReadRows for MsgpackRows<R> {
    fn next(&mut self, row: &mut Vec<u8>) -> Result<Option<Place>> {
        let at = self.values.position();
        match self.values.next() {
            Ok(Some(value)) => row.extend_from_slice(value),
            Ok(None) => return Ok(None),
            Err(e) => return Err(failed(&self.path, 0, format_args!(", byte {at}: {e}"))),
        }
        self.count += 1;
        Ok(Some(Place::Value(self.count, at)))
    }

    fn skipped(&self) -> Option<String> {
        let torn = self.values.torn();
        (torn > 0).then(|| {
            format!(
                "{} ends in the middle of a value: its last {torn} bytes are left out",
                self.path
            )
        })
    }
}
