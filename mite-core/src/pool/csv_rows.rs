//! CSV with a header line.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use csv::{ByteRecord, ErrorKind};

use super::row::Header;
use super::rows::{Place, ReadRows, open};
use crate::error::{Error, Result};

/// Rows as arrays of texts; the names of the columns are the header.
pub(super) struct CsvRows {
    reader: csv::Reader<File>,
    header: Arc<Header>,
    record: ByteRecord,
    path: String,
}

impl CsvRows {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let mut reader =
            csv::ReaderBuilder::new().buffer_capacity(1 << 16).from_reader(open(path)?);
        let path = path.display().to_string();
        let names = match reader.headers() {
            Ok(names) => names.iter().map(|name| name.trim().to_owned()).collect::<Vec<_>>(),
            Err(e) => return Err(Error::new(format!("{path}, {}", why(&e)))),
        };
        if names.is_empty() {
            return Err(Error::new(format!(
                "{path} is empty; its first line must name its columns, such as `username,password`"
            )));
        }
        if let Some(n) = (1..names.len()).find(|&n| names[..n].contains(&names[n])) {
            let name = &names[n];
            return Err(Error::new(format!(
                "{path}, line 1, column {}: a second column `{name}`; give each its own name",
                n + 1
            )));
        }
        Ok(Self { reader, header: Arc::new(Header::new(names)), record: ByteRecord::new(), path })
    }
}

impl ReadRows for CsvRows {
    fn next(&mut self, row: &mut Vec<u8>) -> Result<Option<Place>> {
        match self.reader.read_byte_record(&mut self.record) {
            Ok(true) => {}
            Ok(false) => return Ok(None),
            Err(e) => return Err(Error::new(format!("{}, {}", self.path, why(&e)))),
        }
        let line = self.record.position().map_or(0, csv::Position::line);
        let cells = self.record.len() as u32;
        rmp::encode::write_array_len(row, cells).expect("writing to memory cannot fail");
        for (column, cell) in self.record.iter().enumerate() {
            let text = std::str::from_utf8(cell).map_err(|_| {
                Error::new(format!(
                    "{}, line {line}, column {} (`{}`): expected text in UTF-8, found {:?}",
                    self.path,
                    column + 1,
                    self.header.names[column],
                    String::from_utf8_lossy(cell),
                ))
            })?;
            rmp::encode::write_str(row, text).expect("writing to memory cannot fail");
        }
        Ok(Some(Place::Line(line)))
    }

    fn header(&self) -> Option<Arc<Header>> {
        Some(self.header.clone())
    }
}

fn why(error: &csv::Error) -> String {
    match error.kind() {
        ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let line = pos.as_ref().map_or(0, csv::Position::line);
            format!("line {line}: expected {expected_len} columns, found {len}")
        }
        ErrorKind::Utf8 { pos, .. } => {
            format!("line {}: expected text in UTF-8", pos.as_ref().map_or(1, csv::Position::line))
        }
        _ => error.to_string(),
    }
}
