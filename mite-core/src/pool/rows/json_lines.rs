//! One JSON value a line.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use crate::error::Result;
use crate::msgpack::integer_beyond_64_bits;
use crate::pool::rows::reader::{Place, ReadRows, failed, open};

/// Rows as msgpack of the same content.
pub(super) struct JsonLinesRows<R> {
    reader: R,
    line: u64,
    /// Whether no row has been read yet.
    first: bool,
    text: String,
    path: String,
}

impl JsonLinesRows<BufReader<File>> {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let reader = BufReader::with_capacity(1 << 16, open(path)?);
        Ok(Self::new(reader, path.display().to_string()))
    }
}

impl<R: BufRead> JsonLinesRows<R> {
    /// The rows of what is found at `path`.
    pub(super) fn new(reader: R, path: String) -> Self {
        Self { reader, line: 0, first: true, text: String::new(), path }
    }
}

impl<R: BufRead + Send> ReadRows for JsonLinesRows<R> {
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
            to_msgpack(text, row).map_err(|why| {
                let hint = if self.first { of_many_lines(text, &why) } else { None };
                let why = hint.unwrap_or(why);
                failed(path, line, format_args!(", line {line}: {why}"))
            })?;
            self.first = false;
            return Ok(Some(Place::Line(line)));
        }
    }
}

/// Encodes a line, or says why not.
fn to_msgpack(text: &str, row: &mut Vec<u8>) -> Result<(), String> {
    if let Some((at, number)) = integer_beyond_64_bits(text) {
        return Err(format!(
            "{number} has more than 64 bits, at column {}; write it as text, \"{number}\", which reads as any number",
            at + 1
        ));
    }
    let mut json = serde_json::Deserializer::from_str(text);
    let mut msgpack = rmp_serde::Serializer::new(row);
    serde_transcode::transcode(&mut json, &mut msgpack)
        .map_err(|e| e.to_string())
        .and_then(|()| json.end().map_err(|e| e.to_string()))
        .map_err(|why| {
            // The line is this one, whatever serde_json counts.
            let (what, at) = why.rsplit_once(" at line ").unwrap_or((&why, ""));
            let column = at.split_once("1 column ").map(|(_, column)| column);
            let at = column.map_or_else(String::new, |column| format!(", at column {column}"));
            match what {
                "recursion limit exceeded" => format!("it is nested too deeply{at}"),
                _ => format!("expected one JSON value: {what}{at}"),
            }
        })
}

/// What to say of a first line that is the beginning of a value of many.
fn of_many_lines(text: &str, why: &str) -> Option<String> {
    let why = why.rsplit_once(", at column ").map_or(why, |(why, _)| why);
    let how = match text.trim_start().chars().next() {
        _ if !why.contains("value: EOF") => return None,
        Some('{') => "`jq -c .` writes it",
        Some('[') => "`jq -c '.[]'` writes those of a list",
        _ => return None,
    };
    Some(format!("{why}; each line is a value of its own, as {how}"))
}
