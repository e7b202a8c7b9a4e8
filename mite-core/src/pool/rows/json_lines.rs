//! One JSON value a line.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use crate::error::Result;
use crate::pool::rows::reader::{Place, ReadRows, failed, open};

/// Rows as msgpack of the same content.
pub(super) struct JsonLinesRows {
    reader: BufReader<File>,
    line: u64,
    /// Whether no row has been read yet.
    first: bool,
    text: String,
    path: String,
}

impl JsonLinesRows {
    pub(super) fn open(path: &Path) -> Result<Self> {
        Ok(Self {
            reader: BufReader::with_capacity(1 << 16, open(path)?),
            line: 0,
            first: true,
            text: String::new(),
            path: path.display().to_string(),
        })
    }
}

impl ReadRows for JsonLinesRows {
    fn next(&mut self, row: &mut Vec<u8>) -> Result<Option<Place>> {
        loop {
            self.text.clear();
            self.line += 1;
            let (path, line) = (&self.path, self.line);
            let read = self.reader.read_line(&mut self.text);
            if read.map_err(|e| failed(path, line, format_args!(", line {line}: {e}")))? == 0 {
                return Ok(None);
            }
            let text = self.text.trim_start_matches('\u{feff}');
            if text.trim().is_empty() {
                continue;
            }
            let mut json = serde_json::Deserializer::from_str(text);
            let mut msgpack = rmp_serde::Serializer::new(&mut *row);
            serde_transcode::transcode(&mut json, &mut msgpack)
                .map_err(|e| e.to_string())
                .and_then(|()| json.end().map_err(|e| e.to_string()))
                .map_err(|e| {
                    // The line is this one, whatever serde_json counts.
                    let (what, at) = e.rsplit_once(" at line ").unwrap_or((&e, ""));
                    let column = at.split_once("1 column ").map(|(_, column)| column);
                    let mut why = what.to_owned();
                    match text.trim_start().chars().next().filter(|_| self.first) {
                        Some('{') if e.starts_with("EOF") => why.push_str(
                            "; each line is a value of its own, as `jq -c .` writes it",
                        ),
                        Some('[') if e.starts_with("EOF") => why.push_str(
                            "; each line is a value of its own, as `jq -c '.[]'` writes those of a list",
                        ),
                        _ => {
                            let at = column.map(|column| format!(", at column {column}"));
                            why.push_str(&at.unwrap_or_default());
                        }
                    }
                    failed(
                        path,
                        line,
                        format_args!(", line {line}: expected one JSON value: {why}"),
                    )
                })?;
            self.first = false;
            return Ok(Some(Place::Line(line)));
        }
    }

    fn text(&self) -> Option<&str> {
        Some(self.text.trim_start_matches('\u{feff}'))
    }
}
