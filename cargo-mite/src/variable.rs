//! What is not the same each time: ids that the service gave, and what belongs into the
//! config.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use crate::ident;
use crate::recording::{Answer, Body, Recording, Request, is_hidden};

/// A name in the journey, in place of a text that was recorded.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) source: Source,
}

/// Where its value comes from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Source {
    /// A key of the config.
    Config,
    /// The answer to a request, numbered over all steps.
    Answer {
        request: usize,
        place: Place,
        /// The first request that uses it, for people.
        used_by: String,
        /// The last one, by number.
        last_use: usize,
    },
}

/// Where it stands in an answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Place {
    /// Of JSON, by a pointer (RFC 6901).
    Pointer(String),
    /// Of other text, between two texts.
    Between(String, String),
}

/// All of a recording.
#[derive(Debug, Default)]
pub(crate) struct Variables {
    pub(crate) all: Vec<Variable>,
    /// By the text that was recorded.
    by_text: HashMap<String, usize>,
}

/// Characters around a text by which it is found again.
const AROUND: usize = 80;

/// Keys whose values are secrets, or parts of them.
const SECRETS: [&str; 10] = [
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "secret",
    "pin",
    "otp",
    "apikey",
    "accesstoken",
    "refreshtoken",
];

/// Keys of who somebody is, if a secret stands beside them.
const NAMES: [&str; 7] = ["username", "user", "email", "login", "userid", "mail", "clientid"];

impl Variables {
    /// Those of a recording, with names that none of the `taken` has.
    pub(crate) fn of(recording: &Recording, taken: &[&str]) -> Self {
        let requests: Vec<_> = recording.steps.iter().flat_map(|step| &step.requests).collect();
        let mut variables = Self::default();
        let taken = |variables: &Self, name: &str| {
            taken.contains(&name) || variables.all.iter().any(|known| known.name == name)
        };
        for request in &requests {
            for (key, text) in credentials(request) {
                if variables.by_text.contains_key(&text) {
                    continue;
                }
                let mut name = ident::snake(&key);
                // What another host calls so is another secret.
                if is_hidden(&text) && taken(&variables, &name) {
                    let host = request.url.host_str().unwrap_or_default();
                    name = ident::snake(&format!("{host}_{key}"));
                }
                let name = distinct(name, |name| taken(&variables, name));
                variables.add(Variable { name, source: Source::Config }, text);
            }
        }
        // The requests in which each text stands.
        let mut uses = BTreeMap::<String, Vec<usize>>::new();
        for (at, request) in requests.iter().enumerate() {
            texts(request, &mut |text| uses.entry(text.to_owned()).or_default().push(at));
        }
        for (at, request) in requests.iter().enumerate() {
            for (text, place, name) in found(request, at, &uses) {
                if variables.by_text.contains_key(&text) {
                    continue;
                }
                let first = requests[uses[&text][0]];
                let used_by = format!("{} {}", first.method, first.url.path());
                let last_use = uses[&text].last().copied().unwrap_or_default();
                let name = distinct(name, |name| taken(&variables, name));
                let source = Source::Answer { request: at, place, used_by, last_use };
                variables.add(Variable { name, source }, text);
            }
        }
        variables
    }

    /// The one that stands for `text` in request `at`.
    pub(crate) fn for_text(&self, text: &str, at: usize) -> Option<&Variable> {
        let variable = &self.all[*self.by_text.get(text)?];
        match variable.source {
            Source::Answer { request, .. } if request >= at => None,
            _ => Some(variable),
        }
    }

    fn add(&mut self, variable: Variable, text: String) {
        self.by_text.insert(text, self.all.len());
        self.all.push(variable);
    }
}

fn distinct(name: String, is_taken: impl Fn(&str) -> bool) -> String {
    match is_taken(&name) {
        false => name,
        true => (2..).map(|n| format!("{name}_{n}")).find(|name| !is_taken(name)).unwrap_or(name),
    }
}

/// Keys and texts of a request that belong into the config.
fn credentials(request: &Request) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    match &request.body {
        Body::Form(form) => pairs.extend(form.iter().cloned()),
        Body::Json(value) => scalars(value, &mut String::new(), &mut |place, text, is_number| {
            // Of what is in a list, the key of the list.
            let mut keys = place.rsplit('/');
            let key = keys.find(|key| key.parse::<usize>().is_err()).unwrap_or_default();
            if !is_number && !key.is_empty() {
                pairs.push((key.to_owned(), text.to_owned()));
            }
        }),
        _ => {}
    }
    pairs.extend(request.url.query_pairs().into_owned());
    let plain = |key: &str| key.to_ascii_lowercase().replace(['_', '-', '.'], "");
    let is_secret = |key: &str| SECRETS.iter().any(|secret| plain(key).ends_with(secret));
    let any = pairs.iter().any(|(key, _)| is_secret(key));
    let is_name = |key: &str| any && NAMES.contains(&&*plain(key));
    pairs.retain(|(key, text)| {
        !text.is_empty() && (is_secret(key) || is_name(key) || is_hidden(text))
    });
    for (name, value) in &request.headers {
        match value.strip_prefix("Bearer ") {
            Some(token) if is_hidden(token) => pairs.push(("token".to_owned(), token.to_owned())),
            _ if name.contains("api-key") || is_hidden(value) => {
                pairs.push((name.clone(), value.clone()));
            }
            _ => {}
        }
    }
    pairs
}

/// Each text of a request that may have come from an answer.
pub(crate) fn texts(request: &Request, take: &mut dyn FnMut(&str)) {
    for segment in request.url.path_segments().into_iter().flatten() {
        take(&percent_encoding::percent_decode_str(segment).decode_utf8_lossy());
    }
    request.url.query_pairs().for_each(|(_, value)| take(&value));
    for (_, value) in &request.headers {
        take(value.strip_prefix("Bearer ").unwrap_or(value));
    }
    match &request.body {
        Body::Form(form) => form.iter().for_each(|(_, value)| take(value)),
        Body::Json(value) => scalars(value, &mut String::new(), &mut |_, text, _| take(text)),
        Body::None | Body::Text { .. } | Body::Files => {}
    }
}

/// Each text and number of a document, with its place, and whether it is a number.
fn scalars(value: &Value, place: &mut String, take: &mut dyn FnMut(&str, &str, bool)) {
    let length = place.len();
    match value {
        Value::String(text) => take(place, text, false),
        Value::Number(number) => take(place, &number.to_string(), true),
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                place.push_str(&format!("/{at}"));
                scalars(item, place, take);
                place.truncate(length);
            }
        }
        Value::Object(map) => {
            for (key, item) in map {
                place.push('/');
                place.push_str(&key.replace('~', "~0").replace('/', "~1"));
                scalars(item, place, take);
                place.truncate(length);
            }
        }
        Value::Bool(_) | Value::Null => {}
    }
}

/// What stands in the answer to request `at` and is used later, and not before: the text,
/// its place, and a name for it.
fn found(
    request: &Request,
    at: usize,
    uses: &BTreeMap<String, Vec<usize>>,
) -> Vec<(String, Place, String)> {
    // Of what was sent before, or with this request, the service is not the source.
    let is_new = |text: &str| uses.get(text).is_some_and(|uses| uses[0] > at);
    let mut found: Vec<(String, Place, String)> = Vec::new();
    match &request.answer {
        Answer::Unknown => {}
        Answer::Json(value) => scalars(value, &mut String::new(), &mut |place, text, is_number| {
            let key = place.rsplit('/').next().unwrap_or_default();
            let is_id = key.to_ascii_lowercase().ends_with("id");
            let is_telling = match is_number {
                true => is_id || text.len() >= 4,
                false => is_id || is_token(text),
            };
            if is_telling && is_new(text) && !found.iter().any(|(known, ..)| known == text) {
                let name = ident::of_pointer(place, request.url.path());
                found.push((text.to_owned(), Place::Pointer(place.to_owned()), name));
            }
        }),
        Answer::Text(text) => {
            for token in uses.keys().filter(|token| is_token(token) && is_new(token)) {
                if let Some((place, name)) = between(text, token) {
                    found.push((token.clone(), place, name));
                }
            }
        }
    }
    found
}

/// Whether a text looks as if it had been made up by a service.
fn is_token(text: &str) -> bool {
    let has_digit = text.bytes().any(|b| b.is_ascii_digit());
    (text.len() >= 6 && has_digit || text.len() >= 16) && !text.contains(char::is_whitespace)
}

/// Where a quoted text stands, by what stands before it in its line.
fn between(text: &str, token: &str) -> Option<(Place, String)> {
    let (at, quote) = ['"', '\'']
        .into_iter()
        .find_map(|quote| Some((text.find(&format!("{quote}{token}{quote}"))? + 1, quote)))?;
    let line = text[..at].rfind(['\n', '<']).map_or(0, |start| start + 1);
    let start = text.floor_char_boundary(line.max(at.saturating_sub(AROUND)));
    let before = &text[start..at];
    // It must be the first of its kind, or another one would be found.
    if text.find(before)? != start {
        return None;
    }
    let attribute = |name: &str| {
        let (_, rest) = before.split_once(&format!("{name}={quote}"))?;
        rest.split(quote).next().filter(|value| !value.is_empty())
    };
    let name =
        attribute("name").or_else(|| attribute("id")).map_or("token".to_owned(), ident::snake);
    Some((Place::Between(before.to_owned(), quote.to_string()), name))
}
