//! A recording as a journey.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;
use url::Url;

use crate::literal::{count, count_scalars, formatted, is_secret_header, raw, type_of};
use crate::recording::{Body, Recording, Request, Step};
use crate::variable::{Place, Source, Variable, Variables};

/// Scalars of a body that are written as `json!`; more is written as text, since the
/// macro would be slow to compile.
const MOST_SCALARS: usize = 60;

/// A think time is drawn evenly from so much less and more than was recorded.
const SPREAD: f64 = 0.25;

/// Nobody waits longer than that for the next step: somebody went for a coffee.
const LONGEST_THINK: f64 = 60.0;

/// What is written.
pub(crate) struct Code {
    pub(crate) text: String,
    /// Keys of the config that have no default.
    pub(crate) required: Vec<String>,
    /// Texts of answers that are used later.
    pub(crate) carried: usize,
    /// Requests whose files are missing.
    pub(crate) without_files: usize,
}

struct Writer<'a> {
    variables: &'a Variables,
    /// The variable of each host, by its origin.
    hosts: Vec<(String, String)>,
    out: String,
    uses_pointers: bool,
    uses_text: bool,
    without_files: usize,
    /// Keys that a request asks for itself.
    required: Vec<String>,
    /// The host that each of them was first asked for.
    settings: BTreeMap<String, String>,
}

/// The journey `name`, and a scenario that runs it; `source` is what it was made of.
pub(crate) fn of(recording: &Recording, name: &str, source: &str) -> Code {
    let hosts = hosts(recording);
    let mut taken = vec!["ctx", "response", "answer", "text", "url", name];
    taken.extend(hosts.iter().map(|(_, variable)| variable.as_str()));
    let variables = Variables::of(recording, &taken);
    let mut writer = Writer {
        variables: &variables,
        hosts: hosts.clone(),
        out: String::new(),
        uses_pointers: false,
        uses_text: false,
        without_files: 0,
        required: Vec::new(),
        settings: BTreeMap::new(),
    };
    let mut first = 0;
    for (at, step) in recording.steps.iter().enumerate() {
        writer.step(step, first, at + 1 == recording.steps.len());
        first += step.requests.len();
    }
    let source = source.replace(char::is_control, " ");
    let mut text = format!(
        "//! Made of {source} by `cargo mite import`, and yours from now on.\n\nuse mite::prelude::*;\n"
    );
    if writer.uses_pointers {
        text.push_str("use serde_json::Value;\n");
    }
    let (steps, requests) = (recording.steps.len(), first);
    let _ = write!(
        text,
        "\n/// {} in {}, as recorded.\n#[journey]\npub async fn {name}(ctx: &Context) -> mite::Result {{\n",
        count(requests, "request"),
        count(steps, "step"),
    );
    for (origin, variable) in &hosts {
        let _ = writeln!(
            text,
            "let {variable}: String = ctx.config().get_or(\"{}\", {origin:?});",
            key_of(variable)
        );
    }
    let mut required: Vec<_> = variables
        .all
        .iter()
        .filter(|variable| variable.source == Source::Config)
        .map(|variable| variable.name.clone())
        .collect();
    for key in &required {
        let _ = writeln!(text, "let {key}: String = ctx.config().require({key:?})?;");
    }
    let more = writer.required.iter().cloned();
    required.extend(more.filter(|key| variables.all.iter().all(|known| known.name != *key)));
    text.push_str(&writer.out);
    text.push_str("}\n");
    let _ = write!(
        text,
        "\n/// One a second for half a minute. Ask whoever runs the service before it is more.\n#[scenario]\npub fn {name}_steady() -> Scenario {{\nScenario::builder().run({name}, NoData, PerSecond(Constant::new(1, secs(30)))).threshold(\"errors rate < 1%\").build()\n}}\n"
    );
    if writer.uses_pointers {
        text.push_str(
            "\n/// The text or number at a place of an answer, such as `/items/0/id`.\nfn at(answer: &Value, place: &str) -> mite::Result<String> {\n    match answer.pointer(place) {\n        Some(Value::String(text)) => Ok(text.clone()),\n        Some(Value::Number(number)) => Ok(number.to_string()),\n        _ => mite::bail!(\"the answer has no text and no number at {place}\"),\n    }\n}\n",
        );
    }
    if writer.uses_text {
        text.push_str(
            "\n/// What stands between two texts of an answer.\nfn between(text: &str, before: &str, after: &str) -> mite::Result<String> {\n    let found = text.split_once(before).and_then(|(_, rest)| rest.split_once(after));\n    match found {\n        Some((found, _)) => Ok(found.to_owned()),\n        None => mite::bail!(\"the answer has nothing behind {before:?}\"),\n    }\n}\n",
        );
    }
    let is_carried = |variable: &&Variable| variable.source != Source::Config;
    let carried = variables.all.iter().filter(is_carried).count();
    Code { text: formatted(text), required, carried, without_files: writer.without_files }
}

/// The origins of a recording, each with its variable: the first is `app`.
fn hosts(recording: &Recording) -> Vec<(String, String)> {
    let mut hosts: Vec<(String, String)> = Vec::new();
    for request in recording.steps.iter().flat_map(|step| &step.requests) {
        let origin = origin(&request.url);
        if hosts.iter().any(|(known, _)| *known == origin) {
            continue;
        }
        let host = request.url.host_str().unwrap_or_default();
        let variable = match hosts.is_empty() {
            true => "app".to_owned(),
            false => crate::ident::snake(host),
        };
        let is_taken = hosts.iter().any(|(_, known)| *known == variable);
        let variable = if is_taken { format!("{variable}_{}", hosts.len() + 1) } else { variable };
        hosts.push((origin, variable));
    }
    hosts
}

fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

fn key_of(variable: &str) -> String {
    format!("{variable}_url")
}

impl Writer<'_> {
    /// A transaction, and what the person thought before it.
    fn step(&mut self, step: &Step, first: usize, is_last: bool) {
        if step.think > 0.0 {
            let think = step.think.min(LONGEST_THINK);
            let (low, high) = (think * (1.0 - SPREAD), think * (1.0 + SPREAD));
            let _ = writeln!(
                self.out,
                "ctx.think(secs({low:.1})..secs({:.1})).await;",
                high.max(low + 0.1)
            );
        }
        let last = first + step.requests.len();
        let carried: Vec<String> = self
            .variables
            .all
            .iter()
            .filter(|variable| match variable.source {
                Source::Answer { request, .. } => {
                    (first..last).contains(&request) && self.is_used_from(variable, last)
                }
                Source::Config => false,
            })
            .map(|variable| variable.name.clone())
            .collect();
        let (binding, result) = match carried.as_slice() {
            [] => (String::new(), "()".to_owned()),
            [one] => (format!("let {one} = "), one.clone()),
            many => (format!("let ({}) = ", many.join(", ")), format!("({})", many.join(", "))),
        };
        let _ = writeln!(self.out, "{binding}ctx.transaction({:?}, async |ctx| {{", step.name);
        for (at, request) in (first..).zip(&step.requests) {
            self.request(request, at);
        }
        let _ = write!(self.out, "Ok({result})\n}})\n.await");
        self.out.push_str(if is_last { "\n" } else { "?;\n" });
    }

    /// Whether a request from that one on uses it.
    fn is_used_from(&self, variable: &Variable, from: usize) -> bool {
        match &variable.source {
            Source::Answer { last_use, .. } => *last_use >= from,
            Source::Config => true,
        }
    }

    fn request(&mut self, request: &Request, at: usize) {
        let found: Vec<Variable> = self
            .variables
            .all
            .iter()
            .filter(|v| matches!(v.source, Source::Answer { request, .. } if request == at))
            .cloned()
            .collect();
        let mut call = self.call(request, at);
        call.push_str(".send().await?");
        let expected = match request.status {
            Some(status) => format!("expect_status({status})?"),
            None => "error_for_status()?".to_owned(),
        };
        if found.is_empty() {
            let _ = writeln!(self.out, "{call}.{expected};");
            return;
        }
        let _ = writeln!(self.out, "let response = {call};\nresponse.{expected};");
        if found
            .iter()
            .any(|v| matches!(&v.source, Source::Answer { place: Place::Pointer(_), .. }))
        {
            self.uses_pointers = true;
            self.out.push_str("let answer: Value = response.json()?;\n");
        }
        if found
            .iter()
            .any(|v| matches!(&v.source, Source::Answer { place: Place::Between(..), .. }))
        {
            self.uses_text = true;
            self.out.push_str("let text = response.text()?;\n");
        }
        for Variable { name, source } in found {
            let Source::Answer { place, used_by, .. } = source else { continue };
            let _ = writeln!(self.out, "// Used by {used_by}.");
            let _ = match place {
                Place::Pointer(pointer) => {
                    writeln!(self.out, "let {name} = at(&answer, {pointer:?})?;")
                }
                Place::Between(before, after) => {
                    writeln!(self.out, "let {name} = between(&text, {before:?}, {after:?})?;")
                }
            };
        }
    }

    /// `ctx.http().post(…).json(…)`.
    fn call(&mut self, request: &Request, at: usize) -> String {
        if request.body == Body::Files {
            self.without_files += 1;
            self.out.push_str("// A form with files, which a recording does not hold: send yours by `.multipart(…)`.\n");
        }
        let verb = request.method.to_ascii_lowercase();
        let url = self.url(&request.url, at);
        let mut call = match &*verb {
            "get" | "post" | "put" | "patch" | "delete" | "head" | "options" => {
                format!("ctx.http().{verb}({url})")
            }
            _ => format!("ctx.http().request({:?}, {url})", request.method),
        };
        let query: Vec<_> = request.url.query_pairs().into_owned().collect();
        if !query.is_empty() {
            let _ = write!(call, ".query(&{})", self.pairs(&query, at));
        }
        for (name, value) in &request.headers {
            let host = request.url.host_str().unwrap_or_default();
            call.push_str(&self.header(host, name, value, at));
        }
        match &request.body {
            Body::None | Body::Files => {}
            Body::Form(form) => {
                let _ = write!(call, ".form(&{})", self.pairs(form, at));
            }
            Body::Json(value) if count_scalars(value) <= MOST_SCALARS => {
                let _ = write!(call, ".json(&json!({}))", self.json(value, at));
            }
            Body::Json(value) => {
                let (text, replaced) = self.with_places(value, at);
                let _ = write!(
                    call,
                    ".header(\"content-type\", \"application/json\").body({}{replaced})",
                    raw(&text)
                );
            }
            Body::Text { mime, text } => {
                let _ = write!(call, ".header(\"content-type\", {mime:?}).body({})", raw(text));
            }
        }
        call
    }

    fn url(&self, url: &Url, at: usize) -> String {
        let origin = origin(url);
        let host = self.hosts.iter().find(|(known, _)| *known == origin);
        let mut template = format!("{{{}}}", host.map_or("app", |(_, variable)| variable));
        for segment in url.path_segments().into_iter().flatten() {
            template.push('/');
            let decoded = percent_encoding::percent_decode_str(segment).decode_utf8_lossy();
            match self.variables.for_text(&decoded, at) {
                Some(variable) => {
                    let _ = write!(template, "{{{}}}", variable.name);
                }
                None => template.push_str(&segment.replace('{', "{{").replace('}', "}}")),
            }
        }
        format!("format!({template:?})")
    }

    /// Texts side by side, as an array of pairs.
    fn pairs(&self, pairs: &[(String, String)], at: usize) -> String {
        let pairs = pairs.iter().map(|(key, value)| format!("({key:?}, {})", self.text(value, at)));
        format!("[{}]", pairs.collect::<Vec<_>>().join(", "))
    }

    /// A `&str`.
    fn text(&self, text: &str, at: usize) -> String {
        match self.variables.for_text(text, at) {
            Some(variable) => format!("{}.as_str()", variable.name),
            None => format!("{text:?}"),
        }
    }

    /// A setting that the journey cannot go without, for requests to `host`. What another
    /// host wants under this key is another one.
    fn setting(&mut self, host: &str, key: &str) -> String {
        let first = self.settings.entry(key.to_owned()).or_insert_with(|| host.to_owned());
        let of_host = format!("{host}_{key}");
        let key = if first == host { key.to_owned() } else { crate::ident::snake(&of_host) };
        let asked = format!("ctx.config().require::<String>({key:?})?");
        if !self.required.contains(&key) {
            self.required.push(key);
        }
        asked
    }

    fn header(&mut self, host: &str, name: &str, value: &str, at: usize) -> String {
        if name == "authorization"
            && let Some(token) = value.strip_prefix("Bearer ")
        {
            return match self.variables.for_text(token, at) {
                Some(variable) => format!(".bearer_auth(&{})", variable.name),
                None => format!(".bearer_auth({})", self.setting(host, "token")),
            };
        }
        if name == "authorization" && value.starts_with("Basic ") {
            let (user, password) = (self.setting(host, "user"), self.setting(host, "password"));
            return format!(".basic_auth({user}, {password})");
        }
        if self.variables.for_text(value, at).is_none() && is_secret_header(name) {
            return format!(
                ".header({name:?}, {})",
                self.setting(host, &crate::ident::snake(name))
            );
        }
        format!(".header({name:?}, {})", self.text(value, at))
    }

    /// The text of a document with a place for each variable, and the calls that fill them.
    fn with_places(&self, value: &Value, at: usize) -> (String, String) {
        let mut value = value.clone();
        let mut calls = std::collections::BTreeSet::new();
        self.put_places(&mut value, at, &mut calls);
        (value.to_string(), calls.into_iter().collect())
    }

    fn put_places(
        &self,
        value: &mut Value,
        at: usize,
        calls: &mut std::collections::BTreeSet<String>,
    ) {
        match value {
            Value::Array(items) => {
                items.iter_mut().for_each(|item| self.put_places(item, at, calls));
            }
            Value::Object(map) => {
                map.values_mut().for_each(|item| self.put_places(item, at, calls));
            }
            Value::String(text) => {
                if let Some(Variable { name, .. }) = self.variables.for_text(text, at) {
                    *text = format!("{{{name}}}");
                    let place = format!("{text:?}");
                    calls.insert(format!(".replace({place:?}, &json!({name}).to_string())"));
                }
            }
            Value::Number(number) => {
                if let Some(variable) = self.variables.for_text(&number.to_string(), at) {
                    let name = &variable.name;
                    let place = format!("{{number {name}}}");
                    calls.insert(format!(".replace({:?}, &{name})", format!("{place:?}")));
                    *value = Value::String(place);
                }
            }
            Value::Bool(_) | Value::Null => {}
        }
    }

    /// As `json!` takes it.
    fn json(&self, value: &Value, at: usize) -> String {
        match value {
            Value::String(text) => match self.variables.for_text(text, at) {
                Some(variable) => variable.name.clone(),
                None => format!("{text:?}"),
            },
            Value::Number(number) => match self.variables.for_text(&number.to_string(), at) {
                Some(variable) => format!("{}.parse::<{}>()?", variable.name, type_of(number)),
                None => number.to_string(),
            },
            Value::Array(items) => {
                let items = items.iter().map(|item| self.json(item, at));
                format!("[{}]", items.collect::<Vec<_>>().join(", "))
            }
            Value::Object(map) => {
                let pairs =
                    map.iter().map(|(key, item)| format!("{key:?}: {}", self.json(item, at)));
                let pairs: Vec<_> = pairs.collect();
                let line = pairs.join(", ");
                match line.len() {
                    0 => "{}".to_owned(),
                    1..60 if !line.contains('\n') => format!("{{ {line} }}"),
                    // rustfmt leaves what is in a macro as it is.
                    _ => format!("{{\n    {}\n}}", pairs.join(",\n").replace('\n', "\n    ")),
                }
            }
            Value::Bool(_) | Value::Null => value.to_string(),
        }
    }
}
