//! Text in the charset that its header says, by the table of the WHATWG.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8};
use http::header::{self, HeaderMap};

/// What a response says of its text.
pub(crate) enum Charset<'a> {
    Known(&'static Encoding),
    /// A label that is in no table.
    Unknown(Cow<'a, str>),
}

impl<'a> Charset<'a> {
    /// UTF-8, unless the content type names another one.
    pub(crate) fn of(headers: &'a HeaderMap) -> Self {
        let content_type = headers.get(header::CONTENT_TYPE).map(|value| value.as_bytes());
        let label = content_type.and_then(|value| {
            value.split(|b| *b == b';').skip(1).find_map(|parameter| {
                let equals = parameter.iter().position(|b| *b == b'=')?;
                let name = parameter[..equals].trim_ascii();
                let quotes_off = |text: &'a [u8]| {
                    text.strip_prefix(b"\"").and_then(|t| t.strip_suffix(b"\"")).unwrap_or(text)
                };
                let value = quotes_off(parameter[equals + 1..].trim_ascii());
                (name.eq_ignore_ascii_case(b"charset") && !value.is_empty()).then_some(value)
            })
        });
        match label {
            None => Self::Known(UTF_8),
            Some(label) => match Encoding::for_label(label) {
                Some(encoding) => Self::Known(encoding),
                None => Self::Unknown(String::from_utf8_lossy(label)),
            },
        }
    }

    /// The text. A byte order mark is none of it, and wins over the header.
    ///
    /// # Errors
    /// If it is not such text: why.
    pub(crate) fn decode<'b>(&self, bytes: &'b [u8]) -> Result<Cow<'b, str>, String> {
        let encoding = match self {
            Self::Known(encoding) => encoding,
            Self::Unknown(label) => {
                return Err(format!("the body is in charset {label}, which nobody knows"));
            }
        };
        let (text, used, has_errors) = encoding.decode(bytes);
        if !has_errors {
            return Ok(text);
        }
        match std::str::from_utf8(bytes) {
            Err(error) if used == UTF_8 => Err(format!("the body is not UTF-8: {error}")),
            _ => Err(format!("the body is not {}", used.name())),
        }
    }

    /// The text, with U+FFFD in place of what is not.
    pub(crate) fn decode_lossy<'b>(&self, bytes: &'b [u8]) -> Cow<'b, str> {
        match self {
            Self::Known(encoding) => encoding.decode(bytes).0,
            Self::Unknown(_) => UTF_8.decode(bytes).0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(content_type: &[u8], body: &[u8]) -> Result<String, String> {
        let mut headers = HeaderMap::new();
        let value = http::HeaderValue::from_bytes(content_type).unwrap();
        headers.insert(header::CONTENT_TYPE, value);
        Charset::of(&headers).decode(body).map(Cow::into_owned)
    }

    #[test]
    fn labels_are_those_of_the_table() {
        for (content_type, body, text) in [
            ("text/plain", "é".as_bytes(), "é"),
            ("text/plain; charset=UTF8", "é".as_bytes(), "é"),
            ("text/plain; charset=\"unicode-1-1-utf-8\"", "é".as_bytes(), "é"),
            ("text/plain; charset=", "é".as_bytes(), "é"),
            ("text/plain; x=\"\"; CharSet = ascii ", b"caf\xe9", "café"),
            ("text/plain;charset=us-ascii", b"plain", "plain"),
            ("text/plain;charset=ISO8859-1", b"caf\xe9", "café"),
            ("text/plain;charset=latin1", b"\x80", "€"),
            ("text/plain;charset=iso-8859-15", b"\xa4", "€"),
            ("text/plain;charset=koi8-r", b"\xc1", "а"),
            ("text/plain;charset=Shift_JIS", b"\x93\xfa\x96{", "日本"),
            ("text/plain;charset=utf-16le", b"h\0i\0", "hi"),
            // A mark is no text, and says more than a header.
            ("text/plain", b"\xef\xbb\xbfhi", "hi"),
            ("text/plain;charset=latin1", b"\xef\xbb\xbf\xc3\xa9", "é"),
        ] {
            assert_eq!(decoded(content_type.as_bytes(), body).as_deref(), Ok(text));
        }
        assert_eq!(decoded(b"a/b;\xe9=x;charset=latin1", b"\xe9").as_deref(), Ok("é"));
    }

    #[test]
    fn what_is_not_such_text_is_said_or_replaced() {
        for (content_type, body, why, lossy) in [
            ("a/b", &b"caf\xe9!"[..], "not UTF-8: invalid utf-8 sequence", "caf\u{fffd}!"),
            ("a/b;charset=big5", b"\xff", "not Big5", "\u{fffd}"),
            ("a/b;charset=klingon", b"caf\xc3\xa9\xff", "klingon", "café\u{fffd}"),
        ] {
            assert!(decoded(content_type.as_bytes(), body).unwrap_err().contains(why));
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, content_type.parse().unwrap());
            assert_eq!(Charset::of(&headers).decode_lossy(body), lossy);
        }
    }
}
