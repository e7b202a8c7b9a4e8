//! A request as a command that a shell takes.

use std::borrow::Cow;
use std::fmt::{self, Display, Write};

use http::header::HeaderName;
use http::{HeaderValue, Method, header};
use mite_core::secret::{self, HIDDEN, is_secret, masked_body};
use mite_net::shown_url;
use tokio::time::Instant;
use url::Position;

use crate::cookie::Jar;
use crate::hop::Hop;

/// The command that sends a request, with the cookies of a jar.
pub(crate) struct Command<'a> {
    pub(crate) hop: &'a Hop,
    pub(crate) jar: &'a Jar,
    pub(crate) insecure: bool,
    pub(crate) shown: Shown,
}

/// How much of it is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    /// All, so that it does the same.
    Whole,
    /// `***` in place of what sounds like a secret.
    WithoutSecrets,
}

impl Shown {
    /// What who looks into a journey sees.
    pub(crate) fn to_people() -> Self {
        if secret::are_shown() { Self::Whole } else { Self::WithoutSecrets }
    }
}

impl Display for Command<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hop = self.hop;
        let input = self.input();
        if let Some(bytes) = input {
            write!(f, "printf '{}' | ", octal(bytes))?;
        }
        f.write_str("curl")?;
        if self.insecure {
            f.write_str(" --insecure")?;
        }
        if hop.method == Method::HEAD {
            // With -X HEAD curl would wait for a body.
            f.write_str(" --head")?;
        } else {
            option(f, "-X", hop.method.as_str().as_bytes())?;
        }
        for (name, value) in &hop.headers {
            // An empty value has a spelling of its own: `name:` leaves the header out.
            match &*self.header(name, value) {
                b"" => option(f, "-H", format!("{name};").as_bytes())?,
                value => option(f, "-H", &[name.as_str().as_bytes(), b": ", value].concat())?,
            }
        }
        for name in [header::USER_AGENT, header::ACCEPT] {
            if hop.left_out.contains(&name) && !hop.headers.contains_key(&name) {
                option(f, "-H", format!("{name}:").as_bytes())?;
            }
        }
        self.cookies(f)?;
        if let Some(c) = hop.credentials.as_ref().or(hop.target.credentials.as_ref())
            && !hop.headers.contains_key(header::AUTHORIZATION)
        {
            let password = if self.hides() { HIDDEN.as_bytes() } else { &c.password };
            option(f, "--user", &[&*c.user, b":", password].concat())?;
        }
        if !hop.body.is_empty() && !hop.headers.contains_key(header::CONTENT_TYPE) {
            // curl would add that of a form.
            f.write_str(" -H content-type:")?;
        }
        if input.is_some() || hop.upload.is_some() {
            f.write_str(" --data-binary @-")?;
        }
        if !hop.body.is_empty() && input.is_none() {
            option(f, "--data-raw", &self.body())?;
        }
        if hop.target.url[Position::BeforePath..].contains(['[', ']', '{', '}']) {
            f.write_str(" --globoff")?;
        }
        let url = hop.target.url.as_str();
        let url = if self.hides() { shown_url(url) } else { Cow::Borrowed(url) };
        write!(f, " {}", quoted(url.as_bytes()))
    }
}

impl<'a> Command<'a> {
    fn hides(&self) -> bool {
        self.shown == Shown::WithoutSecrets
    }

    fn header(&self, name: &HeaderName, value: &'a HeaderValue) -> Cow<'a, [u8]> {
        match self.hides() && (value.is_sensitive() || is_secret(name.as_str())) {
            true => Cow::Borrowed(HIDDEN.as_bytes()),
            false => Cow::Borrowed(value.as_bytes()),
        }
    }

    fn cookies(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hop = self.hop;
        let wanted = |name| !hop.headers.contains_key(name) && !hop.left_out.contains(name);
        let mut cookies = Vec::new();
        if wanted(&header::COOKIE) {
            self.jar.write(&hop.target.url, &hop.cookies, Instant::now(), &mut cookies);
        }
        if cookies.is_empty() {
            return Ok(());
        }
        if self.hides() {
            let pairs = cookies.split(|b| *b == b';');
            let names = pairs.map(|pair| pair.split(|b| *b == b'=').next().unwrap_or_default());
            let hidden: Vec<_> = names.map(|name| [name, b"=***"].concat()).collect();
            cookies = hidden.join(&b';');
        }
        option(f, "--cookie", &cookies)
    }

    /// A body that an argument cannot hold.
    fn input(&self) -> Option<&'a [u8]> {
        let body = &self.hop.body;
        let is_text = std::str::from_utf8(body).is_ok_and(|text| !text.contains('\0'));
        (!is_text).then_some(body)
    }

    fn body(&self) -> Cow<'a, [u8]> {
        let body = &self.hop.body;
        if !self.hides() {
            return Cow::Borrowed(body);
        }
        match std::str::from_utf8(body) {
            Ok(text) => match masked_body(text) {
                Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
                Cow::Owned(text) => Cow::Owned(text.into_bytes()),
            },
            Err(_) => Cow::Borrowed(body),
        }
    }
}

fn option(f: &mut fmt::Formatter<'_>, name: &str, value: &[u8]) -> fmt::Result {
    write!(f, " {name} {}", quoted(value))
}

/// Quotes a text for a shell, if it must be: as POSIX has it, or, where there are bytes
/// that are no text or move the cursor, with the `$'…'` that all but the oldest know.
fn quoted(bytes: &[u8]) -> Cow<'_, str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.is_empty() && text.chars().all(plain) => Cow::Borrowed(text),
        Ok(text) if !text.contains(|c: char| c.is_control() && c != '\n' && c != '\t') => {
            Cow::Owned(format!("'{}'", text.replace('\'', r"'\''")))
        }
        _ => Cow::Owned(format!("$'{}'", bytes.escape_ascii().to_string().replace(r#"\""#, "\""))),
    }
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
    fn secrets_are_hidden_where_they_are_not_asked_for() {
        let command = |body: &'static str| {
            let url = "http://bob:s3cret@h.test/x?n=1&token=s3cret";
            let mut headers = http::HeaderMap::new();
            headers.insert("x-api-key", HeaderValue::from_static("s3cret"));
            headers.insert("x-n", HeaderValue::from_static("1"));
            let hop = Hop {
                method: Method::POST,
                target: crate::target::Target::of(url).ok().unwrap(),
                headers,
                body: body.into(),
                upload: None,
                cookies: ["sid", "b"].map(|name| (name.to_owned(), "s3cret".to_owned())).to_vec(),
                credentials: None,
                left_out: Default::default(),
            };
            let (jar, shown) = (Jar::default(), Shown::WithoutSecrets);
            Command { hop: &hop, jar: &jar, insecure: false, shown }.to_string()
        };
        assert_eq!(
            command(r#"{"user": "bob", "password": "s3cret", "in": [{"token": 1}]}"#),
            r#"curl -X POST -H 'x-api-key: ***' -H 'x-n: 1' --cookie 'sid=***; b=***' --user 'bob:***' -H content-type: --data-raw '{"in":[{"token":"***"}],"password":"***","user":"bob"}' 'http://h.test/x?n=1&token=***'"#
        );
        assert!(command("user=bob&password=s3cret").contains("--data-raw 'user=bob&password=***'"));
        // As it is, if there is nothing to hide.
        assert!(command(r#"{ "n": 1 }"#).contains(r#"'{ "n": 1 }'"#));
        assert!(command("plain").contains("--data-raw plain"));
    }

    #[test]
    fn quoting_is_done_only_where_needed() {
        assert_eq!(quoted(b"http://h:1/a.b?"), "'http://h:1/a.b?'");
        assert_eq!(quoted(b"http://h:1/a"), "http://h:1/a");
        assert_eq!(quoted(b""), "''");
        assert_eq!(quoted(b"it's $HOME"), r"'it'\''s $HOME'");
        assert_eq!(quoted("caf\u{e9}\n".as_bytes()), "'caf\u{e9}\n'");
        assert_eq!(quoted(b"caf\xe9 it's \"x\""), r#"$'caf\xe9 it\'s "x"'"#);
        assert_eq!(quoted(b"\x1b[2J"), r"$'\x1b[2J'");
        assert_eq!(octal(b"\0a\xff"), r"\000\141\377");
    }
}
