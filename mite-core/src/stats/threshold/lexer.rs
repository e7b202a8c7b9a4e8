//! Words, numbers and signs of a threshold's text, each with its place.

use std::ops::Range;

use super::error::ParseError;

/// A part of the text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// Where it stands, in bytes.
    pub(super) span: Range<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// A name or a keyword, such as `http` or `p99.9`; a `*` may be in it.
    Word(String),
    /// Text in quotes.
    Quoted(String),
    /// A number without its unit.
    Number(f64),
    /// `{ } ( ) , / %` and what compares.
    Sign(&'static str),
}

/// Longer ones first.
const SIGNS: [&str; 17] =
    ["<=", ">=", "==", "!=", "=<", "=>", "<", ">", "=", "!", "{", "}", "(", ")", ",", "/", "%"];

/// The parts of `text`.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, ParseError> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (kind, length) = if let '"' | '\'' = first {
            quoted(text, at, first)?
        } else if first.is_ascii_digit() || (first == '-' && starts_with_digit(&rest[1..])) {
            number(text, at)?
        } else if is_start_of_word(first) {
            let end = rest.find(|c| !is_in_word(c)).unwrap_or(rest.len());
            (Kind::Word(rest[..end].to_owned()), end)
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            (Kind::Sign(sign), sign.len())
        } else {
            let span = at..at + first.len_utf8();
            return Err(ParseError::new(text, span, format!("`{first}` has no meaning here")));
        };
        tokens.push(Token { kind, span: at..at + length });
        at += length;
    }
    Ok(tokens)
}

fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
}

fn is_start_of_word(c: char) -> bool {
    c.is_alphabetic() || c == '_' || c == '*'
}

fn is_in_word(c: char) -> bool {
    c.is_alphanumeric() || "_*.:-".contains(c)
}

fn quoted(text: &str, at: usize, quote: char) -> Result<(Kind, usize), ParseError> {
    let mut content = String::new();
    let mut chars = text[at + 1..].char_indices();
    while let Some((i, c)) = chars.next() {
        match c {
            '\\' => content.extend(chars.next().map(|(_, escaped)| escaped)),
            _ if c == quote => return Ok((Kind::Quoted(content), i + 2)),
            _ => content.push(c),
        }
    }
    Err(ParseError::new(text, at..text.len(), format!("this text has no closing {quote}")))
}

fn number(text: &str, at: usize) -> Result<(Kind, usize), ParseError> {
    let rest = &text[at..];
    let mut end =
        rest[1..].find(|c: char| !c.is_ascii_digit() && c != '.').map_or(rest.len(), |i| i + 1);
    // `1e3`, but `5errors` is two parts.
    if let Some(exponent) = rest[end..].strip_prefix(['e', 'E'])
        && starts_with_digit(exponent.trim_start_matches(['-', '+']))
    {
        let sign = exponent.len() - exponent.trim_start_matches(['-', '+']).len();
        let digits = &exponent[sign..];
        let digits = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        end += 1 + sign + digits;
    }
    match rest[..end].parse() {
        Ok(number) => Ok((Kind::Number(number), end)),
        Err(_) => {
            let text_of_it = &rest[..end];
            Err(ParseError::new(text, at..at + end, format!("`{text_of_it}` is not a number")))
        }
    }
}
