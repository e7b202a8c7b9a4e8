//! A `Set-Cookie`, taken apart by RFC 6265 section 5.2.

use super::date;

/// Most bytes of a name and its value together.
const LONGEST: usize = 4096;

/// Most bytes of the value of an attribute; a longer one is passed over.
const LONGEST_ATTRIBUTE: usize = 1024;

/// A `Set-Cookie`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct SetCookie<'a> {
    pub(super) name: &'a [u8],
    pub(super) value: &'a [u8],
    /// When it ends, in seconds since 1970.
    pub(super) expires: Option<i64>,
    /// After how many seconds it ends; wins over `expires`.
    pub(super) max_age: Option<i64>,
    /// In small letters, without a leading dot.
    pub(super) domain: Option<String>,
    /// Beginning with `/`.
    pub(super) path: Option<&'a [u8]>,
    pub(super) secure: bool,
    pub(super) http_only: bool,
}

impl<'a> SetCookie<'a> {
    /// # Errors
    /// If it is to be ignored: why.
    pub(super) fn parse(text: &'a [u8]) -> Result<Self, &'static str> {
        let mut parts = text.split(|b| *b == b';');
        let pair = parts.next().unwrap_or_default();
        let equals = pair.iter().position(|b| *b == b'=').ok_or("it has no `=`")?;
        let (name, value) = (blanks_off(&pair[..equals]), blanks_off(&pair[equals + 1..]));
        if name.is_empty() {
            return Err("it has no name");
        }
        if name.len() + value.len() > LONGEST {
            return Err("its name and value have more than 4096 bytes");
        }
        if [name, value].concat().iter().any(|b| b.is_ascii_control() && *b != b'\t') {
            return Err("it has a control character");
        }
        let mut cookie = Self { name, value, ..Self::default() };
        for attribute in parts {
            let (name, value) = match attribute.iter().position(|b| *b == b'=') {
                Some(at) => (&attribute[..at], blanks_off(&attribute[at + 1..])),
                None => (attribute, &attribute[..0]),
            };
            if value.len() <= LONGEST_ATTRIBUTE {
                cookie.take(blanks_off(name), value);
            }
        }
        Ok(cookie)
    }

    /// Takes an attribute: the last of a name counts, unless it says nothing.
    fn take(&mut self, name: &[u8], value: &'a [u8]) {
        match &*name.to_ascii_lowercase() {
            b"expires" => {
                if let Some(date) = date::parse(value) {
                    self.expires = Some(date);
                }
            }
            b"max-age" => {
                if let Some(seconds) = max_age(value) {
                    self.max_age = Some(seconds);
                }
            }
            b"domain" if !value.is_empty() => {
                let value = value.strip_prefix(b".").unwrap_or(value);
                // What is not text is the domain of no host.
                self.domain = Some(String::from_utf8_lossy(value).to_lowercase());
            }
            b"path" => self.path = Some(value).filter(|path| path.starts_with(b"/")),
            b"secure" => self.secure = true,
            b"httponly" => self.http_only = true,
            _ => {}
        }
    }
}

/// Digits, perhaps with a minus, of any number.
fn max_age(value: &[u8]) -> Option<i64> {
    let (negative, digits) = match value.strip_prefix(b"-") {
        Some(digits) => (true, digits),
        None => (false, value),
    };
    if (digits.is_empty() && !negative) || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    if negative {
        return Some(i64::MIN);
    }
    let more = |n: i64, digit: &u8| n.saturating_mul(10).saturating_add(i64::from(digit - b'0'));
    Some(digits.iter().fold(0, more))
}

fn blanks_off(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_values_and_attributes_are_found() {
        let parsed = SetCookie::parse(
            b" a\t=  b=\"c\", \xe9 ;; Path = /x ;SECURE; httpOnly=; Max-Age=10; Domain=.A.test;other",
        );
        let expected = SetCookie {
            name: b"a",
            value: b"b=\"c\", \xe9",
            max_age: Some(10),
            domain: Some("a.test".to_owned()),
            path: Some(b"/x"),
            secure: true,
            http_only: true,
            ..SetCookie::default()
        };
        assert_eq!(parsed, Ok(expected));
        for (text, why) in [
            (&b"a"[..], "no `=`"),
            (b"", "no `=`"),
            (b" =x", "no name"),
            (b"a=\x01", "control"),
            (&[b"a=", &[b'x'; 4096][..]].concat(), "4096"),
        ] {
            assert!(SetCookie::parse(text).unwrap_err().contains(why), "{}", text.escape_ascii());
        }
        assert!(SetCookie::parse(&[b"a=", &[b'x'; 4095][..]].concat()).is_ok());
    }

    #[test]
    fn the_last_attribute_that_says_something_counts() {
        let of = |attributes: &'static str| SetCookie::parse(attributes.as_bytes()).unwrap();
        assert_eq!(of("a=b; Path=/x; Path=/y").path, Some(&b"/y"[..]));
        assert_eq!(of("a=b; Path=/x; Path=y").path, None);
        assert_eq!(of("a=b; Path=\"/\"").path, None);
        assert_eq!(of("a=b; Domain=x.test; Domain=").domain.as_deref(), Some("x.test"));
        assert_eq!(of("a=b; Max-Age=5; Max-Age=x").max_age, Some(5));
        let epoch = "Expires=Thu, 01 Jan 1970 00:00:00 GMT";
        assert_eq!(of(&*format!("a=b; {epoch}; Expires=x").leak()).expires, Some(0));
        let long = format!("a=b; Path=/{}", "x".repeat(1024));
        assert_eq!(SetCookie::parse(long.as_bytes()).unwrap().path, None);
    }

    #[test]
    fn an_age_may_have_any_number_of_digits() {
        for (text, age) in [
            ("0", Some(0)),
            ("5", Some(5)),
            ("-1", Some(i64::MIN)),
            ("-", Some(i64::MIN)),
            ("99999999999999999999999999", Some(i64::MAX)),
            ("-99999999999999999999999999", Some(i64::MIN)),
            ("", None),
            ("+5", None),
            ("5x", None),
            ("\"5\"", None),
        ] {
            assert_eq!(max_age(text.as_bytes()), age, "{text}");
        }
    }
}
