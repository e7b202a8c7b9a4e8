//! From a file.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::error::Category;

use super::{Document, FORMAT, Fault, VERSION};

/// Why a file is not a run's results.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReadError {
    /// It cannot be read.
    Io(PathBuf, io::Error),
    /// It ends before its JSON is complete.
    CutOff(PathBuf, serde_json::Error),
    /// It is not JSON.
    Json(PathBuf, serde_json::Error),
    /// It is a page, but not a report of mite.
    NotReport(PathBuf),
    /// It is JSON, but not what mite writes.
    NotMite(PathBuf),
    /// It is of another version of the format.
    Version(PathBuf, String),
    /// A key holds what it cannot hold: the key, and what serde says.
    Key(PathBuf, String, serde_json::Error),
    /// It breaks a rule of the format.
    Rule(PathBuf, Fault),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(path, e) => write!(f, "{}: {e}", path.display()),
            Self::CutOff(path, e) => write!(
                f,
                "{} is cut off: it ends at line {}, column {}, before its JSON is complete",
                path.display(),
                e.line(),
                e.column()
            ),
            Self::Json(path, e) => write!(f, "{} is not JSON: {e}", path.display()),
            Self::NotReport(path) => write!(
                f,
                "{} is a page without results of mite. Reports with them are written by --html FILE",
                path.display()
            ),
            Self::NotMite(path) => write!(
                f,
                "{} is not a file of results of mite: it has no \"format\": \"{FORMAT}\". \
                 They are written by --json FILE",
                path.display()
            ),
            Self::Version(path, version) => write!(
                f,
                "{} is of version {version} of the format, and this mite reads version \
                 {VERSION}: read it with the mite that wrote it, or run the test again",
                path.display()
            ),
            Self::Key(path, key, e) => write!(f, "{}: {key}: {e}", path.display()),
            Self::Rule(path, fault) => write!(f, "{} is not sound: {fault}", path.display()),
        }
    }
}

impl std::error::Error for ReadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(_, e) => Some(e),
            Self::CutOff(_, e) | Self::Json(_, e) | Self::Key(_, _, e) => Some(e),
            Self::Rule(_, fault) => Some(fault),
            Self::NotReport(_) | Self::NotMite(_) | Self::Version(..) => None,
        }
    }
}

/// What says whether the rest can be read.
#[derive(Deserialize)]
struct Header {
    format: Option<serde_json::Value>,
    version: Option<serde_json::Value>,
}

impl Document {
    /// The results in the file at `path`: JSON, or a report that holds them. Keys that this
    /// version does not know are ignored.
    ///
    /// # Errors
    /// When it cannot be read, or is not such a file; the text says which, and where.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, ReadError> {
        let path = path.as_ref();
        let bytes = fs::read(path).map_err(|e| ReadError::Io(path.to_owned(), e))?;
        Self::parse(path, &bytes)
    }

    /// The results in `bytes`, which errors call `path`.
    ///
    /// # Errors
    /// As [`Document::read`].
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Self, ReadError> {
        let bytes = match in_report(bytes) {
            None => bytes,
            Some(Some(json)) => json,
            Some(None) => return Err(ReadError::NotReport(path.to_owned())),
        };
        // Valid JSON first: where it is cut off says more than what is missing.
        serde_json::from_slice::<serde::de::IgnoredAny>(bytes)
            .map_err(|e| not_json(path, bytes, e))?;
        let header: Header =
            serde_json::from_slice(bytes).map_err(|_| ReadError::NotMite(path.to_owned()))?;
        if header.format.as_ref().and_then(|f| f.as_str()) != Some(FORMAT) {
            return Err(ReadError::NotMite(path.to_owned()));
        }
        match header.version {
            Some(version) if version.as_u64() == Some(VERSION.into()) => {}
            Some(version) => return Err(ReadError::Version(path.to_owned(), version.to_string())),
            None => return Err(ReadError::Version(path.to_owned(), "no".to_owned())),
        }
        let mut json = serde_json::Deserializer::from_slice(bytes);
        let document: Self = serde_path_to_error::deserialize(&mut json).map_err(|e| {
            let key = e.path().to_string();
            ReadError::Key(path.to_owned(), key, e.into_inner())
        })?;
        document.check().map_err(|fault| ReadError::Rule(path.to_owned(), fault))?;
        Ok(document)
    }
}

/// The JSON in a report; the inner `None` if a page of HTML holds none.
fn in_report(bytes: &[u8]) -> Option<Option<&[u8]>> {
    const BEGIN: &str = "<script type=\"application/json\" id=\"run\">";
    let text = bytes.trim_ascii_start();
    let is_html = [&b"<!doctype html"[..], b"<html"];
    is_html
        .iter()
        .find(|start| text.get(..start.len()).is_some_and(|t| t.eq_ignore_ascii_case(start)))?;
    // What is between them holds no `<`.
    let text = std::str::from_utf8(text).ok();
    let json = text.and_then(|text| text.split_once(BEGIN)?.1.split_once("</script>"));
    Some(json.map(|(json, _)| json.as_bytes()))
}

fn not_json(path: &Path, bytes: &[u8], e: serde_json::Error) -> ReadError {
    // A number that is cut off, as "0.", is an error of syntax at the last byte.
    let last = bytes.split(|b| *b == b'\n').count();
    let column = bytes.rsplit(|b| *b == b'\n').next().map_or(0, <[u8]>::len);
    let at_end = e.line() == last && e.column() >= column && column > 0;
    if e.classify() == Category::Eof || (at_end && bytes.starts_with(b"{")) {
        ReadError::CutOff(path.to_owned(), e)
    } else {
        ReadError::Json(path.to_owned(), e)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        Document::parse(Path::new("run.json"), text.as_bytes()).expect_err("not sound").to_string()
    }

    fn text() -> String {
        serde_json::to_string(&Document::default()).expect("a document is JSON")
    }

    #[test]
    fn what_was_written_is_read() {
        let read = Document::parse(Path::new("run.json"), text().as_bytes());
        assert_eq!(read.expect("its own text"), Document::default());
    }

    #[test]
    fn unknown_keys_and_words_are_ignored() {
        let text = text()
            .replacen('{', r#"{"new_key": {"a": [1]}, "#, 1)
            .replace(r#""validity":"valid""#, r#""validity":"doubtful","more":1"#);
        let read = Document::parse(Path::new("run.json"), text.as_bytes()).expect("still sound");
        assert_eq!(read.verdict.validity, super::super::Validity::Unknown);
    }

    #[test]
    fn what_is_no_file_of_mite_says_so() {
        let expected = "run.json is not a file of results of mite: it has no \"format\": \
                        \"mite.run\". They are written by --json FILE";
        assert_eq!(error(r#"{"metrics": {}}"#), expected);
        assert_eq!(error("[1, 2]"), expected);
        assert_eq!(error(r#"{"format": 7}"#), expected);
    }

    #[test]
    fn another_version_says_so() {
        let text = error(&text().replace(r#""version":1"#, r#""version":2"#));
        let expected = "run.json is of version 2 of the format, and this mite reads version 1: \
                        read it with the mite that wrote it, or run the test again";
        assert_eq!(text, expected);
        assert!(error(r#"{"format": "mite.run"}"#).contains("of version no of the format"));
    }

    #[test]
    fn a_cut_file_says_where_it_ends() {
        let whole = text();
        for end in 1..whole.len() {
            let text = error(&whole[..end]);
            assert!(text.starts_with("run.json is cut off: it ends at line 1, column"), "{text}");
        }
        let text = error("");
        assert_eq!(
            text,
            "run.json is cut off: it ends at line 1, column 0, before its JSON is complete"
        );
    }

    #[test]
    fn what_is_not_json_says_where() {
        let text = error("{\n  \"format\": mite\n}");
        assert_eq!(text, "run.json is not JSON: expected value at line 2 column 13");
        assert!(error("<xml>").starts_with("run.json is not JSON"));
        let page = error("<!DOCTYPE html><title>x</title>");
        assert!(page.starts_with("run.json is a page without results of mite"), "{page}");
    }

    #[test]
    fn a_wrong_type_names_its_key() {
        let text = error(&text().replace(r#""requests":0"#, r#""requests":-1"#));
        assert!(
            text.starts_with("run.json: totals.requests: invalid value: integer `-1`"),
            "{text}"
        );
    }

    #[test]
    fn a_broken_rule_names_its_key() {
        let text = error(&text().replace(r#""length_s":[]"#, r#""length_s":[1.0]"#));
        let expected = "run.json is not sound: windows.length_s: 1 entries, but windows.t_s has 0";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_missing_file_is_named() {
        let text = Document::read("/nowhere/run.json").expect_err("missing").to_string();
        assert!(text.starts_with("/nowhere/run.json: "), "{text}");
    }
}
