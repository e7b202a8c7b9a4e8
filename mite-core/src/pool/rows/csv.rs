//! CSV with a header line.

use std::collections::HashSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use crate::error::Result;
use crate::pool::rows::csv_records::CsvRecords;
use crate::pool::rows::header::Header;
use crate::pool::rows::reader::{Place, ReadRows, failed, open};

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Rows as arrays of texts; the names of the columns are the header.
pub(super) struct CsvRows<R> {
    records: CsvRecords<R>,
    header: Arc<Header>,
    path: String,
}

impl CsvRows<File> {
    pub(super) fn open(path: &Path) -> Result<Self> {
        Self::new(open(path)?, path.display().to_string())
    }
}

impl<R: Read> CsvRows<R> {
    /// The rows of what is found at `path`.
    pub(super) fn new(source: R, path: String) -> Result<Self> {
        let mut records = CsvRecords::new(source);
        let Some((line, _)) = records.next().map_err(|e| failed(&path, 1, format!(": {e}")))?
        else {
            let why =
                " is empty; its first line must name its columns, such as `username,password`";
            return Err(failed(&path, 1, why));
        };
        let (mut names, mut seen) = (Vec::with_capacity(records.len()), HashSet::new());
        for (cell, column) in records.cells().zip(1..) {
            let at = format!(", line {line}, column {column}");
            let name = std::str::from_utf8(cell)
                .map_err(|_| failed(&path, line, format!("{at}: {}", not_text(cell))))?;
            let name = name.trim_start_matches(BYTE_ORDER_MARK).trim();
            if !seen.insert(name) {
                let why = format!("{at}: a second column `{name}`; give each its own name");
                return Err(failed(&path, line, why));
            }
            names.push(name.to_owned());
        }
        Ok(Self { records, header: Arc::new(Header::new(names)), path })
    }
}

impl<R: Read + Send> ReadRows for CsvRows<R> {
    fn next(&mut self, row: &mut Vec<u8>) -> Result<Option<Place>> {
        let path = &self.path;
        let record = self.records.next();
        let Some((line, last)) = record.map_err(|e| failed(path, 0, format!(": {e}")))? else {
            return Ok(None);
        };
        if self.records.is_open() {
            let why = format!(", line {line}: a quote (\") in this row is never closed");
            return Err(failed(path, line, why));
        }
        let (expected, found) = (self.header.names().len(), self.records.len());
        if expected != found {
            let mut why = format!(", line {line}: expected {expected} columns, found {found}");
            if last > line {
                why.push_str(&format!(
                    ", in a row that goes on to line {last}; is a quote (\") in it never closed?"
                ));
            }
            return Err(failed(path, line, why));
        }
        rmp::encode::write_array_len(row, found as u32).expect("writing to memory cannot fail");
        for (column, cell) in self.records.cells().enumerate() {
            let text = std::str::from_utf8(cell).map_err(|_| {
                let name = &self.header.names()[column];
                let at = format!(", line {line}, column {} (`{name}`)", column + 1);
                failed(path, line, format!("{at}: {}", not_text(cell)))
            })?;
            rmp::encode::write_str(row, text).expect("writing to memory cannot fail");
        }
        Ok(Some(Place::Record(line)))
    }

    fn header(&self) -> Option<Arc<Header>> {
        Some(self.header.clone())
    }
}

fn not_text(cell: &[u8]) -> String {
    format!("expected text in UTF-8, found {:?}", String::from_utf8_lossy(cell))
}
