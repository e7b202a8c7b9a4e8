//! What is wrong with a threshold's text, and where.

use std::fmt;
use std::ops::Range;

/// Why a text is no threshold. Shown with the text and a caret under the place:
///
/// ```
/// use mite_core::stats::Threshold;
/// let error = Threshold::parse("http p99 < 300").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "p99 of http is a time, and 300 has no unit; write ns, us, ms, s, m or h behind it\n  \
///      http p99 < 300\n  \
///      \x20          ^^^"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    what: String,
    text: String,
    span: Range<usize>,
}

impl ParseError {
    /// `what` is wrong with the bytes `span` of `text`.
    pub(super) fn new(text: &str, span: Range<usize>, what: impl Into<String>) -> Self {
        Self { what: what.into(), text: text.to_owned(), span }
    }

    /// What is wrong, without the text.
    pub fn what(&self) -> &str {
        &self.what
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, text, span } = self;
        // A line, whatever blanks are in it: the caret goes by characters.
        let line: String = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
        let before = text[..span.start].chars().count();
        let wide = text[span.clone()].chars().count().max(1);
        write!(f, "{what}\n  {line}\n  {}{}", " ".repeat(before), "^".repeat(wide))
    }
}

impl std::error::Error for ParseError {}
