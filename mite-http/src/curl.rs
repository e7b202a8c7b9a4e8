//! A request as a command that a shell takes.

use std::borrow::Cow;
use std::fmt::Write;

use http::{Method, header};

use crate::cookie::Jar;
use crate::hop::Hop;

/// The command that sends `hop` with the cookies of `jar`.
pub(crate) fn command(hop: &Hop, jar: &Jar, insecure: bool) -> String {
    let mut cookies = String::new();
    if !hop.headers.contains_key(header::COOKIE) {
        jar.write(&hop.target.url, &hop.cookies, &mut cookies);
    }
    let mut out = String::from("curl");
    if insecure {
        out.push_str(" --insecure");
    }
    if hop.method == Method::HEAD {
        // With -X HEAD curl would wait for a body.
        out.push_str(" --head");
    } else {
        option(&mut out, "-X", hop.method.as_str());
    }
    for (name, value) in &hop.headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        option(&mut out, "-H", &format!("{name}: {value}"));
    }
    if !cookies.is_empty() {
        option(&mut out, "--cookie", &cookies);
    }
    if let Some(c) = hop.credentials.as_ref().or(hop.target.credentials.as_ref())
        && !hop.headers.contains_key(header::AUTHORIZATION)
    {
        option(&mut out, "--user", &format!("{}:{}", c.user, c.password));
    }
    let mut input = None;
    if hop.upload.is_some() {
        out.push_str(" --data-binary @-");
    }
    if !hop.body.is_empty() {
        if !hop.headers.contains_key(header::CONTENT_TYPE) {
            // curl would add that of a form.
            option(&mut out, "-H", "content-type:");
        }
        match std::str::from_utf8(&hop.body) {
            Ok(text) if !text.contains('\0') => option(&mut out, "--data-raw", text),
            _ => {
                out.push_str(" --data-binary @-");
                input = Some(octal(&hop.body));
            }
        }
    }
    out.push(' ');
    out.push_str(&quoted(hop.target.url.as_str()));
    match input {
        Some(bytes) => format!("printf '{bytes}' | {out}"),
        None => out,
    }
}

fn option(out: &mut String, name: &str, value: &str) {
    out.push(' ');
    out.push_str(name);
    out.push(' ');
    out.push_str(&quoted(value));
}

/// Quotes a text for a POSIX shell, if it must be.
fn quoted(text: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("'{}'", text.replace('\'', r"'\''")))
}

/// Bytes as `printf` takes them; an argument cannot hold a zero byte.
fn octal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, b| {
        // Writing to a String cannot fail.
        let _ = write!(out, "\\{b:03o}");
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoting_is_done_only_where_needed() {
        assert_eq!(quoted("http://h:1/a.b?"), "'http://h:1/a.b?'");
        assert_eq!(quoted("http://h:1/a"), "http://h:1/a");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("it's $HOME"), r"'it'\''s $HOME'");
        assert_eq!(octal(b"\0a\xff"), r"\000\141\377");
    }
}
