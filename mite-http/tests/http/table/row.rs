//! A row of the table.

/// What a client gives for the bytes of a server.
#[derive(Clone, Debug)]
pub(crate) enum Gives {
    /// A response: its status, and its body decoded.
    Body(u16, Vec<u8>),
    /// An error with this part.
    Fails(&'static str),
    /// A last request with this line: `GET /path HTTP/1.1`, or a header whose name is
    /// in small letters.
    Sends(Vec<u8>),
    /// A last request without this header.
    SendsNo(&'static str),
}

/// A row: what a server says, and what mite and curl give for it.
#[derive(Clone)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// An answer for each request, after which the server closes. `HOST` is its host
    /// and port, `PORT` its port.
    pub(crate) says: Vec<Vec<u8>>,
    pub(crate) asks: &'static str,
    pub(crate) method: &'static str,
    pub(crate) body: &'static str,
    pub(crate) settings: &'static [(&'static str, &'static str)],
    /// What curl has for the settings.
    pub(crate) arguments: &'static [&'static str],
    pub(crate) mite: Gives,
    /// What curl gives instead, and why mite does not.
    pub(crate) curl: Option<(Gives, &'static str)>,
}

/// Asks once for `http://HOST/`, or as often as it takes to get all answers. curl gives
/// the same.
pub(crate) fn row<S: Into<Vec<u8>>>(
    name: &'static str,
    says: impl IntoIterator<Item = S>,
    mite: Gives,
) -> Row {
    Row {
        name,
        says: says.into_iter().map(Into::into).collect(),
        asks: "http://HOST/",
        method: "GET",
        body: "",
        settings: &[],
        arguments: &[],
        mite,
        curl: None,
    }
}

impl Row {
    pub(crate) fn asks(self, asks: &'static str) -> Self {
        Self { asks, ..self }
    }

    pub(crate) fn method(self, method: &'static str, body: &'static str) -> Self {
        Self { method, body, ..self }
    }

    pub(crate) fn with(
        self,
        settings: &'static [(&'static str, &'static str)],
        arguments: &'static [&'static str],
    ) -> Self {
        Self { settings, arguments, ..self }
    }

    pub(crate) fn curl(self, gives: Gives, why: &'static str) -> Self {
        Self { curl: Some((gives, why)), ..self }
    }

    /// How often it is asked: each answer that leads nowhere else ends a request.
    pub(crate) fn requests(&self) -> usize {
        let leads_on = |answer: &&Vec<u8>| {
            answer.get(8..10) == Some(b" 3") && answer.windows(9).any(|w| w == b"Location:")
        };
        let others = self.says.iter().filter(leads_on).count();
        (self.says.len() - others).max(1)
    }

    /// Its line in the docs, if curl gives something else.
    pub(crate) fn difference(&self) -> Option<String> {
        let (curl, why) = self.curl.as_ref()?;
        Some(format!("| {} | {} | {} | {why} |", self.name, self.mite.shown(), curl.shown()))
    }
}

/// Most bytes that are shown of what a client gives.
const MOST: usize = 60;

impl Gives {
    fn shown(&self) -> String {
        let code = |bytes: &[u8]| {
            let text = bytes[..bytes.len().min(MOST)].escape_ascii().to_string();
            let text = text.replace('|', r"\|").replace(r"\'", "'").replace(r#"\""#, "\"");
            let more = if bytes.len() > MOST { "…" } else { "" };
            // Code may hold a backtick if it begins with two.
            match text.contains('`') {
                true => format!("`` {text}{more} ``"),
                false => format!("`{text}{more}`"),
            }
        };
        match self {
            Self::Body(status, body) if body.is_empty() => format!("{status}, no body"),
            Self::Body(status, body) => format!("{status}, {}", code(body)),
            Self::Fails("") => "an error".to_owned(),
            Self::Fails(part) if part.starts_with('(') => {
                format!("error {}", part.trim_matches(['(', ')']))
            }
            Self::Fails(part) => format!("an error: {part}"),
            Self::Sends(line) => format!("sends {}", code(line)),
            Self::SendsNo(name) => format!("sends no `{name}`"),
        }
    }
}

pub(crate) fn body(body: impl Into<Vec<u8>>) -> Gives {
    Gives::Body(200, body.into())
}

pub(crate) fn sends(line: impl Into<Vec<u8>>) -> Gives {
    Gives::Sends(line.into())
}

/// `200 OK` with this head and this body, whose length is added.
pub(crate) fn ok(head: impl AsRef<[u8]>, body: impl AsRef<[u8]>) -> Vec<u8> {
    answer("200 OK", head, body)
}

/// An answer with these lines of a head, each of which ends with `\n` here, and this
/// body, whose length is added.
pub(crate) fn answer(status: &str, head: impl AsRef<[u8]>, body: impl AsRef<[u8]>) -> Vec<u8> {
    let length = format!("Content-Length: {}\n", body.as_ref().len());
    raw(status, [head.as_ref(), length.as_bytes()].concat(), body)
}

/// An answer that says no more than this.
pub(crate) fn raw(status: &str, head: impl AsRef<[u8]>, body: impl AsRef<[u8]>) -> Vec<u8> {
    let mut out = format!("HTTP/1.1 {status}\r\n").into_bytes();
    for byte in head.as_ref() {
        if *byte == b'\n' {
            out.push(b'\r');
        }
        out.push(*byte);
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(body.as_ref());
    out
}

/// A redirect to there.
pub(crate) fn to(location: impl AsRef<[u8]>) -> Vec<u8> {
    answer("302 Found", [b"Location: ", location.as_ref(), b"\n"].concat(), "away")
}
