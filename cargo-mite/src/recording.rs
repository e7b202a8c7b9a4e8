//! What somebody did, step by step, whatever it was recorded with.

use serde_json::Value;
use url::Url;

/// Steps in the order in which they were made, and what is not among them.
#[derive(Debug, Default)]
pub(crate) struct Recording {
    pub(crate) steps: Vec<Step>,
    pub(crate) left_out: LeftOut,
}

/// What was recorded and is no part of the load.
#[derive(Debug, Default)]
pub(crate) struct LeftOut {
    /// Pictures, fonts, style sheets, scripts.
    pub(crate) files: usize,
    /// Requests to other hosts, by host.
    pub(crate) hosts: Vec<(String, usize)>,
    /// What the browser asked on its own, or gave up.
    pub(crate) others: usize,
    /// Answers that were too large to be looked through for what is used later.
    pub(crate) unread: usize,
}

/// What a person did at once: a page, or a click.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) name: String,
    /// Seconds that the person thought before it.
    pub(crate) think: f64,
    pub(crate) requests: Vec<Request>,
}

/// A name that no step has.
pub(crate) fn distinct(steps: &[Step], name: String) -> String {
    let is_taken = |name: &str| steps.iter().any(|step| step.name == name);
    match is_taken(&name) {
        false => name,
        true => (2..).map(|n| format!("{name} {n}")).find(|name| !is_taken(name)).unwrap_or(name),
    }
}

/// A request, and what was answered.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) url: Url,
    /// Those that say something of the request, not of the browser.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Body,
    /// The status of the answer, after redirects; none if that was not recorded.
    pub(crate) status: Option<u16>,
    pub(crate) answer: Answer,
}

/// What was sent.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Body {
    None,
    Json(Value),
    Form(Vec<(String, String)>),
    Text {
        mime: String,
        text: String,
    },
    /// A form with files, which recordings do not hold.
    Files,
}

/// What was answered, as far as it can hold what is used later.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer {
    Unknown,
    Json(Value),
    Text(String),
}

/// Headers that a browser sends of its own accord, or that the client makes itself.
const OF_BROWSER: [&str; 27] = [
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "dnt",
    "host",
    "if-modified-since",
    "if-none-match",
    "keep-alive",
    "origin",
    "pragma",
    "priority",
    "proxy-connection",
    "range",
    "referer",
    "te",
    "transfer-encoding",
    "upgrade",
    "upgrade-insecure-requests",
    "user-agent",
    "via",
    "x-forwarded-for",
    "x-client-data",
];

/// Whether it is a method of HTTP (a token, RFC 9110 §5.6.2), and can stand in code.
pub(crate) fn is_method(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}

/// The headers of a request that are worth writing down, with names in small letters.
pub(crate) fn worthwhile(
    headers: impl IntoIterator<Item = (String, String)>,
) -> Vec<(String, String)> {
    let small = headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value));
    small
        .filter(|(name, value)| {
            !name.starts_with(':')
                && !name.starts_with("sec-")
                && !OF_BROWSER.contains(&&**name)
                // What a browser accepts of a page, or all.
                && !(name == "accept" && (value.starts_with("*/*") || value.starts_with("text/html")))
        })
        .collect()
}

/// What stands in place of a secret that was hidden when it was recorded: one text for each
/// host and name, since what hides two secrets says of both the same.
const HIDDEN: &str = "***";

/// Whether a text stands for a secret that was hidden.
pub(crate) fn is_hidden(text: &str) -> bool {
    let hides = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    let is_stars = text.len() >= 3 && text.chars().all(|c| matches!(c, '*' | '•' | '●'));
    is_stars
        || text.len() > 2 * HIDDEN.len() && text.starts_with(HIDDEN) && text.ends_with(HIDDEN)
        || hides(&["redacted", "[redacted]", "<redacted>", "[masked]", "[hidden]", "[filtered]"])
}

/// The text that stands for the hidden secret of this name.
fn hidden(host: &str, name: &str) -> String {
    format!("{HIDDEN}{host} {name}{HIDDEN}")
}

impl Recording {
    /// Tells secrets apart that were hidden when they were recorded.
    pub(crate) fn tell_hidden_apart(&mut self) {
        for request in self.steps.iter_mut().flat_map(|step| &mut step.requests) {
            let host = request.url.host_str().unwrap_or_default().to_owned();
            let tell = |name: &str, value: &mut String| {
                if is_hidden(value) {
                    *value = hidden(&host, name);
                }
            };
            let mut query: Vec<_> = request.url.query_pairs().into_owned().collect();
            if query.iter().any(|(_, value)| is_hidden(value)) {
                query.iter_mut().for_each(|(name, value)| tell(name, value));
                request.url.query_pairs_mut().clear().extend_pairs(query);
            }
            for (name, value) in &mut request.headers {
                match value.strip_prefix("Bearer ") {
                    Some(token) if is_hidden(token) => {
                        *value = format!("Bearer {}", hidden(&host, "token"));
                    }
                    _ => tell(name, value),
                }
            }
            match &mut request.body {
                Body::Form(form) => form.iter_mut().for_each(|(name, value)| tell(name, value)),
                Body::Json(value) => strings(value, "", &tell),
                Body::None | Body::Text { .. } | Body::Files => {}
            }
        }
    }
}

/// Each text of a document, with the key that it, or the list that it is in, stands at.
fn strings(value: &mut Value, name: &str, take: &dyn Fn(&str, &mut String)) {
    match value {
        Value::String(text) => take(name, text),
        Value::Array(items) => items.iter_mut().for_each(|item| strings(item, name, take)),
        Value::Object(map) => map.iter_mut().for_each(|(name, item)| strings(item, name, take)),
        Value::Number(_) | Value::Bool(_) | Value::Null => {}
    }
}

impl Body {
    /// What `text` is by its type.
    pub(crate) fn of(mime: &str, text: &str) -> Self {
        let kind = mime.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match &*kind {
            _ if text.is_empty() => Self::None,
            "application/x-www-form-urlencoded" => {
                Self::Form(url::form_urlencoded::parse(text.as_bytes()).into_owned().collect())
            }
            "multipart/form-data" => Self::Files,
            kind if is_json(kind) => match serde_json::from_str(text) {
                Ok(value) => Self::Json(value),
                Err(_) => Self::Text { mime: mime.to_owned(), text: text.to_owned() },
            },
            _ => Self::Text { mime: mime.to_owned(), text: text.to_owned() },
        }
    }
}

impl Answer {
    /// What `text` is by its type.
    pub(crate) fn of(mime: &str, text: &str) -> Self {
        let kind = mime.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match serde_json::from_str(text) {
            _ if text.is_empty() => Self::Unknown,
            Ok(value) if is_json(&kind) => Self::Json(value),
            _ => Self::Text(text.to_owned()),
        }
    }
}

fn is_json(kind: &str) -> bool {
    kind == "application/json" || kind == "text/json" || kind.ends_with("+json")
}
